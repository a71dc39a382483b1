import { createSecretKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { networkOf } from "../http/network.ts";
import { keyDigest } from "../license/key-digest.ts";
import { parseKey } from "../license/key.ts";
import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import type { LicenseKeyCaller } from "./actor.ts";
import type { Attempt } from "./lockout.ts";

/** Who presents a license key, not looked up yet; undefined for what can't be anybody's key. */
export function licenseKeyCaller(runtime: Runtime, credential: string): LicenseKeyCaller | undefined {
  const parsed = parseKey(credential);
  return "fault" in parsed ? undefined : { licenseKeyDigest: keyDigest(parsed.normalized, once(runtime, pepperKey)) };
}

/** License keys have no account, so their guesses count by where they come from. */
export function keyAttempt(licenseKeyDigest: string, address: string): Attempt {
  return { kind: "licenseAddress", id: networkOf(address), digest: licenseKeyDigest };
}

/** Made once: as bytes it would be made into a key again for every digest, which costs more than the digest. */
function pepperKey(runtime: Runtime): KeyObject {
  return createSecretKey(runtime.keyPepper, "utf8");
}
