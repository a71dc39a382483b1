import { isRecord, parsedJson } from "../base/parsed-json.ts";
import { andThen, orElse, type Soon } from "../base/soon.ts";
import { isMatch, isNumericDate, isText, isWhole, subjectPattern, wordMax } from "./claims.ts";
import { beaconProfile, secretIdPattern } from "./envelope.ts";
import { judge, rejected, signedText, type Cryptography, type CryptographyAtOnce, type Expectation, type Refused, type Signed } from "./verification.ts";

/** A beacon is believed for this long after its `iat`. */
export const beaconSeconds = 300;
/** The most floors that a writer puts into one beacon. A reader takes as many as fit. */
export const floorsMax = 1_000;
const secretsMax = 16;

/**
 * The service's signed statement on how current Redis is, issued each minute. Times are NumericDates (RFC 7519 §2).
 *
 * Everything that was committed before `asOf` is in Redis. `complete`: every license has its certificate there. `floors` gives
 * the lowest sequence that is current for licenses that were denied or handed over since `floorsSince`; the list is whole from
 * that time on. `secrets` are the ids of the application secrets in use, `ring` is the counter of the key ring.
 */
export type Beacon = {
  readonly iss: string;
  readonly aud: string;
  readonly iat: number;
  readonly exp: number;
  readonly asOf: number;
  readonly complete: boolean;
  /** Sequence by license id. */
  readonly floors: ReadonlyMap<string, number>;
  readonly floorsSince: number;
  readonly secrets: readonly string[];
  readonly ring: number;
};

/** The claims as they are signed. */
export function beaconText({ iss, aud, iat, exp, asOf, complete, floors, floorsSince, secrets, ring }: Beacon): string {
  return JSON.stringify({ iss, aud, iat, exp, asOf, complete, floors: Object.fromEntries(floors), floorsSince, secrets, ring });
}

/**
 * Parses and checks the JSON text of a beacon; undefined unless every member is right. Unknown members are dropped, so that an
 * older reader accepts a newer writer. Never throws.
 */
export function parseBeacon(text: string): Beacon | undefined {
  const value = parsedJson(text);
  if (!isRecord(value)) return undefined;
  const { iss, aud, iat, exp, asOf, complete, floorsSince, secrets, ring } = value;
  if (!isText(iss, wordMax) || !isText(aud, wordMax) || !isNumericDate(iat) || !isNumericDate(exp)) return undefined;
  if (!isNumericDate(asOf) || !isNumericDate(floorsSince)) return undefined;
  // A beacon can't know what is committed after it.
  if (asOf > iat || floorsSince > iat || typeof complete !== "boolean" || !isSecrets(secrets) || !isWhole(ring, 0)) return undefined;
  const floors = readFloors(value["floors"]);
  return floors && { iss, aud, iat, exp, asOf, complete, floors, floorsSince, secrets, ring };
}

function readFloors(value: unknown): Beacon["floors"] | undefined {
  if (!isRecord(value)) return undefined;
  const floors = new Map<string, number>();
  for (const [licenseId, sequence] of Object.entries(value)) {
    if (!isMatch(licenseId, subjectPattern) || !isWhole(sequence, 1)) return undefined;
    floors.set(licenseId, sequence);
  }
  return floors;
}

function isSecrets(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= secretsMax && value.every((id) => isMatch(id, secretIdPattern));
}

/** The caller's expectations. `iatFloor` is the `iat` of the newest beacon that the caller believed. */
export type BeaconExpectation<Key> = Omit<Expectation<Key>, "licenseId" | "sequenceFloor"> & { readonly iatFloor?: number | undefined };
export type BeaconVerdict = { readonly ok: true; readonly beacon: Beacon; readonly kid: string } | Refused;

type BeaconCryptography<Key> = Omit<Cryptography<Key, never>, "open">;
type BeaconCryptographyAtOnce<Key> = Omit<CryptographyAtOnce<Key, never>, "open">;
type By<Key, Crypto> = { readonly expected: BeaconExpectation<Key>; readonly cryptography: Crypto };

/**
 * Verifies that `text` is a beacon of this service and valid now. The checks come in the order of `Reason`: size, shape, header,
 * key, signature, payload, claims, issuer, audience, issued in the future, expired, and last `rollback`, an `iat` below `iatFloor`.
 * Synchronous if the cryptography is. Accepts any value, and neither throws nor rejects.
 */
export function verifyBeacon<Key>(text: unknown, by: By<Key, BeaconCryptographyAtOnce<Key>>): BeaconVerdict;
export function verifyBeacon<Key>(text: unknown, by: By<Key, BeaconCryptography<Key>>): Soon<BeaconVerdict>;
export function verifyBeacon<Key>(text: unknown, by: By<Key, BeaconCryptography<Key>>): Soon<BeaconVerdict> {
  const verify = (): Soon<BeaconVerdict> => andThen(signedText(text, { profile: beaconProfile, ...by }), (signed) => afterTheSignature(signed, by.expected));
  return orElse(verify, () => rejected("fault"));
}

function afterTheSignature<Key>(signed: Signed, expected: BeaconExpectation<Key>): BeaconVerdict {
  if (!signed.ok) return signed;
  const { text, kid } = signed;
  const beacon = parseBeacon(text);
  if (beacon === undefined) return rejected("claims", kid);
  const reason = judge(beacon, expected, { number: beacon.iat, floor: expected.iatFloor });
  return reason === undefined ? { ok: true, beacon, kid } : rejected(reason, kid);
}
