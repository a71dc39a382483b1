import { randomUUID } from "node:crypto";
import type { Fault } from "../problem/problem.ts";

/** The caller's `X-Request-ID` if it is harmless in a log line, else a new one: of Node's own pool, since nothing rests on it. */
export function requestIdFrom(header: string | undefined): string {
  return header !== undefined && /^[\w.-]{8,64}$/.test(header) ? header : randomUUID();
}

/** A valid `traceparent` (W3C Trace Context §3.2), else undefined: an invalid one must not be passed on. */
export function traceparentFrom(header: string | undefined): string | undefined {
  const match = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(header ?? "");
  if (match === null || match[1] === "ff" || /^0+$/.test(match[2] ?? "") || /^0+$/.test(match[3] ?? "")) return undefined;
  return match[0];
}

/**
 * The sequence in `If-Match` (RFC 9110 §13.1.1). One strong entity tag of ours; a weak one never matches there, and `*`
 * or a list would say something that no change here means.
 */
export function ifMatchFrom(header: string): { readonly sequence: number } | { readonly fault: Fault } {
  const digits = /^"(0|[1-9][0-9]{0,15})"$/.exec(header.trim())?.[1];
  const sequence = Number(digits);
  if (digits !== undefined && Number.isSafeInteger(sequence)) return { sequence };
  return { fault: { pointer: "/header/if-match", detail: 'must be one strong entity tag such as "7"' } };
}

/** `Idempotency-Key`: 1 to 255 visible ASCII characters, taken as they are. */
export function idempotencyKeyFrom(header: string): { readonly key: string } | { readonly fault: Fault } {
  if (/^[\x21-\x7e]{1,255}$/.test(header)) return { key: header };
  return { fault: { pointer: "/header/idempotency-key", detail: "must be 1 to 255 visible ASCII characters" } };
}
