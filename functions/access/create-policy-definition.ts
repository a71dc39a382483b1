import { policyDefinitionSchema, ruleSchema, type PolicyDefinition } from "@licensing/core/access/rule.ts";
import { createPolicyDefinition } from "@licensing/core/access/rule.store.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { replayHeaders } from "@licensing/core/http/reply.ts";

export const contract = {
  summary: "Add a rule of access",
  description:
    "Grants a permission to a role or principal, assigns a role, or lets a role inherit another. A denial beats every grant. " +
    "A role exists by its rules alone: a role without a rule grants nothing. " +
    "At most 5000 rules may grant, deny or inherit; assigned roles have no bound. A rule that would take access:write from you is refused.",
  permission: "access:write",
  body: ruleSchema,
  replies: {
    201: { description: "The new rule.", body: policyDefinitionSchema },
    200: { description: "The same rule already exists.", body: policyDefinitionSchema, headers: ["location"] },
  },
  problems: ["idempotency-mismatch", "rules-full", "rules-need-an-administrator"],
  examples: { body: { variant: "assign_role", subject: "user:alice", target: "role:licensing-operator" } },
} as const satisfies Contract;

export const handler = endpoint(contract, async ({ caller, body, idempotency, path }, runtime) => {
  const { document, replayed } = await createPolicyDefinition(runtime, { actor: caller.actor, claim: idempotency }, body);
  const { definition, created } = document as { readonly definition: PolicyDefinition; readonly created: boolean };
  return { status: created ? 201 : 200, body: definition, headers: { location: `${path}/${definition.id}`, ...replayHeaders(replayed) } };
});
