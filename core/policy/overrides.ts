import type { Features } from "./features.ts";
import type { Terms } from "./terms.ts";

/** Features that lie over a policy's: a value sets one, null withdraws it. */
export type FeaturePatch = Readonly<Record<string, Features[string] | null>>;

/** What is set on a license itself and lies over its policy's terms. An absent member gives the policy's. */
export type Overrides = { readonly features?: FeaturePatch; readonly activationLimit?: number | null };

/** The terms that may be set on a license itself. */
export const overrideNames = ["features", "activationLimit"] as const satisfies readonly (keyof Overrides)[];
type OverrideName = (typeof overrideNames)[number];

export type OverrideInput = {
  readonly features?: FeaturePatch | undefined;
  readonly activationLimit?: number | null | undefined;
  /** Given back to the policy, before the other members set anything. */
  readonly reset?: readonly OverrideName[] | undefined;
};

/** The overrides after a caller set some and gave others back. */
export function overridesAfter(before: Overrides, { features, activationLimit, reset = [] }: OverrideInput): Overrides {
  const kept = Object.fromEntries(Object.entries(before).filter(([name]) => !reset.some((each) => each === name))) as Overrides;
  return {
    ...kept,
    ...(features === undefined ? {} : { features: { ...kept.features, ...features } }),
    ...(activationLimit === undefined ? {} : { activationLimit }),
  };
}

/** A policy's terms with a license's overrides over them. */
export function overridden(terms: Terms, { features, activationLimit }: Overrides): Terms {
  return {
    ...terms,
    ...(features === undefined ? {} : { features: mergeFeatures(terms.features, features) }),
    ...(activationLimit === undefined ? {} : { activationLimit }),
  };
}

/** The overrides that a row written by the version before has, which kept their names alone and no withdrawn feature. */
export function namedOverrides(names: readonly string[], terms: Terms): Overrides {
  return Object.fromEntries(overrideNames.filter((name) => names.includes(name)).map((name) => [name, terms[name]]));
}

/** JSON Merge Patch (RFC 7396) of a flat map. */
function mergeFeatures(features: Features, patch: FeaturePatch): Features {
  const merged: Record<string, Features[string] | null> = { ...features, ...patch };
  return Object.fromEntries(Object.entries(merged).filter((entry): entry is [string, Features[string]] => entry[1] !== null));
}
