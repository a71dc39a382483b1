import { sql } from "drizzle-orm";
import { jwksPath } from "../http/address.ts";
import { parseJwks } from "../keyring/jwks.ts";
import type { PublicJwk } from "../keyring/public-key.ts";
import { publicJwks, trustedRing } from "../keyring/ring.ts";
import { verifyKeyOf, verifyKeysOf } from "../keyring/verify-key.ts";
import type { VerifyKey } from "../keyring/verify-key.ts";
import { budgetMs } from "../platform/deadline.ts";
import { describeError } from "../platform/describe-error.ts";
import type { Runtime } from "../platform/runtime.ts";

/** The keys that verify certificates: the table's pending, active and retiring keys, in the order of registration. */
export async function publishedJwks(runtime: Runtime): Promise<{ readonly keys: readonly PublicJwk[] }> {
  const [rows = []] = await runtime.database.read(sql`select x from licensing."SigningKey"
    where state in ('pending', 'active', 'retiring') order by created_at, kid`);
  return publicJwks(rows.map((row) => verifyKeyOf(Buffer.from(String(row["x"]), "base64url"))));
}

const timeoutMs = 3_000;
const bytesMax = 65_536;

/**
 * The keys as a consumer gets them: fetched from the public address if there is one, so that the check includes the gateway and
 * its caches; else read from the table. Undefined: they can't be read.
 */
export async function consumerKeys(runtime: Runtime): Promise<ReadonlyMap<string, VerifyKey> | undefined> {
  try {
    const { publicUrl } = runtime.config;
    const jwks = publicUrl === undefined ? await publishedJwks(runtime) : await fetchJwks(runtime, publicUrl);
    return trustedRing(parseJwks(jwks, verifyKeysOf).keys);
  } catch (error) {
    runtime.log.write("warn", "Published keys could not be read", { error: describeError(error) });
    return undefined;
  }
}

async function fetchJwks(runtime: Runtime, publicUrl: string): Promise<unknown> {
  const reply = await runtime.transport.send({
    url: new URL(jwksPath, publicUrl).href,
    method: "GET",
    headers: { accept: "application/json" },
    timeoutMs: budgetMs(timeoutMs),
    bytesMax,
    ifDead: "repeat",
  });
  if (reply.status !== 200) throw new RangeError(`the JWKS answered ${reply.status}`);
  return JSON.parse(reply.text) as unknown;
}
