/**
 * The problem catalogue (RFC 9457): everything a caller can act on, once. Statuses live here and nowhere else.
 * Anything that is not in this table is a bug: it is logged whole and answered bare as `internal`.
 */
export const problems = {
  "malformed-request": { status: 400, title: "The request is malformed" },
  unauthenticated: { status: 401, title: "No valid credential" },
  "permission-denied": { status: 403, title: "The caller may not do this" },
  "not-found": { status: 404, title: "Nothing is here" },
  "license-not-found": { status: 404, title: "No such license" },
  "policy-not-found": { status: 404, title: "No such policy" },
  "activation-not-found": { status: 404, title: "No such activation" },
  "key-not-found": { status: 404, title: "No such key" },
  "method-not-allowed": { status: 405, title: "The method is not allowed here" },
  "payload-too-large": { status: 413, title: "The body is too large" },
  "unsupported-media-type": { status: 415, title: "The body is not JSON" },
  "license-suspended": { status: 409, title: "The license is suspended" },
  "license-revoked": { status: 409, title: "The license is revoked" },
  "license-expired": { status: 409, title: "The license has expired" },
  "license-not-started": { status: 409, title: "The license has not started" },
  "license-not-suspended": { status: 409, title: "The license is not suspended" },
  "license-not-renewable": { status: 409, title: "The license cannot be renewed" },
  "activation-limit-reached": { status: 409, title: "Every seat is taken" },
  "trial-already-used": { status: 409, title: "The holder has already had this trial" },
  "policy-retired": { status: 409, title: "The policy is retired" },
  "policy-code-taken": { status: 409, title: "The policy code is taken" },
  "key-taken": { status: 409, title: "The license key is taken" },
  "key-last-active": { status: 409, title: "No other key could sign" },
  "sequence-mismatch": { status: 412, title: "The license has changed" },
  "idempotency-mismatch": { status: 422, title: "The idempotency key was used for another request" },
  "rate-limited": { status: 429, title: "Too many requests" },
  "dependency-unavailable": { status: 503, title: "Something the service needs does not answer" },
  "outcome-unknown": { status: 503, title: "The outcome of the change is unknown" },
  "license-contended": { status: 503, title: "The license is busy" },
  internal: { status: 500, title: "An error of the service" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problems;

/** One fault in the caller's input: an RFC 6901 pointer into the body, or `/query/<name>`, `/path/<name>`, `/header/<name>`. */
export type Fault = { readonly pointer: string; readonly detail: string };

export type Problem = {
  readonly kind: "problem";
  readonly code: ProblemCode;
  /** One sentence for a person; never content of a dependency's error. */
  readonly detail?: string;
  readonly errors?: readonly Fault[];
  /** Extension members (RFC 9457 §3.2), e.g. the holders of a full license's seats. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** Seconds for `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** Further response headers, e.g. `Allow`, `WWW-Authenticate`. */
  readonly headers?: Readonly<Record<string, string>>;
};

export function problem(code: ProblemCode, rest: Omit<Problem, "kind" | "code"> = {}): Problem {
  return { kind: "problem", code, ...rest };
}

/** A problem on its way to the edge, for code that has nothing sensible to return. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly problem: Problem;
  constructor(value: Problem, options?: ErrorOptions) {
    super(value.code, options);
    this.problem = value;
  }
}

/** Throws the problem; typed `never`, so that callers need no dead branch. */
export function refuse(code: ProblemCode, rest: Omit<Problem, "kind" | "code"> = {}): never {
  throw new ProblemError(problem(code, rest));
}
