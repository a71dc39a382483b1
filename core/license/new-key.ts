import { hmacSha256, type Hmac } from "../certificate/hmac.ts";
import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import { openSecret, sealSecret } from "../platform/vault.ts";
import { refuse } from "../problem/problem.ts";
import { keyDigest } from "./key-digest.ts";
import { generateKey, parseKey } from "./key.ts";
import type { LicenseKey } from "./key.ts";

export type NewKey = { readonly key: LicenseKey; readonly keyDigest: string; readonly sealedKey: string };

/** A key to be taken into use: the caller's own, or a random one. Shown once; stored as digest, and sealed for a replay. */
export function newKey(runtime: Runtime, { own, prefix }: { readonly own?: string | undefined; readonly prefix: string }): NewKey {
  const key = own === undefined ? generateKey(prefix, runtime.random) : ownKey(own);
  return { key, keyDigest: digestKey(runtime, key), sealedKey: sealSecret(runtime, key) };
}

/** The key of an answer, opened from what the change stored; also for a replay. */
export function shownKey(runtime: Runtime, extra: Readonly<Record<string, string>>): string | undefined {
  return openSecret(runtime, extra["sealedKey"] ?? "");
}

export function digestKey(runtime: Runtime, key: LicenseKey): string {
  return keyDigest(key, once(runtime, underPepper));
}

function underPepper({ keyPepper }: Runtime): Hmac {
  return hmacSha256(Buffer.from(keyPepper, "utf8"));
}

function ownKey(text: string): LicenseKey {
  const parsed = parseKey(text);
  if ("normalized" in parsed) return parsed.normalized;
  const detail = parsed.fault === "mistyped" ? "looks like a key of ours, but its check symbols don't fit" : "is not a key";
  return refuse("malformed-request", { errors: [{ pointer: "/key", detail }] });
}
