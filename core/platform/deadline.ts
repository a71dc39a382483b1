import { AsyncLocalStorage } from "node:async_hooks";

/**
 * How long this invocation may still take. Drivers take no deadline argument that can change by call,
 * so it travels beside the call; everything that goes outside asks `budgetMs`.
 */
const deadlines = new AsyncLocalStorage<number>();

/** Kept back so that the answer can still be written before the platform ends the function. */
export const replyReserveMs = 500;

/** Runs with a deadline on the clock of `performance.now`. Inside of another it can only be earlier. */
export function withDeadline<Value>(deadlineAtMs: number, run: () => Promise<Value>): Promise<Value> {
  return deadlines.run(Math.min(deadlineAtMs, deadlines.getStore() ?? Infinity), run);
}

/** Milliseconds that one outside call may take: at most `mostMs`, less when the function's own time runs out. At least 1. */
export function budgetMs(mostMs: number): number {
  const deadlineAtMs = deadlines.getStore();
  if (deadlineAtMs === undefined) return mostMs;
  return Math.max(1, Math.min(mostMs, deadlineAtMs - replyReserveMs - performance.now()));
}
