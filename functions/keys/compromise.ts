import * as z from "zod/mini";
import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { replayHeaders } from "@licensing/core/http/reply.ts";
import { compromiseKey } from "@licensing/core/rotation/compromise-key.store.ts";
import { keyRepresentation, kidSchema, representKey } from "@licensing/core/rotation/representation.ts";
import { answerOnce } from "@licensing/core/http/idempotency.store.ts";

export const contract = {
  summary: "Deny a signing key",
  description:
    "For a key that an attacker may have. The service and the JWKS deny it at once, consumers when they next read the keys " +
    "(consumers with pinned PEMs need `deniedKids`), and the next key signs. Its licenses are published again, denying ones " +
    "first; the reconciler publishes those that this call doesn't reach. This can't be undone.",
  permission: "key:manage",
  params: z.strictObject({ kid: kidSchema }),
  body: z.strictObject({}),
  bodyOptional: true,
  replies: {
    200: {
      description: "The denied key. Its `certificates` still have to be published again.",
      body: z.strictObject({
        key: keyRepresentation,
        activeKid: z.nullable(z.string()).check(z.meta({ description: "The key that signs now." })),
        published: z.int().check(z.meta({ description: "The number of licenses that this call published again." })),
      }),
    },
  },
  problems: ["key-not-found", "key-last-active", "idempotency-mismatch"],
} as const satisfies Contract;

export const handler = endpoint(contract, async (call, runtime) => {
  const { body, replayed } = await answerOnce(runtime, call.idempotency, async () => {
    const { key, activeKid, published } = await compromiseKey(runtime, call.params.kid);
    return { key: representKey(key), activeKid, published };
  });
  return { status: 200, body, headers: replayHeaders(replayed) };
});
