import * as z from "zod/mini";
import { eventFields, eventFilters } from "@licensing/core/event/filters.ts";
import { listEvents } from "@licensing/core/event/list.store.ts";
import { eventRepresentation, representEvent } from "@licensing/core/event/representation.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { isWindow } from "@licensing/core/base/instant.ts";
import { formatField, listTypes, tableReply } from "@licensing/core/http/csv-reply.ts";
import { decodeCursor, listName, pageFields, pageFrom, pageOf } from "@licensing/core/http/page.ts";

export const contract = {
  summary: "List the audit trail",
  description:
    "Events of the licenses that the caller may see, newest first. `createdAt` is the time of the request, and its change may be " +
    "committed up to ten seconds later. To fetch by time without a gap, end ten seconds before now, or fetch these seconds again.",
  permission: "event:read",
  query: z.strictObject({ ...pageFields, ...formatField, ...eventFields }).check(isWindow("after", "before")),
  replies: { 200: { description: "The events.", body: pageOf(eventRepresentation), contentType: listTypes } },
} as const satisfies Contract;

const position = (list: string) => z.tuple([z.literal(list), idSchema]);

export const handler = endpoint(contract, async ({ caller, query }, runtime) => {
  const { limit, cursor, format } = query;
  const list = listName("events", query);
  const beneath = decodeCursor(cursor, position(list))?.[1];
  const events = await listEvents(runtime, { filters: eventFilters(query), scope: caller.scope, beneath, limit });
  return tableReply(pageFrom(events.map(representEvent), limit, ({ id }) => [list, id]), { format, name: "license-events", representation: eventRepresentation });
});
