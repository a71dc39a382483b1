import type { SourceCode } from "./source.ts";

export type ReadOutcome =
  | { readonly ok: true; readonly text: string | undefined }
  | { readonly ok: false; readonly code: SourceCode; readonly givenUp?: boolean };

/**
 * Keeps a source that is down from being asked by everybody: after UNREACHABLE nobody asks for one window; after the
 * window one asks alone, and the others wait for what it learns. So an outage costs one request, and one wait, a window.
 */
export type Breaker = {
  /** Until when nobody is to ask; -Infinity while all may. */
  readonly downUntilMs: () => number;
  readonly run: (read: () => Promise<ReadOutcome>) => Promise<ReadOutcome>;
};

export type BreakerOptions = {
  readonly windowMs: number;
  /** An attempt that took longer than any may was slept through by a frozen process: it says nothing about the source. */
  readonly patienceMs: number;
  readonly now: () => number;
  /** Called when a source fails that did not fail before. */
  readonly onDown: () => void;
};

export function createBreaker({ windowMs, patienceMs, now, onDown }: BreakerOptions): Breaker {
  let failing = false;
  let downUntilMs = -Infinity;
  let probe: Promise<ReadOutcome> | undefined;

  const attempt = async (read: () => Promise<ReadOutcome>): Promise<ReadOutcome> => {
    const startedAtMs = now();
    const outcome = await read();
    if (!outcome.ok && (outcome.givenUp === true || now() - startedAtMs > patienceMs)) return outcome;
    const failed = !outcome.ok && outcome.code === "UNREACHABLE";
    if (failed && !failing) onDown();
    failing = failed;
    downUntilMs = failed ? now() + windowMs : -Infinity;
    return outcome;
  };

  const run = async (read: () => Promise<ReadOutcome>): Promise<ReadOutcome> => {
    if (failing && probe !== undefined) await probe;
    if (now() < downUntilMs) return { ok: false, code: "UNREACHABLE" };
    if (!failing) return attempt(read);
    const alone = attempt(read);
    probe = alone;
    const outcome = await alone;
    if (probe === alone) probe = undefined;
    return outcome;
  };

  return { downUntilMs: () => downUntilMs, run };
}
