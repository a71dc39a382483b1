import { randomUUID } from "node:crypto";
import type { Fault } from "../problem/problem.ts";
import { entityTagsFrom } from "./entity-tag.ts";

/**
 * The caller's `X-Request-ID` if it is harmless in a log line, else a new one. A predictable id would do no harm, so it comes
 * from Node's own pool of random bytes.
 */
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
 * The sequences that an `If-Match` (RFC 9110 §13.1.1) names; `*` for any; undefined if it is neither `*` nor a list of entity
 * tags. The comparison is strong: a weak tag, or one that isn't a sequence, matches nothing.
 */
export function ifMatchFrom(header: string): readonly number[] | "*" | undefined {
  const tags = entityTagsFrom(header);
  if (tags === undefined || tags === "*") return tags;
  return tags.map((tag) => Number(/^"(0|[1-9][0-9]{0,15})"$/.exec(tag)?.[1])).filter(Number.isSafeInteger);
}

/** Reads an `Idempotency-Key`: 1 to 255 visible ASCII characters, used unchanged. */
export function idempotencyKeyFrom(header: string): { readonly key: string } | { readonly fault: Fault } {
  if (/^[\x21-\x7e]{1,255}$/.test(header)) return { key: header };
  return { fault: { pointer: "/header/idempotency-key", detail: "must be 1 to 255 visible ASCII characters" } };
}
