import { sql, type SQL } from "drizzle-orm";
import type { Caller, LicenseKeyCaller } from "../access/actor.ts";
import { refuseCredential } from "../access/refusals.ts";
import type { Call } from "../endpoint/contract.ts";
import { storedFrom, storedStatement } from "../http/idempotency.sql.ts";
import { clearExpiredStatement, isReplayRace, recordStatement } from "../http/idempotency.store.ts";
import { replayHeaders, type Reply } from "../http/reply.ts";
import { credentialStatement, keyHeld, visible } from "../license/license.sql.ts";
import type { Status } from "../license/status.ts";
import { isUsable } from "../license/status.sql.ts";
import type { Row } from "../platform/database.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";
import { problem, ProblemError, throwProblem, type Problem } from "../problem/problem.ts";
import { representConsumed } from "../usage/represent.ts";
import { consumeStatement } from "../usage/usage.sql.ts";
import { hasRoom, meterUsageFrom, type MeterRow, type MeterUsage, type Use } from "../usage/usage.ts";
import { unusable } from "./activate.ts";
import { reportRefusals } from "./report-refusals.store.ts";
import { warnOfUsage } from "./warn-of-usage.store.ts";

type ConsumeCall = Pick<Call, "requestId" | "idempotency" | "admit"> & { readonly caller: Caller | LicenseKeyCaller };
type Asked = { readonly licenseId: string; readonly use: Use };

/** How often a consume is tried. Other calls may take the room that it found, before it reaches the meter's row. */
const attemptsMax = 12;

/**
 * Counts a use by one statement in one round trip, which also checks a `License` credential and the license's standing, and stores the
 * answer under an `Idempotency-Key`. It doesn't lock the license and writes no event; the first refusal of a period writes one. Throws
 * license-not-found, meter-not-found, usage-limit-reached, a problem of the license's state, license-contended, DatabaseError.
 */
export async function consumeUsage(runtime: Runtime, call: ConsumeCall, asked: Asked): Promise<Reply> {
  const caller = callerOf(call.caller, asked.licenseId);
  const credential = caller.actor.type === "license" ? caller.actor.keyDigest : undefined;
  // A `License` credential counts for its own license, so a caller who names another license can't use up that license's quota.
  const admission = call.admit(credential ?? asked.licenseId);
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const now = runtime.now();
    const [tried] = await Promise.all([tryOnce(runtime, { ...call, ...asked, caller, credential, now }), admission]);
    if (tried === "raced") continue;
    const { found, isReplay } = tried;
    const { counted } = found;
    if (counted !== undefined) {
      if (!isReplay) await warnOfUsage(runtime, asked.licenseId, [counted]);
      return { status: 200, body: representConsumed(counted, caller.scope), headers: replayHeaders(isReplay) };
    }
    const refusal = refusalOf(found, { use: asked.use, caller, now });
    if (refusal === undefined) continue;
    if (refusal.code === "usage-limit-reached" && found.meter !== undefined) {
      await reportRefusals(runtime, { caller, requestId: call.requestId }, { licenseId: asked.licenseId, refused: [found.meter] });
    }
    throw new ProblemError(refusal);
  }
  return throwProblem("license-contended", { retryAfterSeconds: 1 });
}

/** An application acts for the license of its key; the statement holds only for that license. */
function callerOf(caller: ConsumeCall["caller"], licenseId: string): Caller {
  if (!("licenseKeyDigest" in caller)) return caller;
  const keyDigest = caller.licenseKeyDigest;
  return { actor: { type: "license", id: licenseId, keyDigest }, scope: { kind: "license", licenseId, keyDigest } };
}

/** A license as the statement saw it. `meter`: before the use; `counted`: after it, if it was counted. */
type Found = {
  readonly standing?: { readonly status: Status; readonly startsAt: Date | null; readonly graceUntil: Date | null };
  readonly meter: MeterUsage | undefined;
  readonly counted: MeterUsage | undefined;
};
type Tried = { readonly found: Found; readonly isReplay: boolean };
type Try = Asked & Pick<Call, "idempotency"> & { readonly caller: Caller; readonly credential: string | undefined; readonly now: Date };

