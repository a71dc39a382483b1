import { csvReply, type CsvColumns } from "../http/csv-reply.ts";
import { listReply, type Page } from "../http/page.ts";
import type { Reply } from "../http/reply.ts";
import type { representEvent } from "./representation.ts";

type Event = ReturnType<typeof representEvent>;

/** A page of events as JSON or as CSV. */
export function eventsReply(page: Page<Event>, format: "json" | "csv"): Reply {
  return format === "json" ? listReply(page) : csvReply(page, { name: "license-events", columns });
}

/** `changes` is JSON in one field. */
const columns: CsvColumns<Event> = {
  id: (event) => event.id,
  licenseId: (event) => event.licenseId,
  sequence: (event) => String(event.sequence),
  type: (event) => event.type,
  actorType: (event) => event.actor.type,
  actorId: (event) => event.actor.id,
  reason: (event) => event.reason ?? null,
  changes: (event) => JSON.stringify(event.changes),
  requestId: (event) => event.requestId,
  createdAt: (event) => event.createdAt,
  previousHash: (event) => event.previousHash,
  hash: (event) => event.hash,
};
