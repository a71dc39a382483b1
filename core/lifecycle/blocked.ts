import type { License } from "../license/license.ts";
import type { Stopped } from "../license/status.ts";
import { problem, type Problem } from "../problem/problem.ts";

/** The problem of a verb that isn't allowed in the statuses `by`; undefined: it is allowed. */
export function blocked({ status }: Pick<License, "status">, ...by: readonly Stopped[]): Problem | undefined {
  const stopped = by.find((each) => each === status);
  return stopped === undefined ? undefined : problem(codes[stopped]);
}

const codes = { SUSPENDED: "license-suspended", REVOKED: "license-revoked" } as const satisfies Readonly<Record<Stopped, Problem["code"]>>;
