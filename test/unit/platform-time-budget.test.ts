import { describe, expect, test } from "vitest";
import { replyReserveMs, withDeadline } from "@licensing/core/platform/deadline.ts";
import { timeBudget } from "@licensing/core/platform/time-budget.ts";

/** A budget whose clock stands still until the test moves it. */
function createBudget({ workMs = 1_000, reserveMs = 100 } = {}) {
  const clock = { nowMs: 5_000 };
  return { clock, ...timeBudget(workMs, reserveMs, () => clock.nowMs) };
}

describe("a time budget", () => {
  test("has time until its work has taken workMs", () => {
    const { clock, hasTime } = createBudget();
    clock.nowMs += 999;
    expect(hasTime()).toBe(true);
    clock.nowMs += 1;
    expect(hasTime()).toBe(false);
  });

  test("of 0 ms has no time", () => {
    expect(createBudget({ workMs: 0 }).hasTime()).toBe(false);
  });

  // Deadlines are instants of `performance.now`; an hour of margin allows for a slow machine.
  test.each([
    ["has time with an hour beyond the reserve before the function's deadline", 3_600_000, true],
    ["has no time with less than the reserve before the function's deadline", -1, false],
    ["has no time after the function's deadline", -3_600_000, false],
  ])("%s", async (_, beyondMs, expected) => {
    const reserveMs = 60_000;
    const { hasTime } = createBudget({ reserveMs });
    const deadlineAtMs = performance.now() + replyReserveMs + reserveMs + beyondMs;
    expect(await withDeadline(deadlineAtMs, () => Promise.resolve(hasTime()))).toBe(expected);
  });
});

describe("progress", () => {
  test("has the count, its rate, and the time of the rest at that rate", () => {
    const { clock, progress } = createBudget();
    clock.nowMs += 1_920;
    expect(progress(2_400, 10_000)).toEqual({ done: 2_400, total: 10_000, ratePerSecond: 1_250, etaSeconds: 7 });
  });

  test("has no etaSeconds while nothing is done, and 0 once all is done", () => {
    const { clock, progress } = createBudget();
    expect(progress(0, 0)).toEqual({ done: 0, total: 0, ratePerSecond: 0, etaSeconds: 0 });
    clock.nowMs += 500;
    expect(progress(0, 10).etaSeconds).toBeNull();
  });

  test("raises its total if more is done", () => {
    const { clock, progress } = createBudget();
    clock.nowMs += 1_000;
    expect(progress(12, 10)).toMatchObject({ done: 12, total: 12, etaSeconds: 0 });
  });
});
