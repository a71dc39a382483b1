import { createServer, type AddressInfo, type Socket } from "node:net";
import { sql } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import { deliverWebhooks } from "@licensing/core/webhook/deliver.job.ts";
import { createNetwork } from "@licensing/core/webhook/network.store.ts";
import { sendWebhook } from "@licensing/core/webhook/send.store.ts";
import { startMessageQueue } from "../../infra/local/lambda/message-queue.ts";
import { localRegion, newRole, roleVariables } from "../../infra/local/lambda/signed-request.ts";
import type { LoopbackReply } from "../../infra/local/wire/loopback.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { until } from "../support/until.ts";
import { whenDone } from "../support/when-done.ts";

/**
 * Webhooks from end to end: changes over HTTP, the rows that their commits write, the queue, the deliverer, and receivers that
 * misbehave on real connections. Time is the service's clock; an exchange's deadline is the moment at which its receiver says so.
 */
type Trouble = "works" | "is down" | "answers too late" | "delivers each message twice";
type Delayed = { readonly seconds: number; readonly arrive: () => void };
const state = { trouble: "works" as Trouble, slow: [] as PromiseWithResolvers<undefined>[], runs: [] as Promise<unknown>[], delayed: [] as Delayed[] };

const role = newRole();
const queue = await startMessageQueue({ role, region: localRegion, trouble: troubleOfQueue, deliver: () => subscriber(), after: delay });
const service = await startService({ now: wholeSecond(), environment: { APP_ENV_WEBHOOK_QUEUE_URL: queue.url, ...roleVariables(role) } });
const { clock, runtime } = service;
whenDone(queue.close);
const policy = await createPolicy(service, { activationLimit: 5 });

/** The ids of events, which Postgres makes, hold the machine's time. */
function wholeSecond(): string {
  return new Date(Math.floor(Date.now() / 1000) * 1000).toISOString();
}

function troubleOfQueue(): LoopbackReply | Promise<undefined> | undefined {
  if (state.trouble === "is down") return { status: 503, body: "{}" };
  if (state.trouble !== "answers too late") return undefined;
  const waiting = Promise.withResolvers<undefined>();
  state.slow.push(waiting);
  return waiting.promise;
}

/** Delayed messages arrive when a test says so. */
function delay(seconds: number, arrive: () => void): () => void {
  state.delayed.push({ seconds, arrive });
  return () => undefined;
}

/** The queue's subscriber; each call is a process of its own, and a message that comes twice starts two at once. */
async function subscriber(): Promise<void> {
  const runs = Array.from({ length: state.trouble === "delivers each message twice" ? 2 : 1 }, () => run({ ...runtime }));
  state.runs.push(...runs);
  await Promise.all(runs);
}

/** Ends the exchange under way of each delivery, by its id. */
const deadlines = new Map<string, AbortController>();

function run(process: Runtime): Promise<{ readonly delivered: number }> {
  return deliverWebhooks(process, {
    send: (delivery) => {
      const deadline = new AbortController();
      deadlines.set(String(delivery.headers["webhook-id"]), deadline);
      return sendWebhook(delivery, { ...createNetwork(process), deadline: () => deadline.signal });
    },
  });
}

type Request = { readonly id: string; readonly type: string; readonly licenseId: string; readonly sequence: number; readonly text: string };
/** How a receiver behaves in an exchange, and what the service must record of it. */
type Behavior = { readonly answer: (socket: Socket, id: string) => void; readonly status: number | null; readonly error: string | null };

const answering = (line: string, status: number, headers = ""): Behavior => ({
  answer: (socket) => void socket.end(`HTTP/1.1 ${line}\r\n${headers}content-length: 0\r\n\r\n`), status, error: null,
});
const ok = answering("200 OK", 200);
/** Ends the exchange by its deadline, and then does the rest. */
const timeOut = (id: string, rest: () => void = () => undefined): void => void setImmediate(() => {
  deadlines.get(id)?.abort();
  setImmediate(rest);
});
const behaviors: Readonly<Record<string, Behavior>> = {
  "answers 200": ok,
  "answers 429": answering("429 Too Many Requests", 429, "retry-after: 30\r\n"),
  "answers 500": answering("500 Internal Server Error", 500),
  "answers another protocol": { answer: (socket) => void socket.end("SSH-2.0-OpenSSH_9.9\r\n"), status: null, error: "answer-not-http" },
  "never answers": { answer: (_, id) => timeOut(id), status: null, error: "timeout" },
  "answers by half": { answer: (socket) => void socket.end("HTTP/1.1 200 OK\r\ncontent-le"), status: null, error: "connection-broken" },
  "answers after the deadline": { answer: (socket, id) => timeOut(id, () => ok.answer(socket, id)), status: null, error: "timeout" },
  "closes the connection": { answer: (socket) => void socket.destroy(), status: null, error: "connection-broken" },
};
const gone = answering("410 Gone", 410);

