import type { Features } from "./features.ts";

/** Apart from the schema in `features.ts`, so that whoever only decides (a consumer) needs no zod. */

/** The wanted codes that `held` does not grant, each once, in the order asked. Any value grants, 0 too. */
export function missingFeatures(held: Features, wanted: readonly string[]): string[] {
  return [...new Set(wanted)].filter((code) => !Object.hasOwn(held, code));
}

/** Whether both grant the same codes with the same values, in whatever order. */
export function sameFeatures(left: Features, right: Features): boolean {
  const codes = Object.keys(left);
  return (
    codes.length === Object.keys(right).length &&
    codes.every((code) => Object.hasOwn(right, code) && left[code] === right[code])
  );
}
