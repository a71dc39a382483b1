import { createHmac, createPublicKey, timingSafeEqual, verify } from "node:crypto";
import { exitCodes, Failure } from "./failure.ts";

/** One delivery as it was received: the headers of Standard Webhooks, and the unchanged bytes of the body. */
export type Delivered = { readonly id: string; readonly timestamp: string; readonly signature: string; readonly body: Buffer };

/** Tells whether a signature's bytes are those of one key over `<id>.<timestamp>.<body>`. */
export type DeliveryKey = (scheme: string, signature: Buffer, signed: Buffer) => boolean;

/** Standard Webhooks 1.0.0 leaves the tolerance open; its libraries have five minutes. */
const toleranceSeconds = 300;

/** The key of a `whsec_…` (HMAC-SHA256, `v1`) or a `whpk_…` (Ed25519, `v1a`). Throws a Failure for another text, which it doesn't repeat. */
export function deliveryKey(text: string): DeliveryKey {
  const [, kind, encoded = ""] = /^(whsec|whpk)_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const bytes = Buffer.from(encoded, "base64");
  if (kind === "whsec" && bytes.length >= 24 && bytes.length <= 64) {
    return (scheme, signature, signed) => {
      const expected = createHmac("sha256", bytes).update(signed).digest();
      return scheme === "v1" && signature.length === expected.length && timingSafeEqual(signature, expected);
    };
  }
  if (kind === "whpk" && bytes.length === 32) {
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: bytes.toString("base64url") }, format: "jwk" });
    return (scheme, signature, signed) => scheme === "v1a" && verify(null, signed, key, signature);
  }
  throw new Failure(exitCodes.usage, "The key of the deliveries must be a secret (whsec_…) or a public key (whpk_…).");
}

/** The reason to refuse a delivery: it isn't the webhook's, or it is too old. Undefined: the delivery is genuine. */
export function deliveryFault({ id, timestamp, signature, body }: Delivered, key: DeliveryKey, nowMs: number): string | undefined {
  if (id === "" || signature === "" || !/^[0-9]{1,12}$/.test(timestamp)) return "it lacks the headers of a signature by Standard Webhooks";
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const isSigned = signature.split(" ").some((each) => {
    const [scheme = "", encoded = ""] = each.split(",");
    return key(scheme, Buffer.from(encoded, "base64"), signed);
  });
  if (!isSigned) return "it isn't signed by the webhook's key, or was changed on the way";
  const ageSeconds = Math.abs(nowMs / 1_000 - Number(timestamp));
  return ageSeconds > toleranceSeconds ? `its timestamp differs from this machine's clock by ${Math.round(ageSeconds)} seconds` : undefined;
}
