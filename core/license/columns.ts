import { count, id, instant, integer, json, nullable, text, truth } from "../base/column.ts";
import type { Overrides } from "../policy/overrides.ts";
import type { Metadata } from "./metadata.ts";
import type { Status } from "./status.ts";

/** The columns of `License` that each hold one field of a license. */
export const fieldColumns = {
  id: { column: "id", ...id },
  policyId: { column: "policy_id", ...id },
  name: { column: "name", ...nullable(text()) },
  status: { column: "status", ...text<Status>() },
  /** The license's event count. */
  sequence: { column: "sequence", ...count },
  lastEventHash: { column: "last_event_hash", ...text() },
  /** Every change except one of seats raises it. The database does that, so a guard may rely on it. */
  revision: { column: "revision", ...count },
  overrides: { column: "own_terms", ...nullable(json<Overrides>()) },
  keyHint: { column: "key_hint", ...text() },
  anchorAt: { column: "anchor_at", ...nullable(instant) },
  anchorPeriods: { column: "anchor_periods", ...integer },
  /** Null until the first activation, if the terms count from it. */
  startsAt: { column: "starts_at", ...nullable(instant) },
  /** Null: perpetual, or not started. */
  expiresAt: { column: "expires_at", ...nullable(instant) },
  /** Equals `expiresAt` without a grace. */
  graceUntil: { column: "grace_until", ...nullable(instant) },
  /** The last instant whose releases are covered; null: all are, or the license hasn't started. */
  maintenanceUntil: { column: "maintenance_until", ...nullable(instant) },
  maintenanceAnchorAt: { column: "maintenance_anchor_at", ...nullable(instant) },
  maintenanceAnchorPeriods: { column: "maintenance_anchor_periods", ...integer },
  /** The end of the last license file; null: there was none. It is only ever raised. */
  filesUntil: { column: "files_until", ...nullable(instant) },
  expiredFor: { column: "expired_for", ...nullable(instant) },
  lastValidatedAt: { column: "last_validated_at", ...nullable(instant) },
  metadata: { column: "metadata", ...json<Metadata>() },
  createdAt: { column: "created_at", ...instant },
  updatedAt: { column: "updated_at", ...instant },
} as const;

/** Columns that this version only writes, because instances of the previous version decide by them. */
export const formerColumns = {
  /** The names of the overrides. */
  overrideNames: { column: "overrides", ...json<readonly string[]>() },
} as const;

/** The columns of a license's holder. */
export const holderColumns = {
  type: { column: "holder_type", ...text() },
  id: { column: "holder_id", ...text() },
} as const;

/** The columns of a license's keys, of its number of seats and of its last hand-over. No answer shows them. */
export const hiddenColumns = {
  /** The number of rows of its seats that aren't deactivated. Only the commit writes it. */
  openSeats: { column: "open_seats", ...integer },
  /** Whether they reach the activation limit. A trigger writes it, so that a partial index finds full licenses. */
  seatsFull: { column: "seats_full", ...truth },
  keyDigest: { column: "key_digest", ...text() },
  previousKeyDigest: { column: "previous_key_digest", ...nullable(text()) },
  previousKeyUntil: { column: "previous_key_until", ...nullable(instant) },
  transferredAt: { column: "transferred_at", ...nullable(instant) },
  transferredSequence: { column: "transferred_sequence", ...count },
} as const;
