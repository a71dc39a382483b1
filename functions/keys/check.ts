import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { replayHeaders } from "@licensing/core/http/reply.ts";
import { checkKeys } from "@licensing/core/rotation/check-keys.store.ts";
import { keysRepresentation, representKeys } from "@licensing/core/rotation/representation.ts";
import { answerOnce } from "@licensing/core/http/idempotency.store.ts";

export const contract = {
  summary: "Check the signing keys now",
  description:
    "Does the work of the hourly check: registers keys that were added to the secret, takes the steps of the rotation that are " +
    "due, and tests whether certificates verify with the published keys.",
  permission: "key:manage",
  body: z.strictObject({}),
  bodyOptional: true,
  replies: { 200: { description: "The keys after the check, and its findings.", body: keysRepresentation } },
  problems: ["idempotency-mismatch"],
} as const satisfies Contract;

export const handler = endpoint(contract, async (call, runtime) => {
  const { body, replayed } = await answerOnce(runtime, call.idempotency, async () => {
    const { keys, check } = await checkKeys(runtime);
    return representKeys(keys, check);
  });
  return { status: 200, body, headers: replayHeaders(replayed) };
});
