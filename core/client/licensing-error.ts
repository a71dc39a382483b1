import type { Problem } from "./contract.ts";

/**
 * - a problem's code: the service's answer (RFC 9457)
 * - `unreachable`: no answer came, after the last attempt. Whether a change was made is unknown; the same idempotency key asks again.
 * - `unexpected-answer`: an answer came, but not from the service: the address is wrong, or a gateway answered.
 */
export type ErrorCode = Problem["code"] | "unreachable" | "unexpected-answer";

type Details = {
  readonly code: ErrorCode;
  readonly message: string;
  readonly status?: number | undefined;
  readonly problem?: Problem | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly cause?: unknown;
};

/** The one error of the client. `message` is a sentence for people, `code` is for programs and never changes. */
export class LicensingError extends Error {
  readonly code: ErrorCode;
  /** The HTTP status; undefined if no answer came. */
  readonly status: number | undefined;
  /** The whole problem document, with the members that only some codes have, e.g. `holders`. */
  readonly problem: Problem | undefined;
  /** Names the request in the service's logs. */
  readonly requestId: string | undefined;
  /** Every fault of the request, by JSON pointer. */
  readonly faults: NonNullable<Problem["errors"]>;
  readonly retryAfterSeconds: number | undefined;
  /** The key of the request. To make sure of an unknown outcome, call again with it. */
  readonly idempotencyKey: string | undefined;

  constructor({ code, message, status, problem, retryAfterSeconds, idempotencyKey, cause }: Details) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "LicensingError";
    this.code = code;
    this.status = status;
    this.problem = problem;
    this.requestId = problem?.requestId;
    this.faults = problem?.errors ?? [];
    this.retryAfterSeconds = retryAfterSeconds;
    this.idempotencyKey = idempotencyKey;
  }
}

/** The error of an answer that is no success. `body` is its parsed JSON, or its text. */
export function errorOf(response: Response, body: unknown, idempotencyKey: string | undefined): LicensingError {
  const { status } = response;
  const retryAfterSeconds = retryAfterOf(response, Date.now());
  if (isProblem(body)) return new LicensingError({ code: body.code, message: sentenceOf(body), status, problem: body, retryAfterSeconds, idempotencyKey });
  const message = `The address answered ${status === 0 ? "with a redirect" : status}, and not as the licensing service does.`;
  return new LicensingError({ code: "unexpected-answer", message, status, retryAfterSeconds, idempotencyKey });
}

function isProblem(body: unknown): body is Problem {
  if (typeof body !== "object" || body === null) return false;
  const { code, title, status } = body as Readonly<Record<string, unknown>>;
  return typeof code === "string" && typeof title === "string" && typeof status === "number";
}

/** An earlier version of the service may leave `detail` out. */
function sentenceOf({ title, detail, errors = [] }: Omit<Problem, "detail"> & Partial<Pick<Problem, "detail">>): string {
  const faults = errors.map((fault) => `${fault.pointer === "" ? "the request" : fault.pointer} ${fault.detail}`);
  const sentence = detail ?? `${title}.`;
  return faults.length === 0 ? sentence : `${sentence} ${faults.join("; ")}`;
}

/** The seconds of `Retry-After` (RFC 9110 §10.2.3), as a number or until a date. */
export function retryAfterOf({ headers }: Pick<Response, "headers">, nowMs: number): number | undefined {
  const text = headers.get("retry-after");
  if (text === null) return undefined;
  const seconds = /^[0-9]+$/.test(text) ? Number(text) : (Date.parse(text) - nowMs) / 1_000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}
