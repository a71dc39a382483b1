import { networkOf } from "../http/limits.ts";
import type { Runtime } from "../platform/runtime.ts";
import type { LicenseKeyCaller } from "./actor.ts";
import { digestKey, parseKey } from "./license-key.ts";
import type { Attempt } from "./lockout.store.ts";

/** Who presents a license key, not looked up yet; undefined for what can't be anybody's key. */
export function licenseKeyCaller(runtime: Runtime, credential: string): LicenseKeyCaller | undefined {
  const parsed = parseKey(credential);
  return "fault" in parsed ? undefined : { licenseKeyDigest: digestKey(runtime, parsed.normalized) };
}

/** License keys have no account, so their guesses count by where they come from. */
export function keyAttempt(licenseKeyDigest: string, address: string): Attempt {
  return { kind: "licenseAddress", id: networkOf(address), digest: licenseKeyDigest };
}

const headerLengthMax = 10_240;

/** An `Authorization` header's scheme, in lower case, and its credential (RFC 9110 §11.6.2). */
export type Authorization = { readonly scheme: string; readonly credential: string };

/** The header as the gateway joins it. Undefined for none, for two (no credential holds a comma), and for what is none. */
export function readAuthorization(header = ""): Authorization | undefined {
  if (header.length > headerLengthMax || header.includes(",")) return undefined;
  const [, scheme, credential] = /^([A-Za-z]+) +([\x21-\x7e]+)$/.exec(header) ?? [];
  return scheme === undefined || credential === undefined ? undefined : { scheme: scheme.toLowerCase(), credential };
}
