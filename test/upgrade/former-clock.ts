/**
 * Preloaded into a process of the former service (`node --import`): its clock is ahead by `FORMER_AHEAD_MS`, or behind if that is
 * negative, and what it does each minute it does each second.
 */
const aheadMs = Number(process.env["FORMER_AHEAD_MS"] ?? 0);
const fasterBy = 60;

const RealDate = Date;
globalThis.Date = class extends RealDate {
  static override now(): number {
    return RealDate.now() + aheadMs;
  }
  constructor(...given: unknown[]) {
    super(...((given.length === 0 ? [RealDate.now() + aheadMs] : given) as [number]));
  }
} as DateConstructor;

const realSetInterval = globalThis.setInterval;
globalThis.setInterval = (run: () => void, ms = 0) => realSetInterval(run, ms / fasterBy);
