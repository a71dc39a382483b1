import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import type { Runtime } from "./runtime.ts";
import { once } from "./once.ts";

/**
 * Seals secrets that must be stored for a replay, so that the database never holds them readable. AES-256-GCM with a random
 * 96-bit IV; each purpose has a key of its own, by HKDF-SHA256 (RFC 5869) from the key pepper; the place where the secret is
 * stored is authenticated with it (AAD), so that a copy of it opens nowhere else.
 */
export type Purpose = "license-key" | "credential-secret";

/** What a sealed secret is for, and the names that say where it is stored. Both must be the same when it is opened. */
export type Place = { readonly purpose: Purpose; readonly names: readonly string[] };

const ivBytes = 12;
const tagBytes = 16;
const version = "2.";

export function sealSecret(runtime: Runtime, text: string, place: Place): string {
  const iv = runtime.random(ivBytes);
  const cipher = createCipheriv("aes-256-gcm", keyOf(runtime, place.purpose), iv, { authTagLength: tagBytes });
  cipher.setAAD(authenticated(place));
  return `${version}${Buffer.concat([iv, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]).toString("base64url")}`;
}

/** Opens what `sealSecret` made for this place; undefined when it was sealed for another, under another pepper, or altered. */
export function openSecret(runtime: Runtime, sealed: string, place: Place): string | undefined {
  if (!sealed.startsWith(version)) return undefined;
  return open(sealed.slice(version.length), { key: keyOf(runtime, place.purpose), aad: authenticated(place) });
}

/** True for a secret that was sealed before seals were bound to a place. */
export function isOldSeal(sealed: string): boolean {
  return /^[\w-]+$/.test(sealed);
}

/** Opens a secret of before, wherever it is stored: the caller sees to it that there can still be one. */
export function openOldSeal(runtime: Runtime, sealed: string): string | undefined {
  return open(sealed, { key: once(runtime, oldKey), aad: undefined });
}

type Opener = { readonly key: Buffer; readonly aad: Buffer | undefined };

function open(text: string, { key, aad }: Opener): string | undefined {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.length < ivBytes + tagBytes) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes });
  if (aad !== undefined) decipher.setAAD(aad);
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(ivBytes, -tagBytes)), decipher.final()]).toString("utf8");
  } catch {
    return undefined;
  }
}

/** JSON keeps the names apart, whatever characters they have. */
function authenticated({ purpose, names }: Place): Buffer {
  return Buffer.from(JSON.stringify([purpose, ...names]), "utf8");
}

function keyOf(runtime: Runtime, purpose: Purpose): Buffer {
  const keys = once(runtime, createKeys);
  const known = keys.get(purpose);
  if (known !== undefined) return known;
  const key = derive(runtime, `licensing/vault/v2/${purpose}`);
  keys.set(purpose, key);
  return key;
}

function createKeys(): Map<Purpose, Buffer> {
  return new Map();
}

function oldKey(runtime: Runtime): Buffer {
  return derive(runtime, "licensing/vault/v1");
}

function derive({ keyPepper }: Runtime, info: string): Buffer {
  return Buffer.from(hkdfSync("sha256", keyPepper, "", info, 32));
}
