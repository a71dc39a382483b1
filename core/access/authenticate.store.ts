import { sql } from "drizzle-orm";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";
import type { Actor } from "./actor.ts";
import { identifyService } from "./identify-service.store.ts";
import { keyAttempt, licenseKeyCaller } from "./license-caller.ts";
import type { Authorization } from "./license-caller.ts";
import { underLockout } from "./lockout.store.ts";
import { verifyToken } from "./verify-token.store.ts";

/**
 * The id of the license that a key digest opens: its present key, or the one before while that still overlaps. Of a
 * license in any status. Not cached, so that a rotated key stops at once.
 */
async function findLicenseByKey(runtime: Runtime, digest: string): Promise<string | undefined> {
  const now = timestamp(runtime.now());
  const [rows = []] = await runtime.database.read(sql`
    select id::text as id from licensing."License"
    where key_digest = ${digest} or (previous_key_digest = ${digest} and previous_key_until > ${now})
    limit 1`);
  const id = rows[0]?.["id"];
  return typeof id === "string" ? id : undefined;
}

export type Presented = { readonly authorization: Authorization | undefined; readonly address: string };

/**
 * Who is calling; undefined for no credential, an unknown scheme and a wrong one, which the caller must not tell apart.
 * Throws rate-limited after too many wrong ones, dependency-unavailable when it can't be known.
 */
export async function authenticate(runtime: Runtime, { authorization, address }: Presented): Promise<Actor | undefined> {
  if (authorization === undefined) return undefined;
  switch (authorization.scheme) {
    case "bearer":
      return verifyToken(runtime, authorization.credential);
    case "basic":
      return identifyService(runtime, authorization.credential);
    case "license":
      return identifyLicense(runtime, authorization.credential, address);
    default:
      return undefined;
  }
}

async function identifyLicense(runtime: Runtime, credential: string, address: string): Promise<Actor | undefined> {
  const caller = licenseKeyCaller(runtime, credential);
  if (caller === undefined) return undefined;
  const { licenseKeyDigest } = caller;
  const id = await underLockout(runtime, keyAttempt(licenseKeyDigest, address), () => findLicenseByKey(runtime, licenseKeyDigest));
  return id === undefined ? undefined : Object.freeze({ type: "license", id });
}
