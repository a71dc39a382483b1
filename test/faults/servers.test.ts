import { beforeAll, describe, expect, test } from "vitest";
import { Redis } from "ioredis";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { createDatabase } from "@licensing/core/platform/database.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import { createTransport } from "@licensing/core/platform/transport.ts";
import { startMachine } from "../../infra/local/machine/machine.ts";
import { auditFaults, canariesOf, effectFaults, publicationFaults, seatFaults, secretFaults } from "../support/checkers.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { historyFaults } from "../support/history.ts";
import { createHttpClient } from "../support/http-client.ts";
import { startOwnPostgres, startOwnRedis } from "./own-servers.ts";
import { steadyTransport } from "../support/patient-runtime.ts";
import { seededRandom } from "../support/random.ts";
import { base, createCall } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { until } from "../support/until.ts";
import { isSkippedWithout, realRedis } from "../support/wanted.ts";
import { runWorkload } from "../load/workload.ts";
import type { Shared } from "../load/workload.ts";

/**
 * This test's own PostgreSQL and Redis are killed and frozen by their process ids under load, and come back. The service is never
 * restarted. Its clients repeat calls with the same keys if the answer says so. Afterwards each change has happened exactly once,
 * no answered change is lost, and Redis equals the database.
 */
const isLong = process.env["LICENSING_PROVE"] === "long";
const operations = isLong ? 1_500 : 300;
const clients = 16;

async function startWorld() {
  const postgres = await startOwnPostgres();
  const redis = await startOwnRedis();
  const printed: string[] = [];
  const machine = await startMachine({ file: null, postgresUrl: postgres.url, redisUrl: redis.url, print: (line) => printed.push(line) });
  const http = createHttpClient(machine.origin, clients);
  const transport = createTransport();
  const mint = () => machine.issuer.mint({ sub: "administrator", roles: ["licensing-admin"] });
  return {
    postgres,
    redis,
    printed,
    machine,
    http,
    mint,
    owner: createDatabase(machine.environment["APP_ENV_MIGRATION_DATABASE_URL"] ?? "", transport),
    call: createCall(machine.origin, mint),
    close: async () => {
      http.close();
      transport.close();
      await machine.close();
      await Promise.all([postgres.close(), redis.close()]);
    },
  };
}

let world: Awaited<ReturnType<typeof startWorld>>;
const licenses: Shared[] = [];

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
let runs = 0;

async function faultsUnder(name: string, nemesis: () => Promise<void>): Promise<string[]> {
  runs += 1;
  const { http, machine, mint, owner } = world;
  const [first, ...rest] = licenses;
  if (first === undefined) throw new Error("no license");
  const load = runWorkload({
    send: http.send,
    licenses: [first, ...rest],
    authorization: `Bearer ${await mint()}`,
    random: seededRandom(runs),
    operations,
    clients,
    name: `servers-${runs}`,
  });
  await pause(300);
  await nemesis();
  const tally = await load;
  await ready();
  const afterwards = createRuntime({ environment: machine.environment, now: () => new Date(Date.now() + 15_000), print: () => undefined, transport: steadyTransport() });
  await reconcile(afterwards);
  const published = await publicationFaults(afterwards, licenses.map(({ licenseId }) => licenseId));
  afterwards.transport.close();
  process.stdout.write(`servers, ${name}: ${tally.done} operations, ${tally.resent} sent again\n`);
  return [
    ...tally.unexpected,
    ...(await effectFaults(owner, tally.intents)),
    ...(await seatFaults(owner, new Date())),
    ...(await auditFaults(owner)),
    ...(await historyFaults(owner)),
    ...published,
  ];
}

/** Waits until the service has recovered by itself. */
async function ready(): Promise<void> {
  await until("the service is ready again", async () => (await world.call("GET", "/readyz", { authorization: null })).status === 200);
}

