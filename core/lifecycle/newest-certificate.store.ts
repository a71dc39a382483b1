import type { Scope } from "../access/actor.ts";
import { certifiedClaims } from "../certificate/issue.ts";
import { writeLicenseFile } from "../certificate/license-file.ts";
import { readCommitted } from "../commit/committed.store.ts";
import { signingKey } from "../keyring/signing-keys.store.ts";
import { forgetTrustedKeys, markedSigner } from "../keyring/trusted-keys.store.ts";
import { describeError } from "../platform/describe-error.ts";
import { redisOf } from "../platform/redis-client.ts";
import type { Runtime } from "../platform/runtime.ts";
import { throwProblem } from "../problem/problem.ts";
import { getCertificate, putCertificate } from "../publication/certificate.store.ts";
import { inspect } from "../publication/inspect.store.ts";
import { issuing, make } from "../publication/publish.store.ts";
import { outrankedText } from "../publication/refresh.ts";

/**
 * The newest certificate of a license: the one in Redis if it can be verified and isn't older than the license, else a fresh one,
 * which is also put into Redis. Throws dependency-unavailable if none can be made.
 */
export async function newestCertificate(
  runtime: Runtime,
  { licenseId, scope }: { readonly licenseId: string; readonly scope: Scope },
): Promise<string> {
  const [committed, text] = await Promise.all([
    readCommitted(runtime, { licenseId, scope }),
    getCertificate(redisOf(runtime), licenseId).catch(() => undefined),
  ]);
  if (committed === undefined) throwProblem("license-not-found");
  const held = text === undefined ? undefined : await inspect(text, { licenseId, runtime });
  const isNewest = held !== undefined && held.claims.license.sequence >= committed.license.sequence;
  const found = isNewest ? text : undefined;
  // The active kid was read with the license, so a certificate by a key that was just denied isn't served, whatever this process
  // has cached.
  if (found !== undefined && held?.kid === (committed.signingKid ?? held?.kid)) return found;
  const made = await make(committed, runtime);
  if ("reason" in made) {
    if (found !== undefined && (await isStillTrusted(runtime, found, licenseId))) return found;
    return throwProblem("dependency-unavailable", { detail: "The service has no certificate and cannot make one.", retryAfterSeconds: 60 });
  }
  await putCertificate(redisOf(runtime), made, outrankedText({ text, held }, committed.license.sequence)).catch((error: unknown) =>
    runtime.log.write("warn", "Certificate publication pending", { licenseId, sequence: committed.license.sequence, error: describeError(error) }),
  );
  return made.text;
}

/** A certificate by the former key is better than none, as long as the table trusts that key. */
async function isStillTrusted(runtime: Runtime, text: string, licenseId: string): Promise<boolean> {
  forgetTrustedKeys(runtime);
  return (await inspect(text, { licenseId, runtime })) !== undefined;
}

/** Makes a license file of the committed license, for machines without a network. Throws dependency-unavailable without a key. */
export async function newestLicenseFile(
  runtime: Runtime,
  wanted: { readonly licenseId: string; readonly scope: Scope },
): Promise<string> {
  const committed = await readCommitted(runtime, wanted);
  if (committed === undefined) throwProblem("license-not-found");
  const key = await signingKey(runtime, await markedSigner(runtime, committed.signingKid)).catch(() => undefined);
  if (key === undefined) {
    return throwProblem("dependency-unavailable", { detail: "The service has no key to sign with.", retryAfterSeconds: 60 });
  }
  const claims = certifiedClaims(committed, issuing(runtime));
  return writeLicenseFile(claims, key);
}
