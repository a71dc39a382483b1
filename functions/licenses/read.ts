import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { isHeld } from "@licensing/core/http/entity-tag.ts";
import { stateOf } from "@licensing/core/license/assess.ts";
import { readLicense } from "@licensing/core/license/list.store.ts";
import { licenseRepresentation } from "@licensing/core/license/representation.ts";
import { representLicense } from "@licensing/core/license/represent.ts";
import { statusAt } from "@licensing/core/license/status.ts";
import { throwProblem } from "@licensing/core/problem/problem.ts";

export const contract = {
  summary: "Read a license",
  description: "`ETag` is its sequence, for `If-Match` on changes. Validations and heartbeats don't change it.",
  permission: "license:read",
  params: z.strictObject({ licenseId: idSchema }),
  replies: {
    200: { description: "The license.", body: licenseRepresentation },
    304: { description: "`If-None-Match` names its sequence, and neither its status nor its seats have changed by time since." },
  },
  problems: ["license-not-found"],
} as const satisfies Contract;

export const handler = endpoint(contract, async ({ caller, params, header }, runtime) => {
  const now = runtime.now();
  const found = await readLicense(runtime, { licenseId: params.licenseId, scope: caller.scope, now });
  if (found === undefined) return throwProblem("license-not-found");
  const { license, seatsUsed, hasLapsedSeats } = found;
  const headers = { etag: `"${license.sequence}"` };
  // An expiry or a lapsed lease that no commit has recorded yet changes the answer without an event.
  const isRecorded = statusAt(stateOf(license), now.getTime()) === license.status && !hasLapsedSeats;
  if (isRecorded && isHeld(headers.etag, header("if-none-match"))) return { status: 304, headers };
  return { status: 200, body: representLicense(license, { seatsUsed, now }), headers };
});
