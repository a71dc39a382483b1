import { afterAll, beforeEach, describe, expect, test } from "vitest";
import * as validate from "@licensing/functions/licenses/validate.ts";
import { failureLimits } from "@licensing/core/http/limits.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import { loadEntries } from "../../infra/openapi.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { gatewayEvent } from "../support/gateway-event.ts";
import { base, startService } from "../support/service.ts";

/** Guesses at license keys where the function looks the key up itself. */
const service = await startService({ now: "2026-11-23T12:00:00.000Z" });
const policy = await createPolicy(service, { activationLimit: 5 });
const license = await issueLicense(service, policy);
const { quota, windowSeconds } = failureLimits.licenseAddress;

const processes: Runtime[] = [];
afterAll(() => processes.forEach(({ transport }) => transport.close()));
function createProcess(changes: Readonly<Record<string, string>> = {}): Runtime {
  const runtime = createRuntime({ environment: { ...service.environment, ...changes }, now: service.clock.now, print: (line) => service.printed.push(line) });
  processes.push(runtime);
  return runtime;
}

let runtime = createProcess();
beforeEach(() => {
  // An hour on: no window reaches over from the test before.
  service.clock.advance(3_600);
  runtime = createProcess();
});

type Asked = { readonly status: number; readonly headers: Readonly<Record<string, unknown>>; readonly body: Readonly<Record<string, unknown>> };
type Question = { readonly by?: Runtime; readonly address?: string; readonly body?: unknown };

async function ask(key: string, { by = runtime, address = "198.51.100.7", body = {} }: Question = {}): Promise<Asked> {
  const event = gatewayEvent({ routeKey: "POST /v1/validate", headers: { authorization: `License ${key}` }, address, body });
  const result = await validate.handler(event, {}, by);
  return { status: result.statusCode ?? 0, headers: result.headers ?? {}, body: JSON.parse(result.body ?? "{}") as Asked["body"] };
}

async function guess(times: number, question: Question = {}): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (let count = 0; count < times; count += 1) statuses.push((await ask(`wrong-license-key-${String(count).padStart(5, "0")}`, question)).status);
  return statuses;
}

describe("after as many wrong keys as the limit has", () => {
  test("every key from that address is refused, right or wrong, alike and with when to come back", async () => {
    expect(await guess(quota + 3)).toEqual([...Array<number>(quota).fill(401), 429, 429, 429]);
    const right = await ask(license.key);
    expect(right).toMatchObject({ status: 429, body: { code: "rate-limited", detail: "Too many wrong credentials." } });
    expect(right.headers["retry-after"]).toBe(String(windowSeconds));
    expect(right.headers["ratelimit"]).toBe(`"license-address";r=0;t=${windowSeconds}`);
    const wrong = await ask("wrong-license-key-00000");
    expect({ ...wrong.body, requestId: "", instance: "" }).toEqual({ ...right.body, requestId: "", instance: "" });
  });
  test("in every process at once", async () => {
    await guess(quota / 2, { by: createProcess() });
    await guess(quota / 2, { by: createProcess() });
    expect(await guess(1, { by: createProcess() })).toEqual([429]);
  });
  test("no seat is taken", async () => {
    const other = await issueLicense(service, policy);
    await guess(quota);
    expect((await ask(other.key, { body: { fingerprint: "machine-locked" } })).status).toBe(429);
    expect((await service.call("GET", other.at)).body.seatsUsed).toBe(0);
  });
  test("other addresses don't notice, except those of the same IPv6 network", async () => {
    await guess(quota, { address: "2001:db8:1:2::1" });
    expect((await ask(license.key, { address: "2001:db8:1:2:ffff::9" })).status).toBe(429);
    expect((await ask(license.key, { address: "2001:db8:1:3::1" })).status).toBe(200);
  });
  test("a key that was right here a moment ago goes on: one machine with an old key doesn't stop a site", async () => {
    expect((await ask(license.key)).status).toBe(200);
    expect((await guess(quota + 1)).at(-1)).toBe(429);
    expect((await ask(license.key)).status).toBe(200);
    expect((await ask(license.key, { by: createProcess() })).status).toBe(429);
  });
  test("and when the window has passed all is as before", async () => {
    await guess(quota + 1);
    service.clock.advance(2 * windowSeconds);
    expect((await ask(license.key)).status).toBe(200);
  });
  test("without Redis each process counts for itself", async () => {
    const alone = createProcess({ APP_ENV_UPSTASH_REDIS_REST_URL: "http://127.0.0.1:9" });
    expect((await guess(quota + 1, { by: alone })).at(-1)).toBe(429);
    expect((await ask(license.key, { by: alone })).status).toBe(429);
  });
});

describe("what is no guess isn't counted", () => {
  test("a right key, however often", async () => {
    for (let count = 0; count < quota + 5; count += 1) expect((await ask(license.key)).status).toBe(200);
    expect(await guess(1)).toEqual([401]);
  });
  test("a right key that names another license, and a key in the body that nobody has", async () => {
    for (let count = 0; count < quota + 5; count += 1) expect((await ask(license.key, { body: { licenseId: "7" } })).status).toBe(404);
    for (let count = 0; count < quota + 5; count += 1) expect((await ask(license.key, { body: { key: "nobody-has-this-key" } })).status).not.toBe(429);
  });
  test("a key that can't be one is refused without being looked up", async () => {
    const before = [service.neon.stats.requests, service.upstash.stats.requests];
    for (let count = 0; count < quota + 5; count += 1) expect((await ask("x")).status).toBe(401);
    expect([service.neon.stats.requests, service.upstash.stats.requests]).toEqual(before);
  });
});

test("wrong keys count together, whichever route they are tried on", async () => {
  const authorization = "License wrong-license-key-99999";
  for (let count = 0; count < quota / 2; count += 1) {
    expect((await service.call("GET", license.at, { authorization })).status).toBe(401);
    expect((await service.call("POST", `${base}/licenses/validate`, { authorization, body: {} })).status).toBe(401);
  }
  for (const [method, path] of [["GET", license.at], ["POST", `${base}/licenses/validate`]] as const) {
    const refused = await service.call(method, path, { authorization, ...(method === "POST" ? { body: {} } : {}) });
    expect([refused.status, refused.headers.get("ratelimit")]).toEqual([429, `"license-address";r=0;t=${windowSeconds}`]);
  }
});

test("looking at the count costs a good key no round trip to the database, and at most one to Redis beside it", async () => {
  await ask(license.key);
  for (const { laterSeconds, upstash } of [{ laterSeconds: 0, upstash: 0 }, { laterSeconds: 1, upstash: 1 }]) {
    service.clock.advance(laterSeconds);
    const before = { neon: service.neon.stats.requests, upstash: service.upstash.stats.requests };
    await ask(license.key);
    expect({ neon: service.neon.stats.requests - before.neon, upstash: service.upstash.stats.requests - before.upstash }).toEqual({ neon: 1, upstash });
  }
});

test("every route whose function checks the key itself is limited, so that the lock has its place", async () => {
  const own = (await loadEntries()).filter(({ contract }) => contract.resolvesLicense === true);
  expect(own.length).toBeGreaterThan(0);
  expect(own.filter(({ contract }) => contract.limited !== true).map(({ route }) => route.path)).toEqual([]);
});
