import type { SQL } from "drizzle-orm";
import type { Publication } from "../publication/publication.ts";
import { currentPublication, publish } from "../publication/publish.store.ts";
import type { Call } from "../endpoint/contract.ts";
import { asRead } from "./as-read.ts";
import type { Locator, Snapshot } from "./snapshot.sql.ts";
import { snapshotFrom, snapshotStatement } from "./snapshot.sql.ts";
import { DatabaseError } from "../platform/database-error.ts";
import type { Runtime } from "../platform/runtime.ts";
import { policySnapshotFrom, policySnapshotStatement } from "../policy/policy.store.ts";
import type { PolicyReference, PolicySnapshot } from "../policy/policy.store.ts";
import type { Problem, ProblemCode } from "../problem/problem.ts";
import { problem, ProblemError, throwProblem } from "../problem/problem.ts";
import type { Committed, CommittedDocument } from "../commit/committed.ts";
import { committedFrom } from "../commit/committed.ts";
import type { License } from "../license/license.ts";
import { tellRefusal } from "./tell-refusal.store.ts";
import { commit, commitIssue } from "../commit/commit.store.ts";
import { change } from "../commit/decision.ts";
import type { Change, Decision, Issue, Moment, Nothing } from "../commit/decision.ts";
import { isReplayRace } from "../http/idempotency.store.ts";
import { storedFrom, storedStatement } from "../http/idempotency.sql.ts";
import type { Stored } from "../http/idempotency.sql.ts";
import { wakeDeliveries } from "../webhook/wake.store.ts";

/** A verb: its license, the data to read, and its decision. */
export type Verb = {
  readonly locator: Locator;
  /** The problem for a license that doesn't exist or isn't in the caller's scope. */
  readonly absent: ProblemCode;
  readonly fingerprint?: string;
  readonly replace?: string;
  readonly holders?: { readonly above: number | null } | undefined;
  readonly lapsed?: boolean;
  readonly meters?: readonly string[];
  /** False: an answer that changed nothing is not stored under its `Idempotency-Key`. */
  readonly storesUnchanged?: false;
  readonly decide: (snapshot: Snapshot, moment: Moment) => Decision;
  /** The snapshot, if the caller has already read it. */
  readonly seen?: Snapshot | undefined;
};

/** The issue of a license from a policy. */
type IssueVerb = {
  readonly policy: PolicyReference;
  readonly decide: (seen: PolicySnapshot, moment: Moment) => { kind: "change"; change: Issue } | Problem;
};

/** The parts of a call that `perform` needs; scheduled work makes its own. */
export type PerformCall = Pick<Call, "caller" | "requestId" | "idempotency" | "ifMatch" | "changes">;

export type Performed<Seen = Snapshot> =
  | { readonly kind: "committed"; readonly committed: Committed; readonly publication: Publication | undefined; readonly replayed: boolean }
  | { readonly kind: "nothing"; readonly seen: Seen; readonly at: Date };

/** How often a verb is decided while other requests change the license, and the longest pause between two attempts. */
export const attemptsMax = 12;
const pauseMaxMs = 40;
/** How often a commit's wait for the license may time out before the caller must retry: each wait takes seconds. */
const waitsMax = 2;

/** The road of every change of a license: read → decide → commit → publish. Throws ProblemError, DatabaseError. */
export async function perform(runtime: Runtime, call: PerformCall, verb: Verb): Promise<Performed> {
  const refused: License[] = [];
  try {
    return await take(runtime, call, { verb, onFull: (license) => refused.push(license) });
  } finally {
    const [license] = refused;
    if (license !== undefined) await tellRefusal(runtime, license);
  }
}

type Taking = { readonly verb: Verb; readonly onFull: (license: License) => void };

function take(runtime: Runtime, call: PerformCall, { verb, onFull }: Taking): Promise<Performed> {
  return road(runtime, call, {
    absent: verb.absent,
    ...(verb.seen === undefined ? {} : { seen: verb.seen }),
    look: (now) => look(runtime, call, { verb, now }),
    decide: (snapshot, moment) => {
      const { sequence } = snapshot.license;
      if (call.ifMatch?.includes(sequence) === false) {
        return problem("sequence-mismatch", { detail: `The license is at sequence ${sequence}.` });
      }
      const decision = verb.decide(snapshot, moment);
      if (decision.kind === "problem" && decision.code === "activation-limit-reached" && verb.fingerprint !== undefined) onFull(snapshot.license);
      const kept = decision.kind === "nothing" && call.idempotency !== undefined && verb.storesUnchanged !== false ? keepAnswer(snapshot, decision, moment) : decision;
      // With `If-Match` the commit also requires the sequence that was read, in addition to the guard.
      if (kept.kind !== "change") return kept;
      return change({ ...kept.change, ...heldBy(call, verb), ...(call.ifMatch === undefined ? {} : { atSequence: sequence }) });
    },
    commit: (chosen, moment) => commit(chosen, { database: runtime.database, moment, idempotency: call.idempotency }),
  });
}

