import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { Caller, LicenseKeyCaller, Scope } from "../access/actor.ts";
import { refuseCredential } from "../access/refusals.ts";
import type { Call } from "../endpoint/contract.ts";
import type { Reply } from "../http/reply.ts";
import { keyHeld, located, snapshotFrom, snapshotStatement } from "./snapshot.sql.ts";
import type { Locator, Snapshot } from "./snapshot.sql.ts";
import { licenseLocator } from "./locator.ts";
import type { Nonce } from "./nonce.ts";
import { isTouchDue, touchSeconds, touchStatement } from "./touch.sql.ts";
import { createCache } from "../base/cache.ts";
import type { Row } from "../platform/database.ts";
import { DatabaseError } from "../platform/database-error.ts";
import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";
import { throwProblem } from "../problem/problem.ts";
import { storedFrom, storedStatement } from "../http/idempotency.sql.ts";
import { settle } from "./settle.ts";
import type { ValidateInput } from "./settle.ts";
import { representNotFound, representSeen } from "./represent-validation.ts";

export type ValidateRequest = {
  readonly key?: string | undefined;
  readonly licenseId?: string | undefined;
  readonly fingerprint?: string | undefined;
  /** Default true. */
  readonly activate?: boolean | undefined;
  readonly name?: string | undefined;
  readonly features?: readonly string[] | undefined;
  readonly nonce?: Nonce | undefined;
};

export type ValidateCall = Pick<Call, "requestId" | "idempotency" | "admit"> & { readonly caller: Caller | LicenseKeyCaller };

/**
 * Answers whether a license may be used. A fingerprint that has its seat costs one round trip to the database, in which a
 * `License` credential is checked and `lastValidatedAt` written too; only taking a seat costs another.
 */
export async function validateLicense(runtime: Runtime, call: ValidateCall, request: ValidateRequest): Promise<Reply> {
  const credential = "licenseKeyDigest" in call.caller ? call.caller.licenseKeyDigest : undefined;
  const locator = locatorOf(runtime, call, request);
  const now = runtime.now();
  // Whoever presents a license is counted by it: by naming another's they can't use up what that one may ask.
  const admitted = call.admit(credential ?? limitedBy(locator));
  const [looked] = await Promise.all([
    locator === "none" ? lookNowhere(runtime, credential, now) : look(runtime, call, { locator, credential, request, now }),
    admitted,
  ]);
  if (credential !== undefined && looked.credentialOf === undefined) refuseCredential();
  const stored = storedFrom(looked.stored, call.idempotency);
  const { snapshot } = looked;
  if (snapshot === undefined) {
    if (credential !== undefined && request.licenseId !== undefined) throwProblem("license-not-found");
    if (call.idempotency === undefined) return { status: 200, body: representNotFound(now, request.nonce) };
    const { validateUnknown } = await import("./validate-by-change.store.ts");
    return validateUnknown(runtime, call.idempotency, { input: inputOf(request), nonce: request.nonce });
  }
  if (credential !== undefined && looked.credentialOf !== snapshot.license.id) throwProblem("license-not-found");
  const input = inputOf(request);
  const asOf = runtime.now();
  const assessment = call.idempotency === undefined ? settle(snapshot, input, asOf) : undefined;
  if (assessment !== undefined) return { status: 200, body: representSeen(snapshot, { assessment, asOf }, request.nonce) };
  // All that a change takes is a quarter of the function, and is loaded when one may be due.
  const { validateByChange } = await import("./validate-by-change.store.ts");
  const asked = { snapshot, stored, input, nonce: request.nonce };
  return validateByChange(runtime, { ...call, caller: callerOf(call.caller, snapshot) }, asked);
}

/** An application that names no license means its own. */
function locatorOf(runtime: Runtime, call: ValidateCall, request: ValidateRequest): Locator | "none" {
  const own = "licenseKeyDigest" in call.caller ? ({ by: "key", named: call.caller.licenseKeyDigest } as const) : undefined;
  const caller = "licenseKeyDigest" in call.caller ? undefined : call.caller;
  const locator = licenseLocator(runtime, request, caller) ?? own;
  return locator ?? throwProblem("malformed-request", { errors: [{ pointer: "/key", detail: "is required, or licenseId" }] });
}

function limitedBy(locator: Locator | "none"): string | undefined {
  return locator === "none" || locator.by === "activation" ? undefined : locator.named;
}

