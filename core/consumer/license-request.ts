import { hash } from "node:crypto";
import { readArmour, writeArmour } from "../certificate/armour.ts";
import { fromBase64url, isBase64url, toBase64url } from "../base/base64url.ts";
import { fingerprintPattern } from "../license/fingerprint-pattern.ts";

/** A machine's request for a license file. `nonce` tells two requests of one machine apart. */
export type LicenseRequest = { readonly fingerprint: string; readonly nonce: string };

const label = "LICENSE REQUEST";
const digestBytes = 8;

/**
 * Writes the request of a machine without a network, in an armour that travels as a license file does: the fingerprint, the nonce
 * and a digest of both, so that a copy with a mistake isn't taken for another machine.
 */
export function writeRequest({ fingerprint, nonce }: LicenseRequest): string {
  const asked = `${toBase64url(new TextEncoder().encode(fingerprint))}.${nonce}`;
  const comment = `A request for a license file for the machine ${fingerprint}\nGive it to the owner of the license, who gets a file for it.`;
  return writeArmour(`${asked}.${digestOf(asked)}`, comment, label);
}

/** Reads a request, in whatever shape mail or a form left it. Undefined: the text isn't a request, or was changed on the way. */
export function readRequest(text: string): LicenseRequest | undefined {
  const armour = readArmour(text, label);
  const [machine = "", nonce = "", digest] = armour.ok ? armour.content.split(".") : [];
  if (!isBase64url(machine) || digest !== digestOf(`${machine}.${nonce}`)) return undefined;
  const fingerprint = new TextDecoder().decode(fromBase64url(machine));
  return fingerprintPattern.test(fingerprint) ? { fingerprint, nonce } : undefined;
}

function digestOf(asked: string): string {
  return toBase64url(hash("sha256", asked, "buffer").subarray(0, digestBytes));
}
