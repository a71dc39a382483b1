import { count, id, instant, json, nullable, text } from "../base/column.ts";
import type { FieldChanges, EventType } from "./event.ts";

/** The columns of `LicenseEvent` that each hold one field of an event. */
export const eventColumns = {
  id: { column: "id", ...id },
  licenseId: { column: "license_id", ...id },
  sequence: { column: "sequence", ...count },
  type: { column: "type", ...text<EventType>() },
  reason: { column: "reason", ...nullable(text()) },
  changes: { column: "changes", ...json<FieldChanges>() },
  requestId: { column: "request_id", ...text() },
  createdAt: { column: "created_at", ...instant },
  previousHash: { column: "previous_hash", ...text() },
  hash: { column: "hash", ...text() },
} as const;

/** The columns that hold an event's actor. */
export const actorColumns = {
  type: { column: "actor_type", ...text() },
  id: { column: "actor_id", ...text() },
} as const;

/** The column of an event's digest, from which its hash is made. The API doesn't show it. */
export const digestColumns = { digest: { column: "digest", ...text() } } as const;
