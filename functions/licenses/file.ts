import * as z from "zod/mini";
import { idSchema } from "@licensing/core/base/id.ts";
import { seatName } from "@licensing/core/base/text.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { accepted } from "@licensing/core/http/accept.ts";
import { fingerprint } from "@licensing/core/license/fingerprint.ts";
import { issuedFile, issueLicenseFile } from "@licensing/core/lifecycle/issue-license-file.store.ts";
import { durationSchema } from "@licensing/core/policy/duration.ts";

const contentTypes = ["application/json", "application/x-license-file"] as const;

export const contract = {
  summary: "Give out a license file",
  description:
    "For machines without a network. With a fingerprint the file is for that machine alone and takes a seat for it, which is held at least until the file ends. " +
    "It lasts at most for the policy's `fileLifetime`; a license's key or holder gets a file without a fingerprint for a certificate's lifetime only. " +
    "`Accept: application/x-license-file` answers the file itself.",
  permission: "certificate:read",
  params: z.strictObject({ licenseId: idSchema }),
  body: z.strictObject({
    lifetime: z.optional(durationSchema).check(z.meta({ description: "Absent: the longest." })),
    fingerprint: z.optional(fingerprint).check(z.meta({ description: "The only machine that the file is for." })),
    name: z.optional(seatName).check(z.meta({ description: "The seat's name, if one is taken." })),
  }),
  bodyOptional: true,
  replies: { 200: { description: "The license file.", contentType: contentTypes, body: issuedFile, headers: ["x-certificate-state"] } },
  problems: [
    "license-not-found", "license-suspended", "license-revoked", "license-expired", "license-not-started", "file-not-allowed",
    "activation-limit-reached", "trial-already-used", "sequence-mismatch", "license-contended",
  ],
  ifMatch: true,
  examples: { body: { lifetime: "P30D", fingerprint: "9f2c1a7e4b60d8f3" } },
} as const satisfies Contract;

export const handler = endpoint(contract, async (call, runtime) => {
  const { body, headers, status } = await issueLicenseFile(runtime, call, { licenseId: call.params.licenseId, ...call.body });
  const contentType = accepted(call.header("accept"), contentTypes);
  const shown = contentType === "application/json" ? body : (body as z.output<typeof issuedFile>).file;
  return { status, body: shown, headers: { ...headers, vary: "accept", "content-type": contentType } };
});
