import { budgetMs } from "./deadline.ts";

/** How far long work has come. */
export type Progress = {
  readonly done: number;
  readonly total: number;
  readonly ratePerSecond: number;
  /** Seconds until all is done at this rate; null: unknown. */
  readonly etaSeconds: number | null;
};

/** The time of long work, counted from `timeBudget`'s call. */
export type TimeBudget = {
  /** Whether another step may begin. */
  readonly hasTime: () => boolean;
  /** `total` may be an estimate: if `done` exceeds it, the result's total is `done`. */
  readonly progress: (done: number, total: number) => Progress;
};

/**
 * A job begins no step after `workMs`, nor when its function has `reserveMs` or less before its deadline, because Lambda ends it
 * without warning. `clockMs` counts milliseconds and never goes back.
 */
export function timeBudget(workMs: number, reserveMs: number, clockMs: () => number = () => performance.now()): TimeBudget {
  const startedAtMs = clockMs();
  const elapsedMs = (): number => clockMs() - startedAtMs;
  return {
    hasTime: () => elapsedMs() < workMs && budgetMs(2 * reserveMs) > reserveMs,
    progress: (done, total) => {
      const ratePerSecond = Math.round((done * 10_000) / Math.max(1, elapsedMs())) / 10;
      const left = Math.max(0, total - done);
      const etaSeconds = left === 0 ? 0 : ratePerSecond > 0 ? Math.ceil(left / ratePerSecond) : null;
      return { done, total: Math.max(total, done), ratePerSecond, etaSeconds };
    },
  };
}
