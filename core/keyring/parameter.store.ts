import { parsedJson } from "../base/parsed-json.ts";
import { setTimeout as pause } from "node:timers/promises";
import aws4 from "aws4";
import * as z from "zod/mini";
import { ConfigError, type Config } from "../platform/config.ts";
import type { Runtime } from "../platform/runtime.ts";
import { budgetMs } from "../platform/deadline.ts";
import { TransportError, type Incoming } from "../platform/transport.ts";

/**
 * Reads a SecureString from AWS's parameter store (SSM GetParameter with decryption). The request is signed with the function's
 * own role (Signature Version 4) and sent over `runtime.transport`: the AWS client costs more to load than everything else here.
 */
const pauseMsFirst = 100;
const pauseMsMax = 1_600;

/**
 * How long a reader goes on asking. The store admits 40 reads a second for the whole account unless it is set to high
 * throughput, and after a deploy or a spike hundreds of processes start at once.
 */
export type Patience = { readonly timeoutMs: number; readonly attemptsMax: number };

/** A process without keys waits longer, because without them the certificate of its change is skipped and comes a minute late. */
export const firstRead: Patience = { timeoutMs: 6_000, attemptsMax: 9 };
/** A process that already has keys continues with those. */
export const laterRead: Patience = { timeoutMs: 2_000, attemptsMax: 4 };

const found = z.object({ Parameter: z.object({ Value: z.string() }) });
const refused = z.object({ __type: z.string().check(z.regex(/^([A-Za-z0-9.]+#)?[A-Za-z]{1,64}$/)) });

/**
 * The parameter's text; undefined: it doesn't exist yet. A throttled or failed read is tried again, at most `attemptsMax`
 * times within `timeoutMs`, after pauses that differ from process to process. Throws ConfigError, which names the store's reason and
 * never the answer, or TransportError.
 */
export async function readParameter(runtime: Runtime, name: string, { timeoutMs, attemptsMax }: Patience): Promise<string | undefined> {
  const { aws } = runtime.config;
  if (aws === undefined) throw new ConfigError("AWS_REGION", "is not set, though a parameter is to be read");
  const endsAtMs = performance.now() + budgetMs(timeoutMs);
  for (let attempt = 1; ; attempt += 1) {
    const asked = await ask(runtime, aws, { name, timeoutMs: endsAtMs - performance.now() });
    if (!("error" in asked)) return asked.value;
    const waitMs = pauseMs(attempt, (runtime.random(1)[0] ?? 0) / 255);
    if (!asked.mayPass || attempt >= attemptsMax || performance.now() + waitMs >= endsAtMs) throw asked.error;
    await pause(waitMs);
  }
}

/**
 * The pause after an attempt, counted from 1. Its random length has an upper bound that doubles with each attempt. `chance` is
 * from 0 to 1.
 */
export function pauseMs(attempt: number, chance: number): number {
  return Math.min(pauseMsMax, pauseMsFirst * 2 ** (attempt - 1)) * chance;
}

/** `mayPass`: another attempt may succeed. */
type Asked = { readonly value: string | undefined } | { readonly error: ConfigError | TransportError; readonly mayPass: boolean };
type Question = { readonly name: string; readonly timeoutMs: number };

async function ask(runtime: Runtime, aws: NonNullable<Config["aws"]>, { name, timeoutMs }: Question): Promise<Asked> {
  const url = new URL(aws.parameterStoreUrl ?? `https://ssm.${aws.region}.amazonaws.com`);
  const body = JSON.stringify({ Name: name, WithDecryption: true });
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "AmazonSSM.GetParameter" };
  const signed = aws4.sign({ host: url.host, method: "POST", path: "/", service: "ssm", region: aws.region, headers, body }, aws.credentials);
  try {
    return read(await runtime.transport.send({ url: url.href, method: "POST", headers: signed.headers as Record<string, string>, body, timeoutMs, ifDead: "repeat" }));
  } catch (error) {
    if (error instanceof TransportError) return { error, mayPass: true };
    throw error;
  }
}

function read({ status, text }: Incoming): Asked {
  const answer = parsedJson(text);
  if (status === 200) {
    const value = found.safeParse(answer).data?.Parameter.Value;
    return value === undefined ? { error: unreadable("an unreadable answer"), mayPass: false } : { value };
  }
  // The store's name for the error, or the status if the answer isn't the store's.
  const reason = refused.safeParse(answer).data?.__type.replace(/^.*#/, "") ?? `status ${status}`;
  if (reason === "ParameterNotFound") return { value: undefined };
  return { error: unreadable(reason), mayPass: status >= 500 || status === 429 || reason === "ThrottlingException" };
}

function unreadable(reason: string): ConfigError {
  return new ConfigError("APP_ENV_LICENSING_ED25519_PRIVATE_KEY_PARAMETER", `could not be read (${reason})`);
}