describe.skipIf(isSkippedWithout(realRedis))("under load, without a restart of the service, nothing is lost or made twice when", () => {
  beforeAll(async () => {
    world = await startWorld();
    const policy = await createPolicy(world, { activationLimit: 5 });
    for (let index = 0; index < 20; index += 1) licenses.push({ licenseId: (await issueLicense(world, policy)).licenseId, seats: new Set() });
    return world.close;
  });

  test("PostgreSQL is killed and comes back", { timeout: patient(180_000) }, async () => {
    const nemesis = async () => {
      await world.postgres.kill();
      await pause(1_000);
      await world.postgres.start();
    };
    expect(await faultsUnder("PostgreSQL killed", nemesis)).toEqual([]);
  });

  test("Redis is killed and comes back empty", { timeout: patient(180_000) }, async () => {
    const nemesis = async () => {
      await world.redis.kill();
      await pause(500);
      await world.redis.start();
    };
    expect(await faultsUnder("Redis killed", nemesis)).toEqual([]);
  });

  test.runIf(isLong)("PostgreSQL is killed three times", { timeout: patient(300_000) }, async () => {
    const nemesis = async () => {
      for (let time = 0; time < 3; time += 1) {
        await world.postgres.kill();
        await pause(500);
        await world.postgres.start();
        await pause(2_000);
      }
    };
    expect(await faultsUnder("PostgreSQL killed three times", nemesis)).toEqual([]);
  });

  test.runIf(isLong)("both are killed", { timeout: patient(300_000) }, async () => {
    const nemesis = async () => {
      await Promise.all([world.postgres.kill(), world.redis.kill()]);
      await pause(5_000);
      await Promise.all([world.postgres.start(), world.redis.start()]);
    };
    expect(await faultsUnder("both killed", nemesis)).toEqual([]);
  });

  test.runIf(isLong)("Redis is frozen for ten seconds", { timeout: patient(300_000) }, async () => {
    const nemesis = async () => {
      world.redis.freeze();
      await pause(10_000);
      world.redis.thaw();
    };
    expect(await faultsUnder("Redis frozen", nemesis)).toEqual([]);
  });

  test.runIf(isLong)("the postmaster is frozen for ten seconds", { timeout: patient(300_000) }, async () => {
    const nemesis = async () => {
      world.postgres.freeze();
      await pause(10_000);
      world.postgres.thaw();
    };
    expect(await faultsUnder("postmaster frozen", nemesis)).toEqual([]);
  });

  test.each([
    ["Redis has no memory left (OOM)", [["config", "set", "maxmemory", "1"]], [["config", "set", "maxmemory", "0"]]],
    ["Redis evicts keys at random", [["config", "set", "maxmemory-policy", "allkeys-random"], ["config", "set", "maxmemory", "1500000"]], [["config", "set", "maxmemory", "0"], ["config", "set", "maxmemory-policy", "noeviction"]]],
    ["Redis is a replica (READONLY)", [["replicaof", "127.0.0.1", "9"]], [["replicaof", "no", "one"]]],
  ] as const)("%s", { timeout: patient(180_000) }, async (name, begin, end) => {
    const client = new Redis(world.redis.url, { protocol: 2 });
    const all = async (commands: readonly (readonly string[])[]) => {
      for (const [command = "", ...rest] of commands) await client.call(command, ...rest);
    };
    const nemesis = async () => {
      await all(begin);
      await pause(1_000);
      await all(end);
    };
    const faults = await faultsUnder(name, nemesis);
    client.disconnect();
    // An evicted certificate is published again when it is read, or at its next refresh.
    const lost = faults.filter((fault) => /no certificate/.test(fault));
    expect(faults.filter((fault) => !lost.includes(fault))).toEqual([]);
    if (!name.includes("evicts")) expect(lost).toEqual([]);
    for (const { licenseId } of licenses) await world.call("GET", `${base}/licenses/${licenseId}/certificate`);
    expect(await publicationFaults(world.machine.runtime, licenses.map(({ licenseId }) => licenseId))).toEqual([]);
  });

  test("no secret is printed meanwhile", () => {
    expect(secretFaults(world.printed, canariesOf(world.machine.environment))).toEqual([]);
  });
});
