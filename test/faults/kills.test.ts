import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { certificateKey } from "@licensing/core/certificate/address.ts";
import { expireSweep } from "@licensing/core/lifecycle/expire.job.ts";
import { deliverWebhooks } from "@licensing/core/webhook/deliver.job.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import { redisOf } from "@licensing/core/platform/redis-client.ts";
import { auditFaults, canariesOf, effectFaults, publicationFaults, seatFaults, secretFaults } from "../support/checkers.ts";
import { historyFaults } from "../support/history.ts";
import { createHttpClient } from "../support/http-client.ts";
import { issueLicense } from "../support/fixtures.ts";
import { steadyTransport } from "../support/patient-runtime.ts";
import { base, startService } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { localRegion, newRole, roleVariables } from "../../infra/local/lambda/signed-request.ts";
import { startMessageQueue } from "../../infra/local/lambda/message-queue.ts";
import { whenDone } from "../support/when-done.ts";
import { spawnService } from "../support/spawn-service.ts";
import type { Armed, Job, ServiceProcess } from "../support/spawn-service.ts";
import { until } from "../support/until.ts";
import type { Subject } from "../support/verbs.ts";
import { createContext, createSubject, operations } from "./operations.ts";
import type { Operation } from "./operations.ts";

/**
 * The service is killed (SIGKILL, by itself) before, during and after each of its calls to the outside, from the first of a cold
 * process to the last. It leaves the state before or after the change, never one between. The reconciler then makes Redis equal
 * the database, and the caller, who got no answer, sends the same request again: the change has happened once. A webhook receives
 * every event, so each change also writes its delivery and sends the queue a message: the event has exactly one delivery, however
 * far the change got.
 */
const role = newRole();
const queue = await startMessageQueue({ role, region: localRegion, deliver: () => Promise.resolve() });
const service = await startService({ environment: { APP_ENV_WEBHOOK_QUEUE_URL: queue.url, ...roleVariables(role) } });
whenDone(queue.close);
const context = await createContext(service);
const isLong = process.env["LICENSING_PROVE"] === "long";
const moments = ["before", "during", "after"] as const;
const totals = { kills: 0, effects: 0, none: 0 };
const printed: string[] = [];
afterAll(() => process.stdout.write(`kills: ${totals.kills}, of which ${totals.effects} found the change made and ${totals.none} found it not made\n`));

const authorization = `Bearer ${await service.token("admin")}`;
let attempts = 0;

type Attempt = { readonly operation: Operation; readonly subject: Subject; readonly name: string };

async function prepare(operation: Operation): Promise<Attempt> {
  attempts += 1;
  return { operation, subject: await createSubject(context), name: `killed-${attempts}-${operation.name.replaceAll(/\W/g, "-")}` };
}

function sent({ operation, subject, name }: Attempt) {
  const request = operation.request(subject, context);
  const keyed = request.method === "DELETE" ? {} : { "idempotency-key": name };
  return { ...request, headers: { authorization: request.authorization ?? authorization, "x-request-id": name, ...keyed } };
}

async function send(origin: string, attempt: Attempt) {
  const client = createHttpClient(origin, 1);
  try {
    return await client.send(sent(attempt));
  } finally {
    client.close();
  }
}

/** The number of calls to the outside that a cold process makes for one operation. */
async function countCalls(operation: Operation): Promise<number> {
  const child = await spawn();
  await child.arm();
  const attempt = await prepare(operation);
  const hints = queue.received();
  const answer = await send(child.origin, attempt);
  const calls = await child.count();
  await child.kill();
  // The message to the queue is one of the calls.
  expect(queue.received() > hints).toBe(operation.events > 0);
  expect(await operation.isRight(answer, attempt.subject, context)).toBe(true);
  return calls;
}

async function spawn(aheadMs = 0): Promise<ServiceProcess> {
  return spawnService({ environment: service.environment, aheadMs });
}

/** Waits until no statement of a dead process is still running. */
async function quiet(): Promise<void> {
  await until("the database is idle", async () => {
    const [rows = []] = await service.owner.read(sql`select count(*)::int as busy from pg_stat_activity
      where datname = current_database() and usename = 'licensing_app' and state <> 'idle'`);
    return rows[0]?.["busy"] === 0;
  });
}

