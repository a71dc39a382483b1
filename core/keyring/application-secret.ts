import { readSecretText } from "../base/secret-text.ts";
import { KeyFault } from "./key-fault.ts";

/** The secret from which the keys that encrypt certificates are derived. */
export type ApplicationSecret = {
  /** 11 symbols derived from the secret, which don't reveal it: the `kid` inside a certificate. */
  readonly id: string;
  /** 32 bytes. Not enumerable, so that it isn't printed or serialized with the rest by mistake. */
  readonly bytes: Uint8Array<ArrayBuffer>;
};

/** HKDF `info` of the id. It differs from that of the payload keys, so that an id reveals nothing about a key. */
export const secretIdInfo = "licensing/secret-id/v1";
export const secretIdBytes = 8;

/** Decodes the text of a secret to 32 bytes. Throws KeyFault, which never contains the text. */
export function decodeSecret(text: string): Uint8Array<ArrayBuffer> {
  const read = readSecretText(text);
  if ("fault" in read) throw new KeyFault(read.fault);
  return read;
}

export function secretOf(id: string, bytes: Uint8Array<ArrayBuffer>): ApplicationSecret {
  return Object.freeze(Object.defineProperty({ id, bytes }, "bytes", { enumerable: false }));
}
