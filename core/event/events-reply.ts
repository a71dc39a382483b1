import { csvReply } from "../http/csv-reply.ts";
import { listReply } from "../http/page.ts";
import type { Page } from "../http/page.ts";
import type { Reply } from "../http/reply.ts";
import { eventColumns } from "./csv.ts";
import type { representEvent } from "./representation.ts";

/** A page of events as JSON or as CSV. */
export function eventsReply(page: Page<ReturnType<typeof representEvent>>, format: "json" | "csv"): Reply {
  return format === "json" ? listReply(page) : csvReply(page, { name: "license-events", columns: eventColumns });
}
