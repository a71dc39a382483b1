import { rightsOf } from "@licensing/core/access/authorize.store.ts";
import { meRepresentation } from "@licensing/core/access/me-representation.ts";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";

export const contract = {
  summary: "Read the caller's permissions",
  description: "The caller of this request: its roles, the holders whose licenses are its own, and its permissions.",
  permission: "any",
  replies: {
    200: {
      description: "The caller and its rights.",
      body: meRepresentation,
      example: {
        actor: { type: "user", id: "ada" },
        roles: [],
        holders: [{ type: "user", id: "ada" }],
        permissions: { "license:read": "own", "event:read": "own", "certificate:read": "own" },
      },
    },
  },
} as const satisfies Contract;

export const handler = endpoint(contract, async ({ caller: { actor } }, runtime) => {
  return { status: 200, body: { actor: { type: actor.type, id: actor.id }, ...(await rightsOf(runtime, actor)) } };
});
