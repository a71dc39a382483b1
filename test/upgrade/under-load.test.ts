import { spawn } from "node:child_process";
import path from "node:path";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { createDatabase } from "@licensing/core/platform/database.ts";
import type { Database } from "@licensing/core/platform/database.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { checkKeys } from "@licensing/core/rotation/check-keys.store.ts";
import { startIssuer } from "../../infra/local/issuer/issuer.ts";
import { openSecrets } from "../../infra/local/neon/secrets.ts";
import { startNeon } from "../../infra/local/neon/neon.ts";
import { openPostgres } from "../../infra/local/neon/postgres.ts";
import { openRedis } from "../../infra/local/redis/redis.ts";
import { startUpstash } from "../../infra/local/redis/upstash.ts";
import { migrateFromEnvironment } from "../../infra/migrate.ts";
import { runWorkload } from "../load/workload.ts";
import type { Shared, Tally } from "../load/workload.ts";
import { auditFaults, effectFaults, publicationFaults, seatFaults } from "../support/checkers.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { historyFaults } from "../support/history.ts";
import { createHttpClient } from "../support/http-client.ts";
import type { Reply, Sent } from "../support/http-client.ts";
import { patientSql, steadyTransport } from "../support/patient-runtime.ts";
import { seededRandom } from "../support/random.ts";
import { claimRedisDatabase } from "../support/redis-database.ts";
import { base, createCall } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { spawnService } from "../support/spawn-service.ts";
import { requestOf, verbOf } from "../support/verbs.ts";
import { whenDone } from "../support/when-done.ts";
import { ownerPassword, placeOf, serveCluster, unpackFile, unpackFolder } from "./fixture.ts";
import { migrations, newEntries } from "./migrations.ts";

const isLong = process.env["LICENSING_PROVE"] === "long";
const clients = isLong ? 64 : 16;
/** The calls of each run of the clients. */
const operations = isLong ? 2_000 : 120;
const licenseCount = isLong ? 100 : 12;

/** The verbs that the former service lacks. */
const newVerbs = ["file", "rename", "release-seats", "transfer"];

/** The failures, of status 500 and above, that a migration may cause (migrations/README.md). */
const stated = ["503 dependency-unavailable", "503 license-contended", "503 outcome-unknown"];

test(`${clients} clients work on while their database is migrated and the service changes from the former to this version: nothing is lost, invented or oversold`, { timeout: patient(isLong ? 1_800_000 : 120_000) }, async () => {
  const world = await openWorld();
  const { former, run, owner, environment } = world;
  await run("former", former.send);
  const { applied, waiting } = await during(world, migrateFromEnvironment(environment, { folder: migrations }), { name: "former-while-files-run", send: former.send });
  await checkKeys(world.runtime);
  const service = await spawnService({ environment });
  whenDone(() => service.kill());
  const current = world.clientOf(service.origin);
  let turn = 0;
  await run("both", (sent) => ((turn += 1) % 2 === 0 ? former : current).send(sent));
  await run("this", current.send, []);
  expect(await countFaults(owner), "control: the seats that the former version gave aren't counted before the file that counts them").not.toEqual([]);
  const later = migrateFromEnvironment(environment, { folder: migrations, later: true });
  const rest = await during(world, later, { name: "this-while-later-files-run", send: current.send, without: [] });

  expect(rest.applied).toEqual(waiting);
  expect([...applied, ...rest.applied].sort()).toEqual(newEntries.map(({ tag }) => tag));
  expect(world.tallies.flatMap(({ unexpected }) => unexpected)).toEqual([]);
  expect(await effectFaults(owner, world.tallies.flatMap(({ intents }) => intents))).toEqual([]);
  expect(await seatFaults(owner, new Date())).toEqual([]);
  expect(await auditFaults(owner)).toEqual([]);
  expect(await historyFaults(owner)).toEqual([]);
  expect(await countFaults(owner)).toEqual([]);
  expect(await certificateFaults(world, current.send)).toEqual([]);
  expect([...world.failures.keys()].filter((answer) => !stated.includes(answer))).toEqual([]);

  const issue = { method: "POST", path: `${base}/licenses`, body: { policy: "yearly", holder: { type: "user", id: "too-late" } }, headers: { authorization: world.authorization } };
  expect((await former.send(issue)).status, "control: the former version fails once the files have run that wait for its end").toBe(503);
});

