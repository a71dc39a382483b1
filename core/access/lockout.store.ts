import { failureLimits, limitHeaders } from "../http/limits.ts";
import type { Counted, GuessLock, Usage } from "../http/limit.store.ts";
import { countUse } from "../http/limit.store.ts";
import { createCache } from "../base/cache.ts";
import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import { ProblemError, throwProblem } from "../problem/problem.ts";

/** Who is trying a credential: whose wrong ones are counted, and a digest by which this one is known again. */
export type Attempt = { readonly kind: keyof typeof failureLimits; readonly id: string; readonly digest: string };

/**
 * Runs `check` for an attempt: while there have been too many wrong credentials the answer is rate-limited, right or
 * wrong, unless this one was right a moment ago. The count is read beside the check, never before it, and grows only when
 * the check says undefined.
 */
export async function underLockout<Value>(runtime: Runtime, attempt: Attempt, check: () => Promise<Value | undefined>): Promise<Value | undefined> {
  const lock = lockOf(runtime, attempt);
  const [value, [failures]] = await Promise.all([check(), countUse(runtime, [lock.subject], { add: 0 })]);
  if (failures !== undefined) lock.refuseIf(failures);
  if (value === undefined) await countUse(runtime, [lock.subject], { add: 1 });
  else remember(runtime, attempt);
  return value;
}

/**
 * The same for a function that checks the credential itself, beside its own read: it looks at `lockOf` before it answers,
 * and here its `unauthenticated` is counted.
 */
export async function countingFailures<Value>(runtime: Runtime, attempt: Attempt, run: () => Promise<Value>): Promise<Value> {
  try {
    const value = await run();
    remember(runtime, attempt);
    return value;
  } catch (error) {
    const isWrong = error instanceof ProblemError && error.problem.code === "unauthenticated";
    if (isWrong) await countUse(runtime, [subjectOf(attempt)], { add: 1 });
    throw error;
  }
}

/** What refuses an attempt when there have been too many wrong ones. */
export function lockOf(runtime: Runtime, attempt: Attempt): GuessLock {
  return {
    subject: subjectOf(attempt),
    refuseIf: (failures) => {
      if (failures.used >= failures.limit.quota && !isRemembered(runtime, attempt)) refuseAttempt(failures);
    },
  };
}

function refuseAttempt(failures: Usage): never {
  throwProblem("rate-limited", { detail: "Too many wrong credentials.", retryAfterSeconds: failures.resetSeconds, headers: limitHeaders([failures]) });
}

function subjectOf({ kind, id }: Attempt): Counted {
  return { limit: failureLimits[kind], id };
}

const rememberedMs = 600_000;
const rememberedMax = 10_000;

/**
 * Credentials that were right here not long ago. They are checked as ever; only somebody else's guesses, or one machine
 * with an old key behind the same address, don't lock them out.
 */
function remember(runtime: Runtime, { digest }: Attempt): void {
  once(runtime, createRight).set(digest, true, runtime.now().getTime() + rememberedMs);
}

function isRemembered(runtime: Runtime, { digest }: Attempt): boolean {
  return once(runtime, createRight).get(digest, runtime.now().getTime()) === true;
}

function createRight() {
  return createCache<true>(rememberedMax);
}
