import { toBase64url } from "../certificate/base64url.ts";
import type { PortableKey } from "../certificate/crypto-portable.ts";
import { decodeSecret, secretIdBytes, secretIdInfo, secretOf, type ApplicationSecret } from "./application-secret.ts";
import { admitCandidates, jwksCandidates, type ParsedJwks } from "./jwks.ts";
import { decodePem, withinBlock } from "./pem.ts";
import { rawOfSpki, thumbprintInput } from "./public-key.ts";

/** `parsePublicKeys` for runtimes without `node:crypto`. */
export async function parsePublicKeysAsync(pem: string): Promise<readonly PortableKey[]> {
  return keysOf(decodePem(pem, "PUBLIC KEY").map((der, index) => withinBlock(index + 1, () => rawOfSpki(der))));
}

/** `parseJwks` for those runtimes. */
export async function parseJwksAsync(jwks: unknown): Promise<ParsedJwks<PortableKey>> {
  const found = jwksCandidates(jwks);
  return admitCandidates(found, await keysOf(found.candidates.map(({ raw }) => raw)));
}

/** `parseSecret` for those runtimes. */
export async function parseSecretAsync(text: string): Promise<ApplicationSecret> {
  const bytes = decodeSecret(text);
  const material = await crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveBits"]);
  const info = new TextEncoder().encode(secretIdInfo);
  const derivation = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  const id = await crypto.subtle.deriveBits(derivation, material, secretIdBytes * 8);
  return secretOf(toBase64url(new Uint8Array(id)), bytes);
}

function keysOf(raws: readonly Uint8Array[]): Promise<readonly PortableKey[]> {
  return Promise.all(
    raws.map(async (raw) => {
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(thumbprintInput(raw)));
      return { kid: toBase64url(new Uint8Array(digest)), raw };
    }),
  );
}
