import type { Usage } from "./limit.store.ts";

/**
 * `RateLimit` and `RateLimit-Policy`, structured fields of draft-ietf-httpapi-ratelimit-headers: the policies, and the one
 * that is nearest to its end. Empty when nothing was counted.
 */
export function limitHeaders(usages: readonly Usage[]): Readonly<Record<string, string>> {
  const [nearest] = usages.toSorted((left, right) => left.remaining / left.limit.quota - right.remaining / right.limit.quota);
  if (nearest === undefined) return {};
  return {
    "ratelimit-policy": usages.map(({ limit }) => `"${limit.name}";q=${limit.quota};w=${limit.windowSeconds}`).join(", "),
    ratelimit: `"${nearest.limit.name}";r=${nearest.remaining};t=${nearest.resetSeconds}`,
  };
}
