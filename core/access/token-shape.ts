import * as z from "zod/mini";
import { parseJson } from "../http/json.ts";

const bytesMax = 8_192;

/**
 * The schema of a token's header, checked before its key is looked up. Members that change the meaning of the token, or that
 * bring a key of its own (RFC 7515 §4.1.2–4.1.8, 4.1.11), are refused, though the library would ignore most of them.
 */
const refused = ["crit", "b64", "jku", "jwk", "x5u", "x5c", "enc", "zip"] as const;
const headerSchema = z
  .looseObject({
    alg: z.string(),
    kid: z.string().check(z.minLength(1), z.maxLength(256)),
    typ: z.optional(z.string().check(z.regex(/^(?:application\/)?(?:at\+)?jwt$/i))),
  })
  .check(z.refine((header) => refused.every((name) => !Object.hasOwn(header, name))));

/**
 * Whether a text can be a token, before its signature is verified: a compact JWS (RFC 7515 §7.1) of at most 8 KB, each segment
 * canonical base64url (no padding, no blanks, no spare bits), of one of the algorithms, with a `kid`. Only one text of each token
 * passes, so the text can be the token's cache key.
 */
export function isTokenShaped(token: string, algorithms: readonly string[]): boolean {
  const segments = token.length <= bytesMax ? token.split(".", 4) : [];
  const [header = ""] = segments;
  return segments.length === 3 && segments.every(isCanonical) && hasPlainHeader(header, algorithms);
}

function isCanonical(segment: string): boolean {
  return segment !== "" && Buffer.from(segment, "base64url").toString("base64url") === segment;
}

function hasPlainHeader(segment: string, algorithms: readonly string[]): boolean {
  const parsed = parseJson(Buffer.from(segment, "base64url").toString("utf8"));
  if (!("value" in parsed)) return false;
  const header = headerSchema.safeParse(parsed.value);
  return header.success && algorithms.includes(header.data.alg);
}

/** A role's name in tokens and credentials: visible ASCII without a comma, so that names can be listed. */
export const roleName = z
  .string()
  .check(
    z.regex(/^[\x21-\x2b\x2d-\x7e]{1,128}$/, { error: "must be 1 to 128 visible ASCII characters without a comma" }),
    z.meta({ examples: ["licensing-service"] }),
  );
