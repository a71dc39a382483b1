import { fingerprintPattern } from "../license/fingerprint-pattern.ts";
import type { Ask, RefusedCode } from "./decision.ts";

/** A license id, as the service mints it. Other texts are never sent to a source. */
const licenseIdPattern = /^[1-9][0-9]{0,18}$/;

/**
 * The code of a question that is refused without a reading; undefined: the license must be read. A text that can't be a
 * fingerprint holds no seat.
 */
export function refusalOf(licenseId: unknown, ask: Ask | undefined): RefusedCode | undefined {
  if (typeof licenseId !== "string" || !licenseIdPattern.test(licenseId)) return "LICENSE_ID_INVALID";
  if (ask === undefined) return undefined;
  const { fingerprint = "" } = ask ?? {};
  return faultOf(ask) ?? (fingerprint === "" || fingerprintPattern.test(fingerprint) ? undefined : "NOT_ACTIVATED");
}

/**
 * The code of a faulty question; undefined: it has no fault. Every check calls this, so it is only a loop over the members. An
 * unknown member is a fault, because its caller wanted to ask for something.
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
