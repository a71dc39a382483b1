import { throwProblem } from "../problem/problem.ts";
import type { Runtime } from "../platform/runtime.ts";
import { callLimits, limitHeaders, networkOf } from "../http/limits.ts";
import type { Counted, GuessLock, Usage } from "../http/limit.store.ts";
import { countUse, exceeded } from "../http/limit.store.ts";

/** The limits of one call: counted once, however often `admit` is asked, and told in the answer's headers. */
export type Admission = {
  /** Rejects with rate-limited. */
  readonly admit: (license?: string) => Promise<void>;
  /** `RateLimit` and `RateLimit-Policy` of what was counted; empty when nothing was. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
};

type AdmissionOf = {
  /** Absent where the license is the principal: one call would count twice against it. */
  readonly principal: string | undefined;
  readonly address: string;
  /** Looked at in the same pipeline, so that it costs no round trip of its own. */
  readonly lock?: GuessLock | undefined;
};

export function createAdmission(runtime: Runtime, { principal, address, lock }: AdmissionOf): Admission {
  let counted: Promise<Counts> | undefined;
  return {
    admit: async (license) => {
      counted ??= count(runtime, lock, [
        ...(license === undefined ? [] : [{ limit: callLimits.license, id: license }]),
        ...(principal === undefined ? [] : [{ limit: callLimits.principal, id: principal }]),
        { limit: callLimits.address, id: networkOf(address) },
      ]);
      const { usages, failures } = await counted;
      if (failures !== undefined) lock?.refuseIf(failures);
      refuseIfExceeded(usages);
    },
    headers: async () => (counted === undefined ? {} : limitHeaders((await counted).usages)),
  };
}

type Counts = { readonly usages: readonly Usage[]; readonly failures: Usage | undefined };

async function count(runtime: Runtime, lock: GuessLock | undefined, subjects: readonly Counted[]): Promise<Counts> {
  const watched = lock === undefined ? [] : [{ ...lock.subject, watched: true }];
  const usages = await countUse(runtime, [...subjects, ...watched], { add: 1 });
  return { usages: usages.slice(0, subjects.length), failures: usages[subjects.length] };
}

function refuseIfExceeded(usages: readonly Usage[]): void {
  const over = exceeded(usages);
  if (over === undefined) return;
  throwProblem("rate-limited", {
    detail: `At most ${over.limit.quota} calls in ${over.limit.windowSeconds} seconds for this ${over.limit.name}.`,
    retryAfterSeconds: over.resetSeconds,
  });
}
