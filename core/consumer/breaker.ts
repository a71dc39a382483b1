import type { Failure, Reading } from "./source.ts";

export type ReadOutcome =
  | { readonly ok: true; readonly reading: Reading }
  | ({ readonly ok: false; readonly givenUp?: boolean } & Failure);

/**
 * Keeps checks from asking a failing source. After a failure that isn't about one license, no check asks the source during one
 * window. After the window one check asks it, and the others wait for its result. So an outage costs one request and one wait in
 * each window. Where I/O belongs to one request, checks can't wait for each other; then the others are answered at once.
 */
export type Breaker = {
  /** Until when no check may ask; -Infinity: checks may ask. */
  readonly downUntilMs: () => number;
  /** The source's last failure; undefined: it doesn't fail. */
  readonly failure: () => Failure | undefined;
  /** Whether the last reading was answered. Then a kept connection may have died since. */
  readonly mayKeepConnection: () => boolean;
  readonly run: (read: () => Promise<ReadOutcome>) => Promise<ReadOutcome>;
};

export type BreakerOptions = {
  readonly windowMs: number;
  /** An attempt that took longer than this ran in a frozen process, and tells nothing about the source. */
  readonly patienceMs: number;
  /** Whether one request may wait for another's. */
  readonly isShared: boolean;
  readonly now: () => number;
};

export function createBreaker({ windowMs, patienceMs, isShared, now }: BreakerOptions): Breaker {
  let failure: Failure | undefined;
  let answered = false;
  let downUntilMs = -Infinity;
  let probe: { readonly startedAtMs: number; readonly done: Promise<ReadOutcome> } | undefined;

  const attempt = async (read: () => Promise<ReadOutcome>): Promise<ReadOutcome> => {
    const startedAtMs = now();
    const outcome = await read();
    if (!outcome.ok && (outcome.givenUp === true || now() - startedAtMs > patienceMs)) return outcome;
    failure = outcome.ok || outcome.from === "license" ? undefined : outcome;
    answered = outcome.ok || outcome.from !== undefined;
    downUntilMs = failure === undefined ? -Infinity : now() + windowMs;
    return outcome;
  };

  const run = async (read: () => Promise<ReadOutcome>): Promise<ReadOutcome> => {
    if (failure !== undefined && probe !== undefined) {
      if (isShared) await probe.done;
      else if (now() < probe.startedAtMs + patienceMs) return { ok: false, ...failure };
    }
    if (failure === undefined) return attempt(read);
    if (now() < downUntilMs) return { ok: false, ...failure };
    const alone = { startedAtMs: now(), done: attempt(read) };
    probe = alone;
    const outcome = await alone.done;
    if (probe === alone) probe = undefined;
    return outcome;
  };

  return { downUntilMs: () => downUntilMs, failure: () => failure, mayKeepConnection: () => answered, run };
}
