import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { formatField, listTypes, tableReply } from "@licensing/core/http/csv-reply.ts";
import { decodeCursor, listName, pageFields, pageFrom, pageOf } from "@licensing/core/http/page.ts";
import { licenseFilters, licensePlace, licenseQuery } from "@licensing/core/license/filters.ts";
import { listLicenses } from "@licensing/core/license/list.store.ts";
import { licenseRepresentation } from "@licensing/core/license/representation.ts";
import { representLicense } from "@licensing/core/license/represent.ts";

export const contract = {
  summary: "List licenses",
  description: "The licenses that the caller may see, newest first unless `sort` names another order.",
  permission: "license:read",
  query: licenseQuery({ ...pageFields, ...formatField }),
  replies: { 200: { description: "The licenses.", body: pageOf(licenseRepresentation), contentType: listTypes } },
} as const satisfies Contract;

export const handler = endpoint(contract, async ({ caller, query }, runtime) => {
  const { limit, cursor, format } = query;
  const { filters, order } = licenseFilters(query);
  const list = listName("licenses", query);
  const [, id, expiresAt = null] = decodeCursor(cursor, licensePlace(list, order)) ?? [list, undefined];
  const [after, now] = [id === undefined ? undefined : { id, expiresAt }, runtime.now()];
  const listed = await listLicenses(runtime, { filters, order, scope: caller.scope, now, after, limit });
  const licenses = listed.map(({ license, seatsUsed }) => representLicense(license, { seatsUsed, now }));
  const page = pageFrom(licenses, limit, (license) => (order.by === "createdAt" ? [list, license.id] : [list, license.id, license.expiresAt]));
  return tableReply(page, { format, name: "licenses", representation: licenseRepresentation });
});
