import { createCipheriv, createDecipheriv, createHash, hkdfSync } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { ServiceError } from "../base/service-error.ts";

/**
 * A part of a dump: lines of text, compressed, sealed and written in base64url. AES-256-GCM with a random 96-bit IV; the key is derived by HKDF-SHA256
 * (RFC 5869) from the dump secret for this dump alone. The name of the dump and the part's place in it are authenticated, so that a part can't stand
 * in another's place.
 */
type PartPlace = { readonly dump: string; readonly part: string };

const ivBytes = 12;
const tagBytes = 16;
/** The most bytes that a part may have when unpacked: its pages end near 8 MB, and one license may take 64 MB. */
const unpackedBytesMax = 256 * 1024 * 1024;

export class PartError extends ServiceError {
  override readonly name = "PartError";
}

/** `secret`: 32 bytes. `iv`: 12 random bytes. */
export function sealPart(text: string, { secret, iv, place }: { readonly secret: Uint8Array; readonly iv: Uint8Array; readonly place: PartPlace }): string {
  const cipher = createCipheriv("aes-256-gcm", keyOf(secret, place), iv, { authTagLength: tagBytes });
  cipher.setAAD(authenticated(place));
  return Buffer.concat([iv, cipher.update(gzipSync(text)), cipher.final(), cipher.getAuthTag()]).toString("base64url");
}

/** The text of a sealed part. Throws PartError if it was cut, altered, moved, or sealed with another secret. */
export function openPart(sealed: string, { secret, place }: { readonly secret: Uint8Array; readonly place: PartPlace }): string {
  const bytes = Buffer.from(sealed, "base64url");
  if (bytes.length < ivBytes + tagBytes) throw new PartError(`part ${place.part} of the dump ${place.dump} is cut off`);
  const decipher = createDecipheriv("aes-256-gcm", keyOf(secret, place), bytes.subarray(0, ivBytes), { authTagLength: tagBytes });
  decipher.setAAD(authenticated(place));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    const packed = Buffer.concat([decipher.update(bytes.subarray(ivBytes, -tagBytes)), decipher.final()]);
    return gunzipSync(packed, { maxOutputLength: unpackedBytesMax }).toString("utf8");
  } catch {
    throw new PartError(`part ${place.part} of the dump ${place.dump} can't be opened: it was altered, or the dump secret is another`);
  }
}

/** SHA-256 (hex) of a sealed part. */
export function digestOf(sealed: string): string {
  return createHash("sha256").update(sealed).digest("hex");
}

/** JSON separates the names unambiguously. */
function authenticated({ dump, part }: PartPlace): Buffer {
  return Buffer.from(JSON.stringify(["licensing/dump/v1", dump, part]), "utf8");
}

function keyOf(secret: Uint8Array, { dump }: PartPlace): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", `licensing/dump/v1/${dump}`, 32));
}
