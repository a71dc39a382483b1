import type { ClaimedSeats } from "../certificate/claimed-license.ts";
import { assessHeld } from "../license/assess.ts";
import { denies } from "../license/status.ts";
import type { Overtaken } from "./currency.ts";
import type { ActiveCode, DeniedCode } from "./decision.ts";
import type { Evidence } from "./evidence.ts";
import type { UnknownCode } from "./source.ts";

export type Finding =
  | { readonly state: "active"; readonly code: ActiveCode }
  | { readonly state: "denied"; readonly code: DeniedCode | "NOT_FOUND" }
  | { readonly state: "unknown"; readonly code: UnknownCode };

/**
 * The question, and the state of the fingerprint's seat in the certificate. `unlisted`: the certificate's list of seats is
 * truncated and doesn't contain it.
 */
export type Asked = {
  readonly seat: ReturnType<ClaimedSeats["seatOf"]>;
  readonly features: readonly string[];
  readonly releasedAtMs?: number | undefined;
};

export type Known = {
  readonly held: Evidence | undefined;
  /** Why the key that signed it is no longer trusted; undefined: it is trusted. */
  readonly distrust: UnknownCode | undefined;
  /** The beacons' objection to `held`; undefined: there is none. */
  readonly overtaken: Overtaken["code"];
  /** Why the last reading yielded no certificate. */
  readonly problem: UnknownCode | undefined;
  /** Whether the service reported that the license doesn't exist. */
  readonly isNotFound: boolean;
};

/**
 * The decision by the accepted certificate, with the same assessment as the service's. A license that denies every use stays
 * denied after its certificate has ended, or when its key is no longer trusted; so does one whose newer certificate exists and
 * isn't here. Any other license is then unknown.
 */
export function decide({ held, distrust, overtaken, problem, isNotFound }: Known, { seat, ...rest }: Asked, nowMs: number): Finding {
  if (held === undefined) return isNotFound ? { state: "denied", code: "NOT_FOUND" } : unknown(problem ?? "NOT_READ");
  if (!denies(held.state, nowMs)) {
    if (overtaken === "SUPERSEDED") return { state: "denied", code: overtaken };
    if (distrust !== undefined) return unknown(distrust);
    if (!(nowMs < held.endsAtMs)) return unknown(problem ?? "CERTIFICATE_EXPIRED");
    if (overtaken !== undefined) return unknown(overtaken);
  }
  const unlisted = seat === "unlisted";
  const { valid, code } = assessHeld(held.state, { seat: unlisted ? "held" : seat, ...rest }, nowMs);
  if (valid) return unlisted ? unknown("SEATS_NOT_LISTED") : { state: "active", code };
  return { state: "denied", code };
}

function unknown(code: UnknownCode): Finding {
  return { state: "unknown", code };
}
