import type { Features } from "./features.ts";
import type { Terms } from "./terms.ts";

/** Overrides of a policy's features: a value sets one, null withdraws it. */
export type FeaturePatch = Readonly<Record<string, Features[string] | null>>;

/** The values that are set on a license itself and override its policy's terms. An absent member isn't overridden. */
export type Overrides = { readonly features?: FeaturePatch; readonly activationLimit?: number | null };

/** The terms that a license can override. */
export const overrideNames = ["features", "activationLimit"] as const satisfies readonly (keyof Overrides)[];
type OverrideName = (typeof overrideNames)[number];

export type OverrideInput = {
  readonly features?: FeaturePatch | undefined;
  readonly activationLimit?: number | null | undefined;
  /** Overrides to remove before the other members are applied. */
  readonly reset?: readonly OverrideName[] | undefined;
};

/** The overrides after a caller has set some and removed others. Features without a code override nothing. */
export function overridesAfter(before: Overrides, { features, activationLimit, reset = [] }: OverrideInput): Overrides {
  const kept = Object.fromEntries(Object.entries(before).filter(([name]) => !reset.some((each) => each === name))) as Overrides;
  return {
    ...kept,
    ...(features === undefined || Object.keys(features).length === 0 ? {} : { features: { ...kept.features, ...features } }),
    ...(activationLimit === undefined ? {} : { activationLimit }),
  };
}

/** A policy's terms with a license's overrides applied. */
export function overridden(terms: Terms, { features, activationLimit }: Overrides): Terms {
  return {
    ...terms,
    ...(features === undefined ? {} : { features: mergeFeatures(terms.features, features) }),
    ...(activationLimit === undefined ? {} : { activationLimit }),
  };
}

/**
 * The overrides of a license's row. An instance of the previous version writes their names and the terms alone: a stored override
 * that the terms contradict is out of date, and the term is the override.
 */
export function storedOverrides(names: readonly string[], { own, terms }: { readonly own: Overrides | null; readonly terms: Terms }): Overrides {
  const known = overrideNames.filter((name) => names.includes(name));
  return Object.fromEntries(known.map((name) => [name, own !== null && isInTerms[name](own, terms) ? own[name] : terms[name]]));
}

const isInTerms: Readonly<Record<OverrideName, (own: Overrides, terms: Terms) => boolean>> = {
  features: ({ features }, terms) => features !== undefined && Object.entries(features).every(([code, value]) => (terms.features[code] ?? null) === value),
  activationLimit: ({ activationLimit }, terms) => activationLimit === terms.activationLimit,
};

/** JSON Merge Patch (RFC 7396) of a flat map. */
function mergeFeatures(features: Features, patch: FeaturePatch): Features {
  const merged: Record<string, Features[string] | null> = { ...features, ...patch };
  return Object.fromEntries(Object.entries(merged).filter((entry): entry is [string, Features[string]] => entry[1] !== null));
}
