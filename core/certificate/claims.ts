import { isBase64url } from "../base/base64url.ts";
import { statuses, type Status } from "../license/status.ts";

/** The most seats that a certificate lists. If a license has more, `seatsTruncated` is true. */
export const seatsMax = 100;

/** In UTF-16 units. A reader allows twice the 255 characters that a writer allows, because each may be a surrogate pair. */
export const wordMax = 512;
const policyMax = 63;
const jtiMax = 64;
const featuresMax = 256;
const featureCharactersMax = 1_024;
const seatCharacters = 22;
/** NumericDate (RFC 7519 §2): whole seconds since 1970. The bound is the end of the year 9999. */
export const numericDateMax = 253_402_300_799;

export const subjectPattern = /^[1-9][0-9]{0,18}$/;
/** The one spelling of an instant: that of `Date.prototype.toISOString`. */
const instantPattern = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;
const hashPattern = /^[0-9a-f]{64}$/;

/** A license as a certificate shows it. */
export type CertifiedLicense = {
  sequence: number;
  status: Status;
  policy: string;
  holder: { type: string; id: string };
  features: Record<string, true | number | string>;
  activationLimit: number | null;
  fingerprintRequired: boolean;
  seats: string[];
  seatsTruncated: boolean;
  startsAt: string | null;
  expiresAt: string | null;
  graceUntil: string | null;
  lastEventHash: string;
};

/**
 * The claims of a certificate: those registered in RFC 7519 §4.1, and the license as it was when the certificate was sealed.
 *
 * `sub` is the license id, a decimal string. `exp` is the end of the certificate, not the license's expiry. Instants are written
 * `2026-11-23T10:00:00.000Z`. `graceUntil` equals `expiresAt` if the policy gives no grace; both are null on a perpetual license.
 * `startsAt` and `expiresAt` are both null on a license that hasn't started. `seats` are `seatDigest`s: all live ones unless
 * `seatsTruncated`.
 */
export type Claims = {
  iss: string;
  aud: string;
  sub: string;
  jti: string;
  iat: number;
  exp: number;
  license: CertifiedLicense;
};

/** Parses and checks the JSON text of claims; undefined if it is anything else. Never throws. */
export function parseClaims(text: string): Claims | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return readClaims(value);
}

/**
 * Reads claims from parsed JSON; undefined unless every member is right. Unknown members are dropped, so that an older reader
 * accepts a newer writer. Written by hand and not by a schema, because every consumer bundles and runs it.
 */
export function readClaims(value: unknown): Claims | undefined {
  if (!isRecord(value)) return undefined;
  const { iss, aud, sub, jti, iat, exp } = value;
  if (!isText(iss, wordMax) || !isText(aud, wordMax) || !isMatch(sub, subjectPattern) || !isText(jti, jtiMax)) return undefined;
  if (!isWhole(iat, 0) || iat > numericDateMax || !isWhole(exp, 0) || exp > numericDateMax) return undefined;
  const license = readLicense(value["license"]);
  return license && { iss, aud, sub, jti, iat, exp, license };
}

function readLicense(value: unknown): CertifiedLicense | undefined {
  if (!isRecord(value)) return undefined;
  const { sequence, status, policy, features, activationLimit, fingerprintRequired } = value;
  const { seats, seatsTruncated, startsAt, expiresAt, graceUntil, lastEventHash } = value;
  const holder = readHolder(value["holder"]);
  if (!isWhole(sequence, 1) || !isStatus(status) || !isText(policy, policyMax) || holder === undefined) return undefined;
  if (!isFeatures(features) || !(activationLimit === null || isWhole(activationLimit, 0))) return undefined;
  if (typeof fingerprintRequired !== "boolean" || !isSeats(seats) || typeof seatsTruncated !== "boolean") return undefined;
  if (!isInstant(startsAt) || !isInstant(expiresAt) || !isInstant(graceUntil)) return undefined;
  if (!isMatch(lastEventHash, hashPattern)) return undefined;
  return {
    sequence, status, policy, holder, features, activationLimit, fingerprintRequired,
    seats, seatsTruncated, startsAt, expiresAt, graceUntil, lastEventHash,
  };
}

function readHolder(value: unknown): CertifiedLicense["holder"] | undefined {
  if (!isRecord(value)) return undefined;
  const { type, id } = value;
  return isText(type, wordMax) && isText(id, wordMax) ? { type, id } : undefined;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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
