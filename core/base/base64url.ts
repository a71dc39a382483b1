const alphabet = /^[A-Za-z0-9_-]+$/;

/** The last symbol of a group that carries 8 of 12 bits: its four unused bits are zero. */
const endsAfterOneByte = "AQgw";
/** The last symbol of a group that carries 16 of 18 bits: its two unused bits are zero. */
const endsAfterTwoBytes = "AEIMQUYcgkosw048";

/**
 * Whether `text` is non-empty base64url exactly as an encoder writes it (RFC 4648 §5 and §3.5, unpadded, RFC 7515 §2).
 * Decoders forgive padding, foreign symbols and stray trailing bits, so that several texts decode to one
 * signature; only one of them passes here.
 */
export function isBase64url(text: string): boolean {
  const last = text.slice(-1);
  const surplus = text.length % 4;
  const ends = surplus === 0 || (surplus === 2 && endsAfterOneByte.includes(last)) || (surplus === 3 && endsAfterTwoBytes.includes(last));
  return ends && alphabet.test(text);
}

/** Bytes to unpadded base64url, on any runtime; for short values and cold paths. */
export function toBase64url(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Base64url that `isBase64url` accepted to bytes, on any runtime. Throws on text it would refuse. */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  return bytesOf(atob(text.replaceAll("-", "+").replaceAll("_", "/")));
}

/** A byte for each symbol of what `atob` answers. */
export function bytesOf(binary: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(binary, (symbol) => symbol.charCodeAt(0));
}
