import type { Committed } from "../commit/committed.ts";

/**
 * The result of publishing a change's certificate. A publish that fails never fails the change: the answer reports it, and the
 * reconciler publishes again.
 */
export type Publication = {
  /** `pending`: Redis didn't take the certificate in time. `skipped`: this service has no key or no secret to make one. */
  readonly state: "published" | "pending" | "skipped";
  readonly reason?: string;
  readonly sequence: number;
  readonly kid?: string;
  readonly certExpiresAt?: Date;
  /** When every consumer that can reach Redis decides by it, with the consumer's default settings. Absent if `skipped`. */
  readonly visibleBy?: Date;
};

/** The license whose certificate is looked up. Without `signingKid` the first key of the secret signs. */
export type CertificateSubject = Pick<Committed, "license"> & Partial<Pick<Committed, "signingKid">>;

/** A consumer that was idle or frozen reads Redis again after this long at the latest. */
const consumerStaleSeconds = 60;
/** Ten of the reconciler's periods, because a run takes long if many certificates are due. */
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
