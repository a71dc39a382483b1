import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assess } from "@licensing/core/license/assess.ts";
import { gateWithout, type MakeGate } from "../unit/consumer-mutant.ts";
import { createWorld, licenseId, nowMs } from "../unit/consumer-world.ts";
import "../support/seeded-properties.ts";

/**
 * Milliseconds from the test's first instant: a license's start, expiry and end of grace, the end of its maintenance (null: never),
 * and its certificate's issue.
 */
type Life = {
  readonly startsMs: number; readonly expiresMs: number; readonly overMs: number; readonly maintainedMs: number | null; readonly madeMs: number;
};

const life: fc.Arbitrary<Life> = fc
  .record({
    startsMs: fc.integer({ min: -2_000, max: 3_000 }),
    runsMs: fc.integer({ min: 1, max: 4_000 }),
    graceMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3_000 })),
    maintainedMs: fc.option(fc.integer({ min: -2_000, max: 4_000 })),
    madeMs: fc.integer({ min: 0, max: 4_000 }),
  })
  .map(({ startsMs, runsMs, graceMs, ...rest }) => ({ startsMs, expiresMs: startsMs + runsMs, overMs: startsMs + runsMs + graceMs, ...rest }));

/**
 * Asks the gate and the service's assessment at every millisecond around each instant at which the answer may change, for builds
 * released around the end of the maintenance, and without a build.
 */
async function disagreements({ startsMs, expiresMs, overMs, maintainedMs, madeMs }: Life, make?: MakeGate): Promise<readonly string[]> {
  const world = createWorld(make === undefined ? {} : { make });
  world.clock.advance(madeMs / 1000);
  const instant = (ms: number) => new Date(nowMs + ms).toISOString();
  world.publish({ startsAt: instant(startsMs), expiresAt: instant(expiresMs), graceUntil: instant(overMs), maintenanceUntil: maintainedMs === null ? null : instant(maintainedMs), fingerprintRequired: false });
  const state = {
    status: "ACTIVATED",
    startsAtMs: nowMs + startsMs,
    expiresAtMs: nowMs + expiresMs,
    graceUntilMs: nowMs + overMs,
    maintenanceUntilMs: maintainedMs === null ? null : nowMs + maintainedMs,
    fingerprintRequired: false,
    features: {},
  } as const;
  const around = [startsMs, expiresMs, overMs].flatMap((turn) => [turn - 1, turn, turn + 1, Math.floor(turn / 1000) * 1000, Math.ceil(turn / 1000) * 1000]);
  const found: string[] = [];
  for (const ms of [...new Set([madeMs, ...around])].filter((each) => each >= madeMs).toSorted((left, right) => left - right)) {
    world.clock.advance((nowMs + ms - world.clock.now()) / 1000);
    for (const releasedMs of [undefined, ...[-1, 0, 1, 999].map((past) => (maintainedMs ?? 0) + past)]) {
      const said = (await world.gate.check(licenseId, releasedMs === undefined ? {} : { releasedAt: instant(releasedMs) })).code;
      const releasedAtMs = releasedMs === undefined ? undefined : nowMs + releasedMs;
      const { code } = assess(state, { seat: "not-asked", features: [], releasedAtMs }, nowMs + ms);
      if (said !== code) found.push(`${ms} ms, released at ${releasedMs} ms: the consumer says ${said}, the service ${code}`);
    }
  }
  return found;
}

describe("the consumer and the service", () => {
  test("agree at every millisecond around start, expiry, grace and the end of maintenance", async () => {
    const property = fc.asyncProperty(life, async (each) => {
      expect(await disagreements(each)).toEqual([]);
    });
    await fc.assert(property, { numRuns: 400 });
  });

  test("(control) disagree if the consumer compares seconds", async () => {
    const make = await gateWithout([{ file: "license/status.ts", from: "nowMs >= endMs", to: "nowMs / 1000 >= Math.floor(endMs / 1000)" }]);
    const { failed } = await fc.check(fc.asyncProperty(life, async (each) => (await disagreements(each, make)).length === 0), { numRuns: 400 });
    expect(failed).toBe(true);
  });

  test("(control) disagree if the consumer counts maintenance in seconds", async () => {
    const make = await gateWithout([{ file: "license/assess.ts", from: "releasedAtMs <= maintenanceUntilMs", to: "Math.floor(releasedAtMs / 1000) <= maintenanceUntilMs / 1000" }]);
    const { failed } = await fc.check(fc.asyncProperty(life, async (each) => (await disagreements(each, make)).length === 0), { numRuns: 400 });
    expect(failed).toBe(true);
  });
});
