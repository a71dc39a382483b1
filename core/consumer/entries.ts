import type { Verdict } from "../certificate/verification.ts";
import type { HighWater } from "./admission.ts";
import type { Overtaken } from "./currency.ts";
import type { Decision, License } from "./decision.ts";
import type { Evidence } from "./evidence.ts";
import type { UnknownCode } from "./source.ts";

/**
 * The known licenses, in two bounded maps: those with a certificate, and those without. They are separate, so that checks of
 * thousands of nonexistent licenses can't make the gate forget a denial.
 */
export type Entries = {
  /** Licenses with a certificate, by id; the one that was read longest ago comes first. */
  readonly licenses: ReadonlyMap<string, Entry>;
  readonly misses: ReadonlyMap<string, Entry>;
  /** The entry of a license; a new one if there is none. */
  readonly find: (licenseId: string) => Entry;
  /** Moves an entry to its map after a reading, as the newest. */
  readonly place: (entry: Entry) => void;
};

export function createEntries({ licensesMax, missesMax }: { readonly licensesMax: number; readonly missesMax: number }): Entries {
  const licenses = new Map<string, Entry>();
  const misses = new Map<string, Entry>();

  const known = (licenseId: string): Entry | undefined => licenses.get(licenseId) ?? misses.get(licenseId);

  const place = (entry: Entry): void => {
    const current = known(entry.licenseId);
    // This entry was dropped during its reading and a new one was made, which reads for itself.
    if (current !== undefined && current !== entry) return;
    if (entry.held === undefined) return keepNewest(misses, [entry.licenseId, entry], missesMax);
    misses.delete(entry.licenseId);
    keepNewest(licenses, [entry.licenseId, entry], licensesMax);
  };

  const find = (licenseId: string): Entry => {
    const found = known(licenseId);
    if (found !== undefined) return found;
    const entry = createEntry(licenseId);
    place(entry);
    return entry;
  };

  return { licenses, misses, find, place };
}

/** Adds a value to a map as the newest, and removes the oldest if the map exceeds `entriesMax`. */
export function keepNewest<Value>(values: Map<string, Value>, [key, value]: readonly [key: string, value: Value], entriesMax: number): void {
  values.delete(key);
  values.set(key, value);
  const oldest = values.size > entriesMax ? values.keys().next().value : undefined;
  if (oldest !== undefined) values.delete(oldest);
}

/** A reading of the source that is under way. */
export type Flight = {
  readonly startedAtMs: number;
  abort: AbortController;
  done: Promise<void>;
  /** Whether it is kept alive after the request that began it. */
  isHandedOver: boolean;
};

/** A decision without the members that change every moment. */
export type Answer = Pick<Decision, "state" | "allowed" | "code" | "license" | "asOf" | "problem"> & {
  readonly confirmedAtMs: number | null;
};

/** The gate's knowledge of one license. Times are of the gate's clock. */
export type Entry = {
  readonly licenseId: string;
  /** The accepted certificate. */
  held: Evidence | undefined;
  /** Why the key that signed `held` is no longer trusted. */
  distrust: UnknownCode | undefined;
  /** The beacons' objection to `held`; undefined: there is none. */
  overtaken: Overtaken["code"];
  readonly highWater: HighWater;
  /** The verdict on the text that was refused last, by the text's digest, so that the same text isn't verified again. */
  refused: { readonly digest: string; readonly verdict: Verdict; readonly under: object } | undefined;
  problem: UnknownCode | undefined;
  /** The cause of the problem, as the source, the network or the key set reported it. */
  cause: string | undefined;
  /** Whether the service reported, at the last reading, that the license doesn't exist. */
  isNotFound: boolean;
  /** The problem that was last logged for this license, while it lasts. */
  reported: UnknownCode | undefined;
  /** The start of the last reading that confirmed `held`. */
  confirmedAtMs: number | null;
  asOf: Date | null;
  /** The start of the last reading that has ended, successfully or not. */
  settledAtMs: number;
  flight: Flight | undefined;
  /** Seat digests by fingerprint. */
  readonly digests: Map<string, string>;
  /** Since when the license is unknown, and since when a fingerprint isn't listed. Graces count from these. */
  unknownSinceMs: number | undefined;
  unlistedSinceMs: number | undefined;
  /** The end of the window: until then the answers below hold and no reading is due. */
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
    overtaken: undefined,
    highWater: new Map(),
    refused: undefined,
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

/** Drops the cached answers: the next check works out its answer. */
export function closeWindow(entry: Entry): void {
  entry.untilMs = -Infinity;
}
