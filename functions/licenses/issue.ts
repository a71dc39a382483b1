import * as z from "zod/mini";
import { publicationRepresentation } from "@licensing/core/publication/representation.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { issueLicense } from "@licensing/core/lifecycle/issue-license.store.ts";
import { issueBody } from "@licensing/core/license/details.ts";
import { licenseRepresentation } from "@licensing/core/license/representation.ts";

export const contract = {
  summary: "Issue a license",
  description: "Issues a license that copies the terms of a policy. The key is shown in this answer only.",
  permission: "license:issue",
  body: issueBody,
  replies: {
    201: {
      description: "The license, its key and its certificate.",
      headers: ["etag"],
      body: z.strictObject({ license: licenseRepresentation, key: z.string(), certificate: publicationRepresentation }),
    },
  },
  problems: ["policy-not-found", "policy-retired", "trial-already-used", "key-taken", "license-contended"],
  examples: { body: { policy: "free-trial", holder: { type: "user", id: "ada" } } },
} as const satisfies Contract;

export const handler = endpoint(contract, (call, runtime) => issueLicense(runtime, call, { input: call.body, path: call.path }));
