import type { Stored } from "../http/idempotency.sql.ts";
import type { Reply } from "../http/reply.ts";
import { tellRefusal } from "./tell-refusal.store.ts";
import { replayHeaders } from "../http/reply.ts";
import type { Scope } from "../access/actor.ts";
import { assess, stateOf, type Assessment } from "../license/assess.ts";
import { representConsumed } from "../usage/represent.ts";
import { hasRoom, type MeterUsage } from "../usage/usage.ts";
import type { Runtime } from "../platform/runtime.ts";
import type { Moment } from "../commit/decision.ts";
import { seatKnown, type ValidateInput } from "./answer-unchanged.ts";
import type { Nonce } from "./nonce.ts";
import { perform, replayOf } from "./perform.store.ts";
import type { PerformCall, Performed } from "./perform.store.ts";
import { ProblemError } from "../problem/problem.ts";
import { representNotFound, representSeen, representValidation } from "./represent-validation.ts";
import { reportRefusals } from "./report-refusals.store.ts";
import { warnOfUsage } from "./warn-of-usage.store.ts";
import type { Locator, Snapshot } from "./snapshot.sql.ts";
import { assessSnapshot, seatFound, validate } from "./validate.ts";

/** The edge's own parts, so that `licenses/validate` has only this file to load later. */
export { admitCaller, findFaults, refusalOf } from "../endpoint/later.ts";

type Told = { readonly input: ValidateInput; readonly nonce: Nonce | undefined; readonly scope: Scope };

export type Asked = Omit<Told, "scope"> & {
  readonly locator: Locator;
  readonly snapshot: Snapshot;
  /** The stored answer of this `Idempotency-Key`, if there is one. */
  readonly stored: Stored | undefined;
};

/** Answers a validation that may take a seat, extend a lease or count use, by `perform`, and replays one that did. */
export async function validateByChange(runtime: Runtime, call: PerformCall, asked: Asked): Promise<Reply> {
  const performed = asked.stored === undefined ? await performValidation(runtime, call, asked) : await replayOf(runtime, asked.stored);
  if (performed === undefined) return { status: 200, body: representNotFound(runtime.now(), asked.nonce) };
  const { scope, actor } = call.caller;
  const told = { input: asked.input, nonce: asked.nonce, scope };
  switch (performed.kind) {
    case "committed":
      if (!performed.replayed) await warnOfUsage(runtime, performed.committed.license.id, performed.committed.usage);
      return committedReply(performed, told);
    case "nothing": {
      const { seen, at } = performed;
      const assessment = assessSnapshot(seen, asked.input, { now: at, actor, requestId: call.requestId });
      if (assessment.code === "USAGE_LIMIT_REACHED") await reportRefusals(runtime, call, { licenseId: seen.license.id, refused: seen.usage.filter(isRefused(asked.input)) });
      if (assessment.code === "ACTIVATION_LIMIT_REACHED") await tellRefusal(runtime, seen.license);
      return { status: 200, body: seenBody(seen, told, { assessment, asOf: at }) };
    }
    default:
      return performed satisfies never;
  }
}

/** The meters that have no room for their use. */
function isRefused({ usage = [] }: ValidateInput): (meter: MeterUsage) => boolean {
  return (meter) => usage.some((use) => use.meter === meter.meter && !hasRoom(meter, use.amount));
}

/** Answers what a validation would, without its change: a seat that it would take isn't there, and no use is counted. */
export function explainValidation({ snapshot, ...told }: Told & Pick<Asked, "snapshot">, moment: Moment): Reply {
  const isHeld = seatKnown(snapshot, told.input, moment.now) === "held";
  const assessment = assessSnapshot(snapshot, told.input, moment);
  return { status: 200, body: seenBody(isHeld ? snapshot : { ...snapshot, seat: undefined }, told, { assessment, asOf: moment.now }) };
}

function seenBody(seen: Snapshot, told: Told, answered: { readonly assessment: Assessment; readonly asOf: Date }) {
  return representSeen(seen, { ...answered, usage: shownUsage(seen.usage, told) }, told.nonce);
}

/** The asked meters that the license has, in the order of the question; undefined: none was asked. */
function shownUsage(usage: readonly MeterUsage[], { input, scope }: Told): readonly object[] | undefined {
  return input.usage?.flatMap((use) => usage.filter(({ meter }) => meter === use.meter).map((meter) => representConsumed(meter, scope)));
}

/** Undefined: the key in the body was replaced before the commit. */
async function performValidation(runtime: Runtime, call: PerformCall, { locator, snapshot, input }: Asked): Promise<Performed | undefined> {
  try {
    return await perform(runtime, call, {
      locator,
      absent: "license-not-found",
      ...(input.fingerprint === undefined ? {} : { fingerprint: input.fingerprint }),
      seen: snapshot,
      ...(input.usage === undefined ? {} : { meters: input.usage.map(({ meter }) => meter) }),
      storesUnchanged: false,
      decide: (seen, at) => validate(seen, input, at),
    });
  } catch (error) {
    const isGone = error instanceof ProblemError && error.problem.code === "license-not-found" && call.caller.scope.kind === "all";
    if (isGone) return undefined;
    throw error;
  }
}

function committedReply({ committed, replayed }: Extract<Performed, { kind: "committed" }>, told: Told): Reply {
  const { license, seatsUsed, events, extra, at } = committed;
  const { features, releasedAtMs } = told.input;
  const assessment = assess(stateOf(license), { seat: seatFound(extra), features, releasedAtMs }, at.getTime());
  const seat = assessment.valid ? committed.seat : undefined;
  const created = events.some((event) => event.type === "activated");
  const usage = shownUsage(committed.usage, told);
  const body = representValidation({ license, seat, seatsUsed, created, assessment, asOf: at, usage }, told.nonce);
  return { status: 200, body, headers: replayHeaders(replayed) };
}