/**
 * The commit's condition for a caller who reaches the license only by its key or as its holder: the license has not been handed
 * over since it was read.
 */
function heldBy({ caller: { scope } }: PerformCall, { locator }: Verb): Pick<Change, "heldBy"> {
  const named = locator.by === "key" ? locator.named : undefined;
  const keyDigest = scope.kind === "license" ? scope.keyDigest : named;
  if (scope.kind === "all" && keyDigest === undefined) return {};
  return { heldBy: { scope, ...(keyDigest === undefined ? {} : { keyDigest }) } };
}

/** The same road for the issue of a license. */
export function performIssue(runtime: Runtime, call: PerformCall, verb: IssueVerb): Promise<Performed<PolicySnapshot>> {
  return road<PolicySnapshot, Issue>(runtime, call, {
    absent: "policy-not-found",
    look: (now) => lookAtPolicy(runtime, call, { policy: verb.policy, now }),
    decide: verb.decide,
    commit: (issue, moment) => commitIssue(issue, { database: runtime.database, moment, idempotency: call.idempotency }),
  });
}

type Road<Seen, Chosen> = {
  readonly absent: ProblemCode;
  readonly seen?: Seen;
  readonly look: (now: Date) => Promise<Looked<Seen>>;
  readonly decide: (seen: Seen, moment: Moment) => { kind: "change"; change: Chosen } | Nothing | Problem;
  readonly commit: (chosen: Chosen, moment: Moment) => Promise<Committed | undefined>;
};
type Looked<Seen> = { readonly seen: Seen | undefined; readonly stored?: Stored | undefined };

/** If the guard of a commit didn't hold, another request was first: read and decide again, at most `attemptsMax` times. */
async function road<Seen, Chosen extends Change | Issue>(runtime: Runtime, call: PerformCall, steps: Road<Seen, Chosen>): Promise<Performed<Seen>> {
  let waits = 0;
  for (let attempt = 1; attempt <= attemptsMax && waits < waitsMax; attempt += 1) {
    const moment: Moment = { now: runtime.now(), actor: call.caller.actor, requestId: call.requestId };
    const { seen, stored } = attempt === 1 && steps.seen !== undefined ? { seen: steps.seen } : await steps.look(moment.now);
    if (stored !== undefined) return replayOf(runtime, stored);
    if (seen === undefined) throwProblem(steps.absent);
    const decision = steps.decide(seen, moment);
    if (decision.kind === "problem") throw new ProblemError(decision);
    if (decision.kind === "nothing") return { kind: "nothing", seen, at: moment.now };
    const limited = isLimited(decision.change) ? call.changes : undefined;
    limited?.admit();
    const mayBeReplay = call.idempotency !== undefined && attempt === 1;
    const committed = await unlessRaced(() => steps.commit(decision.change, moment), { mayBeReplay });
    if (committed === "contended") waits += 1;
    else if (committed !== undefined) {
      const [publication] = await Promise.all([
        committed.events.length === 0 ? undefined : publish(committed, runtime),
        limited?.count(),
        isHinted(call, committed) ? wakeDeliveries(runtime) : undefined,
      ]);
      return { kind: "committed", committed, publication, replayed: false };
    }
    await pause(runtime, attempt);
  }
  return throwProblem("license-contended", { retryAfterSeconds: 1 });
}

/**
 * Whether to send one message for the change: if it has written deliveries. Scheduled work sends none, because it changes many
 * licenses; the next minute's run finds their deliveries.
 */
function isHinted({ caller }: PerformCall, { deliveries }: Committed): boolean {
  return deliveries > 0 && caller.actor.type !== "system";
}

/**
 * Whether a change counts against the limit on changes by a license's own key: every change with events, except a machine's first
 * seat, because a fleet may start at once.
 */
