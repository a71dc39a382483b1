import { createDecipheriv, verify, type KeyObject } from "node:crypto";

export type ByHand = { readonly publicKey: KeyObject; readonly key: KeyObject; readonly nowMs: number };

/**
 * The least cost of reading this envelope on `node:crypto`: split, verify, decrypt with a ready key, parse, compare `exp`. It checks
 * nothing else (no header, no canonical form, no type), so it is unsafe to use.
 */
export function readByHand(text: string, { publicKey, key, nowMs }: ByHand): boolean {
  const end = text.lastIndexOf(".");
  const signature = Buffer.from(text.slice(end + 1), "base64url");
  if (!verify(null, Buffer.from(text.slice(0, end), "latin1"), publicKey, signature)) return false;
  const payload = Buffer.from(text.slice(text.indexOf(".") + 1, end), "base64url").toString("latin1");
  const [header = "", , iv = "", ciphertext = "", tag = ""] = payload.split(".");
  const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(iv, "base64url"), { authTagLength: 16 });
  decipher.setAAD(Buffer.from(header, "latin1"));
  decipher.setAuthTag(Buffer.from(tag, "base64url"));
  const plaintext = decipher.update(ciphertext, "base64url", "utf8") + decipher.final("utf8");
  return nowMs < (JSON.parse(plaintext) as { exp: number }).exp * 1000;
}
