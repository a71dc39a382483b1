import { isBase64url } from "../base/base64url.ts";
import { isRecord, parsedJson } from "../base/parsed-json.ts";
import { statuses, type Status } from "../license/status.ts";

/** The most seats that a certificate lists. If a license has more, `seatDigestsTruncated` is true. */
export const seatDigestsMax = 300;
/** The bytes of a seat's digest. */
export const seatDigestBytes = 8;
/** The most seats that writers of the former form listed in `seats`. */
const seatsMax = 100;

/**
 * The most UTF-16 units of a name, such as an issuer, a holder's id or a feature code. A reader allows twice the 255 characters
 * that a writer allows, because each character may be a surrogate pair.
 */
export const wordMax = 512;
const policyMax = 63;
const jtiMax = 64;
/** The most features of a license. */
export const featuresMax = 256;
const featureCharactersMax = 1_024;
const seatCharacters = 22;
/** Base64url of one digest. */
const seatDigestCharacters = 11;
/** The end of the year 9999, in seconds since 1970. */
const numericDateMax = 253_402_300_799;

/** A license id, as the service mints it. */
export const subjectPattern = /^[1-9][0-9]{0,18}$/;
/** The one spelling of an instant: that of `Date.prototype.toISOString`. */
const instantPattern = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;
const hashPattern = /^[0-9a-f]{64}$/;

/** A license as a certificate shows it. */
type CertifiedLicense = {
  sequence: number;
  status: Status;
  policy: string;
  holder: { type: string; id: string };
  features: Record<string, true | number | string>;
  activationLimit: number | null;
  fingerprintRequired: boolean;
  seats: string[];
  seatsTruncated: boolean;
  seatDigests?: string;
  seatDigestsTruncated?: boolean;
  startsAt: string | null;
  expiresAt: string | null;
  graceUntil: string | null;
  maintenanceUntil?: string | null | undefined;
  lastEventHash: string;
};

/**
 * The claims of a certificate: those registered in RFC 7519 §4.1, and the license as it was when the certificate was sealed.
 *
 * `sub` is the license id, a decimal string. `exp` is the end of the certificate, not the license's expiry. Instants are written
 * `2026-11-23T10:00:00.000Z`. `graceUntil` equals `expiresAt` if the policy gives no grace; both are null on a perpetual license.
 * `startsAt` and `expiresAt` are both null on a license that hasn't started.
 *
 * `seatDigests` lists the live seats: their `seatDigest`s, sorted as bytes and joined, as one base64url text. It lists all of them
 * unless `seatDigestsTruncated` is true. Writers of the former form left out `seatDigests` and `maintenanceUntil`, and listed up to
 * 100 seats in `seats`, each as base64url of 16 bytes. For readers of the former form `seats` is still written: it is empty, and
 * `seatsTruncated` is true if there are seats.
 *
 * `fingerprint` is the digest of the only machine that a license file is for. A file for every machine and a certificate have no
 * `fingerprint`.
 */
export type Claims = {
  iss: string;
  aud: string;
  sub: string;
  jti: string;
  iat: number;
  exp: number;
  fingerprint?: string | undefined;
  license: CertifiedLicense;
};

/** Parses and checks the JSON text of claims. Undefined: the text isn't JSON, or a member is wrong. Never throws. */
export function parseClaims(text: string): Claims | undefined {
  return readClaims(parsedJson(text));
}

/**
 * Reads claims from parsed JSON. Undefined: a member is wrong. Unknown members are dropped, so that an older reader accepts a newer
 * writer. The checks are written by hand, because every consumer would bundle and run a schema library.
 */
export function readClaims(value: unknown): Claims | undefined {
  if (!isRecord(value)) return undefined;
  const { iss, aud, sub, jti, iat, exp } = value;
  if (!isText(iss, wordMax) || !isText(aud, wordMax) || !isMatch(sub, subjectPattern) || !isText(jti, jtiMax)) return undefined;
  if (!isNumericDate(iat) || !isNumericDate(exp)) return undefined;
  const { fingerprint } = value;
  if (fingerprint !== undefined && !(isText(fingerprint, seatDigestCharacters) && isPacked(fingerprint))) return undefined;
  const license = readLicense(value["license"]);
  return license && { iss, aud, sub, jti, iat, exp, fingerprint, license };
}

