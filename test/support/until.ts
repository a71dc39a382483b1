import { setTimeout as delay } from "node:timers/promises";
import { patient } from "./slowness.ts";

const lookEveryMs = 20;
const msMax = 120_000;

/** Waits until `isSo` answers true. Throws an error that names the condition after two minutes of a quiet machine. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const endsAt = performance.now() + patient(msMax);
  while (!(await isSo())) {
    if (performance.now() > endsAt) throw new Error(`${what}: not in time`);
    await delay(lookEveryMs);
  }
}
