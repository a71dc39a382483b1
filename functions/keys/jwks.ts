import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { digestTag, isHeld } from "@licensing/core/http/entity-tag.ts";
import { publishedJwks } from "@licensing/core/rotation/published-jwks.store.ts";

const key = z.strictObject({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string(),
  kid: z.string(),
  use: z.literal("sig"),
  alg: z.string(),
});

export const contract = {
  summary: "Read the public keys that verify certificates",
  description: "Ed25519 keys (RFC 8037) that are pending, active or retiring, and retired ones that a license file still needs.",
  permission: "public",
  replies: {
    200: { description: "A JWK Set (RFC 7517).", body: z.strictObject({ keys: z.array(key) }) },
    304: { description: "Your copy of the set is current." },
  },
} as const satisfies Contract;

export const handler = endpoint(contract, async (call, runtime) => {
  const jwks = await publishedJwks(runtime);
  const etag = digestTag(JSON.stringify(jwks));
  const headers = { "cache-control": "public, max-age=300", etag };
  if (isHeld(etag, call.header("if-none-match"))) return { status: 304, headers };
  return { status: 200, body: jwks, headers };
});
