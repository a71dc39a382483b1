import type { VerifyKey } from "../keyring/verify-key.ts";
import type { ApplicationSecret } from "../keyring/application-secret.ts";
import { cryptoNode } from "./crypto-node.ts";
import { certificateProfile } from "./envelope.ts";
import { verification, type Expectation, type Secrets, type Verdict } from "./verification.ts";

export type VerifyOptions = Expectation<VerifyKey> & { readonly secrets: Secrets<ApplicationSecret> };

/**
 * Verifies that `text` is a certificate of this license and valid now. `Reason` lists the checks in their order.
 *
 * Accepts any value, never throws, does no IO, and is synchronous: it costs little more than the signature itself. A verdict that
 * isn't `ok` is never a license, whatever its reason.
 */
export function verifyCertificate(text: unknown, options: VerifyOptions): Verdict {
  const { secrets } = options;
  return verification(text, { profile: certificateProfile, expected: options, secrets, cryptography: cryptoNode });
}