/** Whether all traces of the change are there; undefined if only some are, which must never be. */
async function isMade({ operation, subject, name }: Attempt): Promise<boolean | undefined> {
  const [events = [], records = [], rows = []] = await service.owner.read(
    sql`select type from licensing."LicenseEvent" where request_id = ${name}`,
    sql`select 1 from licensing."IdempotencyRecord" where key = ${name}`,
    sql`select sequence::int as sequence from licensing."License" where id = ${subject.licenseId}::bigint`,
  );
  const isKeyed = operation.request(subject, context).method !== "DELETE";
  const moved = operation.name === "issue a license" ? events.length : Number(rows[0]?.["sequence"]) - 2;
  const traces = [events.length === operation.events, moved === operation.events, ...(isKeyed ? [records.length === 1] : [])];
  if (operation.events === 0) return records.length === 1;
  if (traces.every(Boolean)) return true;
  return events.length === 0 && moved === 0 && records.length === 0 ? false : undefined;
}

const afterwards = createRuntime({ environment: service.environment, now: () => new Date(Date.now() + 15_000), print: () => undefined, transport: steadyTransport() });
afterAll(() => afterwards.transport.close());

async function certified({ operation, subject, name }: Attempt): Promise<string[]> {
  if (operation.name !== "issue a license") return [subject.licenseId];
  const [rows = []] = await service.owner.read(sql`select license_id::text as id from licensing."LicenseEvent" where request_id = ${name}`);
  return rows.map((row) => String(row["id"]));
}

async function killed(attempt: Attempt, armed: Armed): Promise<string[]> {
  const child = await spawn();
  await child.arm(armed);
  const answered = await send(child.origin, attempt).then(({ status }) => status, () => "cut off");
  if (answered !== "cut off") await child.kill();
  const signal = await child.ended;
  await quiet();
  const made = await isMade(attempt);
  totals.kills += 1;
  if (made === true) totals.effects += 1;
  else totals.none += 1;
  printed.push(...child.printed);
  await reconcile(afterwards);
  const healed = await publicationFaults(afterwards, await certified(attempt));
  const again = await service.call(sent(attempt).method, sent(attempt).path, { body: sent(attempt).body, headers: sent(attempt).headers });
  const { operation, subject, name } = attempt;
  return [
    ...(signal === "SIGKILL" && answered === "cut off" ? [] : [`it wasn't killed, but answered ${answered}`]),
    ...(made === undefined ? ["the change is half there"] : []),
    ...healed,
    ...((await operation.isRight(again, subject, context)) ? [] : [`again: ${again.status} ${again.text.slice(0, 200)}`]),
    ...(await effectFaults(service.owner, [{ requestId: name, outcome: "done", events: operation.events }])),
  ].map((fault) => `${operation.name}, ${armed.when} call ${armed.at}: ${fault}`);
}

const changing = operations.filter(({ kind }) => kind !== "read");
/** In the short form: two verbs, after each of their calls, and in the middle of their commit. */
const sampled = changing.filter(({ name }) => ["suspend", "activate"].includes(name));

/** Events without their delivery, deliveries without their event, and events with two, since the webhook was added. */
async function deliveryFaults(webhookId: string): Promise<unknown> {
  const [rows = []] = await service.owner.read(sql`select coalesce(e.license_id, d.license_id)::text as license, coalesce(e.sequence, d.sequence)::int as sequence, count(d.id)::int as deliveries
    from (select * from licensing."LicenseEvent" where id > ${webhookId}::bigint) e
      full join (select * from licensing."WebhookDue" where webhook_id = ${webhookId}::bigint and sequence is not null) d
        on d.license_id = e.license_id and d.sequence = e.sequence and d.type = 'license.' || e.type
    group by 1, 2 having count(d.id) <> 1 or count(e.id) <> 1`);
  return rows;
}

