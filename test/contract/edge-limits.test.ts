import { beforeEach, describe, expect, test } from "vitest";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { countUse, exceeded } from "@licensing/core/http/limit.store.ts";
import type { Counted } from "@licensing/core/http/limit.store.ts";
import { callLimits } from "@licensing/core/http/limits.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import type { Outgoing } from "@licensing/core/platform/transport.ts";
import { TransportError } from "@licensing/core/platform/transport.ts";
import { createEdgeWorld } from "./edge-world.ts";
import { gatewayEvent } from "../support/gateway-event.ts";

const world = await createEdgeWorld();
let runtime = world.createProcess();
beforeEach(() => {
  world.clock.nowMs = Math.ceil(world.clock.nowMs / 3_600_000 + 1) * 3_600_000;
  runtime = world.createProcess();
});

const ten: Counted = { limit: { name: "test", quota: 10, windowSeconds: 60 }, id: "somebody" };
const allowed = async (by: Runtime, subject = ten) => exceeded(await countUse(by, [subject], { add: 1 })) === undefined;
const count = async (times: number, by: () => Runtime, subject = ten) => {
  const answers = await Promise.all(Array.from({ length: times }, () => allowed(by(), subject)));
  return answers.filter((answer) => answer).length;
};

describe("a limit", () => {
  test("admits exactly its quota of 60 calls in three processes", async () => {
    const processes = [world.createProcess(), world.createProcess(), world.createProcess()];
    let turn = 0;
    expect(await count(60, () => processes[(turn += 1) % 3] ?? runtime)).toBe(10);
  });
  test("costs one round trip for any number of counted subjects", async () => {
    const before = world.upstash.stats.requests;
    await countUse(runtime, [ten, { ...ten, id: "b" }, { ...ten, id: "c" }], { add: 1 });
    expect(world.upstash.stats.requests).toBe(before + 1);
  });
  test("slides: uses late in a window still count early in the next", async () => {
    world.clock.nowMs += 59_000;
    expect(await count(10, () => runtime)).toBe(10);
    world.clock.nowMs += 2_000;
    expect(await count(5, () => runtime)).toBe(0);
    world.clock.nowMs += 57_000;
    expect(await allowed(runtime)).toBe(true);
  });
  test("counts subjects apart", async () => {
    expect(await count(11, () => runtime)).toBe(10);
    expect(await count(11, () => runtime, { ...ten, id: "somebody else" })).toBe(10);
  });
  test("that is only read doesn't grow", async () => {
    for (let times = 0; times < 50; times += 1) await countUse(runtime, [ten], { add: 0 });
    expect(await count(20, () => runtime)).toBe(10);
  });
  test.each([
    ["twentieth of the quota while one process counts", 50, false],
    ["two-hundredth of the quota once another process counts", 5, true],
  ])("of a busy subject below half its quota costs one round trip a second, and one for each %s", async (_name, uses, isShared) => {
    const busy: Counted = { limit: { name: "busy", quota: 1_000, windowSeconds: 60 }, id: "somebody" };
    if (isShared) await countUse(world.createProcess(), [busy], { add: 1 });
    const before = world.upstash.stats.requests;
    for (let times = 0; times < 400; times += 1) await countUse(runtime, [busy], { add: 1 });
    expect(world.upstash.stats.requests - before).toBe(1 + Math.floor(399 / uses));
    world.clock.nowMs += 1_000;
    await countUse(runtime, [busy], { add: 1 });
    expect(world.upstash.stats.requests - before).toBe(2 + Math.floor(399 / uses));
    const [seen] = await countUse(world.createProcess(), [busy], { add: 0 });
    expect(seen?.used).toBe(isShared ? 402 : 401);
  });
  test("of many busy subjects costs one round trip a second for all of them together, and loses no use", async () => {
    const busy = Array.from({ length: 40 }, (_, place): Counted => ({ limit: { name: "busy", quota: 1_000, windowSeconds: 60 }, id: `busy ${place}` }));
    const everybody = async () => {
      for (const each of busy) await countUse(runtime, [each], { add: 1 });
    };
    await everybody();
    await everybody();
    for (let second = 0; second < 3; second += 1) {
      world.clock.nowMs += 1_000;
      const before = world.upstash.stats.requests;
      await everybody();
      expect(world.upstash.stats.requests - before).toBe(1);
    }
    world.clock.nowMs += 1_000;
    await countUse(runtime, [ten], { add: 1 });
    const seen = await countUse(world.createProcess(), busy, { add: 0 });
    expect(seen.map(({ used }) => used)).toEqual(busy.map(() => 5));
  });
  test("sends the uses of at most 50 other subjects in one transaction, and each subject's at most every half second", async () => {
    const busy = Array.from({ length: 60 }, (_, place): Counted => ({ limit: { name: "busy", quota: 1_000, windowSeconds: 60 }, id: `rare ${place}` }));
    for (const each of busy) await countUse(runtime, [each], { add: 1 });
    for (const each of busy) await countUse(runtime, [each], { add: 1 });
    const told = async () => (await countUse(world.createProcess(), busy, { add: 0 })).filter(({ used }) => used === 2).length;
    world.clock.nowMs += 499;
    await countUse(runtime, [{ ...ten, id: "early" }], { add: 1 });
    expect(await told()).toBe(0);
    world.clock.nowMs += 1;
    await countUse(runtime, [{ ...ten, id: "late" }], { add: 1 });
    expect(await told()).toBe(50);
  });
  test("is sent to Redis at a process's first use, so that many processes know of each other", async () => {
    const busy: Counted = { limit: { name: "busy", quota: 1_000, windowSeconds: 60 }, id: "a burst" };
    const processes = Array.from({ length: 40 }, () => world.createProcess());
    for (let wave = 0; wave < 10; wave += 1) for (const each of processes) await countUse(each, [busy], { add: 1 });
    const [seen] = await countUse(world.createProcess(), [busy], { add: 0 });
    // 400 uses: the first process keeps at most 49 of them to itself, and each other one at most 4.
    expect(seen?.used).toBeGreaterThanOrEqual(400 - 49 - 39 * 4);
    expect(seen?.used).toBeLessThanOrEqual(400);
  });
  test("admits at most its quota and a two-hundredth more for each process, of many calls in three processes", async () => {
    const busy: Counted = { limit: { name: "busy", quota: 500, windowSeconds: 60 }, id: "many" };
    const processes = [world.createProcess(), world.createProcess(), world.createProcess()];
    let turn = 0;
    let through = 0;
    for (let wave = 0; wave < 30; wave += 1) through += await count(30, () => processes[(turn += 1) % 3] ?? runtime, busy);
    expect(through).toBeGreaterThanOrEqual(500);
    expect(through).toBeLessThanOrEqual(500 + 3 * 2);
  });
  test("that is read before it is counted, as failures are, still has each process's first use sent to Redis", async () => {
    const failures: Counted = { limit: { name: "failures", quota: 100, windowSeconds: 60 }, id: "a client" };
    const processes = Array.from({ length: 30 }, () => world.createProcess());
    for (const each of processes) await countUse(each, [failures], { add: 0 });
    for (const each of processes) await countUse(each, [failures], { add: 1 });
    const [seen] = await countUse(world.createProcess(), [failures], { add: 0 });
    expect(seen?.used).toBe(30);
  });
  test("counts a use once, even if Redis counted it and its answer was lost", async () => {
    const { transport } = runtime;
    const lossy = { ...runtime, transport: { ...transport, send: async (request: Outgoing) => {
      await transport.send(request);
      throw new TransportError("timeout", true);
    } } };
    for (let times = 0; times < 5; times += 1) {
      await countUse(lossy, [ten], { add: 1 });
      world.clock.nowMs += 6_000;
    }
    const [seen] = await countUse(world.createProcess(), [ten], { add: 0 });
    expect(seen?.used).toBe(5);
  });
  test("sends uses that Redis missed after it is back, also in the next window", async () => {
    const { transport } = runtime;
    const connection = { isUp: false };
    const unsteady = { ...runtime, transport: { ...transport, send: (request: Outgoing) =>
      connection.isUp ? transport.send(request) : Promise.reject(new TransportError("connect", false)) } };
    world.clock.nowMs += 50_000;
    expect(await count(10, () => unsteady)).toBe(10);
    connection.isUp = true;
    world.clock.nowMs += 20_000;
    const [seen] = await countUse(unsteady, [ten], { add: 0 });
    expect(seen?.used).toBeCloseTo(10 * (50 / 60));
  });
  test("holds in the process while Redis is away, which is then not asked again for a while", async () => {
    world.lines.length = 0;
    const alone = world.createProcess({ APP_ENV_UPSTASH_REDIS_REST_URL: "http://127.0.0.1:9" });
    expect(await count(50, () => alone)).toBe(10);
    const warnings = world.lines.length;
    expect(world.lines.filter((line) => line.includes("limits are counted in the process"))).toHaveLength(1);
    await count(20, () => alone);
    expect(world.lines).toHaveLength(warnings);
  });
  test("holds in the process without any Redis configured", async () => {
    const bare = world.createProcess({ APP_ENV_UPSTASH_REDIS_REST_URL: undefined, APP_ENV_UPSTASH_REDIS_REST_TOKEN: undefined });
    expect(await count(50, () => bare)).toBe(10);
  });
});

