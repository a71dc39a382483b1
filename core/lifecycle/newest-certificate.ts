import type { Scope } from "../access/actor.ts";
import { getCertificate, putCertificate } from "../certificate/certificate.store.ts";
import { inspect } from "../certificate/inspect.ts";
import { make } from "../certificate/publish.store.ts";
import type { Runtime } from "../platform/runtime.ts";
import { refuse } from "../problem/problem.ts";
import { readCommitted } from "./committed.store.ts";

export type Newest = { readonly text: string; readonly sequence: number };

/**
 * The newest certificate of a license: what Redis holds, if it can be believed and is no older than the license; otherwise
 * a fresh one, which is put there too. Refuses with `dependency-unavailable` when none can be made.
 */
export async function newestCertificate(
  runtime: Runtime,
  { licenseId, scope }: { readonly licenseId: string; readonly scope: Scope },
): Promise<Newest> {
  const [committed, text] = await Promise.all([
    readCommitted(runtime, { licenseId, scope }),
    getCertificate(runtime.redis, licenseId).catch(() => undefined),
  ]);
  if (committed === undefined) refuse("license-not-found");
  const held = text === undefined ? undefined : await inspect(text, { licenseId, runtime });
  if (text !== undefined && held !== undefined && held.claims.license.sequence >= committed.license.sequence) {
    return { text, sequence: held.claims.license.sequence };
  }
  const made = await make(committed, runtime);
  if ("reason" in made) {
    return refuse("dependency-unavailable", { detail: "The service has no certificate and cannot make one.", retryAfterSeconds: 60 });
  }
  await putCertificate(runtime.redis, made).catch((error: unknown) =>
    runtime.log.write("warn", "Certificate publication pending", { licenseId, sequence: committed.license.sequence, error }),
  );
  return { text: made.text, sequence: made.claims.license.sequence };
}
