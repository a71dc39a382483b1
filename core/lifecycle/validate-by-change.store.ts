import type { IdempotencyKey, Stored } from "../http/idempotency.sql.ts";
import type { Reply } from "../http/reply.ts";
import { replayHeaders } from "../http/reply.ts";
import { assess, standingOf } from "../license/assess.ts";
import type { Snapshot } from "./snapshot.sql.ts";
import type { Nonce } from "./nonce.ts";
import type { Runtime } from "../platform/runtime.ts";
import { answerOnce } from "../http/idempotency.store.ts";
import { KeptAnswer, perform, replayOf } from "./perform.store.ts";
import type { PerformCall, Performed } from "./perform.store.ts";
import type { ValidateInput } from "./settle.ts";
import { judge, seatFound, validate } from "./validate.ts";
import { representNotFound, representSeen, representValidation } from "./represent-validation.ts";

export type Asked = {
  readonly snapshot: Snapshot;
  /** The answer to this `Idempotency-Key`, where there is one. */
  readonly stored: Stored | undefined;
  readonly input: ValidateInput;
  readonly nonce: Nonce | undefined;
};

/** A validation that may take a seat or extend a lease, or whose answer is kept: the road of every change. */
export function validateByChange(runtime: Runtime, call: PerformCall, { snapshot, stored, input, nonce }: Asked): Promise<Reply> {
  return orKept(async () => {
    if (stored !== undefined) return committedReply(await replayOf(runtime, stored), { input, nonce });
    const performed = await perform(runtime, call, {
      locator: { by: "id", named: snapshot.license.id },
      absent: "license-not-found",
      ...(input.fingerprint === undefined ? {} : { fingerprint: input.fingerprint }),
      seen: snapshot,
      decide: (seen, at) => validate(seen, input, at),
    });
    if (performed.kind === "committed") return committedReply(performed, { input, nonce });
    const { seen, at } = performed;
    const assessment = judge(seen, input, { now: at, actor: call.caller.actor, requestId: call.requestId });
    return { status: 200, body: representSeen(seen, { assessment, asOf: at }, nonce) };
  });
}

type Told = Pick<Asked, "input" | "nonce">;

/** What is kept of an answer about no license; of any other, the change is kept as it was committed. */
type Unknown = { readonly unknown: object };

/** A license that isn't there, in an answer that is kept. */
export async function validateUnknown(runtime: Runtime, claim: IdempotencyKey, told: Told): Promise<Reply> {
  const unknown = representNotFound(runtime.now(), told.nonce);
  const { body, replayed } = await answerOnce<object>(runtime, claim, () => Promise.resolve({ unknown } satisfies Unknown));
  if (!replayed) return { status: 200, body: unknown };
  return orKept(async () => committedReply(await replayOf(runtime, { document: body }), told));
}

/** The reply, or the kept answer about no license that it met: a copy of this request may have been first, before there was one. */
async function orKept(reply: () => Promise<Reply>): Promise<Reply> {
  try {
    return await reply();
  } catch (error) {
    if (!(error instanceof KeptAnswer)) throw error;
    return { status: 200, body: (error.document as Unknown).unknown, headers: replayHeaders(true) };
  }
}

function committedReply({ committed, replayed }: Extract<Performed, { kind: "committed" }>, { input, nonce }: Told): Reply {
  const { license, seatsUsed, events, extra, at } = committed;
  const assessment = assess(standingOf(license), { seat: seatFound(extra), features: input.features }, at.getTime());
  const seat = assessment.valid ? committed.seat : undefined;
  const created = events.some((event) => event.type === "activated");
  const body = representValidation({ license, seat, seatsUsed, created, assessment, asOf: at }, nonce);
  return { status: 200, body, headers: replayHeaders(replayed) };
}