describe("a limited route", () => {
  const contract = { summary: "t", permission: "license:validate", replies: {}, namesLicense: true, resolvesLicense: true } as const satisfies Contract;
  const changes: string[] = [];
  const handler = endpoint(contract, async ({ admit }) => {
    await admit("the license");
    changes.push("made");
    return { status: 200, body: {} };
  });
  const ask = (authorization: string) => handler(gatewayEvent({ routeKey: "POST /v1/validate", headers: { authorization } }), {}, runtime);
  const token = () => world.bearer({ roles: ["licensing-service"] });

  test("answers with the calls left, in the RateLimit fields of the IETF draft", async () => {
    const { headers } = await ask(token());
    expect(headers?.["ratelimit-policy"]).toBe(`"license";q=${callLimits.license.quota};w=10, "principal";q=${callLimits.principal.quota};w=10`);
    expect(headers?.["ratelimit"]).toBe(`"license";r=${callLimits.license.quota - 1};t=10`);
  });
  test("answers 429 with Retry-After beyond the limit, and has changed nothing", async () => {
    const license: Counted = { limit: callLimits.license, id: "the license" };
    for (let times = 0; times < callLimits.license.quota; times += 1) await countUse(runtime, [license], { add: 1 });
    const before = changes.length;
    const answer = await ask(token());
    expect(answer).toMatchObject({ statusCode: 429, headers: { "retry-after": "10", ratelimit: '"license";r=0;t=10' } });
    expect(JSON.parse(answer.body ?? "")).toMatchObject({ code: "rate-limited" });
    expect(changes).toHaveLength(before);
  });
  test("counts a license's own call once, and not also as its principal's", async () => {
    const { headers } = await ask("License somebody-elses-license-key");
    expect(headers?.["ratelimit-policy"]).toBe(`"license";q=${callLimits.license.quota};w=10`);
  });
  test("counts a call once, however often the function calls admit", async () => {
    const twice = endpoint(contract, async ({ admit }) => {
      await Promise.all([admit("x"), admit("x")]);
      await admit();
      return { status: 204 };
    });
    const before = world.upstash.stats.requests;
    await twice(gatewayEvent({ routeKey: "POST /v1/validate", headers: { authorization: "License somebody-elses-license-key" } }), {}, runtime);
    expect(world.upstash.stats.requests).toBe(before + 1);
  });
  test("refuses no call because Redis is away", async () => {
    const alone = world.createProcess({ APP_ENV_UPSTASH_REDIS_REST_URL: "http://127.0.0.1:9" });
    const answer = await handler(gatewayEvent({ routeKey: "POST /v1/validate", headers: { authorization: token() } }), {}, alone);
    expect(answer).toMatchObject({ statusCode: 200, headers: { ratelimit: expect.stringContaining("r=") as string } });
  });
});
