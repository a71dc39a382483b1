import { isUtf8 } from "node:buffer";

export type BasicCredential = { readonly clientId: string; readonly secret: string };

const textLengthMax = 2_048;

/**
 * The user-id and password of a Basic credential (RFC 7617 §2), or undefined. Canonical base64 of UTF-8 without control
 * characters; the first colon divides, so a password may hold more of them. Lengths end before any digest is made.
 */
export function parseBasic(text: string): BasicCredential | undefined {
  if (text.length > textLengthMax || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text || !isUtf8(bytes)) return undefined;
  const decoded = bytes.toString("utf8");
  const colon = decoded.indexOf(":");
  if (colon === -1 || /\p{Cc}/u.test(decoded)) return undefined;
  return { clientId: decoded.slice(0, colon), secret: decoded.slice(colon + 1) };
}
