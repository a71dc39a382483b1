import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { readiness } from "@licensing/core/rotation/readiness.store.ts";

const contentType = "application/health+json";
const part = z.strictObject({ status: z.enum(["pass", "fail"]), output: z.optional(z.string()) });
const body = z.strictObject({
  status: z.enum(["pass", "fail"]),
  checks: z.record(z.string(), z.array(part)).check(z.meta({ description: "Each part, by name." })),
});

export const contract = {
  summary: "Check that the service can do its work",
  description: "Checks the database, its migrations, Redis, the signing key, the application secret and the keys of callers' tokens.",
  permission: "public",
  replies: {
    200: { description: "Every part works.", contentType, body },
    503: { description: "A part fails; the answer names it, without secrets.", contentType, body },
  },
} as const satisfies Contract;

export const handler = endpoint(contract, async (_call, runtime) => {
  const report = await readiness(runtime);
  return { status: report.status === "pass" ? 200 : 503, body: report, headers: { "content-type": contentType } };
});
