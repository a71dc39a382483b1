import { createSecretKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { createCache } from "../platform/cache.ts";
import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import { refuse } from "../problem/problem.ts";
import { keyDigest } from "../license/key-digest.ts";
import { parseKey } from "../license/key.ts";
import { networkOf } from "../http/network.ts";
import type { Actor, LicenseKeyCaller } from "./actor.ts";
import type { BasicCredential } from "./basic.ts";
import { parseBasic } from "./basic.ts";
import { credentialDigest, equalDigests } from "./credential-digest.ts";
import { findCredential } from "./credential.store.ts";
import { findLicenseByKey } from "./license-credential.store.ts";
import type { Attempt } from "./lockout.ts";
import { underLockout } from "./lockout.ts";
import { verifyToken } from "./verify-token.ts";

export type Presented = {
  /** The `Authorization` header as the gateway joins it. */
  readonly authorization: string | undefined;
  readonly address: string;
  /** A `License` credential is handed on as its digest, for the function to look up. */
  readonly resolvesLicense: boolean;
};

const headerLengthMax = 10_240;

/**
 * Who is calling. Throws unauthenticated for no credential, two of them, an unknown scheme or a wrong one, always with
 * the same answer; rate-limited after too many wrong ones; dependency-unavailable when it can't be known.
 */
export async function authenticate(runtime: Runtime, presented: Presented): Promise<Actor | LicenseKeyCaller> {
  const found = await identify(runtime, presented);
  return found ?? refuse("unauthenticated", { detail: "Present one valid credential: Bearer, Basic or License." });
}

async function identify(runtime: Runtime, presented: Presented): Promise<Actor | LicenseKeyCaller | undefined> {
  const header = presented.authorization ?? "";
  // No credential holds a comma, so a comma means that the header came twice.
  if (header.length > headerLengthMax || header.includes(",")) return undefined;
  const [, scheme = "", credential = ""] = /^([A-Za-z]+) +([\x21-\x7e]+)$/.exec(header) ?? [];
  switch (scheme.toLowerCase()) {
    case "bearer":
      return verifyToken(runtime, credential);
    case "basic":
      return identifyService(runtime, credential);
    case "license":
      return identifyLicense(runtime, credential, presented);
    default:
      return undefined;
  }
}

type Service = Extract<Actor, { type: "service" }>;

const servicesMax = 500;
const serviceCachedMs = 30_000;
/** Compared with when there is no such client, so that its answer takes as long. */
const nobody = { secretDigest: "0".repeat(64), roles: [] };

async function identifyService(runtime: Runtime, credential: string): Promise<Service | undefined> {
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

async function identifyLicense(
  runtime: Runtime,
  credential: string,
  { address, resolvesLicense }: Presented,
): Promise<Actor | LicenseKeyCaller | undefined> {
  const parsed = parseKey(credential);
  if ("fault" in parsed) return undefined;
  const licenseKeyDigest = keyDigest(parsed.normalized, once(runtime, pepperKey));
  if (resolvesLicense) return { licenseKeyDigest };
  const id = await underLockout(runtime, keyAttempt(licenseKeyDigest, address), () => findLicenseByKey(runtime, licenseKeyDigest));
  return id === undefined ? undefined : Object.freeze({ type: "license", id });
}

/** License keys have no account, so their guesses count by where they come from. */
export function keyAttempt(licenseKeyDigest: string, address: string): Attempt {
  return { kind: "licenseAddress", id: networkOf(address), digest: licenseKeyDigest };
}

/** Made once: as bytes it would be made into a key again for every digest, which costs more than the digest. */
function pepperKey(runtime: Runtime): KeyObject {
  return createSecretKey(runtime.keyPepper, "utf8");
}
