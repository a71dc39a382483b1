import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from "jose";
import { parsedJson } from "@licensing/core/base/parsed-json.ts";
import { DamagedDataError } from "../terminal/data-folder.ts";
import { tokenAlgorithms, type TokenAlgorithm } from "@licensing/core/platform/config.ts";

/** A key for one algorithm. */
type IssuerKey = {
  readonly kid: string;
  readonly privateKey: CryptoKey | Uint8Array;
  readonly privateJwk: JWK;
  readonly publicJwk: JWK;
};

export type IssuerKeys = Readonly<Record<TokenAlgorithm, IssuerKey>>;

/**
 * One key for each algorithm that the service accepts, from a file if there is one, so that tokens survive a restart; null: in memory.
 * All are made at once, because a service that has read the key set looks for new keys only after a while.
 */
export async function openIssuerKeys(file: string | null): Promise<IssuerKeys> {
  const kept = file !== null && existsSync(file) ? readKeys(file) : [];
  const jwks = await Promise.all(tokenAlgorithms.map(async (alg) => kept.find((jwk) => jwk.alg === alg) ?? createKey(alg)));
  if (file !== null && jwks.some((jwk) => !kept.includes(jwk))) writeKeys(file, jwks);
  const entries = await Promise.all(jwks.map(async (jwk, index) => [tokenAlgorithms[index], await openKey(jwk)] as const));
  return Object.fromEntries(entries);
}

async function openKey(jwk: JWK): Promise<IssuerKey> {
  const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...shown } = jwk;
  // Two algorithms may have the same kind of key: each has its own key and kid.
  const kid = await calculateJwkThumbprint(shown);
  return { kid, privateKey: await importJWK(jwk, jwk.alg), privateJwk: jwk, publicJwk: { ...shown, kid, use: "sig" } };
}

/** An older file holds the ES256 key alone. */
function readKeys(file: string): JWK[] {
  const content = parsedJson(readFileSync(file, "utf8")) as (JWK & { keys?: JWK[] }) | null | undefined;
  const keys = content?.keys ?? [{ ...content, alg: "ES256" }];
  const isWhole = Array.isArray(keys) && keys.every(({ kty, d, alg }) => [kty, d, alg].every((member) => typeof member === "string"));
  if (!isWhole) throw new DamagedDataError(file, undefined);
  return keys;
}

async function createKey(alg: TokenAlgorithm): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg };
}

/** Writes the file in one step: half a key file would stop every later start. */
function writeKeys(file: string, keys: JWK[]): void {
  const draft = `${file}.new`;
  writeFileSync(draft, JSON.stringify({ keys }), { mode: 0o600 });
  renameSync(draft, file);
}
