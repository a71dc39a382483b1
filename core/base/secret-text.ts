import { binaryOfBase64, bytesOf } from "./base64url.ts";

const hex = /^[0-9a-fA-F]{64}$/;
const base64 = /^(?:[A-Za-z0-9+/]{43}=?|[A-Za-z0-9_-]{43}=?)$/;

/** Decodes the text of a secret, base64, base64url or hex, to 32 bytes; or returns its fault, which never contains the text. */
export function readSecretText(text: string): Uint8Array<ArrayBuffer> | { readonly fault: string } {
  const trimmed = text.trim();
  if (hex.test(trimmed)) return Uint8Array.from(trimmed.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  if (!base64.test(trimmed)) return { fault: "not 32 bytes of base64, base64url or hex" };
  const unpadded = trimmed.replaceAll("-", "+").replaceAll("_", "/").replace("=", "");
  const binary = binaryOfBase64(`${unpadded}=`);
  return binary === undefined ? { fault: "stray bits after the 32nd byte" } : bytesOf(binary);
}
