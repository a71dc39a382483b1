import { RedisReplyError } from "./redis-backend.ts";

export const INT64_MAX = 2n ** 63n - 1n;
export const INT64_MIN = -(2n ** 63n);

/** Strict decimal text of 64 bits: no sign but a minus, no leading zeros, no `-0`. Null for anything else. */
export function parseInteger(text: string): bigint | null {
  if (!/^(0|-?[1-9]\d{0,18})$/.test(text)) return null;
  const value = BigInt(text);
  return value < INT64_MIN || value > INT64_MAX ? null : value;
}

/** Like `parseInteger`, in the words of Redis. */
export function requireInteger(text: string): bigint {
  const value = parseInteger(text);
  if (value === null) throw new RedisReplyError("ERR value is not an integer or out of range");
  return value;
}

export function addWithinInt64(left: bigint, right: bigint): bigint {
  const sum = left + right;
  if (sum < INT64_MIN || sum > INT64_MAX) throw new RedisReplyError("ERR increment or decrement would overflow");
  return sum;
}

/** A sorted set's score: decimal or infinite. What overflows, or underflows to zero, is refused as strtod's ERANGE is. */
export function requireScore(text: string): number {
  const value = parseScore(text);
  if (value === null) throw new RedisReplyError("ERR value is not a valid float");
  // Compact sorted sets of Redis forget the sign of zero.
  return value === 0 ? 0 : value;
}

function parseScore(text: string): number | null {
  const infinite = /^([+-]?)inf(inity)?$/i.exec(text);
  if (infinite !== null) return infinite[1] === "-" ? -Infinity : Infinity;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return null;
  const value = Number(text);
  const mantissa = text.split(/e/i, 1)[0] ?? "";
  const underflows = value === 0 && /[1-9]/.test(mantissa);
  return Number.isFinite(value) && !underflows ? value : null;
}

/** A score as Redis 7.0 prints it: C's `%.17g`. */
export function formatScore(score: number): string {
  if (!Number.isFinite(score)) return score > 0 ? "inf" : "-inf";
  const [mantissa = "0", exponentText = "0"] = score.toExponential(16).split("e");
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 17) {
    const digits = String(Math.abs(exponent)).padStart(2, "0");
    return `${trimZeros(mantissa)}e${exponent < 0 ? "-" : "+"}${digits}`;
  }
  return trimZeros(score.toFixed(Math.max(0, 16 - exponent)));
}

function trimZeros(decimal: string): string {
  return decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal;
}
