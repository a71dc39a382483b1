import { answerOnce } from "../http/idempotency.store.ts";
import type { IdempotencyKey, Stored } from "../http/idempotency.sql.ts";
import type { Reply } from "../http/reply.ts";
import { replayHeaders } from "../http/reply.ts";
import { assess, stateOf } from "../license/assess.ts";
import type { Runtime } from "../platform/runtime.ts";
import type { ValidateInput } from "./answer-unchanged.ts";
import type { Nonce } from "./nonce.ts";
import { performOrReplay, replayOf } from "./perform.store.ts";
import type { Kept, PerformCall, Performed } from "./perform.store.ts";
import { representNotFound, representSeen, representValidation } from "./represent-validation.ts";
import type { Snapshot } from "./snapshot.sql.ts";
import { assessSnapshot, seatFound, validate } from "./validate.ts";

/** The edge's own parts that wait with this file, so that `licenses/validate` has one thing to load. */
export { admitCaller, findFaults, prepareToAdmit, refusalOf } from "../endpoint/later.ts";

type Told = { readonly input: ValidateInput; readonly nonce: Nonce | undefined };

export type Asked = Told & {
  readonly snapshot: Snapshot;
  /** The stored answer to this `Idempotency-Key`, where there is one. */
  readonly stored: Stored | undefined;
};

/** Answers a validation that may take a seat or extend a lease, or whose answer is stored, by the road of every change. */
export async function validateByChange(runtime: Runtime, call: PerformCall, asked: Asked): Promise<Reply> {
  const performed = asked.stored === undefined ? await performValidation(runtime, call, asked) : await replayOf(runtime, asked.stored);
  switch (performed.kind) {
    case "kept":
      return unknownReply(performed);
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

function performValidation(runtime: Runtime, call: PerformCall, { snapshot, input }: Asked): Promise<Performed | Kept> {
  return performOrReplay(runtime, call, {
    locator: { by: "id", named: snapshot.license.id },
    absent: "license-not-found",
    ...(input.fingerprint === undefined ? {} : { fingerprint: input.fingerprint }),
    seen: snapshot,
    decide: (seen, at) => validate(seen, input, at),
  });
}

/** The stored document of an answer about no license; of any other answer the committed change is stored. */
type Unknown = { readonly unknown: object };

/** Answers about a license that isn't there, and stores the answer. */
export async function validateUnknown(runtime: Runtime, idempotency: IdempotencyKey, told: Told): Promise<Reply> {
  const unknown = representNotFound(runtime.now(), told.nonce);
  const { body, replayed } = await answerOnce<object>(runtime, idempotency, () => Promise.resolve({ unknown } satisfies Unknown));
  if (!replayed) return { status: 200, body: unknown };
  // A copy of this request may have come when the license was there already.
  const replay = await replayOf(runtime, { document: body });
  return replay.kind === "kept" ? unknownReply(replay) : committedReply(replay, told);
}

function unknownReply({ document }: Kept): Reply {
  return { status: 200, body: (document as Unknown).unknown, headers: replayHeaders(true) };
}

function committedReply({ committed, replayed }: Extract<Performed, { kind: "committed" }>, { input, nonce }: Told): Reply {
  const { license, seatsUsed, events, extra, at } = committed;
  const assessment = assess(stateOf(license), { seat: seatFound(extra), features: input.features }, at.getTime());
  const seat = assessment.valid ? committed.seat : undefined;
  const created = events.some((event) => event.type === "activated");
  const body = representValidation({ license, seat, seatsUsed, created, assessment, asOf: at }, nonce);
  return { status: 200, body, headers: replayHeaders(replayed) };
}