type Look = {
  readonly locator: Locator;
  readonly credential: string | undefined;
  readonly request: ValidateRequest;
  readonly now: Date;
};
type Looked = { readonly snapshot: Snapshot | undefined; readonly stored?: Row | undefined; readonly credentialOf: string | undefined };

async function look(runtime: Runtime, call: ValidateCall, { locator, credential, request, now }: Look): Promise<Looked> {
  const { fingerprint } = request;
  const scope: Scope = "scope" in call.caller ? call.caller.scope : { kind: "all" };
  // A license found by the caller's own key says by itself that the key is known.
  const isFoundByKey = locator.by === "key" && locator.named === credential;
  const held = credential === undefined || isFoundByKey ? undefined : keyHeld(credential, timestamp(now));
  const { idempotency } = call;
  const snapshot = snapshotStatement({ locator, scope, now, ...(fingerprint === undefined ? {} : { fingerprint }) });
  const fresh = once(runtime, createFresh);
  const asked = `${limitedBy(locator) ?? ""}:${fingerprint ?? ""}`;
  const touch = fresh.get(asked, now.getTime()) === true ? undefined : touchStatement({ where: foundBy(locator, held, now), fingerprint, now });
  const [rows = [], ...others] = await readAndTouch(runtime, touch, [
    snapshot,
    ...(idempotency === undefined ? [] : [storedStatement(idempotency, now)]),
    ...(held === undefined ? [] : [credentialStatement(held)]),
  ]);
  const seen = snapshotFrom(rows[0]);
  const stored = idempotency === undefined ? undefined : others.shift()?.[0];
  const credentialOf = isFoundByKey ? seen?.license.id : idOf(held === undefined ? undefined : others.shift()?.[0]);
  const [touched = []] = others;
  const isOwn = credential === undefined || credentialOf === seen?.license.id;
  if (seen !== undefined && isOwn && touch !== undefined) {
    const isDue = isTouchDue(seen.license.lastValidatedAt, now);
    if (isDue && touched.length === 0) runtime.log.write("warn", "Failed to update lastValidatedAt", { licenseId: seen.license.id });
    if (!isDue) fresh.set(asked, true, freshUntilMs(seen));
  }
  return { snapshot: seen, stored, credentialOf };
}

/** The license that is asked about, if its asker may. */
function foundBy(locator: Locator, held: SQL | undefined, now: Date): SQL {
  const found = located(locator, timestamp(now));
  return held === undefined ? found : sql`${found} and ${held}`;
}

const freshMax = 20_000;

/** What this process saw written down, which needs no statement that would find nothing to do. */
function createFresh() {
  return createCache<true>(freshMax);
}

/** Until when nothing is to be written about this license and seat. */
function freshUntilMs({ license, seat }: Snapshot): number {
  const writtenAtMs = [license.lastValidatedAt, seat?.lastSeenAt].map((at) => at?.getTime() ?? Infinity);
  return Math.min(...writtenAtMs) + touchSeconds * 1000;
}

/** One round trip that may be sent again; when the write in it is refused (a database that only reads), the answer is still given. */
async function readAndTouch(runtime: Runtime, touch: SQL | undefined, statements: readonly [SQL, ...SQL[]]) {
  try {
    return await runtime.database.read(...statements, ...(touch === undefined ? [] : [touch]));
  } catch (error) {
    if (touch === undefined || !(error instanceof DatabaseError) || error.code === undefined) throw error;
    return runtime.database.read(...statements);
  }
}

async function lookNowhere(runtime: Runtime, credential: string | undefined, now: Date): Promise<Looked> {
  if (credential === undefined) return { snapshot: undefined, credentialOf: undefined };
  const [rows = []] = await runtime.database.read(credentialStatement(keyHeld(credential, timestamp(now))));
  return { snapshot: undefined, credentialOf: idOf(rows[0]) };
}

function credentialStatement(held: SQL): SQL {
  return sql`select l.id::text as id from licensing."License" l where ${held}`;
}

function idOf(row: Readonly<Record<string, unknown>> | undefined): string | undefined {
  return row === undefined ? undefined : String(row["id"]);
}

function callerOf(caller: Caller | LicenseKeyCaller, { license }: Snapshot): Caller {
  if (!("licenseKeyDigest" in caller)) return caller;
  return { actor: { type: "license", id: license.id }, scope: { kind: "license", licenseId: license.id } };
}

function inputOf(request: ValidateRequest): ValidateInput {
  const { fingerprint, name = null, features = [], activate = true } = request;
  return { fingerprint, name, features, activate };
}
