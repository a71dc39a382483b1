import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { digestTag, isHeld } from "@licensing/core/http/entity-tag.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { accepted } from "@licensing/core/http/accept.ts";
import { newestCertificate, newestLicenseFile } from "@licensing/core/lifecycle/newest-certificate.store.ts";

const contentTypes = ["application/jose", "application/x-license-file"] as const;

export const contract = {
  summary: "Read a license's newest certificate",
  description:
    "As `application/jose` (signed and encrypted) or `application/x-license-file` (signed only, for use offline, made anew " +
    "for each request). `ETag` is a digest of the answer, for `If-None-Match`; the license's sequence is in the claims.",
  permission: "certificate:read",
  params: z.strictObject({ licenseId: idSchema }),
  replies: {
    200: { description: "The certificate, or the license file.", contentType: contentTypes, body: z.string() },
    304: { description: "Your copy is current." },
  },
  problems: ["license-not-found"],
} as const satisfies Contract;

export const handler = endpoint(contract, async (call, runtime) => {
  const wanted = { licenseId: call.params.licenseId, scope: call.caller.scope };
  const contentType = accepted(call.header("accept"), contentTypes);
  const text =
    contentType === "application/jose" ? await newestCertificate(runtime, wanted) : await newestLicenseFile(runtime, wanted);
  const headers = { etag: digestTag(text), vary: "accept" };
  if (isHeld(headers.etag, call.header("if-none-match"))) return { status: 304, headers };
  return { status: 200, body: text, headers: { ...headers, "content-type": contentType } };
});
