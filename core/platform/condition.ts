import { AsyncLocalStorage } from "node:async_hooks";

/**
 * The condition that every change of an invocation waits for: that the caller is within the limits. It is checked concurrently
 * with the invocation's reads. It is stored beside the call, as the deadline is, so that no route can forget it.
 */
const conditions = new AsyncLocalStorage<() => Promise<void>>();

/** Runs with a condition. If the condition rejects, no change is sent. */
export function onCondition<Value>(condition: () => Promise<void>, run: () => Promise<Value>): Promise<Value> {
  return conditions.run(condition, run);
}

/** Resolves when changes may be sent: at once if there is no condition. */
export async function conditionMet(): Promise<void> {
  await conditions.getStore()?.();
}
