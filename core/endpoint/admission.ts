import { throwProblem } from "../problem/problem.ts";
import type { Runtime } from "../platform/runtime.ts";
import { callLimits, limitHeaders } from "../http/limits.ts";
import type { Counted, Usage } from "../http/limit.store.ts";
import { countUse, exceeded, knownUse } from "../http/limit.store.ts";

/** The limits of one call: counted once, however often `admit` is asked, and told in the answer's headers. */
export type Admission = {
  /** Counts the call, the first time also against `license`. Rejects with rate-limited. */
  readonly admit: (license?: string) => Promise<void>;
  /** What a change counts against besides; absent for callers whose changes are not counted. */
  readonly changes?: ChangeBudget;
  /** `RateLimit` and `RateLimit-Policy` of what was counted; empty when nothing was. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
};

/**
 * The changes that one license key may make. `admit` looks at what this process knows, which costs no round trip before a
 * commit; `count` tells Redis beside what follows the commit. So of many processes each may exceed the quota by one change.
 */
export type ChangeBudget = {
  /** Throws rate-limited. */
  readonly admit: () => void;
  /** Never rejects. */
  readonly count: () => Promise<void>;
};

/** Who calls: by a license's key (its digest), as the holder of licenses, or as anybody else. */
export type LimitedCaller = { readonly kind: "license" | "holder" | "principal"; readonly id: string };

export function createAdmission(runtime: Runtime, { kind, id }: LimitedCaller): Admission {
  let counted: Promise<readonly Usage[]> | undefined;
  const admission: Admission = {
    admit: async (license) => {
      counted ??= countUse(runtime, [
        ...(license === undefined || kind === "license" ? [] : [{ limit: callLimits.license, id: license }]),
        { limit: callLimits[kind], id },
      ], { add: 1 });
      refuseIfExceeded(await counted);
    },
    headers: async () => (counted === undefined ? {} : limitHeaders(await counted)),
  };
  return kind === "license" ? { ...admission, changes: changeBudget(runtime, { limit: callLimits.changes, id }) } : admission;
}

function changeBudget(runtime: Runtime, subject: Counted): ChangeBudget {
  return {
    admit: () => {
      const usage = knownUse(runtime, subject);
      refuseIfExceeded([{ ...usage, used: usage.used + 1 }]);
    },
    count: async () => void (await countUse(runtime, [subject], { add: 1 })),
  };
}

function refuseIfExceeded(usages: readonly Usage[]): void {
  const over = exceeded(usages);
  if (over === undefined) return;
  const { limit } = over;
  throwProblem("rate-limited", {
    detail: `At most ${limit.quota} ${limit === callLimits.changes ? "changes" : "calls"} in ${limit.windowSeconds} seconds for this ${limit === callLimits.changes ? "license" : limit.name}.`,
    retryAfterSeconds: over.resetSeconds,
    headers: limitHeaders(usages),
  });
}
