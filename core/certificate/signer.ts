import type { ApplicationSecret } from "../keyring/application-secret.ts";
import { applicationSecrets } from "../keyring/application-secrets.ts";
import type { SigningKey } from "../keyring/signing-key.ts";
import { signingKey } from "../keyring/signing-keys.store.ts";
import { describeError } from "../platform/describe-error.ts";
import type { Runtime } from "../platform/runtime.ts";

/** What a certificate is signed and sealed with. */
export type Signer = { readonly signingKey: SigningKey; readonly secret: ApplicationSecret };

/** The signer of this process, or why it has none, in words that operators know. `activeKid`: the table's. Never throws. */
export async function signerOf(runtime: Runtime, activeKid: string | null): Promise<Signer | { readonly reason: string }> {
  const secrets = applicationSecrets(runtime);
  try {
    const key = await signingKey(runtime, activeKid);
    if (key === undefined) return { reason: "Ed25519 private key not configured" };
    return secrets === undefined ? { reason: "Application secret not configured" } : { signingKey: key, secret: secrets.current };
  } catch (error) {
    runtime.log.write("error", "Signing keys could not be read", { error: describeError(error) });
    return { reason: "Ed25519 private key can't be read" };
  }
}
