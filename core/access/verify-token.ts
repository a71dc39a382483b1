import { errors, jwtVerify } from "jose";
import * as z from "zod";
import { parseJson } from "../http/json.ts";
import type { Runtime } from "../platform/runtime.ts";
import { ConfigError } from "../platform/config.ts";
import { once } from "../platform/once.ts";
import { createCache } from "../platform/cache.ts";
import type { Actor } from "./actor.ts";
import { findTokenKey } from "./jwks.store.ts";
import { roleName } from "./role.ts";

type User = Extract<Actor, { type: "user" }>;

const tokenBytesMax = 8_192;
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
  if (!isCanonical(token) || !hasPlainHeader(token)) return undefined;
  const claims = await verifySignature(runtime, token);
  const read = claimsSchema.safeParse(claims);
  if (!read.success || (read.data.iat ?? 0) > nowMs / 1000 + skewSeconds) return undefined;
  const user = userFrom(read.data);
  verified.set(token, user, Math.min(read.data.exp * 1000, nowMs + cachedMs));
  return user;
}

function createTokenCache() {
  return createCache<User>(cacheEntriesMax);
}

/** Three segments, each the one base64url text of its bytes: no padding, no blanks, no spare bits. */
function isCanonical(token: string): boolean {
  const segments = token.length <= tokenBytesMax ? token.split(".", 4) : [];
  return segments.length === 3 && segments.every((segment) => segment !== "" && Buffer.from(segment, "base64url").toString("base64url") === segment);
}

/**
 * The header before any key is looked for. What would change the meaning of the token or bring its own key (RFC 7515
 * §4.1.2–4.1.8, 4.1.11) is refused, though the library would ignore most of it.
 */
const headerSchema = z.object({
  alg: z.literal("ES256"),
  kid: z.string().check(z.minLength(1), z.maxLength(256)),
  typ: z
    .string()
    .check(z.regex(/^(?:application\/)?(?:at\+)?jwt$/i))
    .optional(),
  ...Object.fromEntries(["crit", "b64", "jku", "jwk", "x5u", "x5c", "enc", "zip"].map((name) => [name, z.undefined().optional()])),
});

function hasPlainHeader(token: string): boolean {
  const bytes = Buffer.from(token.slice(0, token.indexOf(".")), "base64url");
  const parsed = parseJson(bytes.toString("utf8"));
  return "value" in parsed && headerSchema.safeParse(parsed.value).success;
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
  exp: z.number().check(z.gte(0), z.lte(secondsMax)),
  iat: z.number().optional(),
  org: principalText.optional(),
  roles: z
    .array(roleName)
    .check(z.maxLength(50))
    .optional(),
});

function userFrom({ sub, org, roles }: z.output<typeof claimsSchema>): User {
  const holders = [{ type: "user", id: sub }, ...(org === undefined ? [] : [{ type: "organization", id: org }])];
  return Object.freeze({ type: "user", id: sub, roles: Object.freeze([...new Set(roles)].toSorted()), holders: Object.freeze(holders) });
}
