import type { Committed } from "../commit/committed.ts";

/**
 * What became of a change's certificate. A publish that fails never fails the change: the answer says so, and the
 * reconciler heals it.
 */
export type Publication = {
  /** `pending`: committed, Redis didn't take it in time. `skipped`: this service has no key or secret to make it with. */
  readonly state: "published" | "pending" | "skipped";
  readonly reason?: string;
  readonly sequence: number;
  readonly kid?: string;
  readonly certExpiresAt?: Date;
  /** When every consumer that can reach Redis decides by it, at its default settings. Absent while it is skipped. */
  readonly visibleBy?: Date;
};

/** Of what one asks how its certificate stands; without a key's id it is signed by the first key there is. */
export type Standing = Pick<Committed, "license"> & Partial<Pick<Committed, "signingKid">>;

/** A consumer that was idle or frozen asks again at the latest after this long. */
const consumerStaleSeconds = 60;
/** The reconciler's period, twice: a run may have just begun, and may take its time. */
const reconcileSeconds = 600;

export function visibleBy(state: Publication["state"], now: Date): Date | undefined {
  switch (state) {
    case "published":
      return new Date(now.getTime() + consumerStaleSeconds * 1000);
    case "pending":
      return new Date(now.getTime() + (reconcileSeconds + consumerStaleSeconds) * 1000);
    case "skipped":
      return undefined;
    default:
      return state satisfies never;
  }
}
