import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import pg from "pg";
import { createDatabase } from "@licensing/core/platform/database.ts";
import { summarize } from "@licensing/core/statistics/summarize.job.ts";
import { deliverWebhooks } from "@licensing/core/webhook/deliver.job.ts";
import { startMachine, type Machine } from "../../infra/local/machine/machine.ts";
import { insertLicenses } from "../support/licenses.ts";
import { startPostgres } from "../support/postgres.ts";
import { seededRandom } from "../support/random.ts";
import { base, createCall, type CallOptions } from "../support/service.ts";
import { measure, median, ratio, type Contender, type Measured } from "./measure.ts";
import { quantity } from "./report.ts";

/**
 * The cost of the service's calls on a real PostgreSQL with 20,000 licenses, as ratios to a validation of a known seat. Also the
 * webhooks delivered in a second, as a ratio to bare requests to the same receiver. Both sides of a ratio are of the same run.
 *
 *   node test/bench/service.ts [--rounds 9]
 */
export type ServiceCosts = { readonly calls: ReadonlyMap<string, Measured>; readonly deliveries: readonly Rates[] };
/** Requests in a second: deliveries of the job, and bare requests with as many under way. */
type Rates = { readonly delivered: number; readonly bare: number };

const licenses = 20_000;
const deliveries = 1_000;
/** A run of the job has as many deliveries under way. */
const underWay = 64;
const floor = "validation of a known seat";
const sliceMs = 400;

export async function measureService({ rounds }: { readonly rounds: number }): Promise<ServiceCosts> {
  const cluster = await startPostgres();
  const machine = await startMachine({ file: null, postgresUrl: cluster.url, print: () => undefined });
  try {
    const calls = await measure(await contendersOf(machine, cluster.url), { rounds, sliceMs, random: seededRandom(20_261_123).next });
    return { calls, deliveries: await deliver(machine, cluster.url, rounds) };
  } finally {
    await machine.close();
    await cluster.stop();
  }
}

async function callOf({ issuer, origin }: Machine) {
  const token = await issuer.mint({ sub: "bench", roles: ["licensing-admin"], expiresIn: 86_400 });
  const call = createCall(origin, () => Promise.resolve(token));
  return async (method: string, path: string, options: CallOptions = {}) => {
    const answer = await call(method, `${base}/${path}`, options);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer;
  };
}

async function contendersOf(machine: Machine, postgresUrl: string): Promise<readonly Contender[]> {
  const call = await callOf(machine);
  await insertLicenses(createDatabase(postgresUrlOf(machine, postgresUrl), machine.runtime.transport), { count: licenses, now: new Date() });
  const terms = { code: "bench", name: "Bench", duration: null, activationLimit: 10, meters: { calls: { limit: null, period: "P1M" } } };
  await call("POST", "policies", { body: terms });
  const { license, key } = (await call("POST", "licenses", { body: { policy: "bench", holder: { type: "user", id: "somebody@example.com" } } })).body;
  const fingerprint = "a-machine-of-the-bench";
  await call("POST", "activations", { body: { licenseId: license.id, fingerprint } });
  await summarize(machine.runtime);
  const repeated = (name: string, ask: () => Promise<unknown>): Contender => ({
    name,
    run: async (times) => {
      for (let time = 0; time < times; time += 1) await ask();
    },
  });
  return [
    repeated(floor, () => call("POST", "licenses/validate", { body: { fingerprint }, authorization: `License ${key}` })),
    repeated("consumption of one use", () => call("POST", `licenses/${license.id}/usage`, { body: { meter: "calls" } })),
    repeated("a license by its id", () => call("GET", `licenses/${license.id}`)),
    repeated("find by e-mail", () => call("POST", "licenses/find", { body: { text: "somebody@example.com" } })),
    repeated("find by a part of a name", () => call("POST", "licenses/find", { body: { text: "somebo" } })),
    repeated("statistics", () => call("GET", "statistics")),
  ];
}

/** The endpoint's address for the database's owner. */
function postgresUrlOf({ neon }: Machine, postgresUrl: string): string {
  const { username, pathname } = new URL(postgresUrl);
  return neon.url(username, pathname.slice(1));
}

async function deliver(machine: Machine, postgresUrl: string, rounds: number): Promise<readonly Rates[]> {
  const call = await callOf(machine);
  const receiver = createServer((incoming, outgoing) => incoming.resume().on("end", () => outgoing.writeHead(200).end()));
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  const { id: webhookId } = (await call("POST", "webhooks", { body: { url, types: ["license.created"] } })).body;
  const session = new pg.Client({ connectionString: postgresUrl });
  await session.connect();
  const found: Rates[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      await session.query(`insert into licensing."WebhookDue" (webhook_id, type, license_id, sequence, created_at, due_at)
        select $1, 'license.created', id, 1, now(), now() - interval '1 minute' from licensing."License" order by id limit ${deliveries}`, [webhookId]);
      const delivered = await perSecond(async () => {
        const counts = await deliverWebhooks(machine.runtime);
        if (counts.delivered !== deliveries) throw new Error(`delivered ${JSON.stringify(counts)}`);
      });
      found.push({ delivered, bare: await perSecond(() => bareRequests(url)) });
    }
    return found;
  } finally {
    await session.end();
    receiver.close();
  }
}

async function perSecond(run: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await run();
  return deliveries / ((performance.now() - startedMs) / 1000);
}

/** Sends as many requests with bodies of the same size, each on a connection of its own, like a delivery. */
async function bareRequests(url: string): Promise<void> {
  const agent = new Agent({ keepAlive: false });
  const body = Buffer.alloc(1_500, "a");
  let left = deliveries;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await new Promise<void>((resolve, reject) => {
        request(url, { method: "POST", agent }, (incoming) => incoming.resume().on("end", resolve)).on("error", reject).end(body);
      });
    }
  };
  await Promise.all(Array.from({ length: underWay }, worker));
}

/** The results as Markdown. Times are this machine's; ratios hold elsewhere. */
export function serviceMarkdown({ calls, deliveries: rates }: ServiceCosts): string {
  const rows = [...calls.values()].map(({ name, us }) => `| ${name} | ${quantity(us.wall / 1000)} | ${quantity(us.cpu / 1000)} | ${quantity(ratio(calls, { name, to: floor, by: "wall" }))} |`);
  return [
    "# Service: the cost of its calls",
    "",
    `\`npm run bench\` on Node ${process.versions.node}, ${process.platform} ${process.arch}: gateway, functions and the database's endpoint in one process, before a PostgreSQL with ${licenses.toLocaleString("en")} licenses; one call after the other, ${rates.length} rounds, medians, and medians of the ratios within a round. CPU is the process's, without PostgreSQL's.`,
    "",
    "| | wall ms | CPU ms | wall × a validation |",
    "|---|---:|---:|---:|",
    ...rows,
    "",
    `The job delivers ${deliveries.toLocaleString("en")} due webhooks, ${underWay} under way, to a receiver that answers at once: **${quantity(median(rates.map(({ delivered }) => delivered)))} deliveries a second**, signed and recorded; ${quantity(median(rates.map(({ delivered, bare }) => delivered / bare)))} × the bare requests to the same receiver (${quantity(median(rates.map(({ bare }) => bare)))} a second).`,
    "",
  ].join("\n");
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { rounds: { type: "string", default: "9" } } });
  process.stdout.write(serviceMarkdown(await measureService({ rounds: Number(values.rounds) })));
}
