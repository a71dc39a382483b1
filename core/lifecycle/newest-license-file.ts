import type { Scope } from "../access/actor.ts";
import { certifiedClaims } from "../certificate/issue.ts";
import { writeLicenseFile } from "../certificate/license-file.ts";
import { issuing } from "../certificate/publish.store.ts";
import { signingKey } from "../keyring/signing-keys.store.ts";
import type { Runtime } from "../platform/runtime.ts";
import { refuse } from "../problem/problem.ts";
import { readCommitted } from "./committed.store.ts";

/** A license file of what is committed now, for machines without a network. Refuses with `dependency-unavailable` without a key. */
export async function newestLicenseFile(
  runtime: Runtime,
  wanted: { readonly licenseId: string; readonly scope: Scope },
): Promise<string> {
  const committed = await readCommitted(runtime, wanted);
  if (committed === undefined) refuse("license-not-found");
  const key = await signingKey(runtime, committed.signingKid);
  if (key === undefined) {
    return refuse("dependency-unavailable", { detail: "The service has no key to sign with.", retryAfterSeconds: 60 });
  }
  const claims = certifiedClaims(committed, issuing(runtime));
  return writeLicenseFile(claims, key);
}
