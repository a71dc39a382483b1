import { createHash } from "node:crypto";
import { canonical, type Json } from "../base/canonical.ts";

export const eventTypes = [
  "created", "activated", "deactivated", "suspended", "reinstated", "renewed", "expired", "revoked", "updated",
] as const;
export type EventType = (typeof eventTypes)[number];

/** What changed: field → [from, to]. */
export type Changes = Readonly<Record<string, readonly [Json, Json]>>;

/** An event before it has its place in the chain. */
export type EventDraft = { readonly type: EventType; readonly reason: string | null; readonly changes: Changes };

/** Who made a change, and in which request and at which instant. */
type Authorship = {
  readonly actor: { readonly type: string; readonly id: string };
  readonly requestId: string;
  readonly at: Date;
};

export type LicenseEvent = EventDraft & {
  readonly id: string;
  readonly licenseId: string;
  readonly sequence: number;
  readonly actor: { readonly type: string; readonly id: string };
  readonly requestId: string;
  readonly createdAt: Date;
  readonly previousHash: string;
  readonly hash: string;
};

/** The hash before a license's first event. */
export const genesisHash = "0".repeat(64);

/** SHA-256 (hex) of an event's canonical content: all of it but its place in the chain. */
export function eventDigest(licenseId: string, draft: EventDraft, authorship: Authorship): string {
  const content = {
    licenseId,
    type: draft.type,
    actor: { type: authorship.actor.type, id: authorship.actor.id },
    reason: draft.reason,
    changes: draft.changes,
    requestId: authorship.requestId,
    createdAt: authorship.at.toISOString(),
  };
  return createHash("sha256").update(canonical(content), "utf8").digest("hex");
}

/**
 * An event's link: SHA-256 (hex) of previous hash ‖ sequence in decimal ‖ digest. The same as the commit computes in SQL,
 * under the license's lock; `audit:verify` recomputes it here.
 */
export function eventHash(previousHash: string, sequence: number, digest: string): string {
  return createHash("sha256").update(`${previousHash}${sequence}${digest}`, "utf8").digest("hex");
}

/** A row of `LicenseEvent` as Postgres's `to_jsonb` writes it, ids as text. */
export type EventRow = {
  readonly id: string;
  readonly license_id: string;
  readonly sequence: number;
  readonly type: EventType;
  readonly actor_type: string;
  readonly actor_id: string;
  readonly reason: string | null;
  readonly changes: Changes;
  readonly request_id: string;
  readonly created_at: string;
  readonly previous_hash: string;
  readonly hash: string;
};

export function eventFrom(row: EventRow): LicenseEvent {
  return {
    id: row.id,
    licenseId: row.license_id,
    sequence: row.sequence,
    type: row.type,
    actor: { type: row.actor_type, id: row.actor_id },
    reason: row.reason,
    changes: row.changes,
    requestId: row.request_id,
    createdAt: new Date(row.created_at),
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}
