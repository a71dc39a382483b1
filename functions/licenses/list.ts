import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { decodeCursor, listName, listReply, pageFields, pageFrom, pageOf } from "@licensing/core/http/page.ts";
import { holder } from "@licensing/core/license/holder.ts";
import { listLicenses } from "@licensing/core/license/list.store.ts";
import { licenseRepresentation } from "@licensing/core/license/representation.ts";
import { representLicense } from "@licensing/core/license/represent.ts";
import { instantInput, isWindow } from "@licensing/core/base/instant.ts";
import { policyReference } from "@licensing/core/policy/representation.ts";

export const contract = {
  summary: "List licenses",
  description: "The licenses that the caller may see, newest first.",
  permission: "license:read",
  query: z.strictObject({
    ...pageFields,
    status: z
      .optional(licenseRepresentation.shape.status)
      .check(z.meta({ description: "The effective status at the time of the answer." })),
    holderType: z.optional(holder.shape.type),
    holderId: z.optional(holder.shape.id),
    policy: z.optional(policyReference),
    expiresBefore: z.optional(instantInput).check(z.meta({ description: "Expires before this instant." })),
    expiresAfter: z.optional(instantInput).check(z.meta({ description: "Expires at this instant or later." })),
    search: z
      .optional(z.string().check(z.minLength(1), z.maxLength(256)))
      .check(z.meta({ description: "A part of the name or of the holder's id, the key's last five symbols, or a machine's fingerprint." })),
  }).check(isWindow("expiresAfter", "expiresBefore")),
  replies: { 200: { description: "The licenses.", body: pageOf(licenseRepresentation) } },
} as const satisfies Contract;

const position = (list: string) => z.tuple([z.literal(list), idSchema]);

export const handler = endpoint(contract, async ({ caller, query }, runtime) => {
  const { limit, cursor, expiresBefore, expiresAfter, ...same } = query;
  const dateOf = (text: string | undefined) => (text === undefined ? undefined : new Date(text));
  const filters = { ...same, expiresBefore: dateOf(expiresBefore), expiresAfter: dateOf(expiresAfter) };
  const list = listName("licenses", query);
  const [before, now] = [decodeCursor(cursor, position(list))?.[1], runtime.now()];
  const listed = await listLicenses(runtime, { filters, scope: caller.scope, now, before, limit });
  const licenses = listed.map(({ license, seatsUsed }) => representLicense(license, { seatsUsed, now }));
  return listReply(pageFrom(licenses, limit, ({ id }) => [list, id]));
});
