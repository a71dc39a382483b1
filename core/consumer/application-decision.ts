import type { ApplicationCode, ApplicationDecision } from "./application.ts";
import { decide } from "./decide.ts";
import type { Ask } from "./decision.ts";
import { licenseAt, type Evidence } from "./evidence.ts";
import type { SeatHolder } from "./license-service.ts";
import type { LicenseState } from "./license-state.ts";
import { questionOf, releasedAtMsOf } from "./question.ts";
import type { UnknownCode } from "./source.ts";
import { distrustOf, type TrustState } from "./trust.ts";

/** The facts on this machine that decide about its license. */
export type Standing<Key extends { readonly kid: string }> = {
  readonly state: LicenseState;
  readonly evidence: Evidence | undefined;
  readonly fingerprint: string;
  readonly digestOf: (licenseId: string) => string;
  readonly trust: TrustState<Key>;
  /** Why there is no evidence, or why the last refresh failed. */
  readonly problem: UnknownCode | undefined;
  /** The problem in words: the host that was asked, and the cause. */
  readonly cause: string | undefined;
  readonly storeProblem: string | undefined;
  readonly holders: readonly SeatHolder[] | undefined;
  readonly nowMs: number;
};

/** Decides by the service's last answer and by the license file. Never throws. */
export function decisionAt<Key extends { readonly kid: string }>(standing: Standing<Key>, ask: Omit<Ask, "fingerprint"> | undefined): ApplicationDecision {
  const { evidence, state, holders, problem = null, nowMs } = standing;
  const asOfMs = state.word?.atMs ?? evidence?.issuedAtMs ?? null;
  const common = { asOf: asOfMs === null ? null : new Date(asOfMs), staleForMs: asOfMs === null ? null : Math.max(0, nowMs - asOfMs), problem };
  const license = evidence === undefined ? null : licenseAt(evidence, nowMs);
  const found = findingAt(standing, ask);
  const detail = [found.detail, standing.storeProblem].filter((sentence) => sentence !== undefined).join(" ");
  if (found.state === "active" && license !== null) return { ...common, state: "active", allowed: true, code: found.code, license, detail };
  const full = found.code === "ACTIVATION_LIMIT_REACHED" && holders !== undefined ? { holders } : {};
  return { ...common, state: found.state === "active" ? "unknown" : found.state, allowed: false, code: found.code, license: found.state === "unknown" ? null : license, detail, ...full };
}

type Found = { readonly state: "active" | "denied" | "unknown"; readonly code: ApplicationCode; readonly detail: string };

function findingAt<Key extends { readonly kid: string }>(standing: Standing<Key>, ask: Omit<Ask, "fingerprint"> | undefined): Found {
  const { state, evidence, fingerprint, trust, nowMs, problem, cause } = standing;
  const question = askedOf(ask, fingerprint);
  if (question === undefined) return { state: "denied", code: "QUESTION_INVALID", detail: "The program asked a question that can't be answered, which is a fault of the program." };
  const denial = state.word?.denial ?? null;
  const why = cause === undefined ? "" : ` (${cause})`;
  if (denial !== null) return { state: "denied", code: denial.code as ApplicationCode, detail: `${denial.detail}${why}` };
  const asked = { seat: evidence?.seats.seatOf(standing.digestOf(evidence.claims.sub)) ?? "not-asked", features: question.features ?? [], releasedAtMs: releasedAtMsOf(question.releasedAt) };
  const distrust = evidence && distrustOf(trust.current(nowMs), evidence.kid);
  // A failed refresh doesn't end a good file. Without a file, the refresh's problem is the reason.
  const held = evidence && { ...evidence, endsAtMs: fileEndsAtMs(evidence, state) };
  const { state: found, code } = decide({ held, distrust, overtaken: undefined, problem: evidence === undefined ? problem : undefined, isNotFound: false }, asked, nowMs);
  if (found !== "unknown") return { state: found, code, detail: sentenceOf(code) };
  // An ended file denies even during an outage, because the vendor allows no longer time without a network.
  if (code === "CERTIFICATE_EXPIRED") return { state: "denied", code, detail: `${sentenceOf(code)}${why}` };
  return { state: "unknown", code, detail: `${sentenceOf(code)}${why}` };
}

/**
 * The end of a file on this machine. A file for every machine knows no lease, so a floating seat counts its lease from the service's
 * last answer: then another machine may get the seat.
 */
export function fileEndsAtMs({ claims, issuedAtMs, endsAtMs }: Evidence, { leaseSeconds, word }: LicenseState): number {
  if (claims.fingerprint !== undefined || leaseSeconds === null) return endsAtMs;
  return Math.min(endsAtMs, (word?.atMs ?? issuedAtMs) + leaseSeconds * 1000);
}

/** The question, read by the gate's rules; undefined: it has an unknown or impossible member. */
function askedOf(ask: unknown, fingerprint: string): Ask | undefined {
  try {
    if (ask !== undefined && (typeof ask !== "object" || ask === null || "fingerprint" in ask)) return undefined;
    const question = questionOf("1", { ...ask, fingerprint });
    return "code" in question ? undefined : (question.ask ?? {});
  } catch {
    return undefined;
  }
}

const sentences: Readonly<Record<string, string>> = {
  VALID: "The license is valid.",
  GRACE: "The license has expired and is in its grace: renew it.",
  REVOKED: "The license is revoked.",
  SUSPENDED: "The license is suspended.",
  EXPIRED: "The license has expired.",
  NOT_STARTED: "The license has not started.",
  NOT_FOUND: "The service knows no license of this key.",
  FORBIDDEN: "The service doesn't accept this license key: it is mistyped, or it was replaced.",
  NOT_ACTIVATED: "This machine's seat was freed: activate it again.",
  FEATURES_MISSING: "The license doesn't include this feature.",
  MAINTENANCE_ENDED: "The license's maintenance doesn't cover this version.",
  ACTIVATION_LIMIT_REACHED: "Every seat of the license is taken: free one.",
  TRIAL_ALREADY_USED: "This machine has had the trial.",
  CERTIFICATE_EXPIRED: "The license file of this machine has ended: connect it to the network once.",
  UNREACHABLE: "The licensing service can't be reached, and this machine has no license file yet: connect it to the network once.",
  NOT_READ: "This machine has no license file yet.",
  MALFORMED: "The license file can't be read.",
  KEY_UNKNOWN: "The license file was signed by a key that this program doesn't know: update the program.",
  KEY_DENIED: "The license file was signed by a key that is no longer trusted.",
  KEYS_UNREACHABLE: "The keys that verify the license file can't be loaded.",
  BAD_SIGNATURE: "The license file was changed after it was signed.",
  WRONG_LICENSE: "The license file is of another license.",
  WRONG_ISSUER: "The license file was issued by another service.",
  WRONG_AUDIENCE: "The license file is for another product.",
  ROLLBACK: "The license file is older than the one that this machine has.",
  CLOSED: "The license was closed.",
  SEATS_NOT_LISTED: "The license file doesn't list this machine: connect it to the network once.",
};

/** A sentence for the user. */
export function sentenceOf(code: string): string {
  return sentences[code] ?? `The license can't be used (${code}).`;
}
