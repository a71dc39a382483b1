import { credentialInput, newCredentialSchema } from "@licensing/core/access/credential.ts";
import { createCredential } from "@licensing/core/access/credential.store.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { replayHeaders } from "@licensing/core/http/reply.ts";

export const contract = {
  summary: "Create a service credential",
  description:
    "For programs that use HTTP Basic. The secret is shown in this answer only. Roles aren't checked: a role without a rule " +
    "grants nothing.",
  permission: "access:write",
  body: credentialInput,
  replies: { 201: { description: "The credential with its secret.", body: newCredentialSchema } },
  problems: ["idempotency-mismatch"],
  examples: { body: { name: "Billing", roles: ["licensing-service"] } },
} as const satisfies Contract;

export const handler = endpoint(contract, async ({ body, idempotency, path }, runtime) => {
  const { credential, replayed } = await createCredential(runtime, idempotency, body);
  return { status: 201, body: credential, headers: { location: `${path}/${credential.clientId}`, ...replayHeaders(replayed) } };
});
