import { ServiceError } from "../base/service-error.ts";
import { ProblemError } from "../problem/problem.ts";

const depthMax = 4;

/** The parts of an error that may be logged. */
export type DescribedError = {
  readonly name: string;
  readonly message?: string;
  readonly code?: string;
  readonly constraint?: string;
  readonly stack?: readonly string[];
  readonly cause?: DescribedError;
};

/** Name, code and stack frames of an error and its causes. A message is shown if this service wrote it, or the language about this service's code. */
export function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { name: typeof error };
  const isSafe = safeClasses.some((safe) => error instanceof safe);
  const code = (error as { code?: unknown }).code;
  const constraint = (error as { constraint?: unknown }).constraint;
  return {
    name: error.name,
    ...(isSafe ? { message: error.message } : {}),
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof constraint === "string" ? { constraint } : {}),
    stack: (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line)).slice(0, 8).map((line) => line.trim()),
    ...(error.cause !== undefined && depth < depthMax ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}

const safeClasses = [ServiceError, ProblemError, TypeError, RangeError];
