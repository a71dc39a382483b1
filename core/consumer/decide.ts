import { assess, type Assessment, type Question } from "../license/assess.ts";
import type { ActiveCode, DeniedCode } from "./decision.ts";
import { denies, type Evidence } from "./evidence.ts";
import type { UnknownCode } from "./unknown-code.ts";

export type Finding =
  | { readonly state: "active"; readonly code: ActiveCode }
  | { readonly state: "denied"; readonly code: DeniedCode }
  | { readonly state: "unknown"; readonly code: UnknownCode };

export type Known = {
  readonly held: Evidence | undefined;
  /** Whether the key that signed it is still trusted; else why not. */
  readonly distrust: UnknownCode | undefined;
  /** Why the last reading brought nothing. */
  readonly problem: UnknownCode | undefined;
};

/**
 * The decision, from what is believed: the same assessment as the service makes. A license that is denied for everybody
 * stays denied when its certificate has ended or its key is no longer trusted; everything else is then unknown.
 */
export function decide({ held, distrust, problem }: Known, question: Question, nowMs: number): Finding {
  if (held === undefined) return unknown(problem ?? "NOT_READ");
  if (!denies(held, nowMs)) {
    if (distrust !== undefined) return unknown(distrust);
    if (!(nowMs < held.endsAtMs)) return unknown(problem ?? "CERTIFICATE_EXPIRED");
  }
  return findingOf(assess(held.standing, question, nowMs));
}

function unknown(code: UnknownCode): Finding {
  return { state: "unknown", code };
}

function findingOf({ code }: Assessment): Finding {
  switch (code) {
    case "VALID":
    case "GRACE":
      return { state: "active", code };
    case "SEATS_NOT_LISTED":
      return unknown(code);
    case "REVOKED":
    case "SUSPENDED":
    case "NOT_STARTED":
    case "EXPIRED":
    case "FINGERPRINT_REQUIRED":
    case "FEATURES_MISSING":
    case "NOT_ACTIVATED":
      return { state: "denied", code };
    case "NOT_FOUND":
    case "ACTIVATION_LIMIT_REACHED":
      // The service's own answers: no certificate leads to them.
      return unknown("FAULT");
    default:
      return code satisfies never;
  }
}

/** What a certificate knows about a fingerprint's seat. */
export function seatOf(held: Evidence, digest: string | undefined): Question["seat"] {
  if (digest === undefined) return "not-asked";
  if (held.seats.has(digest)) return "held";
  return held.claims.license.seatsTruncated ? "unlisted" : "none";
}
