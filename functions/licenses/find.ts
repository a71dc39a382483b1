import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { findLicenses, foundMax } from "@licensing/core/license/find.store.ts";
import { licenseRepresentation } from "@licensing/core/license/representation.ts";
import { representLicense } from "@licensing/core/license/represent.ts";
import { matchedBys } from "@licensing/core/license/search.sql.ts";

const textLengthMax = 1_024;

export const contract = {
  summary: "Find licenses by any text",
  description:
    "The text that a customer pasted: a key in any spelling, a license's id, a key's last five symbols, a fingerprint, a holder's id, a name, or a " +
    "text in the metadata. A part of a name or of a holder's id is enough if it has three letters or digits in a row. The text is sent in " +
    "the body because addresses are logged.",
  permission: "license:read",
  body: z.strictObject({
    text: z.string().check(z.minLength(1), z.maxLength(textLengthMax), z.meta({ description: "The text, as it was pasted." })),
  }),
  replies: {
    200: {
      description: `The licenses, best first, at most ${foundMax}. \`matchedBy\` names the part of the license that the text matched.`,
      body: z.strictObject({
        data: z.array(z.strictObject({ license: licenseRepresentation, matchedBy: z.enum(matchedBys) })),
      }),
    },
  },
  examples: { body: { text: "lic 00000 00000 00000 00000 00000" } },
} as const satisfies Contract;

export const handler = endpoint(contract, async ({ caller, body: { text } }, runtime) => {
  const now = runtime.now();
  const found = await findLicenses(runtime, { text, scope: caller.scope, now });
  const data = found.map(({ license, seatsUsed, matchedBy }) => ({ license: representLicense(license, { seatsUsed, now }), matchedBy }));
  return { status: 200, body: { data } };
});