function readLicense(value: unknown): CertifiedLicense | undefined {
  if (!isRecord(value)) return undefined;
  const { sequence, status, policy, features, activationLimit, fingerprintRequired } = value;
  const { seats, seatsTruncated, startsAt, expiresAt, graceUntil, lastEventHash } = value;
  const holder = readHolder(value["holder"]);
  if (!isWhole(sequence, 1) || !isStatus(status) || !isText(policy, policyMax) || holder === undefined) return undefined;
  if (!isFeatures(features) || !(activationLimit === null || isWhole(activationLimit, 0))) return undefined;
  if (typeof fingerprintRequired !== "boolean" || !isSeats(seats) || typeof seatsTruncated !== "boolean") return undefined;
  const { maintenanceUntil } = value;
  const packed = readPacked(value);
  if (packed === undefined || (maintenanceUntil !== undefined && !isInstant(maintenanceUntil))) return undefined;
  if (!isInstant(startsAt) || !isInstant(expiresAt) || !isInstant(graceUntil)) return undefined;
  if (!isMatch(lastEventHash, hashPattern)) return undefined;
  return {
    sequence, status, policy, holder, features, activationLimit, fingerprintRequired,
    seats, seatsTruncated, ...packed, startsAt, expiresAt, graceUntil, maintenanceUntil, lastEventHash,
  };
}

/** The two members of packed seats, which writers of the former form left out. Undefined: one of the members is wrong. */
function readPacked(
  { seatDigests, seatDigestsTruncated }: Readonly<Record<string, unknown>>,
): Pick<CertifiedLicense, "seatDigests" | "seatDigestsTruncated"> | undefined {
  if (seatDigests === undefined && seatDigestsTruncated === undefined) return {};
  if (typeof seatDigests !== "string" || !isPacked(seatDigests) || typeof seatDigestsTruncated !== "boolean") return undefined;
  return { seatDigests, seatDigestsTruncated };
}

/** Whether a text is the base64url of whole digests: none, or up to 300. */
function isPacked(text: string): boolean {
  const bytes = Math.floor((text.length * 3) / 4);
  return text === "" || (bytes % seatDigestBytes === 0 && bytes <= seatDigestsMax * seatDigestBytes && isBase64url(text));
}

function readHolder(value: unknown): CertifiedLicense["holder"] | undefined {
  if (!isRecord(value)) return undefined;
  const { type, id } = value;
  return isText(type, wordMax) && isText(id, wordMax) ? { type, id } : undefined;
}

export function isText(value: unknown, charactersMax: number): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= charactersMax;
}

export function isMatch(value: unknown, pattern: RegExp): value is string {
  return typeof value === "string" && pattern.test(value);
}

export function isWhole(value: unknown, least: number): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= least;
}

/** NumericDate (RFC 7519 §2) in whole seconds. */
export function isNumericDate(value: unknown): value is number {
  return isWhole(value, 0) && value <= numericDateMax;
}

function isStatus(value: unknown): value is Status {
  return statuses.includes(value as Status);
}

function isInstant(value: unknown): value is string | null {
  return value === null || isMatch(value, instantPattern);
}

function isFeatures(value: unknown): value is CertifiedLicense["features"] {
  if (!isRecord(value)) return false;
  const codes = Object.keys(value);
  return codes.length <= featuresMax && codes.every((code) => code.length <= wordMax && isFeature(value[code]));
}

function isFeature(value: unknown): boolean {
  if (typeof value === "string") return value.length <= featureCharactersMax;
  return value === true || (typeof value === "number" && Number.isFinite(value));
}

function isSeats(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= seatsMax && value.every(isSeat);
}

function isSeat(value: unknown): value is string {
  return typeof value === "string" && value.length === seatCharacters && isBase64url(value);
}
