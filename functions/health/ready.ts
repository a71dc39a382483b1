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
  summary: "Whether the service can do its work",
  description: "Looks at the database, its migrations, Redis, the signing key, the application secret and the callers' keys.",
  permission: "public",
  replies: {
    200: { description: "Everything is there.", contentType, body },
    503: { description: "Something is missing; it is named, and no secret with it.", contentType, body },
  },
} as const satisfies Contract;

export const handler = endpoint(contract, async (_call, runtime) => {
  const report = await readiness(runtime);
  return { status: report.status === "pass" ? 200 : 503, body: report, headers: { "content-type": contentType } };
});
