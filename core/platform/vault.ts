import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import type { Runtime } from "./runtime.ts";
import { once } from "./once.ts";

/**
 * Encrypts secrets that must be stored for a replay, so that the database never holds them in plain text. AES-256-GCM with a
 * random 96-bit IV. Each purpose has its own key, derived by HKDF-SHA256 (RFC 5869) from the key pepper. The place of storage is
 * authenticated data (AAD), so that a copy in another place can't be opened.
 */
export type Purpose = "license-key" | "credential-secret" | "webhook-secret" | "webhook-signing-key";

/** The purpose of a sealed secret, and the names of the place where it is stored. Opening needs the same purpose and names. */
export type Place = { readonly purpose: Purpose; readonly names: readonly string[] };

const ivBytes = 12;
const tagBytes = 16;
const version = "2.";

export function sealSecret(runtime: Runtime, text: string, place: Place): string {
  const iv = runtime.random(ivBytes);
  const cipher = createCipheriv("aes-256-gcm", keyOf(runtime, place.purpose), iv);
  cipher.setAAD(authenticated(place));
  return `${version}${Buffer.concat([iv, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString("base64url")}`;
}

/**
 * Opens a secret that `sealSecret` sealed for this place. Undefined: it was sealed for another place or with another pepper, or
 * it was altered.
 */
export function openSecret(runtime: Runtime, sealed: string, place: Place): string | undefined {
  if (!sealed.startsWith(version)) return undefined;
  return open(sealed.slice(version.length), { key: keyOf(runtime, place.purpose), aad: authenticated(place) });
}

/** Whether a secret was sealed before seals were bound to a place. */
export function isOldSeal(sealed: string): boolean {
  return /^[\w-]+$/.test(sealed);
}

/** Opens a secret that isn't bound to a place. The caller must ensure that such a secret can still exist. */
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
    return Buffer.concat([decipher.update(bytes.subarray(ivBytes, -tagBytes)), decipher.final()]).toString();
  } catch {
    return undefined;
  }
}

/** JSON separates the names unambiguously, whatever characters they contain. */
function authenticated({ purpose, names }: Place): Buffer {
  return Buffer.from(JSON.stringify([purpose, ...names]));
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
