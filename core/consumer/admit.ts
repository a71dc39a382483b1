import { subjectPattern } from "../certificate/claims.ts";
import type { Ask, Decision } from "./decision.ts";
import type { Gate } from "./engine.ts";
import type { Lifetime } from "./lifetime.ts";
import { refuseOthers, requireThat } from "./options.ts";
import { releasedAtMsOf } from "./question.ts";
import type { UnknownCode } from "./source.ts";

/**
 * The place of a value in a request: one text for all requests, a header's name, or a function. A header is found in whatever
 * form the platform passes it: a `Headers`, an object, lists. A header that is sent twice counts as missing.
 */
export type Lookup<Request> = string | { readonly header: string } | ((request: Request) => string | readonly string[] | null | undefined);

/** The options of a middleware. */
export type AdmitOptions<Request> = {
  readonly gate: Gate;
  readonly licenseId: Lookup<Request>;
  /** A request without it is denied with FINGERPRINT_REQUIRED. */
  readonly fingerprint?: Lookup<Request>;
  /** Feature codes that must all be granted. */
  readonly features?: readonly string[] | undefined;
  /** When this build was released; the license's maintenance must cover it. */
  readonly releasedAt?: string | undefined;
  /** Never refuses a request; the handler gets the decision. */
  readonly advisory?: boolean | undefined;
};

/** The answer to a refused request (RFC 9457). */
export type Refusal = {
  readonly status: 403 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** The decision about a request, and the answer if it is refused. */
export type Admittance = { readonly decision: Decision; readonly refusal: Refusal | undefined };

/** Asks the gate about a request. Throws only if one of the options' functions throws. */
export type Admit<Request> = (request: Request, lifetime?: Lifetime) => Promise<Admittance>;

/** `carrierOf` returns the object that has the request's headers. Throws TypeError, which names an unusable or unknown option. */
export function admitting<Request>(options: AdmitOptions<Request>, carrierOf: (request: Request) => unknown = (request) => request): Admit<Request> {
  const { gate, licenseId, fingerprint, features, releasedAt, advisory = false, ...others } = options;
  refuseOthers(others);
  requireThat(typeof Object(gate).check === "function", "gate: must be a gate");
  requireLookup("licenseId", licenseId, subjectPattern);
  const asksForSeat = "fingerprint" in options;
  if (asksForSeat) requireLookup("fingerprint", fingerprint, /./);
  requireThat(features === undefined || (Array.isArray(features) && features.every((code) => typeof code === "string")), "features: must be a list of codes");
  requireThat(releasedAt === undefined || releasedAtMsOf(releasedAt) !== undefined, "releasedAt: must be RFC 3339 with an offset");
  requireThat(typeof advisory === "boolean", "advisory: must be true or false");

  return async (request, lifetime) => {
    const find = (lookup: Lookup<Request> | undefined): string | undefined => valueOf(lookup, request, carrierOf);
    const ask: Ask = { ...(asksForSeat ? { fingerprint: find(fingerprint) } : {}), features, ...(releasedAt === undefined ? {} : { releasedAt }) };
    const decision = await gate.check(find(licenseId), ask, lifetime);
    return { decision, refusal: decision.allowed || advisory ? undefined : refusalOf(decision) };
  };
}

function requireLookup(name: string, lookup: unknown, text: RegExp): void {
  const { header, ...others } = Object(lookup) as { header?: unknown };
  const isHeader = typeof header === "string" && header !== "" && Object.keys(others).length === 0;
  const isText = typeof lookup === "string" && text.test(lookup);
  requireThat(isText || isHeader || typeof lookup === "function", `${name}: must be a text of its form, { header } or a function`);
}

function valueOf<Request>(lookup: Lookup<Request> | undefined, request: Request, carrierOf: (request: Request) => unknown): string | undefined {
  if (typeof lookup === "string") return lookup;
  const found: unknown = typeof lookup === "function" ? lookup(request) : headerOf(carrierOf(request), lookup?.header ?? "");
  const [value, ...more] = [found].flat();
  return typeof value === "string" && more.length === 0 ? value : undefined;
}

/** Every value of a header. Events of API Gateway and of load balancers hold all of them only in `multiValueHeaders`. */
function headerOf(carrier: unknown, name: string): unknown {
  const { headers, multiValueHeaders } = Object(carrier) as { headers?: unknown; multiValueHeaders?: unknown };
  const { get } = Object(headers) as { get?: unknown };
  if (typeof get === "function") return get.call(headers, name);
  const entries = Object.entries(Object(multiValueHeaders ?? headers) as object);
  return entries.filter(([key]) => key.toLowerCase() === name.toLowerCase()).flatMap(([, values]) => values as unknown);
}

/** Unknown codes that don't pass by themselves: they are answered 403, like a denial. Other unknown codes are answered 503. */
const permanent: ReadonlySet<UnknownCode> = new Set(["NOT_PUBLISHED", "SEATS_NOT_LISTED"]);
const retryAfterSeconds = 5;

function refusalOf(decision: Decision): Refusal {
  const passing = decision.state === "unknown" && !permanent.has(decision.code);
  const status = passing ? 503 : 403;
  const title = passing ? "The license can't be verified now." : "The license doesn't permit this.";
  const body = JSON.stringify({ type: "about:blank", title, status, code: decision.code });
  const headers = { "content-type": "application/problem+json", "cache-control": "no-store" };
  return { status, headers: passing ? { ...headers, "retry-after": String(retryAfterSeconds) } : headers, body };
}
