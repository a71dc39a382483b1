import type * as z from "zod/mini";
import type { Fault } from "../problem/problem.ts";
import { escapePointer } from "./json.ts";

const faultsMax = 50;
const detailLengthMax = 300;

/** zod's issues as faults, one for each unknown field too; `root` is `` for the body, `/query`, `/path`. */
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
