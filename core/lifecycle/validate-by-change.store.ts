import type { Stored } from "../http/idempotency.sql.ts";
import type { Reply } from "../http/reply.ts";
import { replayHeaders } from "../http/reply.ts";
import { assess, stateOf } from "../license/assess.ts";
import type { Runtime } from "../platform/runtime.ts";
import type { Moment } from "../commit/decision.ts";
import { seatKnown, type ValidateInput } from "./answer-unchanged.ts";
import type { Nonce } from "./nonce.ts";
import { perform, replayOf } from "./perform.store.ts";
import type { PerformCall, Performed } from "./perform.store.ts";
import { ProblemError } from "../problem/problem.ts";
import { representNotFound, representSeen, representValidation } from "./represent-validation.ts";
import type { Locator, Snapshot } from "./snapshot.sql.ts";
import { assessSnapshot, seatFound, validate } from "./validate.ts";

/** The edge's own parts, so that `licenses/validate` has only this file to load later. */
export { admitCaller, findFaults, refusalOf } from "../endpoint/later.ts";

type Told = { readonly input: ValidateInput; readonly nonce: Nonce | undefined };

export type Asked = Told & {
  readonly locator: Locator;
  readonly snapshot: Snapshot;
  /** The stored answer of this `Idempotency-Key`, if there is one. */
  readonly stored: Stored | undefined;
};

/** Answers a validation that may take a seat or extend a lease, by `perform`, and replays one that did. */
export async function validateByChange(runtime: Runtime, call: PerformCall, asked: Asked): Promise<Reply> {
  const performed = asked.stored === undefined ? await performValidation(runtime, call, asked) : await replayOf(runtime, asked.stored);
  if (performed === undefined) return { status: 200, body: representNotFound(runtime.now(), asked.nonce) };
  switch (performed.kind) {
    case "committed":
      return committedReply(performed, asked);
    case "nothing": {
      const { seen, at } = performed;
      const assessment = assessSnapshot(seen, asked.input, { now: at, actor: call.caller.actor, requestId: call.requestId });
      return { status: 200, body: representSeen(seen, { assessment, asOf: at }, asked.nonce) };
    }
    default:
      return performed satisfies never;
  }
}

/** Answers what a validation would, without its change: a seat that it would take isn't there. */
export function explainValidation({ snapshot, input, nonce }: Told & Pick<Asked, "snapshot">, moment: Moment): Reply {
  const assessment = assessSnapshot(snapshot, input, moment);
  const isHeld = seatKnown(snapshot, input, moment.now) === "held";
  const seen = isHeld ? snapshot : { ...snapshot, seat: undefined };
  return { status: 200, body: representSeen(seen, { assessment, asOf: moment.now }, nonce) };
}

/** Undefined: the key in the body was replaced before the commit. */
async function performValidation(runtime: Runtime, call: PerformCall, { locator, snapshot, input }: Asked): Promise<Performed | undefined> {
  try {
    return await perform(runtime, call, {
      locator,
      absent: "license-not-found",
      ...(input.fingerprint === undefined ? {} : { fingerprint: input.fingerprint }),
      seen: snapshot,
      storesUnchanged: false,
      decide: (seen, at) => validate(seen, input, at),
    });
  } catch (error) {
    const isGone = error instanceof ProblemError && error.problem.code === "license-not-found" && call.caller.scope.kind === "all";
    if (isGone) return undefined;
    throw error;
  }
}

function committedReply({ committed, replayed }: Extract<Performed, { kind: "committed" }>, { input, nonce }: Told): Reply {
  const { license, seatsUsed, events, extra, at } = committed;
  const assessment = assess(stateOf(license), { seat: seatFound(extra), features: input.features, releasedAtMs: input.releasedAtMs }, at.getTime());
  const seat = assessment.valid ? committed.seat : undefined;
  const created = events.some((event) => event.type === "activated");
  const body = representValidation({ license, seat, seatsUsed, created, assessment, asOf: at }, nonce);
  return { status: 200, body, headers: replayHeaders(replayed) };
}
