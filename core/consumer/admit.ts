import type { Decision } from "./decision.ts";
import type { Gate } from "./engine.ts";
import type { UnknownCode } from "./source.ts";

/** What a middleware asks the gate about a request. */
export type AdmitOptions<Request> = {
  readonly gate: Gate;
  /** The license id, or where a request has it. */
  readonly licenseId: string | ((request: Request) => string | undefined);
  readonly fingerprint?: string | ((request: Request) => string | undefined) | undefined;
  /** Codes that must all be granted. */
  readonly features?: readonly string[] | undefined;
  /** Never refuses: the decision is there for the handler to see. */
  readonly advisory?: boolean | undefined;
};

/** What a refused request is answered with (RFC 9457). */
export type Refusal = {
  readonly status: 403 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** The decision about a request, and the answer if it is refused. */
export type Admission = { readonly decision: Decision; readonly refusal: Refusal | undefined };

/** Asks the gate about a request. Throws only what the options' own functions throw. */
export async function admit<Request>(options: AdmitOptions<Request>, request: Request): Promise<Admission> {
  const { gate, licenseId, fingerprint, features, advisory = false } = options;
  const decision = await gate.check(valueOf(licenseId, request), { fingerprint: valueOf(fingerprint, request), features });
  return { decision, refusal: decision.allowed || advisory ? undefined : refusalOf(decision) };
}

function valueOf<Request>(value: string | ((request: Request) => string | undefined) | undefined, request: Request): string | undefined {
  return typeof value === "function" ? value(request) : value;
}

/** Unknown for a reason that passes by itself is 503; that nothing is there to be known, and a denial, are 403. */
const permanent: ReadonlySet<UnknownCode> = new Set(["LICENSE_ID_INVALID", "NOT_PUBLISHED", "SEATS_NOT_LISTED"]);
const retryAfterSeconds = 5;

function refusalOf(decision: Decision): Refusal {
  const passing = decision.state === "unknown" && !permanent.has(decision.code);
  const status = passing ? 503 : 403;
  const title = passing ? "The license can't be verified now." : "The license doesn't permit this.";
  const body = JSON.stringify({ type: "about:blank", title, status, code: decision.code });
  const headers = { "content-type": "application/problem+json", "cache-control": "no-store" };
  return { status, headers: passing ? { ...headers, "retry-after": String(retryAfterSeconds) } : headers, body };
}
