import type { License } from "../license/license.ts";
import type { Stopped } from "../license/status.ts";
import { problem, type Problem } from "../problem/problem.ts";

/** Why a verb that these statuses keep out may not change the license; undefined: it may. */
export function blocked({ status }: Pick<License, "status">, ...by: readonly Stopped[]): Problem | undefined {
  const stopped = by.find((each) => each === status);
  return stopped === undefined ? undefined : problem(codes[stopped]);
}

const codes = { SUSPENDED: "license-suspended", REVOKED: "license-revoked" } as const satisfies Readonly<Record<Stopped, Problem["code"]>>;
