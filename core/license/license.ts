import type { Holder } from "../access/actor.ts";
import type { Metadata } from "./metadata.ts";
import type { Terms, TermsRow } from "../policy/terms.ts";
import { termsFrom } from "../policy/terms.ts";
import type { Status } from "./status.ts";

/** Terms that may be set on a license itself; policy changes then leave them alone. */
export type Override = "features" | "activationLimit";

export type License = {
  readonly id: string;
  readonly policyId: string;
  /** The policy's code. */
  readonly policy: string;
  readonly name: string | null;
  readonly holder: Holder;
  readonly status: Status;
  /** How many events there are. */
  readonly sequence: number;
  readonly lastEventHash: string;
  readonly terms: Terms;
  readonly overrides: readonly Override[];
  readonly keyHint: string;
  readonly anchorAt: Date | null;
  readonly anchorPeriods: number;
  /** Null until the first activation, when the terms count from there. */
  readonly startsAt: Date | null;
  /** Null: perpetual, or not started. */
  readonly expiresAt: Date | null;
  /** Equals `expiresAt` without a grace. */
  readonly graceUntil: Date | null;
  readonly expiredFor: Date | null;
  readonly lastValidatedAt: Date | null;
  readonly metadata: Metadata;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** A row of `License` as Postgres's `to_jsonb` writes it, ids as text, with its policy's code; never with a key's digest. */
export type LicenseRow = TermsRow & {
  readonly id: string;
  readonly policy_id: string;
  readonly policy_code: string;
  readonly name: string | null;
  readonly holder_type: string;
  readonly holder_id: string;
  readonly status: Status;
  readonly sequence: number;
  readonly last_event_hash: string;
  readonly overrides: readonly Override[];
  readonly key_hint: string;
  readonly anchor_at: string | null;
  readonly anchor_periods: number;
  readonly starts_at: string | null;
  readonly expires_at: string | null;
  readonly grace_until: string | null;
  readonly expired_for: string | null;
  readonly last_validated_at: string | null;
  readonly metadata: Metadata;
  readonly created_at: string;
  readonly updated_at: string;
};

export function licenseFrom(row: LicenseRow): License {
  return {
    id: row.id,
    policyId: row.policy_id,
    policy: row.policy_code,
    name: row.name,
    holder: { type: row.holder_type, id: row.holder_id },
    status: row.status,
    sequence: row.sequence,
    lastEventHash: row.last_event_hash,
    terms: termsFrom(row),
    overrides: row.overrides,
    keyHint: row.key_hint,
    anchorAt: dateFrom(row.anchor_at),
    anchorPeriods: row.anchor_periods,
    startsAt: dateFrom(row.starts_at),
    expiresAt: dateFrom(row.expires_at),
    graceUntil: dateFrom(row.grace_until),
    expiredFor: dateFrom(row.expired_for),
    lastValidatedAt: dateFrom(row.last_validated_at),
    metadata: row.metadata,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  };
}

function dateFrom(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
