import { LicensingError } from "../client/licensing-error.ts";

/** The exit codes of every command; scripts rely on them. */
export const exitCodes = { done: 0, failed: 1, usage: 2, partly: 3, notAllowed: 4, notFound: 5, conflict: 6, later: 7, interrupted: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A failure that a person can act on: one sentence, and the exit code of its kind. */
export class Failure extends Error {
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.name = "Failure";
    this.exitCode = exitCode;
  }
}

/** The exit code of a thrown error. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof Failure) return error.exitCode;
  if (!(error instanceof LicensingError)) return exitCodes.failed;
  const { code, status = 0 } = error;
  if (code === "unreachable") return exitCodes.later;
  if (code === "unexpected-answer") return status === 429 || status >= 502 ? exitCodes.later : exitCodes.failed;
  if (status === 401 || status === 403) return exitCodes.notAllowed;
  if (status === 404) return exitCodes.notFound;
  if (status === 409 || status === 412) return exitCodes.conflict;
  if (status === 429 || status === 503) return exitCodes.later;
  return status >= 400 && status < 500 ? exitCodes.usage : exitCodes.failed;
}

/** The error as a sentence for people. A problem's sentence ends with its code and its request id, by which the service's logs find it. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof LicensingError)) return error.message;
  const message = error.code === "policy-not-found" ? "No such policy. `licensing policies list` shows the code of each." : error.message;
  const hint = error.status === 401 ? " Log in with `licensing login`, or set LICENSING_TOKEN." : "";
  const place = error.requestId === undefined ? "" : ` (${error.code}, request ${error.requestId})`;
  const key = error.code === "unreachable" && error.idempotencyKey !== undefined ? " Whether the change was made is unknown; look before you repeat it." : "";
  return `${message}${hint}${key}${place}`;
}
