import { problem } from "../problem/problem.ts";
import type { Problem } from "../problem/problem.ts";

/** Whether a license would end no later than it starts; null or absent: no start, or no end, was said. */
export function isEmptyRun(startsAt: Date | null, expiresAt: Date | null | undefined): boolean {
  return startsAt !== null && expiresAt !== null && expiresAt !== undefined && expiresAt <= startsAt;
}

export function emptyRun(): Problem {
  return problem("malformed-request", {
    detail: "The license would end no later than it starts.",
    errors: [{ pointer: "/expiresAt", detail: "must lie after the start" }],
  });
}
