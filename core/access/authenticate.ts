import type { Runtime } from "../platform/runtime.ts";
import type { Actor } from "./actor.ts";
import type { Authorization } from "./authorization.ts";
import { identifyService } from "./identify-service.ts";
import { keyAttempt, licenseKeyCaller } from "./license-caller.ts";
import { findLicenseByKey } from "./license-credential.store.ts";
import { underLockout } from "./lockout.ts";
import { verifyToken } from "./verify-token.ts";

export type Presented = { readonly authorization: Authorization | undefined; readonly address: string };

/**
 * Who is calling; undefined for no credential, an unknown scheme and a wrong one, which the caller must not tell apart.
 * Throws rate-limited after too many wrong ones, dependency-unavailable when it can't be known.
 */
export async function authenticate(runtime: Runtime, { authorization, address }: Presented): Promise<Actor | undefined> {
  if (authorization === undefined) return undefined;
  switch (authorization.scheme) {
    case "bearer":
      return verifyToken(runtime, authorization.credential);
    case "basic":
      return identifyService(runtime, authorization.credential);
    case "license":
      return identifyLicense(runtime, authorization.credential, address);
    default:
      return undefined;
  }
}

async function identifyLicense(runtime: Runtime, credential: string, address: string): Promise<Actor | undefined> {
  const caller = licenseKeyCaller(runtime, credential);
  if (caller === undefined) return undefined;
  const { licenseKeyDigest } = caller;
  const id = await underLockout(runtime, keyAttempt(licenseKeyDigest, address), () => findLicenseByKey(runtime, licenseKeyDigest));
  return id === undefined ? undefined : Object.freeze({ type: "license", id });
}
