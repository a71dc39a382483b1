import type { problems } from "./catalogue.ts";

/** The code of a problem: a name in the catalogue. */
export type ProblemCode = keyof typeof problems;

/** One fault in the caller's input: an RFC 6901 pointer into the body, or `/query/<name>`, `/path/<name>`, `/header/<name>`. */
export type Fault = { readonly pointer: string; readonly detail: string };

/** Escapes a name for a JSON pointer (RFC 6901 §3). A lone surrogate would make the answer invalid UTF-8, so it is replaced. */
export function escapePointer(name: string): string {
  return name.toWellFormed().replaceAll("~", "~0").replaceAll("/", "~1");
}

export type Problem = {
  readonly kind: "problem";
  readonly code: ProblemCode;
  /** One sentence for a person. It never contains a dependency's error. */
  readonly detail?: string;
  readonly errors?: readonly Fault[];
  /** Extension members (RFC 9457 §3.2), e.g. the holders of a full license's seats. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** Seconds for `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** Only for the request's log line; the answer doesn't show it. */
  readonly reason?: string;
  /** Further response headers, e.g. `Allow`, `WWW-Authenticate`. */
  readonly headers?: Readonly<Record<string, string>>;
};

export function problem(code: ProblemCode, rest: Omit<Problem, "kind" | "code"> = {}): Problem {
  return { kind: "problem", code, ...rest };
}

/** Carries a problem to the edge from code that has nothing sensible to return. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly problem: Problem;
  constructor(value: Problem, options?: ErrorOptions) {
    super(value.code, options);
    this.problem = value;
  }
}

/** Throws the problem. Typed `never`, so that callers need no unreachable branch. */
export function throwProblem(code: ProblemCode, rest: Omit<Problem, "kind" | "code"> = {}): never {
  throw new ProblemError(problem(code, rest));
}

/** Throws malformed-request, which names the faults of the caller's input. */
export function throwFaults(errors: readonly Fault[]): never {
  throwProblem("malformed-request", { detail: "The request has faults.", errors });
}
