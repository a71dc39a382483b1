import { mintedAtMs } from "../base/snowflake.ts";
import { verifyBeacon, type Beacon, type BeaconVerdict } from "../certificate/beacon.ts";
import type { Reason } from "../certificate/verification.ts";
import { closeWindow, keepNewest } from "./entries.ts";
import type { Evidence } from "./evidence.ts";
import type { Parts } from "./parts.ts";
import { distrustOf } from "./trust.ts";
import { underKeys } from "./under-keys.ts";

/** The most floors that are kept, of all beacons together. */
const floorsMax = 10_000;
/** A license that was issued this shortly before a beacon's `asOf`, or since, may not have been published yet. */
const settlingMs = 60_000;

/** The gate's knowledge of the source's currency. */
export type Currency = {
  /** The newest accepted beacon. It is evidence of the past for ever, and of the present until its `exp`. */
  believed: { readonly text: string; readonly kid: string; readonly beacon: Beacon } | undefined;
  /** By license id, the latest floor of all accepted beacons. `iat`, in seconds, and `kid` are its beacon's. */
  readonly floors: Map<string, { readonly sequence: number; readonly iat: number; readonly kid: string }>;
  /** The start of the last reading that included the beacon. */
  askedAtMs: number;
  /** The reason why the last text was refused; `none`: there was no text. */
  refusal: Reason | "none" | undefined;
};

export function createCurrency(): Currency {
  return { believed: undefined, floors: new Map(), askedAtMs: -Infinity, refusal: "none" };
}

/**
 * Accepts a valid beacon; else returns undefined. A beacon that is older than the accepted one is refused, and so is one with a lower
 * counter of the key ring, since an earlier state was put back. A text that equals the accepted one isn't verified again.
 */
export async function takeBeacon<Key extends { readonly kid: string }>(text: string | undefined, parts: Parts<Key>): Promise<Beacon | undefined> {
  const { currency, options, settings, engine, counts, clock } = parts;
  const nowMs = clock.read();
  if (text !== undefined && text === currency.believed?.text) return freshBeacon(parts, nowMs);
  currency.refusal = "none";
  if (text === undefined) return undefined;
  const { audience, issuer } = options;
  const expected = { audience, issuer, nowMs, skewSeconds: settings.skewMs / 1000 };
  const verdict = await underKeys<Key, BeaconVerdict>(parts, (under) => {
    counts.verifications += 1;
    return verifyBeacon(text, { expected: { ...expected, ...under }, cryptography: engine.cryptography });
  });
  if (verdict?.ok !== true) {
    currency.refusal = verdict?.reason ?? "key-unknown";
    return undefined;
  }
  const { beacon, kid } = verdict;
  // Another reading may have returned a newer beacon since this one began.
  const latest = trustedBeacon(parts, nowMs);
  if (latest !== undefined && (beacon.iat < latest.iat || beacon.ring < latest.ring)) {
    currency.refusal = "rollback";
    return undefined;
  }
  believe({ text, kid, beacon }, parts);
  return beacon;
}

function believe<Key extends { readonly kid: string }>(believed: NonNullable<Currency["believed"]>, parts: Parts<Key>): void {
  const { currency, entries, report, clock } = parts;
  const { beacon, kid } = believed;
  const { iat } = beacon;
  for (const [licenseId, sequence] of beacon.floors) {
    const known = currency.floors.get(licenseId);
    const isHigher = known !== undefined && known.sequence > sequence && isTrustedNow(known.kid, parts, clock.read());
    keepNewest(currency.floors, [licenseId, isHigher ? known : { sequence, iat, kid }], floorsMax);
  }
  currency.believed = believed;
  currency.refusal = undefined;
  report.ends("BEACON_STALE");
  for (const entry of entries.licenses.values()) closeWindow(entry);
}

/** The newest accepted beacon, if its key is still trusted. */
function trustedBeacon<Key extends { readonly kid: string }>(parts: Parts<Key>, nowMs: number): Beacon | undefined {
  const { believed } = parts.currency;
  return believed !== undefined && isTrustedNow(believed.kid, parts, nowMs) ? believed.beacon : undefined;
}

/** The newest accepted beacon, if it hasn't ended. */
export function freshBeacon<Key extends { readonly kid: string }>(parts: Parts<Key>, nowMs: number): Beacon | undefined {
  const beacon = trustedBeacon(parts, nowMs);
  return beacon !== undefined && nowMs < beacon.exp * 1000 ? beacon : undefined;
}

function isTrustedNow<Key extends { readonly kid: string }>(kid: string, { trust }: Parts<Key>, nowMs: number): boolean {
  return distrustOf(trust.current(nowMs), kid) === undefined;
}

/**
 * Whether a license without a certificate doesn't exist. `beacon` was read in the same transaction. A license that was issued a
 * moment ago may be published a moment later; an id from the future was never issued.
 */
export function isAbsent(licenseId: string, beacon: Beacon | undefined, nowMs: number): boolean {
  if (beacon?.complete !== true) return false;
  const issuedAtMs = mintedAtMs(licenseId);
  return issuedAtMs <= beacon.asOf * 1000 - settlingMs || issuedAtMs > nowMs + settlingMs;
}

/**
 * The beacons' objection to an accepted certificate; without a `code` there is none. Until a new beacon arrives, the objection
 * holds to `untilMs`.
 */
export type Overtaken = { readonly code?: "SUPERSEDED" | "FLOORS_INCOMPLETE" | "BEACON_STALE"; readonly untilMs?: number };

/**
 * Compares an accepted certificate with the beacons. A floor counts against every certificate that was issued before it, and for
 * one lifetime of the certificate after it, so that a copy of the database that was put back isn't kept out for ever.
 */
export function overtaken<Key extends { readonly kid: string }>(held: Evidence, parts: Parts<Key>, nowMs: number): Overtaken {
  const { currency, settings } = parts;
  const { sub, iat, exp, license } = held.claims;
  const floor = currency.floors.get(sub);
  const beacon = trustedBeacon(parts, nowMs);
  const hasFloor = floor !== undefined && isTrustedNow(floor.kid, parts, nowMs);
  if (hasFloor && license.sequence < floor.sequence && iat - floor.iat <= exp - iat) return { code: "SUPERSEDED" };
  if (!hasFloor && beacon !== undefined && iat < beacon.floorsSince) return { code: "FLOORS_INCOMPLETE" };
  if (settings.beaconMaxMs === Infinity) return {};
  const staleAtMs = beacon === undefined ? -Infinity : beacon.asOf * 1000 + settings.beaconMaxMs;
  return nowMs < staleAtMs ? { untilMs: staleAtMs } : { code: "BEACON_STALE" };
}
