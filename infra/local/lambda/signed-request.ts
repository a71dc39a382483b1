import aws4 from "aws4";
import { randomBytes } from "node:crypto";
import { equalSecrets } from "../wire/equal-secrets.ts";
import type { LoopbackRequest } from "../wire/loopback.ts";

/** The credentials of the functions' role; in a deployment Lambda provides them. */
export type Role = { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string };

/** The region of this machine's stand-ins. */
export const localRegion = "local";

/** The role of this machine's functions, with secrets of its own at each start. */
export function newRole(): Role {
  return { accessKeyId: "local", secretAccessKey: randomBytes(32).toString("base64url"), sessionToken: randomBytes(32).toString("base64url") };
}

/** The variables by which Lambda gives a function its role. */
export function roleVariables({ accessKeyId, secretAccessKey, sessionToken }: Role): Readonly<Record<string, string>> {
  return { AWS_REGION: localRegion, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken };
}

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
