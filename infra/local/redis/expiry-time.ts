import { INT64_MAX, INT64_MIN } from "./number.ts";

export interface ExpiryUnit {
  /** Milliseconds in one. */
  factor: bigint;
  /** Counted from now, not from 1970. */
  relative: boolean;
}

/** Milliseconds since 1970, or null where 64 bits don't hold a step of the sum. */
export function absoluteTime(amount: bigint, unit: ExpiryUnit, now: bigint): bigint | null {
  const duration = amount * unit.factor;
  if (duration > INT64_MAX || duration < INT64_MIN) return null;
  const at = unit.relative ? duration + now : duration;
  return at > INT64_MAX ? null : at;
}
