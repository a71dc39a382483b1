import type { Activation } from "../activation/activation.ts";
import { addDuration, requireDuration } from "../license/duration.ts";

/** Until when a seat taken or heard of at `now` is held; null: until it is freed. */
export function leaseFrom(lease: string | null, now: Date): Date | null {
  return lease === null ? null : addDuration(now, requireDuration(lease), 1);
}

/** How often a seat without a lease is written to say that it was seen. */
const seenSeconds = 60;

/**
 * Whether hearing of a live seat is worth a write: less than half of its lease remains, or, without a lease, it hasn't
 * been seen for a minute.
 */
export function isExtensionDue(seat: Activation, lease: string | null, now: Date): boolean {
  const until = leaseFrom(lease, now);
  if (until === null || seat.leaseUntil === null) return now.getTime() - seat.lastSeenAt.getTime() >= seenSeconds * 1000;
  return seat.leaseUntil.getTime() - now.getTime() < (until.getTime() - now.getTime()) / 2;
}
