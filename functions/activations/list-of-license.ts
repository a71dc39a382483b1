import * as z from "zod/mini";
import { activationFields, activationRepresentation, representActivation, releasesRepresentation, representReleases } from "@licensing/core/activation/representation.ts";
import { listActivationsOfLicense } from "@licensing/core/activation/list.store.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { formatField, listTypes, tableReply } from "@licensing/core/http/csv-reply.ts";
import { decodeCursor, listName, pageFields, pageFrom, pageOf } from "@licensing/core/http/page.ts";
import { throwProblem } from "@licensing/core/problem/problem.ts";

export const contract = {
  summary: "List a license's activations",
  description: "Newest first, including freed activations. To the license's key and its holder, `releases` says how many seats they may still free.",
  permission: "activation:read",
  params: z.strictObject({ licenseId: idSchema }),
  query: z.strictObject({ ...pageFields, ...formatField, ...activationFields }),
  replies: { 200: { description: "The activations.", body: z.extend(pageOf(activationRepresentation), { releases: z.optional(z.nullable(releasesRepresentation)) }), contentType: listTypes } },
  problems: ["license-not-found"],
} as const satisfies Contract;

const position = (list: string) => z.tuple([z.literal(list), idSchema]);

export const handler = endpoint(contract, async ({ caller, params, query }, runtime) => {
  const { limit, cursor, format, ...filters } = query;
  const list = listName(`activations of ${params.licenseId}`, query);
  const question = { filters, scope: caller.scope, now: runtime.now(), before: decodeCursor(cursor, position(list))?.[1], limit };
  const listed = await listActivationsOfLicense(runtime, { ...question, licenseId: params.licenseId });
  if (listed === undefined) return throwProblem("license-not-found");
  const releases = listed.releases && representReleases(listed.releases);
  const page = { ...pageFrom(listed.activations.map(representActivation), limit, ({ id }) => [list, id]), ...(releases === undefined ? {} : { releases }) };
  return tableReply(page, { format, name: "activations", representation: activationRepresentation });
});
