import type { Override } from "../license/license.ts";
import type { Snapshot } from "../license/license.store.ts";
import type { Terms } from "../license/terms.ts";

/** The policy's terms now, with what was set on the license itself kept. */
export function renewedTerms({ license, policy }: Pick<Snapshot, "license" | "policy">): Terms {
  return withOverrides(policy.terms, { overrides: license.overrides, own: license.terms });
}

export function withOverrides(terms: Terms, { overrides, own }: { overrides: readonly Override[]; own: Terms }): Terms {
  return {
    ...terms,
    ...(overrides.includes("features") ? { features: own.features } : {}),
    ...(overrides.includes("activationLimit") ? { activationLimit: own.activationLimit } : {}),
  };
}
