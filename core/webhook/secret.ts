import type { Runtime } from "../platform/runtime.ts";
import { openSecret, sealSecret } from "../platform/vault.ts";
import { privateKeyText, publicKeyOf, secretPrefix } from "./signature.ts";

/**
 * A webhook's own keys. The database holds them sealed, bound to their purpose and their webhook: a copy in another webhook's row
 * doesn't open.
 */
type KeyPurpose = "webhook-secret" | "webhook-signing-key";

/** As many as SHA-256's digest has; Standard Webhooks asks for 24 to 64. */
const keyBytes = 32;

/** A new secret of `v1`: `whsec_…`, shown to the caller once. */
export function mintSecret(runtime: Runtime): string {
  return `${secretPrefix}${Buffer.from(runtime.random(keyBytes)).toString("base64")}`;
}

/** A new key pair of `v1a`: the private half `whsk_…` is shown to nobody, the public half `whpk_…` to everybody. */
export function mintKeyPair(runtime: Runtime): { readonly privateKey: string; readonly publicKey: string } {
  const privateKey = privateKeyText(runtime.random(keyBytes));
  return { privateKey, publicKey: publicKeyOf(privateKey) };
}

/** Seals a key for the row of its webhook. */
export function sealKey(runtime: Runtime, text: string, { purpose, webhookId }: KeyPlace): string {
  return sealSecret(runtime, text, { purpose, names: [webhookId] });
}

/** Undefined: the key was sealed for another webhook or purpose, under another pepper, or it was altered. */
export function openKey(runtime: Runtime, sealed: string, { purpose, webhookId }: KeyPlace): string | undefined {
  return openSecret(runtime, sealed, { purpose, names: [webhookId] });
}

type KeyPlace = { readonly purpose: KeyPurpose; readonly webhookId: string };
