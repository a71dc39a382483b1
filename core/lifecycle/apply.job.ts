import { describeError } from "../platform/describe-error.ts";
import { sql } from "drizzle-orm";
import { type License, licenseFrom, type LicenseRow } from "../license/license.ts";
import { licenseJson } from "../license/license.sql.ts";
import { isChangeable } from "../license/status.sql.ts";
import { afterChange, DatabaseError } from "../platform/database-error.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timeBudget } from "../platform/time-budget.ts";
import type { TimeBudget } from "../platform/time-budget.ts";
import type { Policy } from "../policy/policy.ts";
import { type PolicyReference, requirePolicy } from "../policy/policy.store.ts";
import { ProblemError } from "../problem/problem.ts";
import { apply } from "./apply.ts";
import { type ApplyOutcome, type ApplyPosition, type ApplyReport, nextPosition, tally } from "./apply-report.ts";
import { perform, type PerformCall } from "./perform.store.ts";
import { databaseProblem } from "../http/database-problem.ts";
import { changeOnce, findStored } from "../http/idempotency.store.ts";

/** The most licenses that one call examines, and how many it changes concurrently. */
export const licensesMax = 500;
const concurrency = 4;
/** A call begins no license after `workMs`, nor when its function has less than `reserveMs` left. */
const workMs = 8_000;
const reserveMs = 5_000;

type ApplyRequest = {
  readonly policy: PolicyReference;
  readonly dryRun: boolean;
  readonly limit: number;
  readonly from: ApplyPosition;
};

type Applied = {
  readonly report: Omit<ApplyReport, "nextCursor">;
  readonly next: ApplyPosition | undefined;
};

/**
 * Copies a policy's terms to its licenses, each by `perform`, as far as time allows. The answer holds the position to continue
 * from. Repeating a call is safe, so a call that was cut off can be sent again. Throws policy-not-found, idempotency-mismatch,
 * DatabaseError.
 */
export async function applyPolicy(runtime: Runtime, call: PerformCall, request: ApplyRequest): Promise<Applied & { readonly replayed: boolean }> {
  const stored = await findStored(runtime, call.idempotency);
  if (stored !== undefined) return { ...(stored.document as Applied), replayed: true };
  const applied = await applyPage(runtime, call, request);
  if (call.idempotency === undefined) return { ...applied, replayed: false };
  const { document, replayed } = await changeOnce(runtime, call.idempotency, { change: sql`select ${JSON.stringify(applied)}::jsonb as document` }).catch(afterChange);
  return { ...(document as Applied), replayed };
}

async function applyPage(runtime: Runtime, call: PerformCall, request: ApplyRequest): Promise<Applied> {
  const time = timeBudget(workMs, reserveMs);
  const { dryRun, from } = request;
  const policy = await requirePolicy(runtime, request.policy);
  const page = await readPage(runtime, { policyId: policy.id, ...request });
  const outcomes = dryRun
    ? page.licenses.map((license) => foresee(license, policy))
    : await applyEach(runtime, { call, policy, time }, page.licenses);
  const hasMore = page.hasMore || outcomes.length < page.licenses.length;
  // Licenses that were issued meanwhile aren't counted.
  const left = page.left === null ? null : Math.max(page.left - outcomes.length, hasMore ? 1 : 0);
  const position = nextPosition(outcomes, { from, left: hasMore ? 1 : 0 });
  const next = position === undefined ? undefined : { ...position, counted: { total: page.total, left: hasMore ? left : null } };
  const { ratePerSecond, etaSeconds } = time.progress(outcomes.length, outcomes.length + (left ?? 0));
  const tallied = tally(outcomes, { dryRun });
  return {
    report: { policyId: policy.id, dryRun, total: page.total, ...tallied, done: next === undefined, ratePerSecond, etaSeconds: left === null && hasMore ? null : etaSeconds },
    next,
  };
}

type Page = { readonly total: number; readonly left: number | null; readonly licenses: readonly License[]; readonly hasMore: boolean };

