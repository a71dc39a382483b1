import { createSecretKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import { refuse } from "../problem/problem.ts";
import { keyDigest } from "../license/key-digest.ts";
import { parseKey } from "../license/key.ts";
import { networkOf } from "../http/network.ts";
import type { Actor, LicenseKeyCaller } from "./actor.ts";
import { findLicenseByKey } from "./license-credential.store.ts";
import type { Attempt } from "./lockout.ts";
import { underLockout } from "./lockout.ts";

export type Presented = {
  /** The `Authorization` header as the gateway joins it. */
  readonly authorization: string | undefined;
  readonly address: string;
  /** A `License` credential is handed on as its digest, for the function to look up. */
  readonly resolvesLicense: boolean;
};

const headerLengthMax = 10_240;

/**
 * Who is calling. Throws unauthenticated for no credential, two of them, an unknown scheme or a wrong one, always with
 * the same answer; rate-limited after too many wrong ones; dependency-unavailable when it can't be known.
 *
 * What checks tokens and services is loaded with the first of them: applications, which present a license, do without.
 */
export async function authenticate(runtime: Runtime, presented: Presented): Promise<Actor | LicenseKeyCaller> {
  const found = await identify(runtime, presented);
  return found ?? refuse("unauthenticated", { detail: "Present one valid credential: Bearer, Basic or License." });
}

async function identify(runtime: Runtime, presented: Presented): Promise<Actor | LicenseKeyCaller | undefined> {
  const header = presented.authorization ?? "";
  // No credential holds a comma, so a comma means that the header came twice.
  if (header.length > headerLengthMax || header.includes(",")) return undefined;
  const [, scheme = "", credential = ""] = /^([A-Za-z]+) +([\x21-\x7e]+)$/.exec(header) ?? [];
  switch (scheme.toLowerCase()) {
    case "bearer":
      return (await import("./verify-token.ts")).verifyToken(runtime, credential);
    case "basic":
      return (await import("./identify-service.ts")).identifyService(runtime, credential);
    case "license":
      return identifyLicense(runtime, credential, presented);
    default:
      return undefined;
  }
}

async function identifyLicense(
  runtime: Runtime,
  credential: string,
  { address, resolvesLicense }: Presented,
): Promise<Actor | LicenseKeyCaller | undefined> {
  const parsed = parseKey(credential);
  if ("fault" in parsed) return undefined;
  const licenseKeyDigest = keyDigest(parsed.normalized, once(runtime, pepperKey));
  if (resolvesLicense) return { licenseKeyDigest };
  const id = await underLockout(runtime, keyAttempt(licenseKeyDigest, address), () => findLicenseByKey(runtime, licenseKeyDigest));
  return id === undefined ? undefined : Object.freeze({ type: "license", id });
}

/** License keys have no account, so their guesses count by where they come from. */
export function keyAttempt(licenseKeyDigest: string, address: string): Attempt {
  return { kind: "licenseAddress", id: networkOf(address), digest: licenseKeyDigest };
}

/** Made once: as bytes it would be made into a key again for every digest, which costs more than the digest. */
function pepperKey(runtime: Runtime): KeyObject {
  return createSecretKey(runtime.keyPepper, "utf8");
}
