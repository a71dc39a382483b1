import * as z from "zod/mini";

/** Most seats a certificate lists; a licence with more says `seatsTruncated`. */
export const seatsMax = 100;

const wordMax = 255;
const featuresMax = 256;

/** NumericDate (RFC 7519 §2): whole seconds since 1970; the bound is the end of the year 9999. */
const numericDate = z.int().check(z.gte(0), z.lte(253_402_300_799));
const word = z.string().check(z.minLength(1), z.maxLength(wordMax));
const instant = z.nullable(z.string().check(z.refine(isInstant)));

/** What a seat, a licence and a policy's features look like inside a certificate. */
const license = z.object({
  sequence: z.int().check(z.gte(1)),
  status: z.enum(["ACTIVATED", "SUSPENDED", "EXPIRED", "REVOKED"]),
  policy: z.string().check(z.minLength(1), z.maxLength(63)),
  holder: z.object({ type: word, id: word }),
  features: z
    .record(word, z.union([z.literal(true), z.number(), z.string().check(z.maxLength(1024))]))
    .check(z.refine((features) => Object.keys(features).length <= featuresMax)),
  activationLimit: z.nullable(z.int().check(z.gte(0))),
  fingerprintRequired: z.boolean(),
  seats: z.array(z.string().check(z.regex(/^[A-Za-z0-9_-]{21}[AQgw]$/))).check(z.maxLength(seatsMax)),
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

/** One spelling an instant: what `Date.prototype.toISOString` writes, and a day that exists. */
function isInstant(text: string): boolean {
  const ms = text.length === 24 ? Date.parse(text) : Number.NaN;
  return Number.isFinite(ms) && new Date(ms).toISOString() === text;
}
