import { sql } from "drizzle-orm";
import { jwksPath } from "../http/address.ts";
import { parseJwks } from "../keyring/jwks.ts";
import type { RingKey } from "../keyring/mark.ts";
import { readMarkedRing } from "../keyring/marked-ring.store.ts";
import type { PublicJwk } from "../keyring/public-key.ts";
import { publicJwks, trustedRing } from "../keyring/ring.ts";
import { verifyKeyOf, verifyKeysOf } from "../keyring/verify-key.ts";
import type { VerifyKey } from "../keyring/verify-key.ts";
import { budgetMs } from "../platform/deadline.ts";
import { describeError } from "../platform/describe-error.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";
import { throwProblem } from "../problem/problem.ts";

/**
 * The keys that verify certificates and license files: the marked ring's pending, active and retiring keys, and retired ones that
 * the end of a file still needs, in the order of registration. Throws DatabaseError, and the problem dependency-unavailable if the ring is refused and this process has never believed one.
 */
export async function publishedJwks(runtime: Runtime): Promise<{ readonly keys: readonly PublicJwk[] }> {
  const [{ keyring, fault }, [needs = []]] = await Promise.all([
    readMarkedRing(runtime),
    runtime.database.read(sql`select kid from licensing."SigningKeyNeed" where needed_until > ${timestamp(runtime.now())}`),
  ]);
  if (keyring === undefined && fault !== undefined) {
    throwProblem("dependency-unavailable", { detail: "The service's keys can't be published now.", retryAfterSeconds: 60 });
  }
  const needed = new Set(needs.map(({ kid }) => kid));
  const isPublished = ({ kid, state }: RingKey) => (state === "retired" ? needed.has(kid) : state !== "compromised");
  const published = (keyring?.keys ?? []).filter(isPublished);
  return publicJwks(published.map(({ x }) => verifyKeyOf(Buffer.from(x, "base64url"))));
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
