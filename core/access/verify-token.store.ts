import { errors, jwtVerify } from "jose";
import type { Runtime } from "../platform/runtime.ts";
import { ConfigError, type Identity } from "../platform/config.ts";
import { once } from "../platform/once.ts";
import { createCache } from "../base/cache.ts";
import type { Actor } from "./actor.ts";
import { findTokenKey } from "./jwks.store.ts";
import { claimNamed, readClaims } from "./token-claims.ts";
import { isTokenShaped } from "./token-shape.ts";

type User = Extract<Actor, { type: "user" }>;

/** Why a token is refused, in the words that its caller gets (RFC 6750 §3.1). */
export type TokenFault = "expired" | "not yet valid" | "wrong issuer" | "wrong audience" | "unknown key" | "bad signature" | "not a token";

const skewSeconds = 30;
const cachedMs = 60_000;
const cacheEntriesMax = 1_000;

/**
 * The user of a bearer token (RFC 6750, RFC 7519), or the reason why it is refused. A token must have a configured algorithm that
 * fits its key, the configured issuer and audience, and `kid`, `exp` and `sub`. Throws dependency-unavailable if its key can't be
 * read.
 *
 * A verified token is cached for at most a minute. Its text is a safe cache key, because only the canonical encoding of a token
 * is accepted.
 */
export async function verifyToken(runtime: Runtime, token: string): Promise<User | { readonly fault: TokenFault }> {
  const { identity } = runtime.config;
  if (identity === undefined) throw new ConfigError("APP_ENV_IDENTITY_JWKS_URL", "is not set");
  const verified = once(runtime, createTokenCache);
  const nowMs = runtime.now().getTime();
  const known = verified.get(token, nowMs);
  if (known !== undefined) return known;
  if (!isTokenShaped(token, identity.algorithms)) return { fault: "not a token" };
  const claims = await verifySignature(runtime, identity, token);
  if ("fault" in claims) return claims;
  const read = readClaims(claims.genuine, identity);
  if ("fault" in read) {
    // The token is genuine, so the operator of the identity provider must correct the claim.
    runtime.log.write("warn", "A token of the identity provider can't be used", { reason: `claim ${read.fault}` });
    return { fault: "not a token" };
  }
  if (read.iat > nowMs / 1000 + skewSeconds) return { fault: "not yet valid" };
  verified.set(token, read.user, Math.min(read.exp * 1000, nowMs + cachedMs));
  return read.user;
}

function createTokenCache() {
  return createCache<User>(cacheEntriesMax);
}

type Verified = { readonly genuine: object } | { readonly fault: TokenFault };

async function verifySignature(runtime: Runtime, identity: Identity, token: string): Promise<Verified> {
  const byAudience = identity.audienceClaim === "aud" ? { audience: identity.audience } : {};
  try {
    const { payload } = await jwtVerify(
      token,
      async ({ kid = "", alg = "" }) => {
        const found = await findTokenKey(runtime, kid);
        if (found === undefined) throw new errors.JWKSNoMatchingKey();
        if (!found.algorithms.some((algorithm) => algorithm === alg)) throw new errors.JWSSignatureVerificationFailed();
        return found.key;
      },
      {
        ...byAudience,
        algorithms: [...identity.algorithms],
        issuer: identity.issuer,
        requiredClaims: ["exp", "sub"],
        clockTolerance: skewSeconds,
        currentDate: runtime.now(),
      },
    );
    const isForUs = identity.audienceClaim === "aud" || claimNamed(payload, "client_id") === identity.audience;
    return isForUs ? { genuine: payload } : { fault: "wrong audience" };
  } catch (error) {
    if (error instanceof errors.JOSEError) return { fault: faultOf(error) };
    throw error;
  }
}

const faultsOfClaims: Readonly<Record<string, TokenFault>> = { iss: "wrong issuer", aud: "wrong audience", nbf: "not yet valid" };

function faultOf(error: errors.JOSEError): TokenFault {
  if (error instanceof errors.JWTExpired) return "expired";
  if (error instanceof errors.JWKSNoMatchingKey) return "unknown key";
  if (error instanceof errors.JWSSignatureVerificationFailed) return "bad signature";
  // If a claim has a wrong type, the text isn't a token. A claim that is missing or has another value is named.
  const isRead = error instanceof errors.JWTClaimValidationFailed && error.reason !== "invalid";
  return isRead ? (faultsOfClaims[error.claim] ?? "not a token") : "not a token";
}
