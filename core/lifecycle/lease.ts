import type { Activation } from "../activation/activation.ts";
import { addDuration, requireDuration } from "../license/duration.ts";

/** Until when a seat taken or heard of at `now` is held; null: until it is freed. */
export function leaseFrom(lease: string | null, now: Date): Date | null {
  return lease === null ? null : addDuration(now, requireDuration(lease), 1);
}

/**
 * Whether hearing of a live seat is worth extending its lease: less than half of it remains, or the license's terms
 * have since got a lease, or lost it.
 */
export function isExtensionDue(seat: Activation, lease: string | null, now: Date): boolean {
  const until = leaseFrom(lease, now);
  if (until === null || seat.leaseUntil === null) return until !== seat.leaseUntil;
  return seat.leaseUntil.getTime() - now.getTime() < (until.getTime() - now.getTime()) / 2;
}
