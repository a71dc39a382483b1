import { hash } from "node:crypto";

/** SHA-256 (hex) of a JSON value whatever the order of its keys: what makes two requests the same request. */
export function hashJson(value: unknown): string {
  return hash("sha256", canonicalJson(value), "hex");
}

/**
 * JSON with its keys in code-unit order and no blanks, after RFC 8785. The value comes from `parseJson`, so it is at
 * most 16 levels deep and every number in it survives a double.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(",")}}`;
}
