import { errors, jwtVerify } from "jose";
import * as z from "zod/mini";
import { visible } from "../base/text.ts";
import type { Runtime } from "../platform/runtime.ts";
import { ConfigError } from "../platform/config.ts";
import { once } from "../platform/once.ts";
import { createCache } from "../base/cache.ts";
import type { Actor } from "./actor.ts";
import { findTokenKey } from "./jwks.store.ts";
import { isTokenShaped, roleName } from "./token-shape.ts";

type User = Extract<Actor, { type: "user" }>;

const skewSeconds = 30;
const cachedMs = 60_000;
const cacheEntriesMax = 1_000;
/** The year 9999 in seconds: a later `exp` is a mistake, not a wish. */
const secondsMax = 253_402_300_799;

/**
 * The user that a bearer token (RFC 6750, RFC 7519) speaks for, or undefined if it is not a good one. ES256 only, from
 * our issuer, for our audience, with `kid`, `exp` and `sub`. Throws dependency-unavailable while its key can't be had.
 *
 * A verified token is remembered for a minute at most. Its text is a safe name for it, because only the one canonical
 * encoding of a token is ever accepted.
 */
export async function verifyToken(runtime: Runtime, token: string): Promise<User | undefined> {
  const verified = once(runtime, createTokenCache);
  const nowMs = runtime.now().getTime();
  const known = verified.get(token, nowMs);
  if (known !== undefined) return known;
  if (!isTokenShaped(token)) return undefined;
  const claims = await verifySignature(runtime, token);
  if (claims === undefined) return undefined;
  const read = claimsSchema.safeParse(claims);
  if (!read.success) {
    // Ours and genuine, so whoever runs the identity provider has to mend it; the caller is told nothing.
    runtime.log.write("warn", "A token of the identity provider can't be used", { reason: `claim ${String(read.error.issues[0]?.path[0])}` });
    return undefined;
  }
  if ((read.data.iat ?? 0) > nowMs / 1000 + skewSeconds) return undefined;
  const user = userFrom(read.data);
  verified.set(token, user, Math.min(read.data.exp * 1000, nowMs + cachedMs));
  return user;
}

function createTokenCache() {
  return createCache<User>(cacheEntriesMax);
}

async function verifySignature(runtime: Runtime, token: string): Promise<unknown> {
  const { identity } = runtime.config;
  if (identity === undefined) throw new ConfigError("APP_ENV_IDENTITY_JWKS_URL", "is not set");
  try {
    const { payload } = await jwtVerify(
      token,
      async ({ kid = "" }) => {
        const key = await findTokenKey(runtime, kid);
        if (key === undefined) throw new errors.JWKSNoMatchingKey();
        return key;
      },
      {
        algorithms: ["ES256"],
        issuer: identity.issuer,
        audience: identity.audience,
        requiredClaims: ["exp", "sub"],
        clockTolerance: skewSeconds,
        currentDate: runtime.now(),
      },
    );
    return payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

const principalText = z.string().check(z.regex(/^[^\p{Cc}\p{Cs}]{1,255}$/u));
const claimsSchema = z.object({
  sub: principalText,
  exp: z.number().check(z.refine((exp) => exp >= 0 && exp <= secondsMax)),
  iat: z.optional(z.number()),
  org: z.optional(principalText),
  roles: z.optional(z.array(roleName).check(z.maxLength(50))),
});

function userFrom({ sub, org, roles }: z.output<typeof claimsSchema>): User {
  const named = [{ type: "user", id: sub }, ...(org === undefined ? [] : [{ type: "organization", id: org }])];
  // Holders' ids are stored without invisible characters: a token whose id has one is nobody's, though it looks alike.
  const holders = named.filter(({ id }) => visible(id) === id);
  return Object.freeze({ type: "user", id: sub, roles: Object.freeze([...new Set(roles)].toSorted()), holders: Object.freeze(holders) });
}
