import type { Claims } from "./claims.ts";

/** `kid` on a refusal is what the text claims, once that much could be read: believe it only after `signature`. */
export type Verdict =
  | { readonly ok: true; readonly claims: Claims; readonly kid: string }
  | { readonly ok: false; readonly reason: Reason; readonly kid?: string };

/**
 * Why a certificate is refused, in the order in which the profile asks:
 *
 * | reason | it |
 * |---|---|
 * | `size` | isn't a text of 1 to 8192 characters |
 * | `armour` | (license file) isn't one well-formed block of RFC 7468 |
 * | `shape` | isn't three dotted segments of canonical base64url with a signature of 64 bytes |
 * | `header` | has a protected header that isn't exactly the profile's: `alg`, `typ`, `cty`, `kid` and nothing else |
 * | `key-denied` | names a key that is denied |
 * | `key-unknown` | names a key that the ring doesn't hold: the one reason that a fresher ring can cure |
 * | `signature` | wasn't signed by that key (strict RFC 8032) |
 * | `payload` | was signed, but doesn't hold an envelope of this profile |
 * | `secret-unknown` | is sealed under an application secret that isn't held |
 * | `decrypt` | doesn't open with this license's key: a wrong secret, or another license's certificate |
 * | `claims` | opens to something that isn't claims |
 * | `subject` `issuer` `audience` | is about, by or for somebody else |
 * | `issued-in-future` | was issued after now and the allowed skew: a clock is wrong |
 * | `expired` | is past its `exp` |
 * | `rollback` | is older than one already seen |
 * | `fault` | made the verifier itself fail; never seen, and never a license |
 */
export type Reason =
  | "size"
  | "armour"
  | "shape"
  | "header"
  | "key-denied"
  | "key-unknown"
  | "signature"
  | "payload"
  | "secret-unknown"
  | "decrypt"
  | "claims"
  | "subject"
  | "issuer"
  | "audience"
  | "issued-in-future"
  | "expired"
  | "rollback"
  | "fault";

export function refuse(reason: Reason, kid?: string): Verdict {
  return kid === undefined ? { ok: false, reason } : { ok: false, reason, kid };
}
