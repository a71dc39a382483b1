import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import type { Runtime } from "./runtime.ts";
import { once } from "./once.ts";

/**
 * Seals secrets that must be stored for a replay (a license key shown once, a credential's secret), so that the
 * database never holds them readable. AES-256-GCM, key by HKDF-SHA256 (RFC 5869) from the key pepper, random 96-bit IV.
 */
const ivBytes = 12;
const tagBytes = 16;

export function sealSecret(runtime: Runtime, text: string): string {
  const iv = runtime.random(ivBytes);
  const cipher = createCipheriv("aes-256-gcm", once(runtime, vaultKey), iv, { authTagLength: tagBytes });
  return Buffer.concat([iv, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]).toString("base64url");
}

/** Opens what `sealSecret` made; undefined when it was sealed under another pepper or altered. */
export function openSecret(runtime: Runtime, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, "base64url");
  if (bytes.length < ivBytes + tagBytes) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", once(runtime, vaultKey), bytes.subarray(0, ivBytes), { authTagLength: tagBytes });
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    const text = Buffer.concat([decipher.update(bytes.subarray(ivBytes, -tagBytes)), decipher.final()]);
    return text.toString("utf8");
  } catch {
    return undefined;
  }
}

function vaultKey(runtime: Runtime): Buffer {
  return Buffer.from(hkdfSync("sha256", runtime.keyPepper, "", "licensing/vault/v1", 32));
}
