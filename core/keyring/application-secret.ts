import { readSecretText } from "../base/secret-text.ts";
import { KeyFault } from "./key-fault.ts";

/** The secret that seals certificates' payloads. */
export type ApplicationSecret = {
  /** 11 symbols derived from the secret, which it doesn't reveal: the `kid` inside a certificate. */
  readonly id: string;
  /** 32 bytes. Not enumerable, so that it isn't printed or serialised with the rest by mistake. */
  readonly bytes: Uint8Array<ArrayBuffer>;
};

/** HKDF `info` of the id: another purpose than the payload keys', so that neither tells about the other. */
export const secretIdInfo = "licensing/secret-id/v1";
export const secretIdBytes = 8;

/** The 32 bytes that a secret's text stands for. Throws KeyFault, which never contains the text. */
export function decodeSecret(text: string): Uint8Array<ArrayBuffer> {
  const read = readSecretText(text);
  if ("fault" in read) throw new KeyFault(read.fault);
  return read;
}

/** An id and its bytes as one secret. */
export function secretOf(id: string, bytes: Uint8Array<ArrayBuffer>): ApplicationSecret {
  return Object.freeze(Object.defineProperty({ id, bytes }, "bytes", { enumerable: false }));
}
