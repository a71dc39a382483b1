import { createCipheriv, createDecipheriv, createHash, sign, verify, type KeyObject } from "node:crypto";

/**
 * A verifier of Keygen's license files, written from its public documentation ("Cryptographic license files"): armour
 * around base64 of `{enc, sig, alg}`; Ed25519 over `license/<enc>`; `enc` is `ciphertext.iv.tag`, AES-256-GCM under
 * SHA-256 of the license key; then `meta.expiry` is checked. Its key is parsed once here, though its example parses it
 * for every file.
 */
const label = "LICENSE FILE";
const algorithm = "aes-256-gcm+ed25519";

type Expected = { readonly publicKey: KeyObject; readonly licenseKey: string; readonly nowMs: number };

export function verifyKeygenFile(file: string, { publicKey, licenseKey, nowMs }: Expected): unknown {
  const encoded = file.replace(`-----BEGIN ${label}-----\n`, "").replace(`-----END ${label}-----\n`, "");
  const { enc, sig, alg } = JSON.parse(Buffer.from(encoded, "base64").toString("utf8")) as Record<"enc" | "sig" | "alg", string>;
  if (alg !== algorithm) throw new Error("another algorithm");
  if (!verify(null, Buffer.from(`license/${enc}`), publicKey, Buffer.from(sig, "base64"))) throw new Error("bad signature");
  const [ciphertext = "", iv = "", tag = ""] = enc.split(".");
  const secret = createHash("sha256").update(licenseKey).digest();
  const decipher = createDecipheriv("aes-256-gcm", secret, Buffer.from(iv, "base64"), { authTagLength: 16 });
  decipher.setAuthTag(Buffer.from(tag, "base64"));
  decipher.setAAD(Buffer.from(""));
  const plaintext = decipher.update(ciphertext, "base64", "utf8") + decipher.final("utf8");
  const { meta, data } = JSON.parse(plaintext) as { meta: { expiry: string }; data: unknown };
  if (Date.parse(meta.expiry) < nowMs) throw new Error("expired");
  return data;
}

type Making = { readonly privateKey: KeyObject; readonly licenseKey: string; readonly data: object; readonly nowMs: number };

/** A file of that format, to verify. */
export function makeKeygenFile({ privateKey, licenseKey, data, nowMs }: Making): string {
  const meta = { issued: new Date(nowMs).toISOString(), expiry: new Date(nowMs + 86_400_000).toISOString(), ttl: 86_400 };
  const iv = Buffer.alloc(12, 7);
  const cipher = createCipheriv("aes-256-gcm", createHash("sha256").update(licenseKey).digest(), iv);
  cipher.setAAD(Buffer.from(""));
  const ciphertext = Buffer.concat([cipher.update(JSON.stringify({ data, meta })), cipher.final()]);
  const enc = [ciphertext, iv, cipher.getAuthTag()].map((bytes) => bytes.toString("base64")).join(".");
  const sig = sign(null, Buffer.from(`license/${enc}`), privateKey).toString("base64");
  const encoded = Buffer.from(JSON.stringify({ enc, sig, alg: algorithm })).toString("base64");
  return `-----BEGIN ${label}-----\n${encoded.replaceAll(/(.{60})/g, "$1\n")}\n-----END ${label}-----\n`;
}

