import { networkOf } from "../http/network.ts";
import { parseKey } from "../license/key.ts";
import { digestKey } from "../license/new-key.ts";
import type { Runtime } from "../platform/runtime.ts";
import type { LicenseKeyCaller } from "./actor.ts";
import type { Attempt } from "./lockout.ts";

/** Who presents a license key, not looked up yet; undefined for what can't be anybody's key. */
export function licenseKeyCaller(runtime: Runtime, credential: string): LicenseKeyCaller | undefined {
  const parsed = parseKey(credential);
  return "fault" in parsed ? undefined : { licenseKeyDigest: digestKey(runtime, parsed.normalized) };
}

/** License keys have no account, so their guesses count by where they come from. */
export function keyAttempt(licenseKeyDigest: string, address: string): Attempt {
  return { kind: "licenseAddress", id: networkOf(address), digest: licenseKeyDigest };
}
