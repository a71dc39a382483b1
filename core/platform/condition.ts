import { AsyncLocalStorage } from "node:async_hooks";

/**
 * What every change of an invocation waits for, begun beside its reads: that the caller is within the limits. It travels beside
 * the call, as the deadline does, so that no route can forget it.
 */
const conditions = new AsyncLocalStorage<() => Promise<void>>();

/** Runs with a condition: whatever it rejects with, no change is sent. */
export function onCondition<Value>(condition: () => Promise<void>, run: () => Promise<Value>): Promise<Value> {
  return conditions.run(condition, run);
}

/** Resolves when changes may be sent: at once where nobody set a condition. */
export async function conditionMet(): Promise<void> {
  await conditions.getStore()?.();
}
