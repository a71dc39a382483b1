import * as z from "zod/mini";
import { activationRepresentation, representActivation } from "../activation/representation.ts";
import { instantText } from "../base/instant.ts";
import { seatNameOrNull } from "../base/text.ts";
import { seatDigest } from "../certificate/crypto-node.ts";
import { certifiedClaims } from "../certificate/issue.ts";
import { writeLicenseFile } from "../certificate/license-file.ts";
import { readCommitted } from "../commit/committed.store.ts";
import { raiseNeed } from "../keyring/signing-key-need.store.ts";
import type { SigningKey } from "../keyring/signing-key.ts";
import { signingKey } from "../keyring/signing-keys.store.ts";
import { markedSigner, trustedKeys } from "../keyring/trusted-keys.store.ts";
import { licenseRepresentation } from "../license/representation.ts";
import { representLicense } from "../license/represent.ts";
import type { Reply } from "../http/reply.ts";
import { afterChange } from "../platform/database-error.ts";
import type { Runtime } from "../platform/runtime.ts";
import { throwProblem } from "../problem/problem.ts";
import { issuing } from "../publication/publish.store.ts";
import { issueFile } from "./issue-file.ts";
import { perform } from "./perform.store.ts";
import type { PerformCall, Performed } from "./perform.store.ts";
import { changeHeaders } from "./reply.store.ts";

/** The answer to the issue of a license file. */
export const issuedFile = z.strictObject({
  file: z.string().check(z.meta({ description: "The license file: its armour, under a summary for people." })),
  expiresAt: instantText.check(z.meta({ description: "When the file ends: no later than the license." })),
  license: licenseRepresentation,
  activation: z.optional(activationRepresentation).check(z.meta({ description: "The seat of the machine that the file is for." })),
});

type FileRequest = {
  readonly licenseId: string;
  readonly fingerprint?: string | undefined;
  readonly name?: string | undefined;
  readonly lifetime?: string | undefined;
};

/**
 * Gives out a license file, for one machine if a fingerprint is given. The need of its key is recorded before the answer. Throws
 * ProblemError, DatabaseError.
 */
export async function issueLicenseFile(runtime: Runtime, call: PerformCall, { licenseId, fingerprint, name, lifetime }: FileRequest): Promise<Reply> {
  // Without a key the call fails before anything is changed. The commit may find another active key, but hardly ever does.
  const { activeKid } = await trustedKeys(runtime);
  if ((await signingKey(runtime, activeKid).catch(() => undefined)) === undefined) {
    throwProblem("dependency-unavailable", { detail: "The service has no key to sign with.", retryAfterSeconds: 60 });
  }
  const issue = issuing(runtime);
  const { jti } = issue;
  const ttlSecondsMax = call.caller.scope.kind === "all" ? undefined : issue.ttlSeconds;
  const performed = await perform(runtime, call, {
    locator: { by: "id", named: licenseId },
    absent: "license-not-found",
    ...(fingerprint === undefined ? {} : { fingerprint }),
    decide: (snapshot, moment) => issueFile(snapshot, { fingerprint, name: seatNameOrNull(name), lifetime, ttlSecondsMax, jti }, moment),
  });
  if (performed.kind === "nothing") return throwProblem("license-contended");
  const { committed, publication } = performed;
  const { license, seat, seatsUsed, extra, at } = committed;
  const claims = certifiedClaims(committed, { ...issue, now: at, jti: extra["jti"] ?? jti, ttlSeconds: Number(extra["ttlSeconds"]) });
  const key = await signerOf(runtime, performed);
  const file = writeLicenseFile(fingerprint === undefined ? claims : { ...claims, fingerprint: seatDigest(license.id, fingerprint) }, key);
  const expiresAt = new Date(claims.exp * 1000);
  await raiseNeed(runtime, { kid: key.kid, until: expiresAt }).catch(afterChange);
  return {
    status: 200,
    body: {
      file,
      expiresAt: expiresAt.toISOString(),
      license: representLicense(license, { seatsUsed, now: at }),
      ...(seat === undefined ? {} : { activation: representActivation(seat) }),
    },
    headers: { ...changeHeaders(license.sequence, performed), ...(publication === undefined ? {} : { "x-certificate-state": publication.state }) },
  };
}

/** A replay signs with the key that is active now: the one of the first answer may have been denied since. */
async function signerOf(runtime: Runtime, { committed, replayed }: Extract<Performed, { kind: "committed" }>): Promise<SigningKey> {
  const { license, signingKid } = committed;
  const kid = replayed ? (await readCommitted(runtime, { licenseId: license.id, scope: { kind: "all" } }).catch(afterChange))?.signingKid : signingKid;
  const key = await signingKey(runtime, await markedSigner(runtime, kid ?? null)).catch(() => undefined);
  return key ?? throwProblem("outcome-unknown", { detail: "The file was recorded and could not be signed. Retry with the same Idempotency-Key.", retryAfterSeconds: 60 });
}
