import aws4 from "aws4";
import * as z from "zod/mini";
import { ConfigError } from "../platform/config.ts";
import type { Runtime } from "../platform/runtime.ts";
import { budgetMs } from "../platform/deadline.ts";

/**
 * Reads a SecureString from AWS's parameter store (SSM GetParameter with decryption). Signed with the function's own role
 * (Signature Version 4) and sent over our transport: the AWS client costs more to load than everything else here.
 */
const timeoutMs = 2_000;

const answer = z.object({ Parameter: z.object({ Value: z.string() }) });

/** Throws when the store can't be reached or refuses; the error never holds the answer. */
export async function readParameter(runtime: Runtime, name: string): Promise<string> {
  const { aws } = runtime.config;
  if (aws === undefined) throw new ConfigError("AWS_REGION", "is not set, though a parameter is to be read");
  const host = `ssm.${aws.region}.amazonaws.com`;
  const body = JSON.stringify({ Name: name, WithDecryption: true });
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "AmazonSSM.GetParameter" };
  const signed = aws4.sign({ host, method: "POST", path: "/", service: "ssm", region: aws.region, headers, body }, aws.credentials);
  const reply = await runtime.transport.send({
    url: `https://${host}/`,
    method: "POST",
    headers: signed.headers as Record<string, string>,
    body,
    timeoutMs: budgetMs(timeoutMs),
  });
  const parsed = reply.status === 200 ? answer.safeParse(JSON.parse(reply.text)) : undefined;
  if (parsed?.success !== true) {
    throw new ConfigError("APP_ENV_LICENSING_ED25519_PRIVATE_KEY_PARAMETER", `could not be read (status ${reply.status})`);
  }
  return parsed.data.Parameter.Value;
}
