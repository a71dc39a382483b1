import { int64Max, int64Min } from "./number.ts";

export type ExpiryUnit = {
  /** Milliseconds of one unit. */
  readonly factor: bigint;
  /** Counted from now, not from 1970. */
  readonly relative: boolean;
};

/** Milliseconds since 1970, or null if a step of the sum overflows 64 bits. */
export function absoluteTime(amount: bigint, unit: ExpiryUnit, now: bigint): bigint | null {
  const duration = amount * unit.factor;
  if (duration > int64Max || duration < int64Min) return null;
  const at = unit.relative ? duration + now : duration;
  return at > int64Max ? null : at;
}
