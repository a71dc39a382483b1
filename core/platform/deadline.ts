import { AsyncLocalStorage } from "node:async_hooks";

/**
 * The invocation's deadline. Drivers take no deadline for each call, so the deadline is stored here. All code that calls the
 * outside asks `budgetMs` how long the call may take.
 */
const deadlines = new AsyncLocalStorage<number>();

/** The time that is reserved for writing the answer before the platform ends the function. */
export const replyReserveMs = 500;

/** Calls `run` with a deadline on the clock of `performance.now`. A nested deadline can only be earlier. */
export function withDeadline<Value>(deadlineAtMs: number, run: () => Promise<Value>): Promise<Value> {
  return deadlines.run(Math.min(deadlineAtMs, deadlines.getStore() ?? Infinity), run);
}

/** Milliseconds that one call to the outside may take: `mostMs`, or less if the deadline is near, but at least 1. */
export function budgetMs(mostMs: number): number {
  const deadlineAtMs = deadlines.getStore();
  if (deadlineAtMs === undefined) return mostMs;
  return Math.max(1, Math.min(mostMs, deadlineAtMs - replyReserveMs - performance.now()));
}
