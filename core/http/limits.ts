import type { Usage } from "./limit.store.ts";

/** A limit on the number of uses in a sliding window: the previous window's count is weighted by the part that still lies inside. */
export type Limit = { readonly name: string; readonly quota: number; readonly windowSeconds: number };

/**
 * The quotas are far above the needs of an honest caller. A fleet that starts at once asks for one license hundreds of times a
 * second, but changes its seats rarely, and each change stays in the trail forever. Nothing is counted by address or by client
 * id: an attacker who shares a caller's address, or guesses its client id, could use up that caller's quota.
 */
export const callLimits = {
  /** Calls by a license's key, and other callers' validations of a license. */
  license: { name: "license", quota: 3_000, windowSeconds: 10 },
  /** Uses that a license's key consumes, and those that other callers consume from a license. */
  usage: { name: "usage", quota: 6_000, windowSeconds: 10 },
  /** Changes by a license's own key. Each of them writes events. */
  changes: { name: "license-changes", quota: 600, windowSeconds: 60 },
  /** A person's token without a role. */
  holder: { name: "holder", quota: 300, windowSeconds: 10 },
  principal: { name: "principal", quota: 20_000, windowSeconds: 10 },
} as const satisfies Record<string, Limit>;

/**
 * `RateLimit` and `RateLimit-Policy`, structured fields of draft-ietf-httpapi-ratelimit-headers: all policies, and the remaining
 * quota of the one that is nearest to its end. Empty if nothing was counted.
 */
export function limitHeaders(usages: readonly Usage[]): Readonly<Record<string, string>> {
  const [nearest] = usages.toSorted((left, right) => left.remaining / left.limit.quota - right.remaining / right.limit.quota);
  if (nearest === undefined) return {};
  return {
    "ratelimit-policy": usages.map(({ limit }) => `"${limit.name}";q=${limit.quota};w=${limit.windowSeconds}`).join(", "),
    ratelimit: `"${nearest.limit.name}";r=${nearest.remaining};t=${nearest.resetSeconds}`,
  };
}
