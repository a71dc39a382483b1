import { AsyncLocalStorage } from "node:async_hooks";

/**
 * The invocation's deadline. Drivers take no deadline for each call, so it is stored beside the call; everything that calls the
 * outside asks `budgetMs`.
 */
const deadlines = new AsyncLocalStorage<number>();

/** Reserved for writing the answer before the platform ends the function. */
export const replyReserveMs = 500;

/** Runs with a deadline on the clock of `performance.now`. A nested deadline can only be earlier. */
export function withDeadline<Value>(deadlineAtMs: number, run: () => Promise<Value>): Promise<Value> {
  return deadlines.run(Math.min(deadlineAtMs, deadlines.getStore() ?? Infinity), run);
}

/** Milliseconds that one call to the outside may take: at most `mostMs`, less if the function's own time runs out. At least 1. */
export function budgetMs(mostMs: number): number {
  const deadlineAtMs = deadlines.getStore();
  if (deadlineAtMs === undefined) return mostMs;
  return Math.max(1, Math.min(mostMs, deadlineAtMs - replyReserveMs - performance.now()));
}
