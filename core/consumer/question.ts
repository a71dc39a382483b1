import { fingerprintPattern } from "../license/fingerprint-pattern.ts";
import type { Ask, RefusedCode } from "./decision.ts";

/** A license id, as the service mints them. Nothing else is ever sent to a source. */
const licenseIdPattern = /^[1-9][0-9]{0,18}$/;

/** Why nothing need be read to refuse; undefined if it must be. What can't be a fingerprint holds no seat of any license. */
export function refusalOf(licenseId: unknown, ask: Ask | undefined): RefusedCode | undefined {
  if (typeof licenseId !== "string" || !licenseIdPattern.test(licenseId)) return "LICENSE_ID_INVALID";
  if (ask === undefined) return undefined;
  const { fingerprint = "" } = ask ?? {};
  return faultOf(ask) ?? (fingerprint === "" || fingerprintPattern.test(fingerprint) ? undefined : "NOT_ACTIVATED");
}

/**
 * Why a question is refused as it was put; undefined if it isn't. It is asked at each check, so a loop over the members
 * is all it costs. A member that there isn't was meant to ask for something.
 */
export function faultOf(ask: Ask): RefusedCode | undefined {
  if (typeof ask !== "object" || ask === null) return "QUESTION_INVALID";
  for (const name in ask) {
    const value: unknown = ask[name as keyof Ask];
    if (name === "fingerprint") {
      if (value === undefined || value === null || value === "") return "FINGERPRINT_REQUIRED";
      if (typeof value !== "string") return "QUESTION_INVALID";
    } else if (name !== "features" || !(value === undefined || Array.isArray(value))) return "QUESTION_INVALID";
  }
  return undefined;
}
