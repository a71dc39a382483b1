import type { Usage } from "./limit.store.ts";

/**
 * Every limit on how often, in one place. A window slides: it weighs the count of the window before by what of it is
 * still inside.
 */
export type Limit = { readonly name: string; readonly quota: number; readonly windowSeconds: number };

/**
 * The bounds are what no honest caller needs for a whole window: a fleet that starts at once asks for one license hundreds of
 * times a second, but changes its seats rarely, and each change is kept in the trail for ever. Nothing is counted by address or by
 * client id: whoever shares an address with a right caller, or guesses at its name, could use up what that one may do.
 */
export const callLimits = {
  /** Calls by a license's key, and validations for a license by others. */
  license: { name: "license", quota: 3_000, windowSeconds: 10 },
  /** Changes by a license's own key, of which each writes events. */
  changes: { name: "license-changes", quota: 600, windowSeconds: 60 },
  /** A person's token without a role. */
  holder: { name: "holder", quota: 300, windowSeconds: 10 },
  principal: { name: "principal", quota: 20_000, windowSeconds: 10 },
} as const satisfies Record<string, Limit>;

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
