import type { Caller, LicenseKeyCaller } from "../access/actor.ts";
import { refuseCredential } from "../access/refusals.ts";
import { seatNameOrNull } from "../base/text.ts";
import type { Call } from "../endpoint/contract.ts";
import type { Stored } from "../http/idempotency.sql.ts";
import { storedFrom } from "../http/idempotency.sql.ts";
import type { Reply } from "../http/reply.ts";
import type { Runtime } from "../platform/runtime.ts";
import { throwFaults, throwProblem } from "../problem/problem.ts";
import type { Use } from "../usage/usage.ts";
import { answerUnchanged } from "./answer-unchanged.ts";
import type { ValidateInput } from "./answer-unchanged.ts";
import { licenseLocator } from "./locator.ts";
import type { Nonce } from "./nonce.ts";
import { representNotFound, representSeen } from "./represent-validation.ts";
import type { Locator, Snapshot } from "./snapshot.sql.ts";
import type * as changes from "./validate-by-change.store.ts";
import { readForValidation } from "./validation-read.store.ts";

type ValidateRequest = {
  readonly key?: string | undefined;
  readonly licenseId?: string | undefined;
  readonly fingerprint?: string | undefined;
  /** Default true. */
  readonly activate?: boolean | undefined;
  readonly name?: string | undefined;
  readonly features?: readonly string[] | undefined;
  readonly releasedAt?: string | undefined;
  readonly usage?: readonly Use[] | undefined;
  readonly nonce?: Nonce | undefined;
};

type ValidateCall = Pick<Call, "requestId" | "idempotency" | "admit" | "changes"> & {
  readonly caller: Caller | LicenseKeyCaller;
  readonly body: ValidateRequest;
  readonly query: { readonly dryRun: "true" | "false" };
  /** Loads the code of changes, a quarter of the function, which most validations don't need. */
  readonly load: () => Promise<Pick<typeof changes, "explainValidation" | "validateByChange">>;
};

/**
 * Answers whether a license may be used. A fingerprint with a seat costs one round trip to the database, which also checks a
 * `License` credential and writes `lastValidatedAt`. Taking a seat costs a second one. A dry run answers the same and writes
 * nothing. Throws ProblemError, DatabaseError.
 */
export async function validateLicense(runtime: Runtime, call: ValidateCall): Promise<Reply> {
  const { body, caller } = call;
  const dryRun = call.query.dryRun === "true";
  const idempotency = dryRun ? undefined : call.idempotency;
  const credential = "licenseKeyDigest" in caller ? caller.licenseKeyDigest : undefined;
  const locator = locatorOf(runtime, caller, body);
  const question = { locator, caller, credential, fingerprint: body.fingerprint, meters: body.usage?.map(({ meter }) => meter), idempotency, dryRun, now: runtime.now() };
  // A `License` credential counts for its own license, so a caller who names another license can't use up that license's quota.
  const [read] = await Promise.all([readForValidation(runtime, question), call.admit(credential ?? nameOf(locator))]);
  const { snapshot, credentialOf } = read;
  if (credential !== undefined && credentialOf === undefined) refuseCredential();
  const stored = changeOf(storedFrom(read.stored, idempotency));
  // The answer is the same for another license and for none, so that a license key can't reveal other customers.
  if (credential !== undefined && credentialOf !== snapshot?.license.id) throwProblem("license-not-found");
  if (snapshot === undefined || locator === "none") return { status: 200, body: representNotFound(runtime.now(), body.nonce) };
  return answer(runtime, call, { locator, snapshot, stored });
}

/** Validations that change nothing aren't stored. The previous release stored answers without a license; such a row is ignored. */
function changeOf(stored: Stored | undefined): Stored | undefined {
  return stored !== undefined && Object.hasOwn(stored.document as object, "license") ? stored : undefined;
}

type Found = { readonly locator: Locator; readonly snapshot: Snapshot; readonly stored: Stored | undefined };

/** Answers for an existing license: at once, unless a seat may be taken, a lease extended, use counted, or an earlier change replayed. */
async function answer(runtime: Runtime, call: ValidateCall, { locator, snapshot, stored }: Found): Promise<Reply> {
  const { nonce } = call.body;
  const input = inputOf(call.body);
  const asOf = runtime.now();
  const assessment = stored === undefined ? answerUnchanged(snapshot, input, asOf) : undefined;
  if (assessment !== undefined) return { status: 200, body: representSeen(snapshot, { assessment, asOf }, nonce) };
  const { explainValidation, validateByChange } = await call.load();
  const caller = callerOf(call.caller, snapshot);
  if (call.query.dryRun === "true") return explainValidation({ input, nonce, snapshot, scope: caller.scope }, { now: asOf, actor: caller.actor, requestId: call.requestId });
  return validateByChange(runtime, { ...call, caller }, { locator, snapshot, stored, input, nonce });
}

/** An application with a license key that names no license means its own. */
function locatorOf(runtime: Runtime, caller: ValidateCall["caller"], request: ValidateRequest): Locator | "none" {
  const isLicense = "licenseKeyDigest" in caller;
  const named = licenseLocator(runtime, request, isLicense ? undefined : caller);
  if (named !== undefined) return named;
  if (isLicense) return { by: "key", named: caller.licenseKeyDigest };
  return throwFaults([{ pointer: "/key", detail: "is required without licenseId" }]);
}

function nameOf(locator: Locator | "none"): string | undefined {
  return locator === "none" ? undefined : locator.named;
}

function callerOf(caller: ValidateCall["caller"], { license }: Snapshot): Caller {
  if (!("licenseKeyDigest" in caller)) return caller;
  const keyDigest = caller.licenseKeyDigest;
  return { actor: { type: "license", id: license.id, keyDigest }, scope: { kind: "license", licenseId: license.id, keyDigest } };
}

function inputOf({ fingerprint, name, features = [], activate = true, releasedAt, usage }: ValidateRequest): ValidateInput {
  const releasedAtMs = releasedAt === undefined ? undefined : Date.parse(releasedAt);
  return { fingerprint, name: seatNameOrNull(name), features, activate, releasedAtMs, usage };
}
