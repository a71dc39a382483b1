const alphabet = /^[A-Za-z0-9_-]+$/;

/** The last symbol of a group that carries 8 of 12 bits: its four unused bits are zero. */
const endsAfterOneByte = "AQgw";
/** The last symbol of a group that carries 16 of 18 bits: its two unused bits are zero. */
const endsAfterTwoBytes = "AEIMQUYcgkosw048";

/**
 * Whether `text` is non-empty base64url in the only form that an encoder writes (RFC 4648 §5 and §3.5, unpadded, RFC 7515 §2).
 * Decoders tolerate padding, foreign symbols and stray trailing bits, so several texts decode to one signature. Only one of them
 * passes here.
 */
export function isBase64url(text: string): boolean {
  const last = text.slice(-1);
  const surplus = text.length % 4;
  const ends = surplus === 0 || (surplus === 2 && endsAfterOneByte.includes(last)) || (surplus === 3 && endsAfterTwoBytes.includes(last));
  return ends && alphabet.test(text);
}

/** Encodes bytes as unpadded base64url, on any runtime. Meant for short values and code that runs rarely. */
export function toBase64url(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Decodes base64url that `isBase64url` accepted, on any runtime. Throws for other text. */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  return bytesOf(binaryOf(text));
}

/** Decodes base64url that `isBase64url` accepted to a binary string, in which each byte is a character. Throws for other text. */
export function binaryOf(text: string): string {
  return atob(text.replaceAll("-", "+").replaceAll("_", "/"));
}

/** Decodes base64 to a binary string. Undefined for any text that an encoder doesn't write (RFC 4648 §4 and §3.5). */
export function binaryOfBase64(text: string): string | undefined {
  try {
    const binary = atob(text);
    return btoa(binary) === text ? binary : undefined;
  } catch {
    return undefined;
  }
}

/** The bytes of a binary string, as `atob` returns it. */
export function bytesOf(binary: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(binary, (symbol) => symbol.charCodeAt(0));
}
