import { throwProblem } from "../problem/problem.ts";
import type { Runtime } from "../platform/runtime.ts";
import { callLimits, limitHeaders } from "../http/limits.ts";
import type { Counted, Usage } from "../http/limit.store.ts";
import { countUse, exceeded, knownUse } from "../http/limit.store.ts";

/** The limits of one call. The call is counted once, however often `admit` is called, and the answer's headers report the limits. */
export type Admission = {
  /** Counts the call; the first time also against `license`. Rejects with rate-limited. */
  readonly admit: (license?: string) => Promise<void>;
  /** The additional limit on changes; absent for callers without one. */
  readonly changes?: ChangeBudget;
  /** `RateLimit` and `RateLimit-Policy` of the counted limits; empty if nothing was counted. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
};

/**
 * The limit on changes by one license key. `admit` uses this process's knowledge, which costs no round trip before a commit;
 * `count` tells Redis concurrently with the steps after the commit. So each process may exceed the quota by one change.
 */
export type ChangeBudget = {
  /** Throws rate-limited. */
  readonly admit: () => void;
  /** Never rejects. */
  readonly count: () => Promise<void>;
};

/** The caller that is limited: a license key (its digest), a holder of licenses, or any other principal. */
export type LimitedCaller = { readonly kind: "license" | "holder" | "principal"; readonly id: string };

/** `consumes`: for its license, the call counts against the limit on usage instead of the limit on questions. */
export function createAdmission(runtime: Runtime, { kind, id }: LimitedCaller, { consumes = false } = {}): Admission {
  const ofLicense = consumes ? callLimits.usage : callLimits.license;
  let counted: Promise<readonly Usage[]> | undefined;
  const admission: Admission = {
    admit: async (license) => {
      counted ??= countUse(runtime, [
        ...(license === undefined || kind === "license" ? [] : [{ limit: ofLicense, id: license }]),
        { limit: kind === "license" ? ofLicense : callLimits[kind], id },
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
  const subject = limit === callLimits.changes || limit === callLimits.usage ? "license" : limit.name;
  throwProblem("rate-limited", {
    detail: `At most ${limit.quota} ${limit === callLimits.changes ? "changes" : "calls"} in ${limit.windowSeconds} seconds for this ${subject}.`,
    retryAfterSeconds: over.resetSeconds,
    headers: limitHeaders(usages),
  });
}