/** Only the first call counts, because counting reads every license of the policy. */
async function readPage(
  runtime: Runtime,
  { policyId, from, limit }: { readonly policyId: string; readonly from: ApplyPosition; readonly limit: number },
): Promise<Page> {
  const ofPolicy = sql`l.policy_id = ${policyId}::bigint and ${isChangeable(sql`l`)}`;
  const page = sql`select ${licenseJson(sql`l`)} as license from licensing."License" l
      where ${ofPolicy} and l.id > ${from.after}::bigint order by l.id limit ${limit + 1}`;
  const count = sql`select count(*)::int as total, count(*) filter (where l.id > ${from.after}::bigint)::int as remaining
      from licensing."License" l where ${ofPolicy}`;
  const [rows = [], counts = []] = await (from.counted === undefined ? runtime.database.read(page, count) : runtime.database.read(page));
  return {
    ...(from.counted ?? { total: Number(counts[0]?.["total"]), left: Number(counts[0]?.["remaining"]) }),
    licenses: rows.slice(0, limit).map((row) => licenseFrom(row["license"] as LicenseRow)),
    hasMore: rows.length > limit,
  };
}

/** The outcome of applying the policy to a license as it was read. */
function foresee(license: License, policy: Policy): ApplyOutcome {
  const licenseId = license.id;
  const decision = apply({ license, policy }, { policyId: policy.id });
  switch (decision.kind) {
    case "change":
      return { kind: "changed", licenseId, changes: decision.change.events[0]?.changes ?? {} };
    case "nothing":
      return { kind: "unchanged", licenseId };
    case "problem":
      return { kind: "failed", licenseId, code: decision.code, again: false };
  }
}

type Work = { readonly call: PerformCall; readonly policy: Policy; readonly time: TimeBudget };

/**
 * Applies the policy to a few licenses concurrently, in order. A license that was begun is finished, so the outcomes are those of
 * the first licenses.
 */
async function applyEach(runtime: Runtime, work: Work, licenses: readonly License[]): Promise<readonly ApplyOutcome[]> {
  const outcomes: ApplyOutcome[] = [];
  let begun = 0;
  let isBroken = false;
  const worker = async () => {
    while (begun < licenses.length && !isBroken && work.time.hasTime()) {
      const place = begun;
      begun += 1;
      const license = licenses[place];
      if (license === undefined) return;
      const outcome = await applyOne(runtime, work, license);
      outcomes[place] = outcome;
      isBroken ||= outcome.kind === "failed" && brokenCodes.has(outcome.code);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return outcomes;
}

/** A license that wouldn't change is left out; the others are read and decided again by `perform`. */
async function applyOne(runtime: Runtime, { call, policy }: Work, license: License): Promise<ApplyOutcome> {
  const foreseen = foresee(license, policy);
  if (foreseen.kind !== "changed") return foreseen;
  const licenseId = license.id;
  try {
    const performed = await perform(runtime, { caller: call.caller, requestId: call.requestId }, {
      locator: { by: "id", named: licenseId },
      absent: "license-not-found",
      decide: (snapshot) => apply(snapshot, { policyId: policy.id }),
    });
    if (performed.kind === "nothing") return { kind: "unchanged", licenseId };
    const { committed, publication } = performed;
    const certificate = publication === undefined ? {} : { certificate: publication.state };
    return { kind: "changed", licenseId, changes: committed.events[0]?.changes ?? {}, ...certificate };
  } catch (error) {
    const code = codeOf(error);
    if (code === "internal") runtime.log.write("error", "Policy could not be applied", { licenseId, error: describeError(error) });
    return { kind: "failed", licenseId, code, again: code === "license-contended" || brokenCodes.has(code) };
  }
}

/** The database doesn't answer: further licenses would fail too. */
const brokenCodes: ReadonlySet<string> = new Set(["dependency-unavailable", "outcome-unknown"]);

function codeOf(error: unknown): string {
  if (error instanceof ProblemError) return error.problem.code;
  return error instanceof DatabaseError ? databaseProblem(error, { changesLicense: true }).code : "internal";
}
