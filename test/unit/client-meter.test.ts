import { describe, expect, test } from "vitest";
import { LicensingError, meter } from "@licensing/core/client/client.ts";
import type { MeterOptions, Problem } from "@licensing/core/client/client.ts";

/** A meter of the service that grants up to `limit`, whose answers wait until `answer` is called if it is `held`. */
function service(limit: number, { held = false } = {}) {
  const state = { used: 0, calls: [] as number[], limit, nowMs: 1_000_000, isDown: false };
  const waiting: (() => void)[] = [];
  const take = async (amount: number) => {
    state.calls.push(amount);
    if (held) await new Promise<void>((resolve) => waiting.push(resolve));
    if (state.isDown) throw new LicensingError({ code: "unreachable", message: "no answer" });
    if (state.used + amount > state.limit) {
      const problem = { code: "usage-limit-reached", remaining: Math.max(0, state.limit - state.used) } as unknown as Problem;
      throw new LicensingError({ code: "usage-limit-reached", message: "full", status: 409, problem });
    }
    state.used += amount;
  };
  const counted = (options: Partial<MeterOptions> = {}) => meter({ take, block: 100, nowMs: () => state.nowMs, ...options });
  const answer = async () => {
    await settled();
    waiting.shift()?.();
    await settled();
  };
  return { state, counted, answer };
}

/** Lets every promise that can settle do so. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("a meter that takes blocks ahead", () => {
  test("answers at once while a block lasts, and calls twice for each block", async () => {
    const { state, counted } = service(1_000_000);
    const exports = counted();
    expect(await exports.take()).toBe(true);
    let waits = 0;
    for (let use = 1; use < 10_000; use += 1) {
      const taken = exports.take();
      if (taken !== true) waits += 1;
      // A background call needs a turn of the loop, as in every server.
      if (use % 10 === 0) await settled();
    }
    expect(waits).toBe(0);
    expect(state.calls.length).toBeLessThanOrEqual(1 + 10_000 / 50);
  });

  test("makes no call for the uses of half a block", async () => {
    const { state, counted } = service(1_000);
    const exports = counted();
    await exports.take();
    for (let use = 1; use < 50; use += 1) expect(exports.take()).toBe(true);
    expect(state.calls).toEqual([100]);
  });

  test("holds at most one block that isn't given out, also while the next is on its way", async () => {
    const { state, counted, answer } = service(1_000_000, { held: true });
    const exports = counted();
    const first = exports.take();
    await answer();
    expect(await first).toBe(true);
    let given = 1;
    for (let round = 0; round < 300; round += 1) {
      if (exports.take(1 + (round % 3)) === true) given += 1 + (round % 3);
      else break;
      if (round % 7 === 0) await answer();
      expect(state.used - given).toBeLessThanOrEqual(100);
    }
    expect(given).toBeGreaterThan(100);
  });

  test("grants exactly what the service grants, and then says that the limit is reached", async () => {
    const { state, counted } = service(1_234);
    const exports = counted();
    let granted = 0;
    for (let use = 0; use < 2_000; use += 1) granted += (await exports.take()) ? 1 : 0;
    expect([granted, state.used, exports.left()]).toEqual([1_234, 1_234, 0]);
  });

  test("of several processes together grants exactly the limit", async () => {
    const { state, counted } = service(1_001);
    const all = [counted(), counted({ block: 7 }), counted({ block: 300 })];
    let granted = 0;
    for (let use = 0; use < 1_500; use += 1) for (const one of all) granted += (await one.take()) ? 1 : 0;
    expect([granted, state.used]).toEqual([1_001, 1_001]);
  });

  test("repeats a refusal without a call for a while, and then asks again", async () => {
    const { state, counted } = service(0);
    const exports = counted();
    expect(await exports.take()).toBe(false);
    for (let use = 0; use < 100; use += 1) expect(exports.take()).toBe(false);
    expect(state.calls).toHaveLength(1);
    state.limit = 10;
    state.nowMs += 1_000;
    expect(await exports.take()).toBe(true);
  });

  test("asks once for each refused take if no refusal is repeated", async () => {
    const { state, counted } = service(30);
    const exports = counted({ refusedMs: 0 });
    expect(await exports.take(50)).toBe(false);
    expect(await exports.take(30)).toBe(true);
    expect(await exports.take()).toBe(false);
    expect(await exports.take()).toBe(false);
    expect(state.calls).toEqual([100, 100, 30, 100, 100]);
    state.limit = 31;
    expect(await exports.take()).toBe(true);
  });

  test("still grants a smaller amount after a refusal", async () => {
    const { counted } = service(30);
    const exports = counted();
    expect(await exports.take(50)).toBe(false);
    expect(await exports.take(20)).toBe(true);
    expect(await exports.take(11)).toBe(false);
    expect(await exports.take(10)).toBe(true);
    expect(await exports.take()).toBe(false);
  });

  test("answers takes in their order, whatever their size, by one call at a time", async () => {
    const { state, counted, answer } = service(1_000, { held: true });
    const exports = counted({ block: 10 });
    const order: number[] = [];
    const takes = [4, 25, 1, 8].map(async (amount) => {
      await exports.take(amount);
      order.push(amount);
    });
    await settled();
    expect(state.calls).toHaveLength(1);
    for (let calls = 0; calls < 6; calls += 1) await answer();
    await Promise.all(takes);
    expect(order).toEqual([4, 25, 1, 8]);
  });

  test("gives out the rest of its block while the service can't be asked, and then rejects and takes nothing", async () => {
    const { state, counted } = service(1_000);
    const exports = counted({ block: 10 });
    await exports.take(4);
    state.isDown = true;
    expect(exports.take(6)).toBe(true);
    await settled();
    await expect(exports.take()).rejects.toMatchObject({ code: "unreachable" });
    state.isDown = false;
    expect(await exports.take()).toBe(true);
    expect(state.used).toBe(20);
  });

  test.each([0, -1, 1.5, Number.NaN, 1_000_001])("refuses %d as an amount and as a block", (amount) => {
    const { counted } = service(10);
    expect(() => counted().take(amount)).toThrow(RangeError);
    expect(() => counted({ block: amount })).toThrow(RangeError);
  });
});
