import { applicationSecrets } from "../keyring/application-secrets.ts";
import { signingKeys } from "../keyring/signing-keys.store.ts";
import type { Runtime } from "../platform/runtime.ts";
import { verifyCertificate } from "./certificate.ts";
import type { Claims } from "./claims.ts";

/**
 * A certificate of ours, read back: verified with our own keys as a consumer would. Undefined when it can't be believed,
 * which for us means that it must be published again.
 */
export async function inspect(
  text: string,
  { licenseId, runtime }: { readonly licenseId: string; readonly runtime: Runtime },
): Promise<{ readonly claims: Claims; readonly kid: string } | undefined> {
  const secrets = applicationSecrets(runtime);
  if (secrets === undefined) return undefined;
  const { issuer, audience } = runtime.config.certificate;
  const verdict = verifyCertificate(text, {
    licenseId,
    issuer,
    audience,
    ring: await signingKeys(runtime),
    secrets: secrets.byId,
    nowMs: runtime.now().getTime(),
  });
  return verdict.ok ? { claims: verdict.claims, kid: verdict.kid } : undefined;
}
