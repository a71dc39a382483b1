import type * as z from "zod/mini";
import { english } from "../base/english.ts";
import { escapePointer, type Fault } from "../problem/problem.ts";
import { faultsMax } from "./json.ts";

const detailLengthMax = 300;

/** The faults that a schema finds in a value, in words. `root` is `` for the body, `/query` or `/path`. */
export function findFaults(schema: z.ZodMiniType, value: unknown, root: string): readonly Fault[] {
  const issues = schema.safeParse(value, { error: english }).error?.issues ?? [];
  return faultsFrom(issues.map((issue) => (isAbsent(value, issue.path) ? { ...issue, code: "custom", message: "is required" } : issue)), root);
}

/** Whether the value has no member at the path. */
function isAbsent(value: unknown, path: readonly PropertyKey[]): boolean {
  let at = value;
  for (const step of path) {
    if (typeof at !== "object" || at === null) return false;
    at = (at as Readonly<Record<PropertyKey, unknown>>)[step];
  }
  return path.length > 0 && at === undefined;
}

/** zod's issues as faults. Each unknown field is a fault of its own. */
export function faultsFrom(issues: readonly z.core.$ZodIssue[], root: string): readonly Fault[] {
  return issues.flatMap((issue) => faultsOf(issue, root)).slice(0, faultsMax);
}

function faultsOf(issue: z.core.$ZodIssue, root: string): Fault[] {
  const at = root + issue.path.map((step) => `/${escapePointer(String(step))}`).join("");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ pointer: `${at}/${escapePointer(key)}`, detail: "is not known here" }));
  }
  return [{ pointer: at, detail: issue.message.slice(0, detailLengthMax).toWellFormed() }];
}