type Receiver = {
  readonly webhookId: string;
  readonly heard: Request[];
  /** The attempts that the service must have recorded, by the delivery's id. */
  readonly recorded: Map<string, { readonly status: number | null; readonly error: string | null }[]>;
};

/** A receiver at a webhook of its own. It behaves as given in its first exchanges, and then answers 200. */
async function startReceiver(behavior: Behavior, { troubles = 3, types = null as readonly string[] | null } = {}): Promise<Receiver> {
  const heard: Request[] = [];
  const recorded: Receiver["recorded"] = new Map();
  const server = createServer((socket) => {
    let text = "";
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
      const request = requestIn(text);
      if (request === undefined) return;
      heard.push(request);
      const { answer, status, error } = heard.length <= troubles ? behavior : ok;
      recorded.set(request.id, [...(recorded.get(request.id) ?? []), { status, error }]);
      answer(socket, request.id);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  whenDone(() => void server.close());
  const { status, body } = await service.call("POST", `${base}/webhooks`, { body: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, types } });
  expect(status).toBe(201);
  return { webhookId: String(body.id), heard, recorded };
}

/** The request, once it has arrived completely. */
function requestIn(text: string): Request | undefined {
  const [head = "", body = ""] = text.split("\r\n\r\n");
  if (Buffer.byteLength(body) !== Number(/content-length: (\d+)/i.exec(head)?.[1])) return undefined;
  const { type, data } = JSON.parse(body) as { readonly type: string; readonly data: { readonly event: { readonly licenseId: string; readonly sequence: number } } };
  return { id: /webhook-id: (\d+)/i.exec(head)?.[1] ?? "", type, licenseId: data.event.licenseId, sequence: data.event.sequence, text: body };
}

/** A life of a license: six changes with seven events. */
async function changeLicense(): Promise<string> {
  const { licenseId, at } = await issueLicense(service, policy);
  for (const fingerprint of ["machine-0001", "machine-0002"]) await service.call("POST", `${base}/activations`, { body: { licenseId, fingerprint } });
  for (const verb of ["suspend", "reinstate", "release-seats"]) expect((await service.call("POST", `${at}/${verb}`, { body: {} })).status).toBe(200);
  return licenseId;
}

/** Ends the queue's trouble and runs each minute's schedule, with half an hour between, until nothing more is delivered. */
async function quiesce(): Promise<void> {
  state.trouble = "works";
  const [late, before] = [state.slow.splice(0), queue.received()];
  for (const waiting of late) waiting.resolve(undefined);
  await until("the queue has taken the messages that it was slow to take", () => queue.received() === before + late.length);
  await queue.idle();
  await Promise.all(state.runs.splice(0));
  const openOf = async () => {
    const [rows = []] = await service.owner.read(sql`select count(*)::int as open from licensing."WebhookDue" d join licensing."Webhook" w on w.id = d.webhook_id where w.enabled`);
    return Number(rows[0]?.["open"]);
  };
  for (let round = 0; round < 20 && (await openOf()) > 0; round += 1) {
    await run(runtime);
    clock.advance(1_800);
  }
  expect(await openOf()).toBe(0);
}

/** `type license sequence` of every event of these licenses, from the audit trail. */
async function eventsOf(licenses: readonly string[]): Promise<readonly string[]> {
  const listed = await Promise.all(licenses.map((licenseId) => service.call("GET", `${base}/licenses/${licenseId}/events?limit=100`)));
  return listed.flatMap(({ body }) => body.data as readonly { type: string; licenseId: string; sequence: number }[]).map(({ type, licenseId, sequence }) => `license.${type} ${licenseId} ${sequence}`).toSorted();
}

/** Compares the receiver's messages and the service's recorded attempts with the audit trail. Returns the differences. */
async function receiverFaults({ webhookId, heard, recorded }: Receiver, events: readonly string[]): Promise<string[]> {
  const named = heard.map(({ id, type, licenseId, sequence }) => ({ id, event: `${type} ${licenseId} ${sequence}` }));
  const answered = new Set(named.filter(({ id }) => recorded.get(id)?.at(-1)?.status === 200).map(({ event }) => event));
  const { body } = await service.call("GET", `${base}/webhooks/${webhookId}/deliveries?limit=100`);
  const deliveries = body.data as readonly { id: string; state: string; attempts: readonly { status: number | null; error: string | null }[] }[];
  return [
    ...events.filter((event) => !answered.has(event)).map((event) => `never delivered: ${event}`),
    ...named.filter(({ event }) => !events.includes(event)).map(({ event }) => `a phantom: ${event}`),
    ...[...Map.groupBy(named, ({ event }) => event)].filter(([, all]) => new Set(all.map(({ id }) => id)).size > 1).map(([event]) => `more than one id: ${event}`),
    ...[...Map.groupBy(heard, ({ id }) => id)].filter(([, all]) => new Set(all.map(({ text }) => text)).size > 1).map(([id]) => `more than one body: ${id}`),
    ...deliveries.filter(({ state: ended }) => ended !== "delivered").map(({ id, state: ended }) => `${ended}: ${id}`),
    ...deliveries
      .filter(({ id, attempts }) => JSON.stringify(attempts.map(({ status, error }) => ({ status, error }))) !== JSON.stringify(recorded.get(id)))
      .map(({ id, attempts }) => `${id} has the attempts ${JSON.stringify(attempts)} instead of ${JSON.stringify(recorded.get(id))}`),
    ...(deliveries.length === events.length ? [] : [`${deliveries.length} deliveries of ${events.length} events`]),
  ];
}

beforeEach(async () => {
  clock.set(wholeSecond());
  state.trouble = "works";
  state.delayed = [];
  await service.owner.write(sql`delete from licensing."WebhookDue"`, sql`delete from licensing."Webhook"`);
});

describe("every event arrives at least once at each address, under one id and with one body, and each attempt is recorded, when the queue", () => {
  const troubles: readonly Trouble[] = ["works", "is down", "answers too late", "delivers each message twice"];
  test.each(troubles)("%s", { timeout: patient(120_000) }, async (trouble) => {
    const receivers = await Promise.all(Object.entries(behaviors).map(async ([name, behavior]) => ({ name, receiver: await startReceiver(behavior) })));
    state.trouble = trouble;
    const licenses = [await changeLicense(), await changeLicense()];
    await quiesce();
    const events = await eventsOf(licenses);
    expect(events).toHaveLength(14);
    const faults = await Promise.all(receivers.map(async ({ name, receiver }) => (await receiverFaults(receiver, events)).map((fault) => `${name}: ${fault}`)));
    expect(faults.flat()).toEqual([]);
    // The receivers misbehaved.
    for (const { name, receiver } of receivers) expect([name, receiver.heard.length]).toEqual([name, name === "answers 200" ? 14 : 17]);
  });

  test("works, and the address answers 410 until it is enabled again", { timeout: patient(120_000) }, async () => {
    const receiver = await startReceiver(gone, { troubles: 1 });
    const licenses = [await changeLicense()];
    await quiesce();
    expect((await service.call("GET", `${base}/webhooks/${receiver.webhookId}`)).body).toMatchObject({ enabled: false, disabledReason: "gone" });
    await service.call("PATCH", `${base}/webhooks/${receiver.webhookId}`, { body: { enabled: true } });
    await quiesce();
    expect(await receiverFaults(receiver, await eventsOf(licenses))).toEqual([]);
    expect(receiver.heard).toHaveLength(8);
  });
});

describe("a delivery that fails for the first time", () => {
  test("is tried again by a delayed message after about five seconds, and by none later", async () => {
    const receiver = await startReceiver(behaviors["answers 500"] ?? ok, { troubles: 2 });
    await issueLicense(service, policy);
    await queue.idle();
    expect(receiver.heard).toHaveLength(1);
    const [first] = state.delayed.splice(0);
    expect(first?.seconds).toBeGreaterThanOrEqual(5);
    expect(first?.seconds).toBeLessThanOrEqual(6);
    clock.advance(first?.seconds ?? 0);
    first?.arrive();
    await queue.idle();
    expect(receiver.heard).toHaveLength(2);
    // The next attempt is minutes away: the minute's run finds it.
    expect(state.delayed).toEqual([]);
    clock.advance(360);
    expect(await run(runtime)).toMatchObject({ delivered: 1 });
    expect(state.delayed).toEqual([]);
  });

  test("is tried again by the minute's run if that message is lost", async () => {
    const receiver = await startReceiver(behaviors["answers 500"] ?? ok, { troubles: 1 });
    await issueLicense(service, policy);
    await queue.idle();
    clock.advance(60);
    expect(await run(runtime)).toMatchObject({ delivered: 1 });
    expect(receiver.heard).toHaveLength(2);
  });

  test("sends one message for all that failed in a run, and none for an address that is gone", async () => {
    await startReceiver(gone, { troubles: 1 });
    const licenses = await Promise.all([1, 2, 3].map(() => issueLicense(service, policy)));
    await queue.idle();
    expect([licenses.length, state.delayed.length]).toEqual([3, 0]);
    await startReceiver(behaviors["answers 500"] ?? ok, { troubles: 3 });
    state.trouble = "is down";
    await changeLicense();
    state.trouble = "works";
    expect(await run(runtime)).toMatchObject({ failed: 3 });
    expect(state.delayed).toHaveLength(1);
  });
});

test("a change sends one message if an address asks for its event, and none otherwise", async () => {
  const messagesOf = async () => {
    const before = queue.received();
    await changeLicense();
    return queue.received() - before;
  };
  expect(await messagesOf()).toBe(0);
  await startReceiver(ok, { types: ["license.suspended"] });
  expect(await messagesOf()).toBe(1);
  await startReceiver(ok);
  expect(await messagesOf()).toBe(6);
  await queue.idle();
});
