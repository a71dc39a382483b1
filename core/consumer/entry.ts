import type { Verdict } from "../certificate/verdict.ts";
import type { Marks } from "./admission.ts";
import type { Decision, License } from "./decision.ts";
import type { Evidence } from "./evidence.ts";
import type { UnknownCode } from "./unknown-code.ts";

/** One reading of the source, under way. */
export type Flight = { readonly startedAtMs: number; readonly abort: AbortController; done: Promise<void> };

/** A decision but for what each moment changes. */
export type Answer = Pick<Decision, "state" | "allowed" | "code" | "license" | "asOf" | "problem"> & {
  readonly confirmedAtMs: number | null;
};

/** What the gate knows about one license. Times are of the gate's clock. */
export type Entry = {
  readonly licenseId: string;
  /** The certificate that is believed. */
  held: Evidence | undefined;
  /** Why the key that signed it is no longer trusted. */
  distrust: UnknownCode | undefined;
  readonly marks: Marks;
  /** The text that was verified last and what came of it, so that the same bytes aren't verified again. */
  verified: { readonly text: string; readonly verdict: Verdict; readonly under: object } | undefined;
  problem: UnknownCode | undefined;
  /** When the reading began that last confirmed `held`. */
  confirmedAtMs: number | null;
  asOf: Date | null;
  /** When the reading began that ended last, well or not. */
  settledAtMs: number;
  flight: Flight | undefined;
  /** Seat digests of fingerprints that were asked about. */
  readonly digests: Map<string, string>;
  /** Since when nothing answers, and since when fingerprints aren't all listed: graces count from there. */
  unknownSinceMs: number | undefined;
  unlistedSinceMs: number | undefined;
  /** Until then the answers below hold and nothing is due. */
  untilMs: number;
  license: License | undefined;
  plain: Answer | undefined;
  readonly answers: Map<string, Answer>;
};

export function createEntry(licenseId: string): Entry {
  return {
    licenseId,
    held: undefined,
    distrust: undefined,
    marks: new Map(),
    verified: undefined,
    problem: undefined,
    confirmedAtMs: null,
    asOf: null,
    settledAtMs: -Infinity,
    flight: undefined,
    digests: new Map(),
    unknownSinceMs: undefined,
    unlistedSinceMs: undefined,
    untilMs: -Infinity,
    license: undefined,
    plain: undefined,
    answers: new Map(),
  };
}

/** What was answered no longer counts: the next check looks again. */
export function closeWindow(entry: Entry): void {
  entry.untilMs = -Infinity;
}
