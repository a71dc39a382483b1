import { createHmac, createPrivateKey, createPublicKey, sign, type KeyObject } from "node:crypto";

/**
 * Signs deliveries by Standard Webhooks 1.0.0: `v1` is HMAC-SHA256 and `v1a` is Ed25519 (RFC 8032), both over
 * `<id>.<timestamp>.<body>`. Each key gives one signature, so a receiver that has any of a webhook's keys can verify.
 */
export type SigningKeys = {
  /** `whsec_…`, each 24 to 64 bytes in base64. */
  readonly secrets: readonly string[];
  /** `whsk_…`, 32 bytes in base64: keys of the webhook alone, never those that sign certificates. */
  readonly privateKeys: readonly string[];
};

/** One attempt. `id` holds no dot and stays the same over attempts; `at` is the attempt's own time; `body` is sent byte by byte. */
type Message = { readonly id: string; readonly at: Date; readonly body: string };

export const secretPrefix = "whsec_";
const privateKeyPrefix = "whsk_";
const publicKeyPrefix = "whpk_";

/** The first bytes of every Ed25519 private key in PKCS#8 (RFC 8410 §7); the key's 32 bytes follow. */
const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");
const privateKeyBytes = 32;
/** Standard Webhooks' bounds. With an empty key anybody could sign. */
const secretBytesMin = 24;
const secretBytesMax = 64;

/** The headers that a receiver verifies. Throws a TypeError, which never contains a key, without any key or for one of another kind. */
export function signatureHeaders({ id, at, body }: Message, { secrets, privateKeys }: SigningKeys): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signed = Buffer.from(`${id}.${timestamp}.${body}`, "utf8");
  const signatures = [
    ...secrets.map((secret) => `v1,${createHmac("sha256", secretOf(secret)).update(signed).digest("base64")}`),
    ...privateKeys.map((text) => `v1a,${sign(null, signed, privateKeyOf(text)).toString("base64")}`),
  ];
  if (signatures.length === 0) throw new TypeError("a delivery needs a key");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}

/** A private key's text, from 32 random bytes. */
export function privateKeyText(seed: Uint8Array): string {
  return `${privateKeyPrefix}${Buffer.from(seed).toString("base64")}`;
}

/** The public half of a private key, as receivers read it: `whpk_…`. */
export function publicKeyOf(privateKey: string): string {
  const { x = "" } = createPublicKey(privateKeyOf(privateKey)).export({ format: "jwk" });
  return `${publicKeyPrefix}${Buffer.from(x, "base64url").toString("base64")}`;
}

function secretOf(text: string): Buffer {
  const bytes = bytesOf(text, secretPrefix);
  if (bytes.length < secretBytesMin || bytes.length > secretBytesMax) throw new TypeError(`a ${secretPrefix} key has ${secretBytesMin} to ${secretBytesMax} bytes`);
  return bytes;
}

function privateKeyOf(text: string): KeyObject {
  const seed = bytesOf(text, privateKeyPrefix);
  if (seed.length !== privateKeyBytes) throw new TypeError(`a ${privateKeyPrefix} key has ${privateKeyBytes} bytes`);
  return createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: "der", type: "pkcs8" });
}

/** The key is the decoded bytes, not the text: a receiver's library decodes them too. */
function bytesOf(text: string, prefix: string): Buffer {
  if (!text.startsWith(prefix)) throw new TypeError(`not a ${prefix} key`);
  return Buffer.from(text.slice(prefix.length), "base64");
}
