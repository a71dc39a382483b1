import { describe, expect, test } from "vitest";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import { wakeDeliveries } from "@licensing/core/webhook/wake.store.ts";
import { startMessageQueue, type Messages } from "../../infra/local/lambda/message-queue.ts";
import type { LoopbackReply } from "../../infra/local/wire/loopback.ts";
import { freePort } from "../support/free-port.ts";
import { patientRuntime } from "../support/patient-runtime.ts";
import { until } from "../support/until.ts";
import { whenDone } from "../support/when-done.ts";

/** The queue of one machine, which checks what SQS checks: the operation, the signature of the role, and the queue's URL. */
const role = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "a secret of the role", sessionToken: "a token of the session" };
const region = "eu-central-1";

/** A queue that is closed when its test is done. */
async function startQueue(trouble?: () => LoopbackReply | Promise<LoopbackReply> | undefined) {
  const delivered: Messages[] = [];
  const queue = await startMessageQueue({
    role,
    region,
    ...(trouble === undefined ? {} : { trouble }),
    deliver: async (messages) => void delivered.push(messages),
  });
  whenDone(queue.close);
  return { queue, delivered };
}

function startFunction(url: string | undefined, changes: Readonly<Record<string, string | undefined>> = {}) {
  const printed: string[] = [];
  const environment = {
    APP_ENV_WEBHOOK_QUEUE_URL: url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: role.accessKeyId,
    AWS_SECRET_ACCESS_KEY: role.secretAccessKey,
    AWS_SESSION_TOKEN: role.sessionToken,
    ...changes,
  };
  const runtime = patientRuntime(createRuntime({ environment, print: (line) => printed.push(line) }));
  whenDone(() => runtime.transport.close());
  return { runtime, printed };
}

test("a message arrives, signed by the function's role, and calls the subscriber", async () => {
  const { queue, delivered } = await startQueue();
  const { runtime, printed } = startFunction(queue.url);
  await wakeDeliveries(runtime);
  await wakeDeliveries(runtime);
  expect(queue.received()).toBe(2);
  const bodies = () => delivered.flatMap(({ Records }) => Records.map(({ body }) => body));
  await until("both messages delivered", () => bodies().length === 2);
  expect(bodies()).toEqual(["deliveries wait", "deliveries wait"]);
  expect(printed).toEqual([]);
});

test("a delayed message arrives after its delay, and one whose queue ends before never does", async () => {
  const delays: { readonly seconds: number; readonly run: () => void; isCancelled: boolean }[] = [];
  const delivered: Messages[] = [];
  const queue = await startMessageQueue({
    role,
    region,
    deliver: async (messages) => void delivered.push(messages),
    after: (seconds, run) => {
      const delay = { seconds, run, isCancelled: false };
      delays.push(delay);
      return () => void (delay.isCancelled = true);
    },
  });
  const { runtime, printed } = startFunction(queue.url);
  await wakeDeliveries(runtime, { delaySeconds: 6 });
  await wakeDeliveries(runtime, { delaySeconds: 900 });
  // The longest delay that SQS accepts.
  await wakeDeliveries(runtime, { delaySeconds: 901 });
  expect(printed.map((line) => (JSON.parse(line) as { reason: string }).reason)).toEqual(["status 400"]);
  expect([queue.received(), delivered.length]).toEqual([2, 0]);
  delays[0]?.run();
  await queue.idle();
  expect(delivered.map(({ Records }) => Records.length)).toEqual([1]);
  await queue.close();
  expect(delays.map(({ seconds, isCancelled }) => [seconds, isCancelled])).toEqual([[6, false], [900, true]]);
});

test("without a queue, or without a role, nothing is sent", async () => {
  const { queue } = await startQueue();
  for (const { runtime, printed } of [startFunction(undefined), startFunction(""), startFunction(queue.url, { AWS_ACCESS_KEY_ID: undefined })]) {
    await wakeDeliveries(runtime);
    expect(printed).toEqual([]);
  }
  expect(queue.received()).toBe(0);
});

test("an address of a queue that isn't https stops the process at its start", () => {
  expect(() => startFunction("http://sqs.eu-central-1.amazonaws.com/1/webhooks")).toThrow("APP_ENV_WEBHOOK_QUEUE_URL: must be an https URL");
});

describe("a lost hint is logged without a secret, and is never an error:", () => {
  const sent = async (url: string, changes?: Readonly<Record<string, string>>) => {
    const { runtime, printed } = startFunction(url, changes);
    await wakeDeliveries(runtime);
    expect(printed.join("")).not.toContain(role.secretAccessKey);
    expect(printed.join("")).not.toContain(role.sessionToken);
    return printed.map((line) => JSON.parse(line) as { message: string; reason?: string; error?: { name: string; message: string } });
  };
  const lost = (detail: object) => [expect.objectContaining({ level: "warn", message: "Failed to wake webhook deliveries", ...detail })];
  const timeout = lost({ error: expect.objectContaining({ name: "TransportError", message: "transport: timeout" }) });

  test("the queue refuses the role", async () => {
    const { queue } = await startQueue();
    expect(await sent(queue.url, { AWS_SECRET_ACCESS_KEY: "another secret" })).toEqual(lost({ reason: "status 403" }));
    expect(queue.received()).toBe(0);
  });
  test("the queue doesn't exist", async () => {
    const { queue } = await startQueue();
    expect(await sent(queue.url.replace("webhooks", "others"))).toEqual(lost({ reason: "status 400" }));
  });
  test("the queue fails", async () => {
    const { queue } = await startQueue(() => ({ status: 500, body: "{}" }));
    expect(await sent(queue.url)).toEqual(lost({ reason: "status 500" }));
  });
  test("nobody listens", async () => {
    expect(await sent(`http://127.0.0.1:${await freePort()}/1/webhooks`)).toEqual(lost({ error: expect.objectContaining({ message: "transport: connect" }) }));
  });
  test("the queue never answers, and the change goes on", async () => {
    const { promise, resolve } = Promise.withResolvers<LoopbackReply>();
    const { queue } = await startQueue(() => promise);
    whenDone(() => resolve({ status: 500, body: "{}" }));
    expect(await sent(queue.url)).toEqual(timeout);
  });
});

test("the messages that arrive during a call are passed together in the next one, and a failed call stops nothing", async () => {
  const first = Promise.withResolvers<void>();
  const calls: number[] = [];
  const queue = await startMessageQueue({
    role,
    region,
    deliver: async ({ Records }) => {
      calls.push(Records.length);
      await first.promise;
      throw new Error("failed");
    },
  });
  const { runtime } = startFunction(queue.url);
  for (let index = 0; index < 13; index += 1) await wakeDeliveries(runtime);
  first.resolve();
  await queue.close();
  expect(calls).toEqual([1, 10, 2]);
});
