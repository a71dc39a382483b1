import "../at-start.ts";
import type { IdempotencyClaim, Reply } from "../http/contract.ts";
import { replayHeaders } from "../http/replay-headers.ts";
import { assess } from "../license/assess.ts";
import type { Snapshot } from "../license/license.store.ts";
import { standingOf } from "../license/standing.ts";
import type { Nonce } from "../license/nonce.ts";
import type { Runtime } from "../platform/runtime.ts";
import { answerOnce } from "./answer-once.store.ts";
import { KeptAnswer, perform, replayOf } from "./perform.ts";
import type { PerformCall, Performed } from "./perform.ts";
import type { Stored } from "./stored-answer.store.ts";
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
export async function validateByChange(runtime: Runtime, call: PerformCall, { snapshot, stored, input, nonce }: Asked): Promise<Reply> {
  if (stored !== undefined) return replay(runtime, stored, { input, nonce });
  const performed = await perform(runtime, call, {
    locator: { by: "id", named: snapshot.license.id },
    absent: "license-not-found",
    ...(input.fingerprint === undefined ? {} : { fingerprint: input.fingerprint }),
    seen: snapshot,
    decide: (seen, at) => validate(seen, input, at),
  }).catch((error: unknown) => {
    // A copy of this request found no license a moment ago, and was first to be kept.
    if (error instanceof KeptAnswer) return error;
    throw error;
  });
  if (performed instanceof KeptAnswer) return replay(runtime, performed, { input, nonce });
  if (performed.kind === "committed") return committedReply(performed, { input, nonce });
  const { seen, at } = performed;
  const assessment = judge(seen, input, { now: at, actor: call.caller.actor, requestId: call.requestId });
  return { status: 200, body: representSeen(seen, { assessment, asOf: at }, nonce) };
}

type Told = Pick<Asked, "input" | "nonce">;

/** A license that isn't there, in an answer that is kept. */
export async function validateUnknown(runtime: Runtime, claim: IdempotencyClaim, { input, nonce }: Told): Promise<Reply> {
  const unknown = representNotFound(runtime.now(), nonce);
  const { body, replayed } = await answerOnce<object>(runtime, claim, () => Promise.resolve({ unknown } satisfies Unknown));
  return replayed ? replay(runtime, { document: body }, { input, nonce }) : { status: 200, body: unknown };
}

/** What is kept of an answer about no license; of any other, the change is kept as it was committed. */
type Unknown = { readonly unknown: object };

function isUnknown(document: unknown): document is Unknown {
  return typeof document === "object" && document !== null && "unknown" in document;
}

async function replay(runtime: Runtime, stored: Pick<Stored, "document">, told: Told): Promise<Reply> {
  if (isUnknown(stored.document)) return { status: 200, body: stored.document.unknown, headers: replayHeaders(true) };
  return committedReply(await replayOf(runtime, stored), told);
}

function committedReply({ committed, replayed }: Extract<Performed, { kind: "committed" }>, { input, nonce }: Told): Reply {
  const { license, seatsUsed, events, extra, at } = committed;
  const assessment = assess(standingOf(license), { seat: seatFound(extra), features: input.features }, at.getTime());
  const seat = assessment.valid ? committed.seat : undefined;
  const created = events.some((event) => event.type === "activated");
  const body = representValidation({ license, seat, seatsUsed, created, assessment, asOf: at }, nonce);
  return { status: 200, body, headers: replayHeaders(replayed) };
}
