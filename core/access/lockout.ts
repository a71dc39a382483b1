import type { Limit } from "../http/limits.ts";
import { failureLimits } from "../http/limits.ts";
import type { Subject } from "../http/limit.store.ts";
import { countUse } from "../http/limit.store.ts";
import { refuse } from "../problem/problem.ts";
import type { Runtime } from "../platform/runtime.ts";

/** Whose wrong credentials are counted. */
export type Suspect = { readonly kind: keyof typeof failureLimits; readonly id: string };

/**
 * Runs `check` for a suspect: while there have been too many wrong credentials the answer is rate-limited, right or
 * wrong. The count is read beside the check, never before it, and grows only when the check says undefined.
 */
export async function underLockout<Value>(
  runtime: Runtime,
  suspect: Suspect,
  check: () => Promise<Value | undefined>,
): Promise<Value | undefined> {
  const limit: Limit = failureLimits[suspect.kind];
  const subjects: readonly Subject[] = [{ limit, id: suspect.id }];
  const [value, [usage]] = await Promise.all([check(), countUse(runtime, subjects, { add: 0 })]);
  if (usage !== undefined && usage.used >= limit.quota) {
    refuse("rate-limited", { detail: "Too many wrong credentials.", retryAfterSeconds: usage.resetSeconds });
  }
  if (value === undefined) await countUse(runtime, subjects, { add: 1 });
  return value;
}
