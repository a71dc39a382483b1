import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { readLicense } from "@licensing/core/license/list.store.ts";
import { licenseRepresentation } from "@licensing/core/license/representation.ts";
import { representLicense } from "@licensing/core/license/represent.ts";
import { throwProblem } from "@licensing/core/problem/problem.ts";

export const contract = {
  summary: "Read a license",
  description: "`ETag` is its sequence, for `If-Match` on changes. Validations and leases don't move it.",
  permission: "license:read",
  params: z.strictObject({ licenseId: idSchema }),
  replies: { 200: { description: "The license.", body: licenseRepresentation } },
  problems: ["license-not-found"],
} as const satisfies Contract;

export const handler = endpoint(contract, async ({ caller, params }, runtime) => {
  const now = runtime.now();
  const found = await readLicense(runtime, { licenseId: params.licenseId, scope: caller.scope, now });
  if (found === undefined) return throwProblem("license-not-found");
  return { status: 200, body: representLicense(found.license, { seatsUsed: found.seatsUsed, now }), headers: { etag: `"${found.license.sequence}"` } };
});
