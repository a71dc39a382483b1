import { sql } from "drizzle-orm";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";
import type { Actor } from "./actor.ts";
import { identifyService } from "./identify-service.store.ts";
import { licenseKeyCaller } from "./license-caller.ts";
import type { Authorization } from "./license-caller.ts";
import { refuseToken } from "./refusals.ts";
import { verifyToken } from "./verify-token.store.ts";

/**
 * The id of the license with this key digest: its present key, or the former one during its overlap. The license may have any
 * status. Not cached, so that a replaced key stops at once.
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

/**
 * Authenticates a caller. Undefined: there is no credential, its scheme is unknown, or it is wrong; the caller must not be able
 * to tell which. A bad token is refused here, because its caller is told the reason. Throws unauthenticated, and
 * dependency-unavailable if the credential can't be checked. A right credential is accepted however many wrong ones other callers
 * present: secrets and keys are too long to be guessed (decision 13). If wrong ones locked a credential, anyone could shut out
 * its owner.
 */
export async function authenticate(runtime: Runtime, authorization: Authorization | undefined): Promise<Actor | undefined> {
  if (authorization === undefined) return undefined;
  switch (authorization.scheme) {
    case "bearer":
      return identifyUser(runtime, authorization.credential);
    case "basic":
      return identifyService(runtime, authorization.credential);
    case "license":
      return identifyLicense(runtime, authorization.credential);
    default:
      return undefined;
  }
}

async function identifyUser(runtime: Runtime, token: string): Promise<Actor> {
  const user = await verifyToken(runtime, token);
  return "fault" in user ? refuseToken(user.fault) : user;
}

async function identifyLicense(runtime: Runtime, credential: string): Promise<Actor | undefined> {
  const caller = licenseKeyCaller(runtime, credential);
  if (caller === undefined) return undefined;
  const id = await findLicenseByKey(runtime, caller.licenseKeyDigest);
  return id === undefined ? undefined : Object.freeze({ type: "license", id, keyDigest: caller.licenseKeyDigest });
}
