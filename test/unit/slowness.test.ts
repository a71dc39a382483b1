import { expect, onTestFinished, test, vi } from "vitest";
import { patient, probeSlowness, slownessVariable } from "../support/slowness.ts";
import { until } from "../support/until.ts";

test("a test's deadline grows with the slowness measured at the run's start", () => {
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv(slownessVariable, "3.5");
  expect(patient(400)).toBe(1_400);
  vi.stubEnv(slownessVariable, undefined);
  expect(patient(400)).toBe(400);
});

test("a deadline that only ends a hang is five times as long at least, because the machine may become slower after the run's start", () => {
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv(slownessVariable, "1");
  expect([patient(19_999), patient(20_000)]).toEqual([19_999, 100_000]);
  vi.stubEnv(slownessVariable, "7");
  expect(patient(20_000)).toBe(140_000);
});

test("the probe's answer is between 1 and 20, however slow the machine is", async () => {
  const found = await probeSlowness();
  expect(found).toBeGreaterThanOrEqual(1);
  expect(found).toBeLessThanOrEqual(20);
});

test("a wait ends once its condition holds, and not before", async () => {
  let looks = 0;
  await until("the third look", () => (looks += 1) === 3);
  expect(looks).toBe(3);
});
