import { isUtf8 } from "node:buffer";
import { createCache } from "../base/cache.ts";
import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import type { Actor } from "./actor.ts";
import { credentialDigest, equalDigests } from "./credential-digest.ts";
import { findCredential } from "./find-credential.store.ts";

type BasicCredential = { readonly clientId: string; readonly secret: string };

const textLengthMax = 2_048;

/**
 * The user-id and password of a Basic credential (RFC 7617 §2), or undefined. It must be canonical base64 of UTF-8 without
 * control characters. The first colon separates the two, so a password may contain colons. Lengths are checked before a digest is
 * made.
 */
export function parseBasic(text: string): BasicCredential | undefined {
  if (text.length > textLengthMax || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text || !isUtf8(bytes)) return undefined;
  const decoded = bytes.toString("utf8");
  const colon = decoded.indexOf(":");
  if (colon === -1 || /\p{Cc}/u.test(decoded)) return undefined;
  return { clientId: decoded.slice(0, colon), secret: decoded.slice(colon + 1) };
}

type Service = Extract<Actor, { type: "service" }>;

const servicesMax = 500;
const serviceCachedMs = 30_000;
/** Stands in for a client that doesn't exist, so that its refusal takes as long as a wrong password's. */
const nobody = { secretDigest: "0".repeat(64), roles: [] };

/** The service whose Basic credentials (RFC 7617) these are; undefined: they are wrong. Throws DatabaseError. */
export async function identifyService(runtime: Runtime, credential: string): Promise<Service | undefined> {
  const presented = parseBasic(credential);
  if (presented === undefined || !/^[\x21-\x7e]{1,128}$/.test(presented.clientId)) return undefined;
  const digest = credentialDigest(presented.secret, runtime.keyPepper);
  const services = once(runtime, createServiceCache);
  const nowMs = runtime.now().getTime();
  const known = services.get(`${presented.clientId}:${digest}`, nowMs);
  if (known !== undefined) return known;
  const service = await checkService(runtime, { presented, digest });
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
