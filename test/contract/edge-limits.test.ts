import { beforeEach, describe, expect, test } from "vitest";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { countUse, exceeded } from "@licensing/core/http/limit.store.ts";
import type { Counted } from "@licensing/core/http/limit.store.ts";
import { callLimits } from "@licensing/core/http/limits.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import type { Outgoing } from "@licensing/core/platform/transport.ts";
import { TransportError } from "@licensing/core/platform/transport.ts";
import { createEdgeWorld } from "../support/edge-world.ts";
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
  test("lets exactly its quota through, of 60 at once in three processes", async () => {
    const processes = [world.createProcess(), world.createProcess(), world.createProcess()];
    let turn = 0;
    expect(await count(60, () => processes[(turn += 1) % 3] ?? runtime)).toBe(10);
  });
  test("costs one round trip however many are counted", async () => {
    const before = world.upstash.stats.requests;
    await countUse(runtime, [ten, { ...ten, id: "b" }, { ...ten, id: "c" }], { add: 1 });
    expect(world.upstash.stats.requests).toBe(before + 1);
  });
  test("slides: what was used late in a window still counts early in the next", async () => {
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
  test("that is only looked at doesn't grow", async () => {
    for (let times = 0; times < 50; times += 1) await countUse(runtime, [ten], { add: 0 });
    expect(await count(20, () => runtime)).toBe(10);
  });
  test.each([
    ["for a twentieth of the quota, counted by one process", 50, false],
    ["for a two-hundredth of it once somebody else counts", 5, true],
  ])("of a busy subject costs a round trip %s, or a second, while it is below half", async (_name, uses, isShared) => {
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
  test("is told at a process's first use, so that of many processes each knows of the others", async () => {
    const busy: Counted = { limit: { name: "busy", quota: 1_000, windowSeconds: 60 }, id: "a burst" };
    const processes = Array.from({ length: 40 }, () => world.createProcess());
    for (let wave = 0; wave < 10; wave += 1) for (const each of processes) await countUse(each, [busy], { add: 1 });
    const [seen] = await countUse(world.createProcess(), [busy], { add: 0 });
    // 400 uses: what nobody has told yet is 49 by the first process at most, and 4 by each other one.
    expect(seen?.used).toBeGreaterThanOrEqual(400 - 49 - 39 * 4);
    expect(seen?.used).toBeLessThanOrEqual(400);
  });
  test("lets at most its quota through, and a two-hundredth for each process, of many at once in three", async () => {
    const busy: Counted = { limit: { name: "busy", quota: 500, windowSeconds: 60 }, id: "many" };
    const processes = [world.createProcess(), world.createProcess(), world.createProcess()];
    let turn = 0;
    let through = 0;
    for (let wave = 0; wave < 30; wave += 1) through += await count(30, () => processes[(turn += 1) % 3] ?? runtime, busy);
    expect(through).toBeGreaterThanOrEqual(500);
    expect(through).toBeLessThanOrEqual(500 + 3 * 2);
  });
  test("that is looked at before it is counted, as failures are, has each first use told all the same", async () => {
    const failures: Counted = { limit: { name: "failures", quota: 100, windowSeconds: 60 }, id: "a client" };
    const processes = Array.from({ length: 30 }, () => world.createProcess());
    for (const each of processes) await countUse(each, [failures], { add: 0 });
    for (const each of processes) await countUse(each, [failures], { add: 1 });
    const [seen] = await countUse(world.createProcess(), [failures], { add: 0 });
    expect(seen?.used).toBe(30);
  });
  test("whose answers are lost is not told again: what Redis counted stays counted once", async () => {
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
  test("keeps what Redis missed over the end of a window", async () => {
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
  test("holds in the process while Redis is away, and Redis is left alone for a while", async () => {
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

  test("tells what is left, in the structured fields of the draft", async () => {
    const { headers } = await ask(token());
    expect(headers?.["ratelimit-policy"]).toBe(`"license";q=${callLimits.license.quota};w=10, "principal";q=${callLimits.principal.quota};w=10`);
    expect(headers?.["ratelimit"]).toBe(`"license";r=${callLimits.license.quota - 1};t=10`);
  });
  test("beyond the limit answers 429 with when to come back, and has changed nothing", async () => {
    const license: Counted = { limit: callLimits.license, id: "the license" };
    for (let times = 0; times < callLimits.license.quota; times += 1) await countUse(runtime, [license], { add: 1 });
    const before = changes.length;
    const answer = await ask(token());
    expect(answer).toMatchObject({ statusCode: 429, headers: { "retry-after": "10", ratelimit: '"license";r=0;t=10' } });
    expect(JSON.parse(answer.body ?? "")).toMatchObject({ code: "rate-limited" });
    expect(changes).toHaveLength(before);
  });
  test("counts a license once that asks for itself, not as its own principal too", async () => {
    const { headers } = await ask("License somebody-elses-license-key");
    expect(headers?.["ratelimit-policy"]).toBe(`"license";q=${callLimits.license.quota};w=10`);
  });
  test("counts a call once, however often the function asks", async () => {
    const twice = endpoint(contract, async ({ admit }) => {
      await Promise.all([admit("x"), admit("x")]);
      await admit();
      return { status: 204 };
    });
    const before = world.upstash.stats.requests;
    await twice(gatewayEvent({ routeKey: "POST /v1/validate", headers: { authorization: "License somebody-elses-license-key" } }), {}, runtime);
    expect(world.upstash.stats.requests).toBe(before + 1);
  });
  test("refuses nobody for a Redis that is away", async () => {
    const alone = world.createProcess({ APP_ENV_UPSTASH_REDIS_REST_URL: "http://127.0.0.1:9" });
    const answer = await handler(gatewayEvent({ routeKey: "POST /v1/validate", headers: { authorization: token() } }), {}, alone);
    expect(answer).toMatchObject({ statusCode: 200, headers: { ratelimit: expect.stringContaining("r=") as string } });
  });
});