type Send = (sent: Sent) => Promise<Reply>;

type World = Awaited<ReturnType<typeof openWorld>>;

/** The former service on its own data, with licenses that the clients share. */
async function openWorld() {
  const { environment, owner, token } = await openStores();
  const runtime = createRuntime({ environment, now: () => new Date(Date.now() + 15_000), print: () => undefined, transport: steadyTransport() });
  whenDone(() => runtime.transport.close());
  const failures = new Map<string, number>();
  const clientOf = (origin: string, read?: Reading) => countingClient(origin, failures, read);
  const origin = await spawnFormer(environment);
  const licenses = await createShared(createCall(origin, token));
  const authorization = `Bearer ${await token()}`;
  const tallies: Tally[] = [];
  const run = async (name: string, send: Send, without: readonly string[] = newVerbs): Promise<void> => {
    const random = seededRandom(isLong ? Date.now() : 20_261_130 + tallies.length);
    const tally = await runWorkload({ send, licenses, authorization, random, operations, clients, name: `${name}-${tallies.length}`, without });
    tallies.push(tally);
    process.stdout.write(`${name}: ${tally.done} calls: ${JSON.stringify(tally.outcomes)}, ${tally.resent} resent; so far ${JSON.stringify(Object.fromEntries(failures))}\n`);
  };
  return { environment, owner, runtime, licenses, authorization, tallies, failures, clientOf, former: clientOf(origin, (problem) => problemOfFormer(problem, origin)), run };
}

type Running = { readonly name: string; readonly send: Send; readonly without?: readonly string[] };

/** Lets the clients call until the work is done, at least once. */
async function during<Result>({ run }: World, work: Promise<Result>, { name, send, without }: Running): Promise<Result> {
  let isOver = false;
  const watched = work.finally(() => (isOver = true));
  watched.catch(() => undefined);
  do await run(name, send, without);
  while (!isOver);
  return watched;
}

type Problem = Readonly<Record<string, unknown>>;
type Reading = (problem: Problem) => Problem;

/** A client that counts failures. */
function countingClient(origin: string, failures: Map<string, number>, read: Reading = (problem) => problem): { readonly send: Send } {
  const client = createHttpClient(origin, clients);
  whenDone(() => client.close());
  return {
    send: async (sent) => {
      const reply = await client.send(sent);
      const { status, body } = reply;
      const answer = `${status} ${String(body?.code)}`;
      if (status >= 500) failures.set(answer, (failures.get(answer) ?? 0) + 1);
      return status >= 400 && body ? { ...reply, body: read(body as Problem) } : reply;
    },
  };
}

/** The former version writes a problem's type as a path, and this version as an address. It gives most problems no detail. */
function problemOfFormer(problem: Problem, origin: string): Problem {
  const { type } = problem;
  return { detail: "-", ...problem, ...(typeof type === "string" ? { type: new URL(type, origin).href } : {}) };
}

/** A certificate of the right sequence and status, in the former version's form: its next refresh, or a publication, replaces it. */
const isFormerForm = (fault: string): boolean => /certified at ([0-9]+ [A-Z]+), and is at \1$/.test(fault);

async function certificateFaults({ runtime, licenses, authorization }: World, send: Send): Promise<readonly string[]> {
  await reconcile(runtime);
  const ids = licenses.map(({ licenseId }) => licenseId);
  const wrong = (await publicationFaults(runtime, ids)).filter((fault) => !isFormerForm(fault));
  for (const licenseId of ids) {
    const request = requestOf(verbOf("publish"), { licenseId, key: "", seat: "", fingerprint: "", mark: "" });
    let status = 503;
    // A busy machine may answer 503.
    while (status === 503) ({ status } = await send({ ...request, headers: { authorization } }));
    if (status !== 200) wrong.push(`license ${licenseId} can't be published: ${status}`);
  }
  return [...wrong, ...(await publicationFaults(runtime, ids))];
}