describe("killed at each of its calls to the outside, the service neither loses nor invents an event or its delivery, when asked to", () => {
  let webhookId = "";
  beforeAll(async () => {
    // No receiver listens at this address, so the deliveries stay where the commit wrote them.
    webhookId = String((await service.call("POST", `${base}/webhooks`, { body: { url: "http://127.0.0.1:9/" } })).body.id);
  });
  afterAll(() => service.call("DELETE", `${base}/webhooks/${webhookId}`));

  test.each((isLong ? changing : sampled).map((operation) => [operation.name, operation] as const))("%s", { timeout: patient(300_000) }, async (_name, operation) => {
    const calls = await countCalls(operation);
    expect(calls).toBeGreaterThanOrEqual(4);
    const faults: string[] = [];
    for (let at = 1; at <= calls; at += 1) {
      for (const when of moments) {
        if (!isLong && when !== (at < calls ? "after" : "before")) continue;
        faults.push(...(await killed(await prepare(operation), { at, when })));
      }
    }
    expect(faults).toEqual([]);
    expect(await auditFaults(service.owner)).toEqual([]);
    expect(await historyFaults(service.owner)).toEqual([]);
    expect(await seatFaults(service.owner, new Date())).toEqual([]);
    expect(await deliveryFaults(webhookId)).toEqual([]);
  });
});

/** Moves the clock past the lease that a killed reconciler leaves behind. */
async function later<Value>(run: (runtime: Runtime) => Promise<Value>): Promise<Value> {
  const runtime = createRuntime({ environment: service.environment, now: () => new Date(Date.now() + 140_000), print: () => undefined, transport: steadyTransport() });
  try {
    return await run(runtime);
  } finally {
    runtime.transport.close();
  }
}

/** Kills runs of the work at one call after the other, until a run gets to its end. Returns the number of kills. */
async function killRuns(job: Job, begin: () => Promise<string>, check: (licenseId: string) => Promise<unknown>): Promise<number> {
  const pointsMax = isLong ? 60 : 5;
  for (let at = 1; at <= pointsMax; at += 1) {
    const licenseId = await begin();
    const child = await spawn(15_000);
    await child.arm({ at, when: moments[at % 3] ?? "after" });
    const finished = await child.run(job).then(() => true, () => false);
    if (finished) await child.kill();
    await child.ended;
    printed.push(...child.printed);
    await quiet();
    await check(licenseId);
    if (finished) return at - 1;
    totals.kills += 1;
  }
  return pointsMax;
}

describe("killed at each of its calls to the outside, scheduled work is completed by the next runs:", () => {
  test("the reconciler publishes every due certificate", { timeout: patient(300_000) }, async () => {
    const begin = async () => {
      const { licenseId } = await issueLicense(service, context.policy);
      await service.call("POST", `${base}/licenses/${licenseId}/suspend`, { body: {} });
      // Redis doesn't have the just committed state.
      await redisOf(service.runtime).del(certificateKey(licenseId));
      return licenseId;
    };
    const kills = await killRuns("reconcile", begin, (licenseId) =>
      later(async (runtime) => {
        await reconcile(runtime);
        expect(await publicationFaults(runtime, [licenseId])).toEqual([]);
      }),
    );
    expect(kills).toBeGreaterThanOrEqual(5);
  });

  test("the sweep records an expiry once", { timeout: patient(300_000) }, async () => {
    const begin = async () => {
      // Before the clock of the process that sweeps, and after the moment at which the service issues the license.
      const expiresAt = new Date(Date.now() + 14_000).toISOString();
      return (await issueLicense(service, context.policy, { expiresAt })).licenseId;
    };
    const kills = await killRuns("expire", begin, (licenseId) =>
      later(async (runtime) => {
        await expireSweep(runtime);
        await reconcile(runtime);
        const [rows = []] = await service.owner.read(sql`select type from licensing."LicenseEvent" where license_id = ${licenseId}::bigint order by sequence`);
        expect(rows.map((row) => row["type"])).toEqual(["created", "expired"]);
        expect(await publicationFaults(runtime, [licenseId])).toEqual([]);
      }),
    );
    expect(kills).toBeGreaterThanOrEqual(3);
    expect([...(await auditFaults(service.owner)), ...(await historyFaults(service.owner))]).toEqual([]);
  });
});

