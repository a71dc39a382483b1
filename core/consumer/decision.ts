import type { Status } from "../license/status.ts";
import type { UnknownCode } from "./source.ts";

/** A license as its certificate showed it; frozen. Instants are ISO texts in UTC, `2026-11-23T10:00:00.000Z`. */
export type License = {
  /** Decimal string. */
  readonly id: string;
  /** The license's event count when this was certified. */
  readonly sequence: number;
  /** The status at the time of the decision. */
  readonly status: Status;
  readonly policy: string;
  readonly holder: { readonly type: string; readonly id: string };
  readonly features: Readonly<Record<string, true | number | string>>;
  /** Null: any number of machines. */
  readonly activationLimit: number | null;
  readonly startsAt: string | null;
  /** Null: perpetual, or not started. */
  readonly expiresAt: string | null;
  readonly graceUntil: string | null;
  /** Releases after this instant aren't covered; null: all are. */
  readonly maintenanceUntil: string | null;
};

export type ActiveCode = "VALID" | "GRACE";

export type DeniedCode =
  | "REVOKED"
  | "SUSPENDED"
  | "SUPERSEDED"
  | "NOT_STARTED"
  | "EXPIRED"
  | "FINGERPRINT_REQUIRED"
  | "MAINTENANCE_ENDED"
  | "FEATURES_MISSING"
  | "NOT_ACTIVATED";

/** A question that is refused: it is faulty, or there is no such license. */
export type RefusedCode = "LICENSE_ID_INVALID" | "NOT_FOUND" | "FINGERPRINT_REQUIRED" | "NOT_ACTIVATED" | "QUESTION_INVALID";

export type Code = ActiveCode | DeniedCode | RefusedCode | UnknownCode;

type Common = {
  /** When the source last confirmed the certificate; null: never. */
  readonly asOf: Date | null;
  /** Milliseconds since `asOf`. */
  readonly staleForMs: number | null;
  /** Why the last reading yielded no certificate; null: it yielded one. The certificate of an earlier reading still decides. */
  readonly problem: UnknownCode | null;
};

/**
 * The answer to "may this license be used now?". Act on `allowed`: true when active, false when denied, and as `onUnknown` says
 * when there is no usable certificate. `license` is null when `state` is unknown, and when the question itself was refused
 * (RefusedCode).
 */
export type Decision =
  | (Common & { readonly state: "active"; readonly allowed: true; readonly code: ActiveCode; readonly license: License })
  | (Common & { readonly state: "denied"; readonly allowed: false; readonly code: DeniedCode; readonly license: License })
  | (Common & { readonly state: "denied"; readonly allowed: false; readonly code: RefusedCode; readonly license: null })
  | (Common & { readonly state: "unknown"; readonly allowed: boolean; readonly code: UnknownCode; readonly license: null });

/** The caller's question about the license. */
export type Ask = {
  /**
   * The machine's fingerprint, which must hold a seat. An empty or undefined value is denied with FINGERPRINT_REQUIRED: to ask
   * for no seat, leave the member out.
   */
  readonly fingerprint?: string | undefined;
  /** Feature codes that must all be granted. */
  readonly features?: readonly string[] | undefined;
  /** When this build was released: RFC 3339 with an offset, `2027-03-01T00:00:00Z`. The license's maintenance must cover it. */
  readonly releasedAt?: string | undefined;
};
