import type { Reply } from "../http/reply.ts";
import { listReply } from "../http/page.ts";
import type { Page } from "../http/page.ts";
import { eventsCsv } from "./csv.ts";
import type { representEvent } from "./representation.ts";

/** A page of events as JSON or as CSV; the next page's address is in `Link` either way. */
export function eventsReply(page: Page<ReturnType<typeof representEvent>>, format: "json" | "csv"): Reply {
  const reply = listReply(page);
  if (format === "json") return reply;
  const headers = {
    ...reply.headers,
    "content-type": "text/csv; charset=utf-8; header=present",
    "content-disposition": 'attachment; filename="license-events.csv"',
  };
  return { ...reply, body: eventsCsv(page.data), headers };
}