/** The licenses whose stored number of open seats differs from the count of their open seats. */
async function countFaults(owner: Database): Promise<readonly unknown[]> {
  const [rows = []] = await owner.read(sql`select l.id::text as id, l.open_seats from licensing."License" l where l.open_seats is distinct from
    (select count(*) from licensing."Activation" a where a.license_id = l.id and a.deactivated_at is null)`);
  return rows;
}

/** The former version's cluster behind the endpoints of a deployment. */
async function openStores() {
  const folder = unpackFolder("cluster");
  const served = await serveCluster(placeOf(folder));
  whenDone(() => served.stop());
  const secrets = openSecrets(path.join(folder, "secrets.json"));
  const backend = patientSql(openPostgres(served.url));
  const redis = await openRedis(await claimRedisDatabase());
  const passwords = { licensing_owner: ownerPassword, licensing_app: secrets.applicationPassword, licensing_keyring: secrets.keyringPassword };
  const [neon, upstash, issuer] = await Promise.all([
    startNeon({ backend, passwords }),
    startUpstash({ backend: redis, token: secrets.redisToken }),
    startIssuer({ audience: "licensing", keyFile: null }),
  ]);
  const transport = steadyTransport();
  whenDone(async () => {
    transport.close();
    await Promise.all([neon.close(), upstash.close(), issuer.close()]);
    await Promise.all([backend.close(), redis.close()]);
  });
  const environment = {
    APP_ENV_DATABASE_URL: neon.url("licensing_app", "postgres"),
    APP_ENV_MIGRATION_DATABASE_URL: neon.url("licensing_owner", "postgres"),
    APP_ENV_LICENSING_KEYRING_DATABASE_URL: neon.url("licensing_keyring", "postgres"),
    APP_ENV_UPSTASH_REDIS_REST_URL: upstash.url,
    APP_ENV_UPSTASH_REDIS_REST_TOKEN: secrets.redisToken,
    APP_ENV_IDENTITY_JWKS_URL: issuer.jwksUrl,
    APP_ENV_IDENTITY_ISSUER: issuer.issuer,
    APP_ENV_IDENTITY_AUDIENCE: "licensing",
    APP_ENV_LICENSING_ED25519_PRIVATE_KEY: secrets.signingKeyPem,
    APP_ENV_APPLICATION_SECRET: secrets.applicationSecret,
    APP_ENV_LICENSING_KEY_PEPPER: secrets.keyPepper,
    APP_ENV_LICENSING_KEYRING_SECRET: secrets.keyringSecret,
  };
  const owner = createDatabase(environment.APP_ENV_MIGRATION_DATABASE_URL, transport);
  return { environment, owner, token: () => issuer.mint({ sub: "admin", roles: ["licensing-admin"] }) };
}

/** Starts the former functions in a process of their own. Returns its origin. */
async function spawnFormer(environment: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, [unpackFile("former-service.mjs")], { env: environment, stdio: ["ignore", "pipe", "inherit"] });
  whenDone(() => child.kill("SIGKILL"));
  return new Promise((resolve, reject) => {
    child.stdout.on("data", (chunk: Buffer) => {
      const [, origin] = /^serving (\S+)$/m.exec(chunk.toString("utf8")) ?? [];
      if (origin !== undefined) resolve(origin);
    });
    child.once("exit", () => reject(new Error("the former service has ended")));
  });
}

async function createShared(call: ReturnType<typeof createCall>): Promise<readonly [Shared, ...Shared[]]> {
  await call("POST", `${base}/keys/check`, { body: {} });
  const policies = [
    await createPolicy({ call }, { activationLimit: 5 }),
    await createPolicy({ call }, { activationLimit: 5, onFull: "evict-oldest-idle", minimumIdle: null }),
    await createPolicy({ call }, { activationLimit: 5, lease: "PT1H" }),
  ];
  const shared: Shared[] = [];
  for (let index = 0; index < licenseCount; index += 1) {
    const { licenseId } = await issueLicense({ call }, policies[index % policies.length] ?? "");
    shared.push({ licenseId, seats: new Set() });
  }
  const [first, ...rest] = shared;
  if (first === undefined) throw new Error("no license");
  return [first, ...rest];
}
