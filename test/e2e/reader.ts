import { createHmac, createSecretKey } from "node:crypto";
import { compactDecrypt, compactVerify, importSPKI } from "jose";
import type { JWSHeaderParameters } from "jose";
import type { Serving } from "./serving.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Opened = { readonly header: JWSHeaderParameters; readonly claims: any };

/** Opens a certificate with jose and RFC 5869 by hand, without code of the service. */
export async function openCertificate(serving: Serving, { text, licenseId }: { readonly text: string; readonly licenseId: string }): Promise<Opened> {
  const outer = await compactVerify(text, await importSPKI(serving.publicKey, "Ed25519"), { algorithms: ["Ed25519"] });
  const extracted = createHmac("sha256", new Uint8Array(32)).update(Buffer.from(serving.applicationSecret, "base64")).digest();
  const info = Buffer.concat([Buffer.from(`licensing/certificate/v1/${licenseId}`), Buffer.from([1])]);
  const key = createSecretKey(createHmac("sha256", extracted).update(info).digest());
  const inner = await compactDecrypt(Buffer.from(outer.payload).toString("latin1"), key);
  return { header: outer.protectedHeader, claims: JSON.parse(Buffer.from(inner.plaintext).toString("utf8")) };
}

/** Opens a license file with the public key alone. */
export async function openLicenseFile(serving: Serving, text: string): Promise<Opened> {
  const body = /-----BEGIN LICENSE-----\n([\s\S]*)\n-----END LICENSE-----/.exec(text)?.[1] ?? "";
  const compact = Buffer.from(body.replaceAll("\n", ""), "base64").toString("latin1");
  const { payload, protectedHeader } = await compactVerify(compact, await importSPKI(serving.publicKey, "Ed25519"), { algorithms: ["Ed25519"] });
  return { header: protectedHeader, claims: JSON.parse(Buffer.from(payload).toString("utf8")) };
}

/** The newest certificate as a consumer reads it, over Upstash's REST. */
export async function certificateInRedis(serving: Serving, licenseId: string): Promise<string | undefined> {
  const response = await fetch(serving.redis.url, {
    method: "POST",
    headers: { authorization: `Bearer ${serving.redis.token}`, "content-type": "application/json" },
    body: JSON.stringify(["ZRANGE", `licensing:certificate:${licenseId}`, "-1", "-1"]),
  });
  const { result } = (await response.json()) as { result: string[] };
  return result[0];
}
