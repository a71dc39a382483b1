import { bytesOf } from "../base/base64url.ts";
import { KeyFault } from "./key-fault.ts";

/** The secret that seals certificates' payloads. */
export type ApplicationSecret = {
  /** 11 symbols derived from the secret, which it doesn't reveal: the `kid` inside a certificate. */
  readonly id: string;
  /** 32 bytes. Not enumerable, so that it isn't printed or serialised with the rest by mistake. */
  readonly bytes: Uint8Array<ArrayBuffer>;
};

const hex = /^[0-9a-fA-F]{64}$/;
const base64 = /^(?:[A-Za-z0-9+/]{43}=?|[A-Za-z0-9_-]{43}=?)$/;

/** HKDF `info` of the id: another purpose than the payload keys', so that neither tells about the other. */
export const secretIdInfo = "licensing/secret-id/v1";
export const secretIdBytes = 8;

/** The 32 bytes that a secret's text stands for. Throws KeyFault, which never contains the text. */
export function decodeSecret(text: string): Uint8Array<ArrayBuffer> {
  const trimmed = text.trim();
  if (hex.test(trimmed)) {
    return Uint8Array.from(trimmed.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  }
  if (!base64.test(trimmed)) throw new KeyFault("not 32 bytes of base64, base64url or hex");
  const canonical = trimmed.replaceAll("-", "+").replaceAll("_", "/").replace("=", "");
  const binary = atob(canonical);
  if (btoa(binary) !== `${canonical}=`) throw new KeyFault("stray bits after the 32nd byte");
  return bytesOf(binary);
}

/** An id and its bytes as one secret. */
export function secretOf(id: string, bytes: Uint8Array<ArrayBuffer>): ApplicationSecret {
  return Object.freeze(Object.defineProperty({ id, bytes }, "bytes", { enumerable: false }));
}
