import { createCache } from "../platform/cache.ts";
import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import type { Actor } from "./actor.ts";
import type { BasicCredential } from "./basic.ts";
import { parseBasic } from "./basic.ts";
import { credentialDigest, equalDigests } from "./credential-digest.ts";
import { findCredential } from "./find-credential.store.ts";
import { underLockout } from "./lockout.ts";

type Service = Extract<Actor, { type: "service" }>;

const servicesMax = 500;
const serviceCachedMs = 30_000;
/** Compared with when there is no such client, so that its answer takes as long. */
const nobody = { secretDigest: "0".repeat(64), roles: [] };

/** The service that Basic credentials (RFC 7617) are right for. Throws rate-limited after too many wrong ones. */
export async function identifyService(runtime: Runtime, credential: string): Promise<Service | undefined> {
  const presented = parseBasic(credential);
  if (presented === undefined || !/^[\x21-\x7e]{1,128}$/.test(presented.clientId)) return undefined;
  const digest = credentialDigest(presented.secret, runtime.keyPepper);
  const services = once(runtime, createServiceCache);
  const nowMs = runtime.now().getTime();
  // Who was right here a moment ago is let in even while somebody else's guesses lock the name.
  const known = services.get(`${presented.clientId}:${digest}`, nowMs);
  if (known !== undefined) return known;
  const attempt = { kind: "client", id: presented.clientId, digest: `${presented.clientId}:${digest}` } as const;
  const service = await underLockout(runtime, attempt, () => checkService(runtime, { presented, digest }));
  if (service !== undefined) services.set(`${presented.clientId}:${digest}`, service, nowMs + serviceCachedMs);
  return service;
}

function createServiceCache() {
  return createCache<Service>(servicesMax);
}

async function checkService(
  runtime: Runtime,
  { presented, digest }: { readonly presented: BasicCredential; readonly digest: string },
): Promise<Service | undefined> {
  const stored = await findCredential(runtime, { clientId: presented.clientId, secretDigest: digest });
  const { secretDigest, roles } = stored ?? nobody;
  if (!equalDigests(secretDigest, digest) || stored === undefined) return undefined;
  return Object.freeze({ type: "service", id: stored.clientId, roles: Object.freeze(roles.toSorted()) });
}
