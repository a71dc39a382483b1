import { describe, expect, test } from "vitest";
import { asOf, incompleteness } from "@licensing/core/publication/completeness.ts";

const nowMs = Date.UTC(2027, 0, 1);
const now = nowMs / 1000;
const before = (seconds: number) => new Date(nowMs - seconds * 1000);

describe("Redis has every commit", () => {
  test("up to half a minute ago if nothing waits, and never later", () => {
    expect(asOf({ oldestChange: null }, now)).toBe(now - 30);
    for (const seconds of [-5, 0, 29, 30]) expect(asOf({ oldestChange: before(seconds) }, now)).toBe(now - 30);
  });

  test("up to the start of the oldest waiting change, rounded down to the second", () => {
    expect(asOf({ oldestChange: before(31) }, now)).toBe(now - 31);
    expect(asOf({ oldestChange: before(3_599.001) }, now)).toBe(now - 3_600);
  });
});

describe("Redis is", () => {
  const ttlSeconds = 86_400;
  const evidence = { isWhole: true, isContinuous: true, holes: 0, backlog: { isAnyPutOff: false, oldestDue: null } };
  const judge = (changes: Partial<typeof evidence> = {}, ttl = ttlSeconds) => incompleteness({ ...evidence, ...changes }, { nowMs, ttlSeconds: ttl });
  const dueSince = (seconds: number) => ({ backlog: { isAnyPutOff: false, oldestDue: before(seconds) as never } });

  test("complete if no reason is against it", () => {
    expect(judge()).toBeUndefined();
    expect(judge(dueSince(-3_600))).toBeUndefined();
  });

  test.each([
    [{ isWhole: false }, "rebuilding"],
    [{ isContinuous: false }, "discontinuous"],
    [{ holes: 1 }, "hole"],
    [{ backlog: { isAnyPutOff: true, oldestDue: null } }, "put-off"],
    [{ isWhole: false, isContinuous: false }, "rebuilding"],
    [{ isContinuous: false, holes: 1 }, "discontinuous"],
  ] as const)("incomplete after %j: %s", (changes, reason) => {
    expect(judge(changes)).toBe(reason);
  });

  test("incomplete if a refresh is later than a tenth of the certificates' lifetime minus a minute, the interval of the runs", () => {
    expect(judge(dueSince(8_580))).toBeUndefined();
    expect(judge(dueSince(8_580.001))).toBe("late");
  });

  test("never complete if a tenth of the certificates' lifetime isn't longer than a minute", () => {
    expect(judge({}, 600)).toBe("late");
    expect(judge({}, 610)).toBeUndefined();
    expect(judge({}, 60)).toBe("late");
  });
});
