import * as z from "zod/mini";
import { activationFields, activationRepresentation, representActivation } from "@licensing/core/activation/representation.ts";
import { listActivations } from "@licensing/core/activation/list.store.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { formatField, listTypes, tableReply } from "@licensing/core/http/csv-reply.ts";
import { decodeCursor, listName, pageFields, pageFrom, pageOf } from "@licensing/core/http/page.ts";

export const contract = {
  summary: "List activations",
  description: "Activations of the licenses that the caller may see, newest first, including freed ones.",
  permission: "activation:read",
  query: z.strictObject({ ...pageFields, ...formatField, ...activationFields, licenseId: z.optional(idSchema) }),
  replies: { 200: { description: "The activations.", body: pageOf(activationRepresentation), contentType: listTypes } },
} as const satisfies Contract;

const position = (list: string) => z.tuple([z.literal(list), idSchema]);

export const handler = endpoint(contract, async ({ caller, query }, runtime) => {
  const { limit, cursor, format, licenseId, ...filters } = query;
  const list = listName("activations", query);
  const question = { filters, scope: caller.scope, now: runtime.now(), before: decodeCursor(cursor, position(list))?.[1], limit };
  const activations = await listActivations(runtime, { ...question, licenseId });
  return tableReply(pageFrom(activations.map(representActivation), limit, ({ id }) => [list, id]), { format, name: "activations", representation: activationRepresentation });
});
