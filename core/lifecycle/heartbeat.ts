import { isLive } from "../activation/activation.ts";
import type { Snapshot } from "./snapshot.sql.ts";
import { problem } from "../problem/problem.ts";
import { unusable } from "./activate.ts";
import type { Decision, Moment } from "../commit/decision.ts";
import { hear } from "./lease.ts";

/** Reports that a machine still uses its seat. A machine whose lease has run out must activate again. */
export function heartbeat(snapshot: Snapshot, moment: Moment): Decision {
  const refusal = unusable(snapshot.license, moment.now);
  if (refusal !== undefined) return refusal;
  const { seat } = snapshot;
  if (seat === undefined || !isLive(seat, moment.now)) {
    return problem("activation-not-found", { detail: "The seat has been freed or its lease has run out; activate again." });
  }
  return hear(snapshot, seat, moment);
}
