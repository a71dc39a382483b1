import { createHmac, hash } from "node:crypto";

/** RFC 2104 §2: the block of SHA-256, and the bytes that pad a key. */
const blockBytes = 64;
const innerPad = 0x36;
const outerPad = 0x5c;
const digestBytes = 32;
const messageCharactersMax = 256;

/** The digest of a message's UTF-8 under one key: 32 bytes, as Latin-1 or as 64 hexadecimal digits. */
export type Hmac = (message: string, encoding: "binary" | "hex") => string;

/**
 * HMAC-SHA256 (RFC 2104) for a key that is used many times. The padded key is made once. A digest is two calls of `hash`, which
 * leave no garbage to collect; `createHmac` costs several times as much. Messages longer than any of this service use
 * `createHmac`.
 */
export function hmacSha256(key: Uint8Array): Hmac {
  const block = key.length > blockBytes ? hash("sha256", key, "buffer") : key;
  const inner = Buffer.alloc(blockBytes + 3 * messageCharactersMax, innerPad);
  const outer = Buffer.alloc(blockBytes + digestBytes, outerPad);
  block.forEach((byte, index) => {
    inner[index] = byte ^ innerPad;
    outer[index] = byte ^ outerPad;
  });
  return (message, encoding) => {
    if (message.length > messageCharactersMax) return createHmac("sha256", block).update(message).digest(encoding);
    const end = blockBytes + inner.write(message, blockBytes, "utf8");
    outer.write(hash("sha256", inner.subarray(0, end), "binary"), blockBytes, "latin1");
    return hash("sha256", outer, encoding);
  };
}
