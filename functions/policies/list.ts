import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { decodeCursor, listReply, pageFields, pageFrom, pageOf } from "@licensing/core/http/page.ts";
import { listPolicies } from "@licensing/core/policy/list.store.ts";
import { policyRepresentation, representPolicy } from "@licensing/core/policy/representation.ts";

export const contract = {
  summary: "List the policies",
  permission: "policy:read",
  query: z.strictObject(pageFields),
  replies: { 200: { description: "The policies, newest first, including retired ones.", body: pageOf(policyRepresentation) } },
} as const satisfies Contract;

const position = z.tuple([z.literal("policies"), idSchema]);

export const handler = endpoint(contract, async ({ query }, runtime) => {
  const before = decodeCursor(query.cursor, position)?.[1];
  const listed = await listPolicies(runtime, { before, limit: query.limit });
  return listReply(pageFrom(listed.map(representPolicy), query.limit, ({ id }) => ["policies", id]));
});
