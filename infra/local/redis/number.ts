import { RedisReplyError } from "./redis-backend.ts";

export const int64Max = 2n ** 63n - 1n;
export const int64Min = -(2n ** 63n);

/** Parses a signed 64-bit integer in strict decimal text: no plus sign, no leading zeros, no `-0`. Null: any other text. */
export function parseInteger(text: string): bigint | null {
  if (!/^(0|-?[1-9]\d{0,18})$/.test(text)) return null;
  const value = BigInt(text);
  return value < int64Min || value > int64Max ? null : value;
}

/** Like `parseInteger`, but throws Redis's error for any other text. */
export function requireInteger(text: string): bigint {
  const value = parseInteger(text);
  if (value === null) throw new RedisReplyError("ERR value is not an integer or out of range");
  return value;
}

export function addWithinInt64(left: bigint, right: bigint): bigint {
  const sum = left + right;
  if (sum < int64Min || sum > int64Max) throw new RedisReplyError("ERR increment or decrement would overflow");
  return sum;
}

/**
 * Parses a sorted set's score: a decimal number or an infinity. Throws Redis's error for any other text. Like Redis, which heeds
 * ERANGE of C's `strtod`, it also throws for a number that overflows, or underflows to zero.
 */
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

const digitsKept = 17;
/** Enough digits to see whether the digits that aren't kept are exactly a half. */
const digitsLookedAt = 40;

/** A score as Redis 7.0 prints it: C's `%.17g`. */
export function formatScore(score: number): string {
  if (!Number.isFinite(score)) return score > 0 ? "inf" : "-inf";
  const { digits, exponent } = roundHalfEven(Math.abs(score));
  const sign = score < 0 ? "-" : "";
  if (exponent < -4 || exponent >= digitsKept) {
    const power = `${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
    return `${sign}${trimZeros(`${digits.charAt(0)}.${digits.slice(1)}`)}e${power}`;
  }
  const padded = digits.padStart(digitsKept - Math.min(0, exponent), "0");
  const point = 1 + Math.max(0, exponent);
  return `${sign}${trimZeros(`${padded.slice(0, point)}.${padded.slice(point)}`)}`;
}

/** Rounds to 17 digits as C does: a tie goes to the even digit. JavaScript rounds a tie up. Ties are common in large fractions. */
function roundHalfEven(score: number): { digits: string; exponent: number } {
  const [mantissa = "0", exponent = "0"] = score.toExponential(digitsLookedAt - 1).split("e");
  const looked = BigInt(mantissa.replace(".", ""));
  const unit = 10n ** BigInt(digitsLookedAt - digitsKept);
  const [kept, rest] = [looked / unit, looked % unit];
  const up = rest * 2n > unit || (rest * 2n === unit && kept % 2n === 1n);
  const rounded = String(up ? kept + 1n : kept);
  const carried = rounded.length - digitsKept;
  if (carried > 0) return { digits: rounded.slice(0, digitsKept), exponent: Number(exponent) + 1 };
  return { digits: rounded.padEnd(digitsKept, "0"), exponent: Number(exponent) };
}

function trimZeros(decimal: string): string {
  return decimal.replace(/0+$/, "").replace(/\.$/, "");
}
