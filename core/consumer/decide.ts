import { assess } from "../license/assess.ts";
import { denies } from "../license/status.ts";
import type { ActiveCode, DeniedCode } from "./decision.ts";
import type { Evidence } from "./evidence.ts";
import type { UnknownCode } from "./source.ts";

export type Finding =
  | { readonly state: "active"; readonly code: ActiveCode }
  | { readonly state: "denied"; readonly code: DeniedCode | "NOT_FOUND" }
  | { readonly state: "unknown"; readonly code: UnknownCode };

/** What is asked, and what a certificate knows about the fingerprint's seat. `unlisted`: it doesn't list every seat, nor this one. */
export type Asked = { readonly seat: "not-asked" | "held" | "none" | "unlisted"; readonly features: readonly string[] };

export type Known = {
  readonly held: Evidence | undefined;
  /** Whether the key that signed it is still trusted; else why not. */
  readonly distrust: UnknownCode | undefined;
  /** Why the last reading brought nothing. */
  readonly problem: UnknownCode | undefined;
  /** Whether the service said that there is no such license. */
  readonly isNotFound: boolean;
};

/**
 * The decision, from what is believed: the same assessment as the service makes. A license that is denied for everybody
 * stays denied when its certificate has ended or its key is no longer trusted; everything else is then unknown.
 */
export function decide({ held, distrust, problem, isNotFound }: Known, { seat, features }: Asked, nowMs: number): Finding {
  if (held === undefined) return isNotFound ? { state: "denied", code: "NOT_FOUND" } : unknown(problem ?? "NOT_READ");
  if (!denies(held.state, nowMs)) {
    if (distrust !== undefined) return unknown(distrust);
    if (!(nowMs < held.endsAtMs)) return unknown(problem ?? "CERTIFICATE_EXPIRED");
  }
  const unlisted = seat === "unlisted";
  const { valid, code } = assess(held.state, { seat: unlisted ? "held" : seat, features }, nowMs);
  if (valid) return unlisted ? unknown("SEATS_NOT_LISTED") : { state: "active", code };
  // The service's own answer to a question that isn't asked here.
  return code === "ACTIVATION_LIMIT_REACHED" ? unknown("FAULT") : { state: "denied", code };
}

function unknown(code: UnknownCode): Finding {
  return { state: "unknown", code };
}

/** What a certificate knows about a fingerprint's seat. */
export function seatOf(held: Evidence, digest: string | undefined): Asked["seat"] {
  if (digest === undefined) return "not-asked";
  if (held.seats.has(digest)) return "held";
  return held.claims.license.seatsTruncated ? "unlisted" : "none";
}
