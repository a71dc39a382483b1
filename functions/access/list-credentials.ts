import { clientIdSchema, credentialSchema } from "@licensing/core/access/credential.ts";
import { listCredentials } from "@licensing/core/access/credential.store.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { decodeCursor, listReply, pageFields, pageFrom, pageOf } from "@licensing/core/http/page.ts";
import { instantInput } from "@licensing/core/base/instant.ts";
import * as z from "zod/mini";

export const contract = {
  summary: "List the service credentials",
  permission: "access:read",
  query: z.strictObject(pageFields),
  replies: { 200: { description: "The credentials, oldest first, without their secrets.", body: pageOf(credentialSchema) } },
} as const satisfies Contract;

const position = z.tuple([z.literal("credentials"), instantInput, clientIdSchema]);

export const handler = endpoint(contract, async ({ query }, runtime) => {
  const cursor = decodeCursor(query.cursor, position);
  const after = cursor === undefined ? undefined : { createdAt: cursor[1], clientId: cursor[2] };
  const rows = await listCredentials(runtime, { after, limit: query.limit });
  return listReply(pageFrom(rows, query.limit, ({ createdAt, clientId }) => ["credentials", createdAt, clientId]));
});
