import aws4 from "aws4";
import { equalSecrets } from "../wire/equal-secrets.ts";
import type { LoopbackRequest } from "../wire/loopback.ts";

/** The credentials of the functions' role; in a deployment Lambda provides them. */
export type Role = { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string };

type Signer = { readonly role: Role; readonly region: string; readonly service: "ssm" | "sqs" };

/** Whether the role signed this POST: signing it again, at the time in its header, gives the same signature. */
export function isSignedBy({ role, region, service }: Signer, { headers, body }: LoopbackRequest): boolean {
  const signed = Object.fromEntries(["content-type", "x-amz-target", "x-amz-date"].map((name) => [name, String(headers[name])]));
  const expected = aws4.sign({ host: headers.host ?? "", method: "POST", path: "/", service, region, headers: signed, body: body.toString("utf8") }, role);
  return equalSecrets(headers.authorization ?? "", String(expected.headers?.["Authorization"]));
}

/** A body's JSON; undefined if it holds none. */
export function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