/** A receiver that remembers the deliveries that it was sent. `trouble`: what it does in place of its answer, once. */
async function startReceiver() {
  const heard: { readonly id: string; readonly text: string; readonly license: string }[] = [];
  const trouble: { connected?: (() => void) | undefined; asked?: ((response: ServerResponse) => void) | undefined } = {};
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      const { data } = JSON.parse(text) as { readonly data: { readonly license: { readonly id: string } } };
      heard.push({ id: String(request.headers["webhook-id"]), text, license: data.license.id });
      if (trouble.asked === undefined) return void response.writeHead(204).end();
      trouble.asked(response);
    });
  });
  server.on("connection", () => trouble.connected?.());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, heard, trouble };
}

test("killed at each of its calls to the database, a deliverer loses no delivery and invents none", { timeout: patient(300_000) }, async () => {
  const { url, heard } = await startReceiver();
  const { body: webhook } = await service.call("POST", `${base}/webhooks`, { body: { url, types: ["license.suspended"] } });
  const begin = async () => {
    const { licenseId } = await issueLicense(service, context.policy);
    await service.call("POST", `${base}/licenses/${licenseId}/suspend`, { body: {} });
    return licenseId;
  };
  const kills = await killRuns("deliver", begin, (licenseId) =>
    later(async (runtime) => {
      await deliverWebhooks(runtime);
      const { body } = await service.call("GET", `${base}/webhooks/${webhook.id}/deliveries?limit=1`);
      expect(body.data).toMatchObject([{ licenseId, state: "delivered", sequence: 2 }]);
      const ids = heard.filter(({ license }) => license === licenseId).map(({ id }) => id);
      expect([...new Set(ids)]).toEqual([body.data[0].id]);
    }),
  );
  expect(kills).toBeGreaterThanOrEqual(3);
  await service.call("DELETE", `${base}/webhooks/${webhook.id}`);
});

describe("killed while a delivery is on its way, a deliverer leaves it to the next one, which sends the same body under the same id:", () => {
  const points: Readonly<Record<string, (die: () => void) => Awaited<ReturnType<typeof startReceiver>>["trouble"]>> = {
    "when the receiver accepts the connection": (die) => ({ connected: die }),
    "before the receiver answers": (die) => ({ asked: die }),
    "when half of the answer is there": (die) => ({
      asked: ({ socket }) => void socket?.write("HTTP/1.1 204 No Con", die),
    }),
    "when the receiver has answered": (die) => ({
      asked: (response) => {
        response.writeHead(204).end();
        die();
      },
    }),
  };

  test.each(Object.entries(points))("%s", { timeout: patient(120_000) }, async (_, point) => {
    const { url, heard, trouble } = await startReceiver();
    const { body: webhook } = await service.call("POST", `${base}/webhooks`, { body: { url, types: ["license.created"] } });
    whenDone(() => service.call("DELETE", `${base}/webhooks/${webhook.id}`));
    await issueLicense(service, context.policy);
    const child = await spawn(15_000);
    Object.assign(trouble, point(() => process.kill(child.pid, "SIGKILL")));
    await expect(child.run("deliver")).rejects.toThrow("the process has ended");
    expect(await child.ended).toBe("SIGKILL");
    printed.push(...child.printed);
    totals.kills += 1;
    await quiet();
    Object.assign(trouble, { connected: undefined, asked: undefined });
    const [left] = (await service.call("GET", `${base}/webhooks/${webhook.id}/deliveries`)).body.data;
    expect(left).toMatchObject({ state: "pending", attempts: [] });
    const sentBefore = heard.length;
    await later(async (runtime) => {
      expect(await deliverWebhooks(runtime)).toMatchObject({ delivered: 1 });
    });
    const { data } = (await service.call("GET", `${base}/webhooks/${webhook.id}/deliveries`)).body;
    expect(data).toMatchObject([{ id: left.id, state: "delivered", attempts: [{ status: 204 }] }]);
    expect(heard).toHaveLength(sentBefore + 1);
    expect([...new Set(heard.map(({ id }) => id))]).toEqual([left.id]);
    expect(new Set(heard.map(({ text }) => text)).size).toBe(1);
  });
});

test("no killed process printed a secret", () => {
  expect(secretFaults(printed, canariesOf(service.environment))).toEqual([]);
});
