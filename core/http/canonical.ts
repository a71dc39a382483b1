import { hash } from "node:crypto";
import { canonical } from "../platform/canonical.ts";
import type { Json } from "../platform/canonical.ts";

/** SHA-256 (hex) of JSON, as `parseJson` gives it, whatever the order of its keys: what makes two requests the same request. */
export function hashJson(value: unknown): string {
  return hash("sha256", canonical(value as Json), "hex");
}