/** Each statement sees what was committed before it begins. So the stored answer of a copy is read last, after the count that the copy may have made. */
async function tryOnce(runtime: Runtime, attempt: Try): Promise<Tried | "raced"> {
  const { licenseId, credential, idempotency, now } = attempt;
  const before = [
    ...(credential === undefined ? [] : [credentialStatement(keyHeld(credential, timestamp(now)))]),
    ...(idempotency === undefined ? [] : [clearExpiredStatement(idempotency, now)]),
  ];
  const [first, ...rest] = [...before, statementOf(attempt)] as const;
  try {
    const results = [...(await (idempotency === undefined
      ? runtime.database.write(first, ...rest)
      : runtime.database.writeKeyed(first, ...rest, storedStatement(idempotency, now))))];
    if (credential !== undefined) refuseStranger(results.shift()?.[0], licenseId);
    const answered = idempotency === undefined ? undefined : storedFrom(results.pop()?.[0], idempotency);
    const found = foundFrom(results.at(-1)?.[0]);
    if (found.counted !== undefined || answered === undefined) return { found, isReplay: false };
    return { found: { meter: undefined, counted: meterUsageFrom(answered.document as MeterRow) }, isReplay: true };
  } catch (error) {
    // A copy of this request was first: the next attempt reads its answer.
    if (isReplayRace(error)) return "raced";
    throw error;
  }
}

/** With a stored answer the statement counts nothing. */
function statementOf({ licenseId, use, caller, credential, idempotency, now }: Try): SQL {
  const held = credential === undefined ? sql`` : sql` and ${keyHeld(credential, timestamp(now))}`;
  const where = sql`l.id = ${licenseId}::bigint and ${visible(caller.scope, sql`l`)}${held}`;
  if (idempotency === undefined) return consumeStatement({ where, isUsable: isUsable(sql`l`, now), use, now }, sql``);
  const record = recordStatement(idempotency, now, { source: sql`answer`, document: sql`answer.document` });
  const isNew = sql`not exists (${storedStatement(idempotency, now)})`;
  return consumeStatement({ where, isUsable: sql`${isUsable(sql`l`, now)} and ${isNew}`, use, now }, sql`, recorded as (${record})`);
}

/** The answer is the same for another license and for none, so that a license key can't reveal other customers. */
function refuseStranger(owned: Row | undefined, licenseId: string): void {
  if (owned === undefined) refuseCredential();
  if (owned["id"] !== licenseId) throwProblem("license-not-found");
}

function foundFrom(row: Row | undefined): Found {
  if (row === undefined) return { meter: undefined, counted: undefined };
  const { status, starts_at: starts, grace_until: grace, before, counted } = row["found"] as FoundRow;
  const instant = (text: string | null) => (text === null ? null : new Date(text));
  return {
    standing: { status, startsAt: instant(starts), graceUntil: instant(grace) },
    meter: meterUsageFrom(before),
    counted: counted === null ? undefined : meterUsageFrom(counted),
  };
}

type FoundRow = {
  readonly status: Status;
  readonly starts_at: string | null;
  readonly grace_until: string | null;
  readonly before: MeterRow;
  readonly counted: MeterRow | null;
};

/** Why a use wasn't counted. Undefined: the meter had room when it was read, and lost it to others. */
function refusalOf({ standing, meter }: Found, { use, caller, now }: Pick<Try, "use" | "caller" | "now">): Problem | undefined {
  if (standing === undefined) return problem("license-not-found");
  const refusal = unusable(standing, now) ?? (standing.startsAt === null ? problem("license-not-started") : undefined);
  if (refusal !== undefined) return refusal;
  if (meter === undefined) return problem("meter-not-found", { detail: "The license's terms have no such meter." });
  if (hasRoom(meter, use.amount)) return undefined;
  return problem("usage-limit-reached", { detail: "The meter has no room for this use.", members: representConsumed(meter, caller.scope) });
}
