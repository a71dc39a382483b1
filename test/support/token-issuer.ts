import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";

export const issuer = "https://identity.example";
export const audience = "licensing";

export type TokenKey = { readonly kid: string; readonly privateKey: KeyObject; readonly publicJwk: Readonly<Record<string, unknown>> };

export function createTokenKey(kid: string): TokenKey {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { kty, crv, x, y } = publicKey.export({ format: "jwk" });
  return { kid, privateKey: createPrivateKey(privateKey.export({ format: "pem", type: "pkcs8" })), publicJwk: { kty, crv, x, y, kid, use: "sig", alg: "ES256" } };
}

export type TokenParts = {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  /** The header's or payload's exact text, also one that JSON.stringify wouldn't write. */
  readonly headerText?: string;
  readonly payloadText?: string;
  /** JOSE uses `ieee-p1363`. */
  readonly encoding?: "ieee-p1363" | "der";
};

/** A token made by hand, so that it can be made wrong. Claims set to undefined are left out. */
export function makeToken(key: TokenKey, nowMs: number, parts: TokenParts = {}): string {
  const seconds = Math.floor(nowMs / 1000);
  const header = parts.headerText ?? JSON.stringify({ alg: "ES256", kid: key.kid, ...parts.header });
  const claims = { iss: issuer, aud: audience, sub: "alice", iat: seconds, exp: seconds + 600, ...parts.claims };
  const input = `${encode(header)}.${encode(parts.payloadText ?? JSON.stringify(claims))}`;
  const signature = sign("sha256", Buffer.from(input), { key: key.privateKey, dsaEncoding: parts.encoding ?? "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}

export function encode(text: string): string {
  return Buffer.from(text).toString("base64url");
}
