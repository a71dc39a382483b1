import { createHash } from "node:crypto";
import { reader } from "../base/column.ts";
import type { FieldsOf, RowOf } from "../base/column.ts";
import { canonical } from "../base/canonical.ts";
import type { Json } from "../base/canonical.ts";
import { actorColumns, eventColumns } from "./columns.ts";

export const eventTypes = [
  "created", "activated", "deactivated", "suspended", "reinstated", "renewed", "expired", "revoked", "updated", "transferred",
  "file-issued", "usage-limit-reached",
] as const;
export type EventType = (typeof eventTypes)[number];

/** The changed fields: field → [from, to]. */
export type FieldChanges = Readonly<Record<string, readonly [Json, Json]>>;

/** An event before it has a place in its chain. */
export type EventDraft = { readonly type: EventType; readonly reason: string | null; readonly changes: FieldChanges };

/** The author of a change, its request and its instant. */
type Authorship = {
  readonly actor: { readonly type: string; readonly id: string };
  readonly requestId: string;
  readonly at: Date;
};

export type LicenseEvent = FieldsOf<typeof eventColumns> & { readonly actor: FieldsOf<typeof actorColumns> };
export type EventRow = RowOf<typeof eventColumns> & RowOf<typeof actorColumns>;

/** The previous hash of a license's first event. */
export const genesisHash = "0".repeat(64);

/** SHA-256 (hex) of an event's canonical content: everything but its place in the chain. */
export function eventDigest(licenseId: string, draft: EventDraft, authorship: Authorship): string {
  return createHash("sha256").update(contentOf(licenseId, draft, authorship), "utf8").digest("hex");
}

function contentOf(licenseId: string, draft: EventDraft, authorship: Authorship): string {
  return canonical({
    licenseId,
    type: draft.type,
    actor: { type: authorship.actor.type, id: authorship.actor.id },
    reason: draft.reason,
    changes: draft.changes,
    requestId: authorship.requestId,
    createdAt: authorship.at.toISOString(),
  });
}

/** Takes the place of a value that only the database knows. No event contains it, because NUL is refused everywhere. */
export const hole = "\0";

type Around = { readonly before: string; readonly after: string };

/** The canonical content of an event before and after its one `hole`. */
export function contentAround(licenseId: string, draft: EventDraft, authorship: Authorship): Around {
  return around(contentOf(licenseId, draft, authorship));
}

/** The JSON of an event's changes before and after their one `hole`. */
export function changesAround({ changes }: Pick<EventDraft, "changes">): Around {
  return around(JSON.stringify(changes));
}

function around(text: string): Around {
  const [before = "", after = ""] = text.split(JSON.stringify(hole));
  return { before, after };
}

/**
 * The hash of an event: SHA-256 (hex) of previous hash ‖ sequence in decimal ‖ digest. The commit computes the same in SQL, under
 * the license's lock; `audit:verify` recomputes it here.
 */
export function eventHash(previousHash: string, sequence: number, digest: string): string {
  return createHash("sha256").update(`${previousHash}${sequence}${digest}`, "utf8").digest("hex");
}

const fieldsFrom = reader(eventColumns);
const actorFrom = reader(actorColumns);

export function eventFrom(row: EventRow): LicenseEvent {
  return { ...fieldsFrom(row), actor: actorFrom(row) };
}

/** An event as the new holder of a license sees it: a hand-over doesn't name the former holder. */
export function withoutFormerHolder(event: LicenseEvent): LicenseEvent {
  const { holder } = event.changes;
  if (event.type !== "transferred" || holder === undefined) return event;
  return { ...event, changes: { ...event.changes, holder: [null, holder[1]] } };
}
