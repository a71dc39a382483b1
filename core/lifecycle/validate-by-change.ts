import "../at-start.ts";
import type { Caller } from "../access/actor.ts";
import type { Reply } from "../http/contract.ts";
import { assess } from "../license/assess.ts";
import type { Snapshot } from "../license/license.store.ts";
import { standingOf } from "../license/standing.ts";
import type { Nonce } from "../license/nonce.ts";
import type { Runtime } from "../platform/runtime.ts";
import { perform, replayOf } from "./perform.ts";
import type { PerformCall, Performed } from "./perform.ts";
import type { Stored } from "./stored-answer.store.ts";
import type { ValidateInput } from "./settle.ts";
import { judge, seatFound, validate } from "./validate.ts";
import { representSeen, representValidation } from "./represent-validation.ts";

export type Asked = {
  readonly snapshot: Snapshot;
  /** The answer to this `Idempotency-Key`, where there is one. */
  readonly stored: Stored | undefined;
  readonly input: ValidateInput;
  readonly nonce: Nonce | undefined;
};

/** A validation that may take a seat or extend a lease, or whose answer is kept: the road of every change. */
export async function validateByChange(runtime: Runtime, call: PerformCall, { snapshot, stored, input, nonce }: Asked): Promise<Reply> {
  const performed =
    stored !== undefined
      ? await replayOf<Snapshot>(runtime, stored)
      : await perform(runtime, call, {
          locator: { by: "id", named: snapshot.license.id },
          absent: "license-not-found",
          ...(input.fingerprint === undefined ? {} : { fingerprint: input.fingerprint }),
          seen: snapshot,
          decide: (seen, at) => validate(seen, input, at),
        });
  return answer({ performed, input, nonce, actor: call.caller.actor, requestId: call.requestId });
}

type Answer = {
  readonly performed: Performed;
  readonly input: ValidateInput;
  readonly nonce: Nonce | undefined;
  readonly actor: Caller["actor"];
  readonly requestId: string;
};

function answer({ performed, input, nonce, actor, requestId }: Answer): Reply {
  if (performed.kind === "nothing") {
    const { seen, at } = performed;
    const assessment = judge(seen, input, { now: at, actor, requestId });
    return { status: 200, body: representSeen(seen, { assessment, asOf: at }, nonce) };
  }
  const { license, seatsUsed, events, extra, at } = performed.committed;
  const assessment = assess(standingOf(license), { seat: seatFound(extra), features: input.features }, at.getTime());
  const seat = assessment.valid ? performed.committed.seat : undefined;
  const created = events.some((event) => event.type === "activated");
  const body = representValidation({ license, seat, seatsUsed, created, assessment, asOf: at }, nonce);
  return { status: 200, body, headers: performed.replayed ? { "idempotent-replayed": "true" } : {} };
}
