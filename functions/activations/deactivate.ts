import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { deactivate } from "@licensing/core/lifecycle/deactivate.ts";
import { perform } from "@licensing/core/lifecycle/perform.store.ts";

export const contract = {
  summary: "Free a seat",
  description: "Works in every status of the license. A free seat stays free. `X-Certificate-State` is the state of the new certificate. If the machine has a license file, `X-Files-Until` says until when it still works.",
  permission: "activation:write",
  params: z.strictObject({ activationId: idSchema }),
  replies: { 204: { description: "The seat is free.", headers: ["x-certificate-state", "x-files-until"] } },
  problems: ["activation-not-found", "release-limit-reached", "license-contended", "sequence-mismatch"],
  ifMatch: true,
} as const satisfies Contract;

export const handler = endpoint(contract, async (call, runtime) => {
  const performed = await perform(runtime, call, {
    locator: { by: "activation", named: call.params.activationId },
    absent: "activation-not-found",
    lapsed: true,
    decide: (snapshot, moment) => deactivate(snapshot, { reason: null }, moment),
  });
  const state = performed.kind === "committed" ? (performed.publication?.state ?? "published") : undefined;
  const fileUntil = performed.kind === "committed" ? performed.committed.extra["fileUntil"] : performed.seen.seat?.fileUntil?.toISOString();
  const works = fileUntil !== undefined && new Date(fileUntil) > runtime.now();
  return { status: 204, headers: { ...(state === undefined ? {} : { "x-certificate-state": state }), ...(works ? { "x-files-until": fileUntil } : {}) } };
});
