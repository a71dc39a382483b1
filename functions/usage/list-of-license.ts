import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { throwProblem } from "@licensing/core/problem/problem.ts";
import { readUsage } from "@licensing/core/usage/list.store.ts";
import { representMeter } from "@licensing/core/usage/represent.ts";
import { meterRepresentation } from "@licensing/core/usage/representation.ts";

export const contract = {
  summary: "Read a license's meters",
  description: "Every meter of the license's terms in the current period, by code.",
  permission: "usage:read",
  params: z.strictObject({ licenseId: idSchema }),
  replies: { 200: { description: "The meters.", body: z.strictObject({ data: z.array(meterRepresentation) }) } },
  problems: ["license-not-found"],
} as const satisfies Contract;

export const handler = endpoint(contract, async ({ caller: { scope }, params }, runtime) => {
  const usage = await readUsage(runtime, { licenseId: params.licenseId, scope });
  if (usage === undefined) return throwProblem("license-not-found");
  return { status: 200, body: { data: usage.map((meter) => representMeter(meter, scope)) } };
});
