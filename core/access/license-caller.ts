import { isUtf8 } from "node:buffer";
import type { Runtime } from "../platform/runtime.ts";
import type { LicenseKeyCaller } from "./actor.ts";
import { digestKey, parseKey } from "./license-key.ts";

/** The caller with a license key, which isn't looked up here; undefined for a text that can't be a key. */
export function licenseKeyCaller(runtime: Runtime, credential: string): LicenseKeyCaller | undefined {
  const parsed = parseKey(credential);
  return "fault" in parsed ? undefined : { licenseKeyDigest: digestKey(runtime, parsed.normalized) };
}

const headerLengthMax = 10_240;

/** An `Authorization` header's scheme, in lower case, and its credential (RFC 9110 §11.6.2). */
export type Authorization = { readonly scheme: string; readonly credential: string };

/**
 * Reads the header as the gateway joins it. Undefined: there is none, there are two (no credential contains a comma), or it has
 * another form. People paste license keys, so any text may follow `License`, also a comma at its end; other credentials are visible
 * ASCII.
 */
export function readAuthorization(given = ""): Authorization | undefined {
  const header = given.replace(/^(license[ \t].*),$/is, "$1");
  if (header.length > headerLengthMax || header.includes(",")) return undefined;
  const [, scheme, credential] = /^([A-Za-z]+)[ \t]+(\S.*)$/s.exec(header) ?? [];
  if (scheme === undefined || credential === undefined) return undefined;
  const name = scheme.toLowerCase();
  if (name === "license") return { scheme: name, credential: utf8Of(credential) };
  return /^[A-Za-z]+ +[\x21-\x7e]+$/.test(header) ? { scheme: name, credential } : undefined;
}

/** A header's bytes arrive as one character each. A text that isn't UTF-8 stays unchanged. */
function utf8Of(text: string): string {
  const bytes = Buffer.from(text, "latin1");
  return !/[^\0-\xff]/.test(text) && isUtf8(bytes) ? bytes.toString("utf8") : text;
}
