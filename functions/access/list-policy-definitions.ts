import { policyDefinitionSchema } from "@licensing/core/access/rule.ts";
import { listPolicyDefinitions } from "@licensing/core/access/rule.store.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { decodeCursor, listReply, pageFields, pageFrom, pageOf } from "@licensing/core/http/page.ts";
import * as z from "zod/mini";

export const contract = {
  summary: "List the rules of access",
  permission: "access:read",
  query: z.strictObject(pageFields),
  replies: { 200: { description: "The rules, oldest first.", body: pageOf(policyDefinitionSchema) } },
} as const satisfies Contract;

const position = z.tuple([z.literal("policy-definitions"), idSchema]);

export const handler = endpoint(contract, async ({ query }, runtime) => {
  const after = decodeCursor(query.cursor, position)?.[1] ?? "0";
  const rows = await listPolicyDefinitions(runtime, { after, limit: query.limit });
  return listReply(pageFrom(rows, query.limit, ({ id }) => ["policy-definitions", id]));
});
