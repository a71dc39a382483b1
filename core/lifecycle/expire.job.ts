import { describeError } from "../platform/describe-error.ts";
import type { Caller } from "../access/actor.ts";
import { reconcile } from "../publication/reconcile.job.ts";
import type { Snapshot } from "./snapshot.sql.ts";
import { DatabaseError } from "../platform/database-error.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timeBudget } from "../platform/time-budget.ts";
import type { TimeBudget } from "../platform/time-budget.ts";
import { compareSeats } from "./compare-seats.store.ts";
import { closeLapsed } from "./releases.ts";
import type { Decision, Moment } from "../commit/decision.ts";
import { expire, expiredEvent } from "./expire.ts";
import { commitExpiries } from "../commit/commit-expiries.store.ts";
import { perform } from "./perform.store.ts";
import { remindOfExpiry } from "./remind.store.ts";
import { expiredCandidates, expiryDriftSeconds, lapsedCandidates, removedMax, removeExpired } from "./sweep-candidates.store.ts";
import type { Candidate, CandidatePage, CandidatePosition } from "./sweep-candidates.store.ts";

type SweepOptions = { readonly workMs?: number; readonly licensesMax?: number };

export type Swept = {
  /** Licenses whose expiry was recorded. */
  readonly expired: number;
  /** Licenses whose lapsed seats were closed. */
  readonly lapsed: number;
  /** Licenses without a change, because another request was first: renewed, swept, or changed otherwise. */
  readonly passed: number;
  readonly failed: number;
  /** Deliveries that tell webhooks of licenses that expire soon. */
  readonly reminded: number;
  /** Denying certificates that were due and were published, for example those of licenses whose grace has ended. */
  readonly published: number;
  readonly answersRemoved: number;
  /** Rows of periods that ended more than 25 months ago. */
  readonly usageRemoved: number;
  /** Licenses whose number of open seats was compared with the seats, and those whose number was wrong. */
  readonly compared: number;
  readonly miscounted: number;
  /** How long the longest overdue expiry has been waiting. */
  readonly driftSeconds: number;
};

const caller: Caller = { actor: { type: "system", id: "expire-licenses" }, scope: { kind: "all" } };

/** The candidates of a page, and how many licenses are changed concurrently. */
const pageMax = 200;
const concurrency = 8;
const workMsDefault = 45_000;
const licensesMaxDefault = 100_000;
/** A page with at least this many expiries is a crowd. */
const crowdMin = 50;
/** No license is begun with less than this left of the function's time. */
const reserveMs = 5_000;
const denyingWorkMs = 5_000;
const removalWorkMs = 8_000;

/**
 * Records changes by time: `expired` once for each license and expiry, and seats whose lease has run out; and publishes the
 * denying certificates of licenses whose grace has ended. Every commit is guarded, so a license that was renewed meanwhile is left
 * alone. Status is derived at every instant, so a late sweep never makes an answer wrong. Bounded by time and count; the next
 * sweep does the rest. Throws DatabaseError.
 */
export async function expireSweep(runtime: Runtime, options: SweepOptions = {}): Promise<Swept> {
  const sweep = begin(runtime, options);
  await sweepPages(sweep, [
    { find: expiredCandidates, decide: expire, kind: "expired", commitCrowd: recordExpiries },
    { find: lapsedCandidates, decide: closeLapsed, kind: "lapsed" },
  ]);
  const reminded = await remindOfExpiry(runtime, sweep.time);
  const { published } = await reconcile(runtime, { only: "denying", workMs: denyingWorkMs });
  const removed = await removeAll(runtime);
  const seats = await compareSeats(runtime);
  const driftSeconds = await expiryDriftSeconds(runtime);
  return { ...sweep.counts, reminded, published, ...removed, ...seats, driftSeconds };
}

type Sweep = {
  readonly runtime: Runtime;
  readonly licensesMax: number;
  readonly time: TimeBudget;
  readonly requestId: string;
  readonly counts: { expired: number; lapsed: number; passed: number; failed: number };
};

function begin(runtime: Runtime, { workMs = workMsDefault, licensesMax = licensesMaxDefault }: SweepOptions): Sweep {
  const requestId = `expire-${Buffer.from(runtime.random(12)).toString("hex")}`;
  return { runtime, licensesMax, requestId, time: timeBudget(workMs, reserveMs), counts: { expired: 0, lapsed: 0, passed: 0, failed: 0 } };
}

type Kind = {
  readonly find: (runtime: Runtime, page: CandidatePage) => Promise<readonly Candidate[]>;
  readonly decide: (snapshot: Snapshot, moment: Moment) => Decision;
  readonly kind: "expired" | "lapsed";
  /** Commits a crowd in one transaction, and returns how many licenses it changed. */
  readonly commitCrowd?: (sweep: Sweep, crowd: readonly Candidate[]) => Promise<number>;
};

