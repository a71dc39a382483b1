import { createHash } from "node:crypto";

/**
 * The factor by which this machine is slower than a quiet one with two cores, from 1 to 20. A probe at the run's start measures it
 * (`vitest.config.ts`), and every process of the run gets it by this variable.
 */
export const slownessVariable = "LICENSING_TEST_SLOWNESS";
const slownessMax = 20;

/** No test waits for a deadline from here on: it only ends a hang. */
const hangMs = 20_000;
/** The machine may become slower after the probe, or stand still for seconds. */
const hangFactor = 5;

/** A deadline of a test, in milliseconds on a quiet machine, for this one. A deadline that only ends a hang is five times as long at least. */
export function patient(ms: number): number {
  const slowness = Number(process.env[slownessVariable] ?? 1);
  return Math.round(ms * (ms < hangMs ? slowness : Math.max(slowness, hangFactor)));
}

/** The variable alone, for a process that gets no others of this one. */
export function slownessEnvironment(): Readonly<Record<string, string>> {
  const value = process.env[slownessVariable];
  return value === undefined ? {} : { [slownessVariable]: value };
}

const bursts = 8;
const bytes = Buffer.alloc(8 * 1024 * 1024);
/** The time of a burst on a quiet machine. */
const quietMs = 7;

/** Hashes for about 60 ms of CPU in bursts, with a turn of the event loop between, and compares the clock with a quiet machine's. */
export async function probeSlowness(): Promise<number> {
  const startedAt = performance.now();
  for (let burst = 0; burst < bursts; burst += 1) {
    createHash("sha256").update(bytes).digest();
    await new Promise(setImmediate);
  }
  const measured = (performance.now() - startedAt) / (bursts * quietMs);
  return Math.min(slownessMax, Math.max(1, Math.ceil(measured * 10) / 10));
}
