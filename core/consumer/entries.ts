import type { Verdict } from "../certificate/verification.ts";
import type { HighWater } from "./admission.ts";
import type { Decision, License } from "./decision.ts";
import type { Evidence } from "./evidence.ts";
import type { UnknownCode } from "./source.ts";

/**
 * The licenses that are known, bounded twice: those with a certificate, and those that were asked for in vain. They are
 * apart so that asking for thousands of licenses that don't exist can't make the gate forget a denial.
 */
export type Entries = {
  /** Those with a certificate, by id; the one that was read longest ago comes first. */
  readonly licenses: ReadonlyMap<string, Entry>;
  readonly misses: ReadonlyMap<string, Entry>;
  /** The entry of a license, a new one if need be. */
  readonly find: (licenseId: string) => Entry;
  /** Puts an entry where it belongs after a reading, as the youngest. */
  readonly place: (entry: Entry) => void;
};

export function createEntries({ licensesMax, missesMax }: { readonly licensesMax: number; readonly missesMax: number }): Entries {
  const licenses = new Map<string, Entry>();
  const misses = new Map<string, Entry>();

  const find = (licenseId: string): Entry => {
    const known = licenses.get(licenseId) ?? misses.get(licenseId);
    if (known !== undefined) return known;
    const entry = createEntry(licenseId);
    keepNewest(misses, [entry.licenseId, entry], missesMax);
    return entry;
  };

  const place = (entry: Entry): void => {
    const current = licenses.get(entry.licenseId) ?? misses.get(entry.licenseId);
    // Forgotten while it was being read, and begun anew: the new one reads for itself.
    if (current !== undefined && current !== entry) return;
    if (entry.held === undefined) return keepNewest(misses, [entry.licenseId, entry], missesMax);
    misses.delete(entry.licenseId);
    keepNewest(licenses, [entry.licenseId, entry], licensesMax);
  };

  return { licenses, misses, find, place };
}

/** Puts a value in as the youngest of a map, which then holds at most `entriesMax`: the oldest goes. */
export function keepNewest<Value>(values: Map<string, Value>, [key, value]: readonly [key: string, value: Value], entriesMax: number): void {
  values.delete(key);
  values.set(key, value);
  const oldest = values.size > entriesMax ? values.keys().next().value : undefined;
  if (oldest !== undefined) values.delete(oldest);
}

/** One reading of the source, under way. */
export type Flight = {
  readonly startedAtMs: number;
  abort: AbortController;
  done: Promise<void>;
  /** Whether it is kept alive when the request that began it has been answered. */
  isHandedOver: boolean;
};

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
  readonly highWater: HighWater;
  /** The text that was verified last and what came of it, so that the same bytes aren't verified again. */
  verified: { readonly text: string; readonly verdict: Verdict; readonly under: object } | undefined;
  problem: UnknownCode | undefined;
  /** What the source, the network or the key said of the problem. */
  cause: string | undefined;
  /** Whether the service said, at the last reading, that there is no such license. */
  isNotFound: boolean;
  /** What was logged last of this license, while it lasts. */
  reported: UnknownCode | undefined;
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
    highWater: new Map(),
    verified: undefined,
    problem: undefined,
    cause: undefined,
    isNotFound: false,
    reported: undefined,
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
