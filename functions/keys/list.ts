import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { listKeys } from "@licensing/core/rotation/key-facts.store.ts";
import { keysRepresentation, representKeys } from "@licensing/core/rotation/representation.ts";

export const contract = {
  summary: "List the signing keys",
  description: "The keys with their states, the number of certificates of each, and the findings of the last check.",
  permission: "key:read",
  replies: { 200: { description: "The keys in the order of registration.", body: keysRepresentation } },
} as const satisfies Contract;

export const handler = endpoint(contract, async (_call, runtime) => {
  const { keys, check } = await listKeys(runtime);
  return { status: 200, body: representKeys(keys, check) };
});
