import type { SQL } from "drizzle-orm";
import { isLive } from "../activation/activation.ts";
import type { Publication } from "../publication/publication.ts";
import { currentPublication, publish } from "../publication/publish.store.ts";
import type { Call } from "../endpoint/contract.ts";
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
import { commit, commitIssue } from "../commit/commit.store.ts";
import { change } from "../commit/decision.ts";
import type { Change, Decision, Issue, Moment, Nothing } from "../commit/decision.ts";
import { isReplayRace } from "../http/idempotency.store.ts";
import { storedFrom, storedStatement } from "../http/idempotency.sql.ts";
import type { Stored } from "../http/idempotency.sql.ts";

/** What one verb is: which license, what to ask about it, and the decision. */
export type Verb = {
  readonly locator: Locator;
  /** What a license that isn't there, or isn't the caller's to see, is called. */
  readonly absent: ProblemCode;
  readonly fingerprint?: string;
  readonly replace?: string;
  readonly holders?: boolean;
  /** False: an answer that changed nothing is not stored under its `Idempotency-Key`. */
  readonly storesUnchanged?: false;
  readonly decide: (snapshot: Snapshot, moment: Moment) => Decision;
  /** The first look, where the caller has already taken it. */
  readonly seen?: Snapshot | undefined;
};

/** A license to be issued from a policy. */
type IssueVerb = {
  readonly policy: PolicyReference;
  readonly decide: (seen: PolicySnapshot, moment: Moment) => { kind: "change"; change: Issue } | Problem;
};

/** What `perform` needs of a call; scheduled work brings its own. */
export type PerformCall = Pick<Call, "caller" | "requestId" | "idempotency" | "ifMatch" | "changes">;

export type Performed<Seen = Snapshot> =
  | { readonly kind: "committed"; readonly committed: Committed; readonly publication: Publication | undefined; readonly replayed: boolean }
  | { readonly kind: "nothing"; readonly seen: Seen; readonly at: Date };

/** How often a decision is taken anew when others change the license meanwhile, and the longest pause between two. */
export const attemptsMax = 12;
const pauseMaxMs = 40;
/** How often a commit waits in line in vain before its caller is told to come again: each wait takes seconds. */
const waitsMax = 2;

/**
 * The road of every change to a license, written once: read → decide → commit → publish. Throws ProblemError, DatabaseError.
 */
export function perform(runtime: Runtime, call: PerformCall, verb: Verb): Promise<Performed> {
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
      const kept = decision.kind === "nothing" && call.idempotency !== undefined && verb.storesUnchanged !== false ? keepAnswer(snapshot, decision, moment) : decision;
      // Whoever said which sequence they mean gets the one looked at; a seat's own guard must hold all the same.
      return kept.kind === "change" && call.ifMatch !== undefined ? change({ ...kept.change, atSequence: sequence }) : kept;
    },
    commit: (chosen, moment) => commit(chosen, { database: runtime.database, moment, idempotency: call.idempotency }),
  });
}

/** The same road for a license that isn't there yet. */
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

/**
 * A commit whose guard didn't hold means that somebody else was first: look again and decide on the truth, at most
 * `attemptsMax` times.
 */
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
      const [publication] = await Promise.all([committed.events.length === 0 ? undefined : publish(committed, runtime), limited?.count()]);
      return { kind: "committed", committed, publication, replayed: false };
    }
    await pause(runtime, attempt);
  }
  return throwProblem("license-contended", { retryAfterSeconds: 1 });
}

/** What a license's own key may do so often only: whatever writes events, but for a machine's first seat, since a fleet may start. */
function isLimited(chosen: Change | Issue): boolean {
  if (!("guard" in chosen) || chosen.isFirstSeat === true) return false;
  return chosen.events.length > 0 || chosen.releases.some(({ ifLapsed }) => !ifLapsed);
}

/** Snapshot and stored answer, one round trip. */
async function look(runtime: Runtime, call: PerformCall, { verb, now }: { verb: Verb; now: Date }): Promise<Looked<Snapshot>> {
  const question = {
    locator: verb.locator,
    scope: call.caller.scope,
    now,
    ...(verb.fingerprint === undefined ? {} : { fingerprint: verb.fingerprint }),
    ...(verb.replace === undefined ? {} : { replace: verb.replace }),
    ...(verb.holders === undefined ? {} : { holders: verb.holders }),
  };
  const { row, stored } = await readWithStored(runtime, call, { statement: snapshotStatement(question), now });
  return { seen: snapshotFrom(row), stored };
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

/** Nothing is to be done, but the caller asked for the same answer to the same request: a change of nothing carries it. */
function keepAnswer({ license, seat }: Snapshot, { extra }: Nothing, { now }: Moment): Decision {
  return change({
    licenseId: license.id,
    ...(seat !== undefined && isLive(seat, now)
      ? { guard: { kind: "seat-open", activationId: seat.id, live: true }, atRevision: license.revision, shows: seat.id }
      : { guard: { kind: "revision", revision: license.revision } }),
    set: {},
    releases: [],
    events: [],
    ...(extra === undefined ? {} : { extra }),
  });
}

/** What is taken when a unique constraint refuses a change. */
const takenBy: Readonly<Record<string, ProblemCode>> = { LicenseKey_pkey: "key-taken", TrialLedger_pkey: "trial-already-used", TrialMachine_pkey: "trial-already-used" };

/**
 * Losing to another copy of the same request, or to whoever took the same seat, is a reason to look again. A copy may also
 * have taken the key or the trial, so with `mayBeReplay` that is one too.
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

/** A stored change, answered again with its license's certificate as it is now. */
export async function replayOf(runtime: Runtime, stored: Pick<Stored, "document">): Promise<Extract<Performed, { kind: "committed" }>> {
  const committed = committedFrom(stored.document as CommittedDocument);
  return { kind: "committed", committed, publication: await currentPublication(committed, runtime), replayed: true };
}

/** A little apart, so that those who lost together don't lose together again. */
function pause(runtime: Runtime, attempt: number): Promise<void> {
  const share = (runtime.random(1)[0] ?? 0) / 255;
  return new Promise((resolve) => setTimeout(resolve, share * Math.min(pauseMaxMs, attempt * 10)));
}
