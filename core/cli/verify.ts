import { parsedJson } from "../base/parsed-json.ts";
import { readArmour } from "../certificate/armour.ts";
import { claimedSeats, claimedState } from "../certificate/claimed-license.ts";
import type { Claims } from "../certificate/claims.ts";
import { seatDigest } from "../certificate/crypto-node.ts";
import { verifyLicenseFile } from "../certificate/license-file.ts";
import type { Reason, Verdict } from "../certificate/verification.ts";
import { faultsOf } from "../keyring/key-fault.ts";
import { parseJwks } from "../keyring/jwks.ts";
import { parsePublicKeys, verifyKeysOf, type VerifyKey } from "../keyring/verify-key.ts";
import { trustedRing } from "../keyring/ring.ts";
import { assess, type Assessment } from "../license/assess.ts";
import { exitCodes, Failure } from "./failure.ts";
import { fileText } from "./file-text.ts";

/** The exit codes of `licensing verify`, which are its own. */
export const verifyCodes = { valid: 0, denied: 1, unable: 2, forged: 3, outdated: 4, elsewhere: 5 } as const;
type VerifyCode = (typeof verifyCodes)[keyof typeof verifyCodes];

export type VerifyOptions = { readonly key?: string; readonly jwks?: string; readonly fingerprint?: string; readonly id?: string; readonly audience?: string };
export type Verified = { readonly code: VerifyCode; readonly says: string; readonly document: object };

/** Verifies a license file's text by its keys alone. Rejects if the keys can't be read. */
export async function verifyText(text: string, options: VerifyOptions, nowMs: number): Promise<Verified> {
  const ring = trustedRing(await keysOf(options));
  const verdict = verifyLicenseFile(text, { licenseId: options.id ?? subjectOf(text), audience: options.audience, ring, nowMs });
  const { code, says } = judge(verdict, options.fingerprint, nowMs);
  return { code, says, document: documentOf(verdict, says) };
}

const fetchMs = 10_000;

/** The trusted keys: of a PEM file, or of a JWKS in a file or at an address. */
async function keysOf({ key, jwks = "" }: VerifyOptions): Promise<readonly VerifyKey[]> {
  if (key !== undefined) return faultsOf(key, () => parsePublicKeys(fileText(key)));
  const keys = parsedJson(/^https?:\/\//.test(jwks) ? await fetchText(jwks) : fileText(jwks));
  if (keys === undefined) throw new Failure(exitCodes.usage, `${jwks} holds no key set: it isn't JSON.`);
  return faultsOf(jwks, () => parseJwks(keys, verifyKeysOf).keys);
}

async function fetchText(url: string): Promise<string> {
  try {
    const reply = await globalThis.fetch(url, { signal: AbortSignal.timeout(fetchMs) });
    if (reply.ok) return await reply.text();
    throw new Failure(exitCodes.usage, `${url} answered ${reply.status}.`);
  } catch (error) {
    throw error instanceof Failure ? error : new Failure(exitCodes.usage, `${url} did not answer.`);
  }
}

/** The license id that the file names; the verification then requires it. Empty if it can't be read. */
function subjectOf(text: string): string {
  const armour = readArmour(text);
  if (!armour.ok) return "";
  try {
    const payload = Buffer.from(armour.content.split(".")[1] ?? "", "base64url").toString("utf8");
    return String((JSON.parse(payload) as { sub?: unknown }).sub ?? "");
  } catch {
    return "";
  }
}

type Judgement = { readonly code: VerifyCode; readonly says: string };

function judge(verdict: Verdict, fingerprint: string | undefined, nowMs: number): Judgement {
  if (!verdict.ok) return { code: refusalCode(verdict.reason), says: `refused: ${verdict.reason}. ${refusals[verdict.reason]}` };
  const { claims } = verdict;
  const seat = claimedSeats(claims).seatOf(fingerprint === undefined ? undefined : seatDigest(claims.sub, fingerprint));
  const { code, valid } = assessment(claims, seat === "unlisted" ? "held" : seat, nowMs);
  const about = `license ${claims.sub}`;
  if (!valid) return { code: verifyCodes.denied, says: `denied: ${code}, ${about}. ${denials[code]}` };
  if (seat === "unlisted") return { code: verifyCodes.unable, says: `unknown: SEATS_NOT_LISTED, ${about}. The file lists only some of the seats, and this machine's isn't among them: only the service can tell.` };
  return { code: verifyCodes.valid, says: `valid: ${code}, ${about}` };
}

const refusals: Readonly<Record<Reason, string>> = {
  size: "The file is empty, or longer than any license file.",
  armour: "It has no whole block from BEGIN LICENSE to END LICENSE, or two different ones: letters were lost or added, so ask for the file again.",
  shape: "The block doesn't hold a signed text of three parts.",
  header: "The block holds a signed text of another kind, not a license file.",
  "key-denied": "The key that it names is denied.",
  "key-unknown": "The key that it names isn't among the given ones: they are of another service or stage, or older than a change of keys.",
  signature: "It was changed after it was signed, or signed by somebody else.",
  payload: "It was signed, but its content isn't text.",
  "secret-unknown": "It is sealed under another secret.",
  decrypt: "It doesn't open.",
  claims: "It was signed, but its content isn't that of a license file.",
  subject: "It is the file of another license than --id names.",
  issuer: "Another service issued it.",
  audience: "It is for another audience than --audience names.",
  "issued-in-future": "It was issued later than now: this machine's clock is behind, or the service's ahead.",
  expired: "The file has ended: ask for a new one.",
  rollback: "A newer one was seen before.",
  fault: "The verifier itself failed, which is a bug.",
};

const denials: Readonly<Record<Extract<Assessment, { valid: false }>["code"], string>> = {
  REVOKED: "The license was revoked when the file was made.",
  SUSPENDED: "The license was suspended when the file was made.",
  NOT_STARTED: "The license starts later than now.",
  EXPIRED: "The license has expired.",
  FINGERPRINT_REQUIRED: "The file is for one machine: name it by --fingerprint.",
  MAINTENANCE_ENDED: "The license's maintenance doesn't cover this release.",
  FEATURES_MISSING: "The license doesn't grant a feature that was asked for.",
  NOT_ACTIVATED: "The file is for another machine, or this machine holds no seat.",
  METER_NOT_FOUND: "The license has no such meter.",
  USAGE_LIMIT_REACHED: "A meter has no room.",
  TRIAL_ALREADY_USED: "The machine has had this trial.",
  ACTIVATION_LIMIT_REACHED: "No seat is free.",
};

function refusalCode(reason: Reason): VerifyCode {
  if (reason === "expired" || reason === "issued-in-future" || reason === "rollback") return verifyCodes.outdated;
  if (reason === "subject" || reason === "audience" || reason === "issuer") return verifyCodes.elsewhere;
  return verifyCodes.forged;
}

/** Only a file for one machine needs a fingerprint here, because an operator may also verify the others. */
function assessment(claims: Claims, seat: "not-asked" | "held" | "none", nowMs: number) {
  return assess({ ...claimedState(claims), fingerprintRequired: claims.fingerprint !== undefined }, { seat, features: [] }, nowMs);
}

function documentOf(verdict: Verdict, says: string) {
  return verdict.ok ? { ok: true, says, kid: verdict.kid, claims: verdict.claims } : { ok: false, says, reason: verdict.reason };
}
