import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import * as z from "zod/mini";
import type { TokenAlgorithm } from "../platform/config.ts";

/** A key of the identity provider, and the algorithms by which its tokens may be verified. */
export type TokenKey = { readonly key: KeyObject; readonly algorithms: readonly TokenAlgorithm[] };

const keysMax = 64;
const modulusBitsMin = 2_048;
const modulusBitsMax = 8_192;

const keySet = z.object({ keys: z.array(z.looseObject({})) });

/**
 * The keys of a set (RFC 7517) that can check one of the algorithms: public ones for signatures, each kid once. The key's `kty`,
 * `crv` and `alg` determine the algorithm, so that no token can choose it. Other keys are ignored, and so is a kid that two keys
 * have. Undefined: the document isn't a key set.
 */
export function readTokenKeys(document: unknown, algorithms: readonly TokenAlgorithm[]): ReadonlyMap<string, TokenKey> | undefined {
  const parsed = keySet.safeParse(document);
  if (!parsed.success) return undefined;
  const candidates = parsed.data.keys
    .slice(0, keysMax)
    .filter(isPublic)
    .flatMap((jwk) => tokenKey.safeParse(jwk).data ?? [])
    .map((jwk) => ({ jwk, own: algorithms.filter((algorithm) => fits(jwk, algorithm)) }))
    .filter(({ own }) => own.length > 0);
  const counts = Map.groupBy(candidates, ({ jwk }) => jwk.kid);
  return new Map(
    candidates.flatMap(({ jwk, own }) => {
      const key = counts.get(jwk.kid)?.length === 1 ? imported(jwk) : undefined;
      return key === undefined ? [] : [[jwk.kid, { key, algorithms: own }] as const];
    }),
  );
}

/** A key that was published with its private part is ignored: every reader of the set knows it. */
function isPublic(jwk: object): boolean {
  return !Object.hasOwn(jwk, "d");
}

const base64url = z.string().check(z.refine((text) => text !== "" && Buffer.from(text, "base64url").toString("base64url") === text));
const tokenKey = z.object({
  kty: z.string(),
  crv: z.optional(z.string()),
  kid: z.string().check(z.minLength(1), z.maxLength(256)),
  x: z.optional(base64url),
  y: z.optional(base64url),
  n: z.optional(base64url),
  e: z.optional(base64url),
  use: z.optional(z.string().check(z.refine((use) => use === "sig"))),
  alg: z.optional(z.string()),
  key_ops: z.optional(z.array(z.string()).check(z.refine((operations) => operations.includes("verify")))),
});
type Jwk = z.output<typeof tokenKey>;

/** The form of a key for each algorithm (RFC 7518 §3, §6; RFC 8037 §2). */
const shapes: Readonly<Record<TokenAlgorithm, { readonly kty: string; readonly crv?: string; readonly bytes?: number }>> = {
  ES256: { kty: "EC", crv: "P-256", bytes: 32 },
  ES384: { kty: "EC", crv: "P-384", bytes: 48 },
  RS256: { kty: "RSA" },
  PS256: { kty: "RSA" },
  EdDSA: { kty: "OKP", crv: "Ed25519", bytes: 32 },
};

function fits({ kty, crv, alg, x, y }: Jwk, algorithm: TokenAlgorithm): boolean {
  const shape = shapes[algorithm];
  if (kty !== shape.kty || (alg !== undefined && alg !== algorithm)) return false;
  if (shape.bytes === undefined) return true;
  const isSized = (coordinate: string | undefined) => coordinate !== undefined && Buffer.from(coordinate, "base64url").length === shape.bytes;
  return crv === shape.crv && isSized(x) && (kty === "OKP" || isSized(y));
}

/** Imports a key. Undefined: its point is not on the curve, or its RSA modulus is missing, too short or too long. */
function imported({ kty, crv, x, y, n, e }: Jwk): KeyObject | undefined {
  const bits = n === undefined ? 0 : Buffer.from(n, "base64url").length * 8;
  if (kty === "RSA" && (bits > modulusBitsMax || e === undefined)) return undefined;
  try {
    const jwk = kty === "RSA" ? { kty, n, e } : kty === "EC" ? { kty, crv, x, y } : { kty, crv, x };
    const key = createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
    return kty !== "RSA" || isStrong(key) ? key : undefined;
  } catch {
    return undefined;
  }
}

function isStrong({ asymmetricKeyDetails: { modulusLength = 0, publicExponent = 0n } = {} }: KeyObject): boolean {
  return modulusLength >= modulusBitsMin && publicExponent >= 3n && publicExponent % 2n === 1n;
}
