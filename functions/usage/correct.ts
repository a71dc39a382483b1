import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { reasonText } from "@licensing/core/base/text.ts";
import { correctUsage } from "@licensing/core/lifecycle/correct-usage.ts";
import { perform } from "@licensing/core/lifecycle/perform.store.ts";
import { changeBody, changedLicense, changeHeaders } from "@licensing/core/lifecycle/reply.store.ts";
import { featureCode } from "@licensing/core/policy/feature-code.ts";
import { throwProblem } from "@licensing/core/problem/problem.ts";
import { representMeter } from "@licensing/core/usage/represent.ts";
import { meterRepresentation, usedCount } from "@licensing/core/usage/representation.ts";

export const contract = {
  summary: "Correct a meter's count",
  description: "Sets the count of the current period, in any status but revoked. The event `updated` records both counts.",
  permission: "license:update",
  params: z.strictObject({ licenseId: idSchema, meter: featureCode }),
  body: z.strictObject({ used: usedCount, reason: z.optional(reasonText) }),
  replies: { 200: { description: "The license, its certificate and the meter.", body: z.strictObject({ ...changedLicense.shape, usage: meterRepresentation }) } },
  problems: ["license-not-found", "meter-not-found", "license-revoked", "license-not-started", "sequence-mismatch", "license-contended"],
  ifMatch: true,
  examples: { body: { used: 0, reason: "counted by mistake" } },
} as const satisfies Contract;

export const handler = endpoint(contract, async (call, runtime) => {
  const { licenseId, meter } = call.params;
  const { used, reason = null } = call.body;
  const performed = await perform(runtime, call, {
    locator: { by: "id", named: licenseId },
    absent: "license-not-found",
    meters: [meter],
    decide: (snapshot) => correctUsage(snapshot, { used, reason }),
  });
  const [usage] = performed.kind === "committed" ? performed.committed.usage : performed.seen.usage;
  if (usage === undefined) return throwProblem("meter-not-found");
  const body = await changeBody(runtime, performed);
  return { status: 200, body: { ...body, usage: representMeter(usage, call.caller.scope) }, headers: changeHeaders(body.license.sequence, performed) };
});