function isLimited(chosen: Change | Issue): boolean {
  if (!("guard" in chosen) || chosen.isFirstSeat === true) return false;
  return chosen.events.length > 0 || chosen.releasesAll !== undefined || chosen.releases.some(({ ifLapsed }) => !ifLapsed);
}

/** Reads the snapshot and the stored answer in one round trip. */
async function look(runtime: Runtime, call: PerformCall, { verb, now }: { verb: Verb; now: Date }): Promise<Looked<Snapshot>> {
  const question = {
    locator: verb.locator,
    scope: call.caller.scope,
    now,
    ...(verb.fingerprint === undefined ? {} : { fingerprint: verb.fingerprint }),
    ...(verb.replace === undefined ? {} : { replace: verb.replace }),
    ...(verb.holders === undefined ? {} : { holders: verb.holders }),
    ...(verb.lapsed === undefined ? {} : { lapsed: verb.lapsed }),
    ...(verb.meters === undefined ? {} : { meters: verb.meters }),
  };
  const { row, stored } = await readWithStored(runtime, call, { statement: snapshotStatement(question), now });
  const seen = snapshotFrom(row);
  // After a hand-over its former holder gets no replay either.
  const isForbidden = seen === undefined && call.caller.scope.kind !== "all";
  return { seen, stored: isForbidden ? undefined : stored };
}

async function lookAtPolicy(
  runtime: Runtime,
  call: PerformCall,
  { policy, now }: { policy: PolicyReference; now: Date },
): Promise<Looked<PolicySnapshot>> {
  const { row, stored } = await readWithStored(runtime, call, { statement: policySnapshotStatement(policy), now });
  return { seen: policySnapshotFrom(row), stored };
}

type Reading = { readonly statement: SQL; readonly now: Date };

async function readWithStored(runtime: Runtime, call: PerformCall, { statement, now }: Reading) {
  if (call.idempotency === undefined) {
    const [rows = []] = await runtime.database.read(statement);
    return { row: rows[0], stored: undefined };
  }
  const [rows = [], answers = []] = await runtime.database.read(statement, storedStatement(call.idempotency, now));
  return { row: rows[0], stored: storedFrom(answers[0], call.idempotency) };
}

/** There is nothing to change, but the answer must be stored for the `Idempotency-Key`: a change without effect stores it. */
function keepAnswer(snapshot: Snapshot, { extra }: Nothing, moment: Moment): Decision {
  return change({ ...asRead(snapshot, moment), ...(extra === undefined ? {} : { extra }) });
}

/** The problem for each unique constraint that a change can violate. */
const takenBy: Readonly<Record<string, ProblemCode>> = { LicenseKey_pkey: "key-taken", TrialLedger_pkey: "trial-already-used", TrialMachine_pkey: "trial-already-used" };

/**
 * Undefined if the commit lost a race, so that the verb is decided again: against another copy of the same request, or against
 * another claim of the same seat. With `mayBeReplay`, a taken key or trial counts too, because a copy may have taken it.
 */
async function unlessRaced(
  commit: () => Promise<Committed | undefined>,
  { mayBeReplay }: { readonly mayBeReplay: boolean },
): Promise<Committed | "contended" | undefined> {
  try {
    return await commit();
  } catch (error) {
    if (isReplayRace(error)) return undefined;
    if (error instanceof DatabaseError && error.kind === "contended") return "contended";
    if (!(error instanceof DatabaseError) || error.kind !== "constraint") throw error;
    if (error.constraint === "Activation_live_fingerprint_key") return undefined;
    const taken = takenBy[error.constraint ?? ""];
    if (taken === undefined) throw error;
    return mayBeReplay ? undefined : throwProblem(taken);
  }
}

/** Replays a stored change, with the current state of its certificate. */
export async function replayOf(runtime: Runtime, stored: Pick<Stored, "document">): Promise<Extract<Performed, { kind: "committed" }>> {
  const committed = committedFrom(stored.document as CommittedDocument);
  return { kind: "committed", committed, publication: await currentPublication(committed, runtime), replayed: true };
}

/** A random pause, so that requests that lost one race don't meet again in the next. */
function pause(runtime: Runtime, attempt: number): Promise<void> {
  const share = (runtime.random(1)[0] ?? 0) / 255;
  return new Promise((resolve) => setTimeout(resolve, share * Math.min(pauseMaxMs, attempt * 10)));
}
