import * as z from "zod/mini";

/**
 * The claims as a schema of its own. It shares no code with the reader in the certificate room, which has no schema, because every
 * consumer bundles it. Only tests load this.
 */
const numericDate = z.int().check(z.minimum(0), z.maximum(253_402_300_799));
const word = z.string().check(z.minLength(1), z.maxLength(512));
const instant = z.nullable(
  z.string().check(z.regex(/^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3])(:[0-5][0-9]){2}\.[0-9]{3}Z$/)),
);
const feature = z.union([z.literal(true), z.number(), z.string().check(z.maxLength(1_024))]);
const features = z
  .custom<Readonly<Record<string, unknown>>>((value) => typeof value === "object" && value !== null && !Array.isArray(value))
  .check(
    z.refine((value) => Object.keys(value).length <= 256),
    z.refine((value) => Object.entries(value).every(([code, held]) => code.length <= 512 && feature.safeParse(held).success)),
  );
/** 16 bytes: the last symbol carries two bits. */
const seat = z.string().check(z.regex(/^[A-Za-z0-9_-]{21}[AQgw]$/));

/** Eight bytes. */
const machine = z.string().check(z.regex(/^[A-Za-z0-9_-]{10}[AEIMQUYcgkosw048]$/));
const packed = z.string().check(
  z.refine((text) => {
    const bytes = Buffer.from(text, "base64url");
    return bytes.toString("base64url") === text && bytes.length % 8 === 0 && bytes.length <= 2_400;
  }),
);

const license = z.object({
  sequence: z.int().check(z.minimum(1)),
  status: z.enum(["ACTIVATED", "SUSPENDED", "EXPIRED", "REVOKED"]),
  policy: z.string().check(z.minLength(1), z.maxLength(63)),
  holder: z.object({ type: word, id: word }),
  features,
  activationLimit: z.nullable(z.int().check(z.minimum(0))),
  fingerprintRequired: z.boolean(),
  seats: z.array(seat).check(z.maxLength(100)),
  seatsTruncated: z.boolean(),
  seatDigests: z.optional(packed),
  seatDigestsTruncated: z.optional(z.boolean()),
  startsAt: instant,
  expiresAt: instant,
  graceUntil: instant,
  maintenanceUntil: z.optional(instant),
  lastEventHash: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
}).check(z.refine(({ seatDigests, seatDigestsTruncated }) => (seatDigests === undefined) === (seatDigestsTruncated === undefined)));

export const claimsSchema = z.object({
  iss: word,
  aud: word,
  sub: z.string().check(z.regex(/^[1-9][0-9]{0,18}$/)),
  jti: z.string().check(z.minLength(1), z.maxLength(64)),
  iat: numericDate,
  exp: numericDate,
  fingerprint: z.optional(machine),
  license,
});
