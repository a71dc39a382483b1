import type { Committed } from "../lifecycle/committed.ts";
import type { Runtime } from "../platform/runtime.ts";
import { redisOf } from "../platform/redis-client.ts";
import { getCertificate } from "./certificate.store.ts";
import type { Publication } from "./publication.ts";
import { visibleBy } from "./publication.ts";
import { inspect } from "./inspect.ts";

/** How a change's certificate stands now: for answers that are given again. Never throws. */
export async function currentPublication(committed: Pick<Committed, "license">, runtime: Runtime): Promise<Publication> {
  const { license } = committed;
  const text = await getCertificate(redisOf(runtime), license.id).catch(() => undefined);
  const newest = text === undefined ? undefined : await inspect(text, { licenseId: license.id, runtime });
  if (newest === undefined || newest.claims.license.sequence < license.sequence) {
    const instant = visibleBy("pending", runtime.now());
    return { state: "pending", sequence: license.sequence, ...(instant === undefined ? {} : { visibleBy: instant }) };
  }
  const instant = visibleBy("published", new Date(newest.claims.iat * 1000));
  return {
    state: "published",
    sequence: newest.claims.license.sequence,
    kid: newest.kid,
    certExpiresAt: new Date(newest.claims.exp * 1000),
    ...(instant === undefined ? {} : { visibleBy: instant }),
  };
}
