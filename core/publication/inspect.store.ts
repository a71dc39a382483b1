import { applicationSecrets } from "../keyring/application-secrets.ts";
import { trustedKeys } from "../keyring/trusted-keys.store.ts";
import type { TrustedKeys } from "../keyring/trusted-keys.store.ts";
import type { Runtime } from "../platform/runtime.ts";
import { verifyCertificate } from "../certificate/certificate.ts";
import type { ReadBack } from "./refresh.ts";

/**
 * Verifies a certificate of this service as a consumer would, with the keys that the table trusts. Undefined: it can't be
 * verified, so it must be published again.
 */
export async function inspect(
  text: string,
  { licenseId, runtime }: { readonly licenseId: string; readonly runtime: Runtime },
): Promise<ReadBack | undefined> {
  return inspectWith(await trustedKeys(runtime), text, { licenseId, runtime });
}

/** `inspect` with keys that the caller has already loaded. */
export function inspectWith(
  { ring, denied }: TrustedKeys,
  text: string,
  { licenseId, runtime }: { readonly licenseId: string; readonly runtime: Runtime },
): ReadBack | undefined {
  const secrets = applicationSecrets(runtime);
  if (secrets === undefined) return undefined;
  const { issuer, audience } = runtime.config.certificate;
  const verdict = verifyCertificate(text, {
    licenseId,
    issuer,
    audience,
    ring,
    deniedKids: denied,
    secrets: secrets.byId,
    nowMs: runtime.now().getTime(),
  });
  return verdict.ok ? { claims: verdict.claims, kid: verdict.kid } : undefined;
}
