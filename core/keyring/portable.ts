import { toBase64url } from "../base/base64url.ts";
import { decodeSecret, secretIdBytes, secretIdInfo, secretOf, type ApplicationSecret } from "./application-secret.ts";
import { thumbprintInput } from "./public-key.ts";

/** A trusted public key for runtimes without `node:crypto`. It passed `assertPublicKey`. */
export type PortableKey = { readonly kid: string; readonly raw: Uint8Array };

/** `parseSecret` for runtimes without `node:crypto`. */
export async function parseSecretAsync(text: string): Promise<ApplicationSecret> {
  const bytes = decodeSecret(text);
  const material = await crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveBits"]);
  const info = new TextEncoder().encode(secretIdInfo);
  const derivation = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  const id = await crypto.subtle.deriveBits(derivation, material, secretIdBytes * 8);
  return secretOf(toBase64url(new Uint8Array(id)), bytes);
}

/** `verifyKeysOf` for runtimes without `node:crypto`. */
export function keysOfAsync(raws: readonly Uint8Array[]): Promise<readonly PortableKey[]> {
  return Promise.all(
    raws.map(async (raw) => {
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(thumbprintInput(raw)));
      return { kid: toBase64url(new Uint8Array(digest)), raw };
    }),
  );
}
