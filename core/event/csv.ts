import type { CsvColumns } from "../http/csv-reply.ts";
import type { representEvent } from "./representation.ts";

/** The columns of the audit trail as CSV; `changes` is JSON in one field. */
export const eventColumns: CsvColumns<ReturnType<typeof representEvent>> = {
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
