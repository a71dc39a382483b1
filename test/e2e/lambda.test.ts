import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import { invokeBundled } from "../../infra/local/lambda/bundled.ts";
import type { LambdaFunction } from "../../infra/local/lambda/function.ts";
import { lambdaFunction } from "../../infra/local/lambda/function.ts";
import type { PoolOptions } from "../../infra/local/lambda/pool.ts";
import { createLambdaPool, PoolFullError } from "../../infra/local/lambda/pool.ts";
import type { Route } from "../../infra/routes.ts";
import type { gatewayEvent } from "../support/gateway-event.ts";
import { patient } from "../support/slowness.ts";

/** The way functions run on one machine, tested with misbehaving functions. */
const folder = mkdtempSync(path.join(os.tmpdir(), "licensing-lambda-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const probe = `
import { getHeapStatistics } from "node:v8";
let calls = 0;
let atOnce = 0;
export const handler = async (event, context) => {
  calls += 1;
  atOnce += 1;
  const self = { pid: process.pid, calls, atOnce };
  if (event.what === "throw") { atOnce -= 1; throw new TypeError("on purpose"); }
  if (event.what === "crash") process.exit(7);
  if (event.what === "reject") { Promise.reject(new Error("nobody listens")); await new Promise(() => undefined); }
  if (event.what === "hang") await new Promise(() => setInterval(() => undefined, 60_000));
  if (event.what === "big") { atOnce -= 1; return "x".repeat(7 * 1024 * 1024); }
  await new Promise((resolve) => setImmediate(resolve));
  atOnce -= 1;
  if (event.what === "tell") return {
    ...self, environment: { ...process.env }, heapMegabytes: getHeapStatistics().heap_size_limit / 1048576,
    remainingMs: context.getRemainingTimeInMillis(), context: { ...context }, directory: process.cwd(),
  };
  return self;
};
`;
const write = (name: string, code: string) => {
  mkdirSync(path.join(folder, name), { recursive: true });
  writeFileSync(path.join(folder, name, "bundle.mjs"), code);
};
write("probe", probe);
write("broken", 'throw new RangeError("at the start");');
write("nameless", "export const other = 1;");
write("callback", "export const handler = (event, context, callback) => callback(null, {});");
write("ending", "process.exit(9);");

const target = (name = "probe", more: Partial<LambdaFunction> = {}): LambdaFunction => ({
  name, folder: path.join(folder, name), environment: {}, role: {}, memoryMegabytes: 256, timeoutMs: patient(15_000), ...more,
});

function open(options: Partial<PoolOptions> = {}) {
  const printed: string[] = [];
  const pool = createLambdaPool({ print: (line) => void printed.push(line), ...options });
  afterAll(() => pool.close());
  type Told = { pid: number; calls: number; atOnce: number };
  const ask = async (what: string, more: Partial<LambdaFunction> = {}) => (await pool.invoke(target("probe", more), { what })) as Told;
  return { pool, ask, printed };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const environment = {
  APP_ENV_STAGE: "local",
  APP_ENV_DATABASE_URL: "postgres://u:p@127.0.0.1/d",
  APP_ENV_MIGRATION_DATABASE_URL: "postgres://owner:p@127.0.0.1/d",
  APP_ENV_UPSTASH_REDIS_REST_URL: "http://127.0.0.1:1",
  APP_ENV_UPSTASH_REDIS_REST_TOKEN: "token",
  APP_ENV_LICENSING_ED25519_PRIVATE_KEY: "pem",
  APP_ENV_APPLICATION_SECRET: "secret",
  APP_ENV_LICENSING_KEY_PEPPER: "pepper",
};

test("a function sees the variables that its row touches and Lambda's own, and nothing else", async () => {
  const { pool } = open();
  const row: Route = { method: "GET", path: "/probe", function: "probe", touches: ["database", "key-pepper"] };
  const { environment: seen } = (await pool.invoke(lambdaFunction(row, { bundles: folder, environment }), { what: "tell" })) as { environment: Record<string, string> };
  const own = Object.keys(seen).filter((name) => !/^(AWS_|LAMBDA_|_HANDLER$|_X_AMZN_TRACE_ID$|LANG$|TZ$)/.test(name));
  expect(own.toSorted()).toEqual(["APP_ENV_DATABASE_URL", "APP_ENV_LICENSING_KEY_PEPPER", "APP_ENV_STAGE"]);
  expect(Object.keys(seen).filter((name) => /KEY_ID|SECRET|SESSION/.test(name))).toEqual([]);
});

test("a function has its memory, its time, its folder and its name", async () => {
  const { pool } = open();
  const told = (await pool.invoke(target("probe", { name: "probe", memoryMegabytes: 512, timeoutMs: 9_000 }), { what: "tell" })) as Record<string, never>;
  expect(told["heapMegabytes"]).toBeGreaterThanOrEqual(512);
  expect(told["heapMegabytes"]).toBeLessThan(1_024);
  expect(told["remainingMs"]).toBeLessThanOrEqual(9_000);
  expect(told["directory"]).toBe(path.join(folder, "probe"));
  expect(told["context"]).toMatchObject({ functionName: "probe", functionVersion: "$LATEST", memoryLimitInMB: "512", awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
});

test("one process takes one event at a time and is used again", async () => {
  const { ask } = open();
  const first = await ask("");
  const second = await ask("");
  expect([second.pid, second.calls]).toEqual([first.pid, 2]);
});

test("events at once get processes of their own up to the limit, and none is lost", async () => {
  const { ask, pool } = open({ perFunctionMax: 3 });
  const answers = await Promise.all(Array.from({ length: 40 }, () => ask("")));
  const processes = new Set(answers.map(({ pid }) => pid));
  expect(processes.size).toBeLessThanOrEqual(3);
  expect(pool.counts().get("probe")).toBe(processes.size);
  expect(answers.every(({ atOnce }) => atOnce === 1)).toBe(true);
  const perProcess = [...processes].map((pid) => Math.max(...answers.filter((answer) => answer.pid === pid).map(({ calls }) => calls)));
  expect(perProcess.reduce((sum, calls) => sum + calls, 0)).toBe(40);
});

test("functions share a bound on all processes: an idle process makes room, and every event is answered", async () => {
  const { pool } = open({ processesMax: 2, perFunctionMax: 2 });
  const names = ["one", "two", "three", "four"];
  const answers = await Promise.all(names.flatMap((name) => [1, 2, 3].map(() => pool.invoke(target("probe", { name }), { what: "" }))));
  expect(answers).toHaveLength(12);
  expect([...pool.counts().values()].reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(2);
});

test("an error that a function throws fails that event alone", async () => {
  const { ask } = open();
  const { pid } = await ask("");
  await expect(ask("throw")).rejects.toThrow("TypeError: on purpose");
  expect((await ask("")).pid).toBe(pid);
});

test.each(["crash", "reject"])("a process that ends (%s) fails its event, and the next event gets a new one", async (what) => {
  const { ask } = open();
  const { pid } = await ask("");
  await expect(ask(what)).rejects.toThrow(/its process ended/);
  expect((await ask("")).pid).not.toBe(pid);
  expect(isRunning(pid)).toBe(false);
});

test("a function that doesn't answer in its time fails its event, and its process is ended", async () => {
  const { ask } = open();
  const brief = { timeoutMs: 200 };
  const first = async (): Promise<{ pid: number }> => ask("", brief).catch(() => first());
  // A slow machine may not answer the first event in this time.
  const { pid } = await first();
  await expect(ask("hang", brief)).rejects.toThrow("Task timed out after 0.2 seconds");
  expect(isRunning(pid)).toBe(false);
});

test("an answer that is too large for Lambda fails its event", async () => {
  const { ask } = open();
  await expect(ask("big")).rejects.toThrow("ResponseSizeTooLarge");
});

test.each([
  ["broken", "RangeError: at the start"],
  ["nameless", "the bundle has no function handler"],
  ["callback", "no callback"],
  ["ending", /its process ended/],
])("a bundle that can't start (%s) fails each event with the reason", async (name, message) => {
  const { pool } = open();
  await expect(pool.invoke(target(name), {})).rejects.toThrow(message);
  await expect(pool.invoke(target(name), {})).rejects.toThrow(message);
});

test("an idle process ends", async () => {
  const { ask, pool } = open({ idleMs: 1 });
  const { pid } = await ask("");
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), patient(20_000));
  expect(pool.counts().size).toBe(0);
});

test("closing ends every process, fails waiting events, and accepts no more", async () => {
  const { ask, pool } = open({ perFunctionMax: 1 });
  const { pid } = await ask("");
  const underWay = expect(ask("hang")).rejects.toThrow(/its process ended/);
  const waiting = expect(ask("")).rejects.toThrow(PoolFullError);
  await pool.close();
  await Promise.all([underWay, waiting]);
  expect(isRunning(pid)).toBe(false);
  await expect(ask("")).rejects.toThrow(PoolFullError);
});

test("behind the gateway a failure is API Gateway's own answer, which shows nothing of the function", async () => {
  const route = (name: string): Route => ({ method: "GET", path: `/${name}`, function: name, touches: [] });
  const table = [route("probe"), route("broken")];
  const runtime = createRuntime({ environment: {} });
  const { invoke, close } = await invokeBundled({ environment: {}, runtime, bundles: folder, table, print: () => undefined });
  afterAll(close);
  const ask = async (name: string, event: object) => invoke(route(name), event as ReturnType<typeof gatewayEvent>, 30_000);
  const failed = { statusCode: 500, body: JSON.stringify({ message: "Internal Server Error" }) };
  expect(await ask("probe", { what: "crash" })).toMatchObject(failed);
  expect(await ask("broken", {})).toMatchObject(failed);
  expect(await ask("probe", { what: "", text: "x".repeat(6 * 1024 * 1024) })).toMatchObject({ statusCode: 413 });
  await close();
  expect(await ask("probe", { what: "" })).toMatchObject({ statusCode: 503 });
});

test("missing bundles are an error that names them, before anything starts", async () => {
  const table: Route[] = [{ method: "GET", path: "/", function: "not/built", touches: [] }];
  const starting = invokeBundled({ environment: {}, runtime: createRuntime({ environment: {} }), bundles: folder, table });
  await expect(starting).rejects.toThrow(/not\/built.*npm run rebuild/);
});
