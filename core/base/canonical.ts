import { hash } from "node:crypto";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * Canonical JSON (RFC 8785): keys in the order of their UTF-16 units, numbers as ECMAScript writes them, no whitespace. Digests
 * are made of this form; never of `jsonb::text`, whose layout Postgres may change.
 */
export function canonical(value: Json): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const entries = Object.entries(value as { readonly [key: string]: Json })
    .filter(([, member]) => member !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(",")}}`;
}

/**
 * SHA-256 (hex) of JSON as `parseJson` returns it, whatever the order of its keys. Two requests with equal hashes count as the
 * same request.
 */
export function hashJson(value: unknown): string {
  return hash("sha256", canonical(value as Json), "hex");
}
