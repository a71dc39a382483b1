import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { republish } from "@licensing/core/lifecycle/republish.store.ts";
import { changedLicense } from "@licensing/core/lifecycle/reply.store.ts";

export const contract = {
  summary: "Publish a license's certificate again",
  description: "Makes a fresh certificate of the committed license and puts it into Redis.",
  permission: "license:publish",
  params: z.strictObject({ licenseId: idSchema }),
  body: z.strictObject({}),
  bodyOptional: true,
  replies: { 200: { description: "The license and its fresh certificate.", body: changedLicense, headers: ["etag"] } },
  problems: ["license-not-found"],
} as const satisfies Contract;

export const handler = endpoint(contract, (call, runtime) =>
  republish(runtime, { licenseId: call.params.licenseId, scope: call.caller.scope, claim: call.idempotency }),
);
