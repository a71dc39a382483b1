import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { instantInput } from "@licensing/core/base/instant.ts";
import { formatField, listTypes, tableReply } from "@licensing/core/http/csv-reply.ts";
import { decodeCursor, listName, pageFields, pageFrom, pageOf } from "@licensing/core/http/page.ts";
import { listUsage } from "@licensing/core/usage/list.store.ts";
import { representPeriod } from "@licensing/core/usage/represent.ts";
import { featureCode } from "@licensing/core/policy/feature-code.ts";
import { periodUsageRepresentation, usageFields } from "@licensing/core/usage/representation.ts";

export const contract = {
  summary: "List usage by period",
  description: "For billing: the use of each meter in each period, the latest periods first. A period is kept for 25 months after its end.",
  permission: "usage:read",
  query: z.strictObject({ ...pageFields, ...formatField, ...usageFields }),
  replies: { 200: { description: "The usage.", body: pageOf(periodUsageRepresentation), contentType: listTypes } },
} as const satisfies Contract;

const position = (list: string) => z.tuple([z.literal(list), instantInput, idSchema, featureCode, z.nullable(instantInput)]);

export const handler = endpoint(contract, async ({ caller, query }, runtime) => {
  const { limit, cursor, format, period } = query;
  const list = listName("usage", query);
  const place = decodeCursor(cursor, position(list));
  const after = place === undefined ? undefined : placeOf(place);
  const rows = await listUsage(runtime, { began: period === undefined ? undefined : monthOf(period), scope: caller.scope, after, limit });
  const page = pageFrom(rows.map(representPeriod), limit, ({ periodStart, licenseId, meter, periodEndsAt }) => [list, periodStart, licenseId, meter, periodEndsAt]);
  return tableReply(page, { format, name: "usage", representation: periodUsageRepresentation });
});

function placeOf([, periodStart, licenseId, meter, periodEndsAt]: z.output<ReturnType<typeof position>>) {
  return { periodStart: new Date(periodStart), licenseId, meter, periodEndsAt: periodEndsAt === null ? null : new Date(periodEndsAt) };
}

/** `2026-11`: from the first instant of the month to the last. */
function monthOf(period: string) {
  const from = new Date(`${period}-01T00:00:00.000Z`);
  const until = new Date(from);
  until.setUTCMonth(until.getUTCMonth() + 1, 0);
  until.setUTCHours(23, 59, 59, 999);
  return { from, until };
}