/**
 * Takes a page of each kind in turn, so that a hundred thousand licenses that expire at one instant don't keep seats waiting.
 * Each page begins after the last candidate of the previous page, so the number of pages is bounded by that of candidates.
 */
async function sweepPages(sweep: Sweep, kinds: readonly Kind[]): Promise<void> {
  let open = kinds.map((kind) => ({ kind, after: undefined as CandidatePosition }));
  while (open.length > 0 && mayGoOn(sweep)) {
    const next: typeof open = [];
    for (const { kind, after } of open) {
      const page = await kind.find(sweep.runtime, { after, limit: pageMax });
      if (page.length === 0) continue;
      await sweepPage(sweep, kind, shuffled(page, sweep.runtime));
      next.push({ kind, after: page.at(-1) });
    }
    open = next;
  }
}

function mayGoOn(sweep: Sweep): boolean {
  return swept(sweep) < sweep.licensesMax && sweep.time.hasTime();
}

function swept({ counts }: Sweep): number {
  return counts.expired + counts.lapsed + counts.passed + counts.failed;
}

/** Two concurrent sweeps find the same candidates. In a random order they rarely change the same license at once. */
function shuffled(page: readonly Candidate[], runtime: Runtime): readonly Candidate[] {
  const order = runtime.random(page.length * 2);
  const keyed = page.map((candidate, place) => ({ candidate, at: (order[place * 2] ?? 0) * 256 + (order[place * 2 + 1] ?? 0) }));
  return keyed.toSorted((left, right) => left.at - right.at).map(({ candidate }) => candidate);
}

/**
 * A few licenses are changed by `perform`, which also publishes. A crowd is committed page by page, and the reconciler publishes
 * its certificates. If one license makes a page fail, each license of the page is changed by `perform`.
 */
async function sweepPage(sweep: Sweep, kind: Kind, page: readonly Candidate[]): Promise<void> {
  const crowd = page.slice(0, sweep.licensesMax - swept(sweep));
  const { commitCrowd } = kind;
  if (commitCrowd !== undefined && crowd.length >= crowdMin) {
    const changed = await unlessRefused(sweep, () => commitCrowd(sweep, crowd));
    if (changed !== undefined) {
      sweep.counts[kind.kind] += changed;
      sweep.counts.passed += crowd.length - changed;
      return;
    }
  }
  const waiting = page.values();
  const worker = async () => {
    for (const candidate of waiting) {
      if (!mayGoOn(sweep)) return;
      sweep.counts[await sweepOne(sweep, kind, candidate)] += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

function recordExpiries({ runtime, requestId }: Sweep, crowd: readonly Candidate[]): Promise<number> {
  const expiries = crowd.map(({ licenseId, since }) => ({ licenseId, expiresAt: since }));
  return commitExpiries(expiries, expiredEvent, { database: runtime.database, moment: { now: runtime.now(), actor: caller.actor, requestId } });
}

async function unlessRefused<Value>({ runtime, requestId }: Sweep, commit: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await commit();
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.kind === "unavailable") throw error;
    runtime.log.write("warn", "Page could not be swept at once", { requestId, error: describeError(error) });
    return undefined;
  }
}

async function sweepOne({ runtime, requestId }: Sweep, { decide, kind }: Kind, { licenseId }: Candidate): Promise<keyof Sweep["counts"]> {
  try {
    const performed = await perform(runtime, { caller, requestId }, { locator: { by: "id", named: licenseId }, absent: "license-not-found", lapsed: true, decide });
    return performed.kind === "committed" && performed.committed.events.length > 0 ? kind : "passed";
  } catch (error) {
    if (error instanceof DatabaseError && error.kind === "unavailable") throw error;
    runtime.log.write("warn", "License could not be swept", { licenseId, requestId, error: describeError(error) });
    return "failed";
  }
}

/**
 * Removes expired rows until none is left or `removalWorkMs` have passed. In that time it removes more rows than requests can
 * store.
 */
async function removeAll(runtime: Runtime): Promise<Pick<Swept, "answersRemoved" | "usageRemoved">> {
  const time = timeBudget(removalWorkMs, reserveMs);
  const removed = { answersRemoved: 0, usageRemoved: 0 };
  do {
    const { answers, usage } = await removeExpired(runtime);
    removed.answersRemoved += answers;
    removed.usageRemoved += usage;
    if (answers < removedMax && usage < removedMax) break;
  } while (time.hasTime());
  return removed;
}
