import { publicJwkOf, type PublicJwk } from "./public-key.ts";

/**
 * Trusted keys by kid. A kid is a digest of its key, so two entries with one kid hold the same key (one pinned, one from the
 * JWKS, say) and count once. A Map, because a kid comes from outside and `{}["constructor"]` isn't undefined.
 */
export function trustedRing<Key extends { readonly kid: string }>(keys: Iterable<Key>): ReadonlyMap<string, Key> {
  return new Map(Array.from(keys, (key) => [key.kid, key]));
}

/** The JWK Set (RFC 7517 §5) of these keys: public halves only, each once. */
export function publicJwks(
  keys: Iterable<{ readonly kid: string; readonly raw: Uint8Array }>,
): { readonly keys: readonly PublicJwk[] } {
  return { keys: [...trustedRing(keys).values()].map(publicJwkOf) };
}
