import * as z from "zod/mini";
import { isBase64url } from "./base64url.ts";

/** Most seats a certificate lists; a licence with more says `seatsTruncated`. */
export const seatsMax = 100;

/** UTF-16 units: a reader allows twice the 255 characters that a writer does, which may be surrogate pairs. */
const wordMax = 512;
const featuresMax = 256;
const featureCharactersMax = 1_024;

/** NumericDate (RFC 7519 §2): whole seconds since 1970; the bound is the end of the year 9999. */
const numericDate = z.int().check(z.gte(0), z.lte(253_402_300_799));
const word = z.string().check(z.minLength(1), z.maxLength(wordMax));
/** One spelling for an instant: what `Date.prototype.toISOString` writes. */
const instant = z.nullable(
  z.string().check(
    z.regex(/^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/),
  ),
);

/** Predicates instead of a schema per entry: a verification must cost little more than its signature. */
const features = z.custom<Record<string, true | number | string>>(isFeatures);
const seats = z.custom<string[]>(isSeats);

/** What a licence looks like inside a certificate. */
const license = z.object({
  sequence: z.int().check(z.gte(1)),
  status: z.enum(["ACTIVATED", "SUSPENDED", "EXPIRED", "REVOKED"]),
  policy: z.string().check(z.minLength(1), z.maxLength(63)),
  holder: z.object({ type: word, id: word }),
  features,
  activationLimit: z.nullable(z.int().check(z.gte(0))),
  fingerprintRequired: z.boolean(),
  seats,
  seatsTruncated: z.boolean(),
  startsAt: instant,
  expiresAt: instant,
  graceUntil: instant,
  lastEventHash: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
});

/**
 * What a certificate says: the registered claims of RFC 7519 §4.1 and the licence as it was when it was sealed.
 *
 * `sub` is the licence id, a decimal string. `exp` is when the certificate stops being evidence, not when the
 * licence expires. Instants are `2026-11-23T10:00:00.000Z`. `graceUntil` equals `expiresAt` when the policy gives
 * no grace; both are null on a perpetual licence. `startsAt` and `expiresAt` are both null on one not started.
 * `seats` are `seatDigest`s, and are all of the live ones unless `seatsTruncated`.
 *
 * Members a reader doesn't know are dropped, so that a newer writer doesn't break an older reader.
 */
export const claimsSchema = z.object({
  iss: word,
  aud: word,
  sub: z.string().check(z.regex(/^[1-9][0-9]{0,18}$/)),
  jti: z.string().check(z.minLength(1), z.maxLength(64)),
  iat: numericDate,
  exp: numericDate,
  license,
});

export type Claims = z.infer<typeof claimsSchema>;
export type CertifiedLicense = Claims["license"];
export type LicenseStatus = CertifiedLicense["status"];

/** The text of claims, parsed and checked; undefined for anything else. Never throws. */
export function parseClaims(text: string): Claims | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = claimsSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

function isFeatures(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return entries.length <= featuresMax && entries.every(([code, feature]) => code.length <= wordMax && isFeature(feature));
}

function isFeature(value: unknown): boolean {
  if (typeof value === "string") return value.length <= featureCharactersMax;
  return value === true || (typeof value === "number" && Number.isFinite(value));
}

function isSeats(value: unknown): boolean {
  return Array.isArray(value) && value.length <= seatsMax && value.every(isSeat);
}

function isSeat(value: unknown): boolean {
  return typeof value === "string" && value.length === 22 && isBase64url(value);
}
