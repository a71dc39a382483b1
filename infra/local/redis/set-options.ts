import { RedisReplyError } from "./redis-backend.ts";
import { absoluteTime, type ExpiryUnit } from "./expiry-time.ts";
import { requireInteger } from "./number.ts";

type SetOptions = {
  condition: "NX" | "XX" | null;
  get: boolean;
  keepTtl: boolean;
  /** Milliseconds since 1970; null without one. */
  expiresAt: bigint | null;
};

const expiryOptions: Readonly<Record<string, ExpiryUnit>> = {
  EX: { factor: 1000n, relative: true },
  PX: { factor: 1n, relative: true },
  EXAT: { factor: 1000n, relative: false },
  PXAT: { factor: 1n, relative: false },
};

/** Reads the options of `SET key value`, with Redis's exclusions: NX with XX, KEEPTTL or one expiry with another. */
export function parseSetOptions(options: readonly string[], now: bigint): SetOptions {
  const parsed: SetOptions = { condition: null, get: false, keepTtl: false, expiresAt: null };
  let expiry: { name: string; text: string } | null = null;
  for (let index = 0; index < options.length; index += 1) {
    const name = options[index]?.toUpperCase() ?? "";
    if (name === "NX" || name === "XX") {
      if (parsed.condition !== null && parsed.condition !== name) throw syntaxError();
      parsed.condition = name;
    } else if (name === "GET") {
      parsed.get = true;
    } else if (name === "KEEPTTL" && expiry === null) {
      parsed.keepTtl = true;
    } else if (Object.hasOwn(expiryOptions, name)) {
      index += 1;
      const text = options[index];
      const another = parsed.keepTtl || (expiry !== null && expiry.name !== name);
      if (text === undefined || another) throw syntaxError();
      expiry = { name, text };
    } else {
      throw syntaxError();
    }
  }
  if (expiry !== null) parsed.expiresAt = expiryOf(expiry, now);
  return parsed;
}

function expiryOf(expiry: { name: string; text: string }, now: bigint): bigint {
  const unit = expiryOptions[expiry.name];
  const amount = requireInteger(expiry.text);
  const at = unit === undefined || amount <= 0n ? null : absoluteTime(amount, unit, now);
  if (at === null) throw new RedisReplyError("ERR invalid expire time in 'set' command");
  return at;
}

function syntaxError(): RedisReplyError {
  return new RedisReplyError("ERR syntax error");
}
