import * as z from "zod/mini";
import { eventFields, eventFilters } from "@licensing/core/event/filters.ts";
import { listEventsOfLicense } from "@licensing/core/event/list.store.ts";
import { eventRepresentation, representEvent } from "@licensing/core/event/representation.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { isWindow } from "@licensing/core/base/instant.ts";
import { formatField, listTypes, tableReply } from "@licensing/core/http/csv-reply.ts";
import { decodeCursor, listName, pageFields, pageFrom, pageOf } from "@licensing/core/http/page.ts";
import { throwProblem } from "@licensing/core/problem/problem.ts";

const sort = z.optional(z.enum(["sequence", "-sequence"])).check(z.meta({ description: "`-sequence`: the latest first. Without it they come in the order of their chain." }));

export const contract = {
  summary: "List a license's audit trail",
  description: "In the order of its chain, where each event's `previousHash` is the `hash` of the previous event; or the latest first.",
  permission: "event:read",
  params: z.strictObject({ licenseId: idSchema }),
  query: z.strictObject({ ...pageFields, ...formatField, ...eventFields, sort }).check(isWindow("after", "before")),
  replies: { 200: { description: "The events.", body: pageOf(eventRepresentation), contentType: listTypes } },
  problems: ["license-not-found"],
} as const satisfies Contract;

const position = (list: string) => z.tuple([z.literal(list), z.int().check(z.gte(0))]);

export const handler = endpoint(contract, async ({ caller, params, query }, runtime) => {
  const { limit, cursor, format } = query;
  const list = listName(`events of ${params.licenseId}`, query);
  const beyond = decodeCursor(cursor, position(list))?.[1];
  const question = { filters: eventFilters(query), scope: caller.scope, licenseId: params.licenseId, beyond, isFalling: query.sort === "-sequence", limit };
  const events = await listEventsOfLicense(runtime, question);
  if (events === undefined) return throwProblem("license-not-found");
  return tableReply(pageFrom(events.map(representEvent), limit, ({ sequence }) => [list, sequence]), { format, name: "license-events", representation: eventRepresentation });
});
