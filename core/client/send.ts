import { LicensingError, retryAfterOf } from "./licensing-error.ts";

/** A caller: a token of the identity provider, a service credential, or an application with its license's key. */
export type Credential = { readonly token: string } | { readonly clientId: string; readonly clientSecret: string } | { readonly licenseKey: string };

/**
 * Asked before each attempt, so that a token can be renewed. `refused` is the credential that was just answered 401; if the
 * function then gives another one, the call is sent again with it, once.
 */
export type Credentials = (refused?: Credential) => Credential | undefined | Promise<Credential | undefined>;

export type Retries = {
  /** How often a call is sent at most. Default 4. */
  readonly attemptsMax?: number;
  /** No attempt begins later than this after the first. Default 60,000. */
  readonly budgetMs?: number;
  /** The pauses are random, up to `pauseMs`, then up to twice as much, and so on. Default 250. */
  readonly pauseMs?: number;
};

/** The outside world of a client; the defaults are the platform's. */
export type World = {
  readonly fetch: (request: Request) => Promise<Response>;
  readonly nowMs: () => number;
  /** Between 0 and 1. */
  readonly random: () => number;
  /** Rejects with the signal's reason when it is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
};

export type Sending = { readonly credentials: Credentials; readonly retries: Required<Retries>; readonly timeoutMs: number; readonly world: World };

const pauseMaxMs = 20_000;
/** Overloaded, or a dependency or gateway that didn't answer. The same request may succeed later. */
const passing = new Set([429, 502, 503, 504]);

/**
 * Sends a request until it has an answer, a number of times at most. Every attempt is the same request, with the same
 * `Idempotency-Key`, so that a change is made once even if an answer was lost. Rejects with `unreachable`, or with the reason of
 * the request's own signal.
 */
export async function send(request: Request, sending: Sending): Promise<Response> {
  const { credentials, retries, world } = sending;
  const startedMs = world.nowMs();
  let credential = await credentials();
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await attemptOnce(request, credential, sending);
    if (outcome.response?.status === 401 && credential !== undefined) {
      const other = await credentials(credential);
      if (other === undefined || headerOf(other) === headerOf(credential)) return outcome.response;
      return (await attemptOnce(request, other, sending)).response ?? throwUnreachable(request, outcome.error);
    }
    if (outcome.response !== undefined && !passing.has(outcome.response.status)) return outcome.response;
    const pauseMs = pauseBefore(attempt, outcome.response, sending);
    const isLast = attempt >= retries.attemptsMax || world.nowMs() - startedMs + pauseMs > retries.budgetMs;
    if (isLast) return outcome.response ?? throwUnreachable(request, outcome.error);
    await world.sleep(pauseMs, request.signal);
    credential = await credentials();
  }
}

type Outcome = { readonly response: Response; readonly error?: undefined } | { readonly response?: undefined; readonly error: unknown };

async function attemptOnce(request: Request, credential: Credential | undefined, { timeoutMs, world }: Sending): Promise<Outcome> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]);
  // A request's body can be read once, so each attempt sends a copy. A redirect could lead a credential elsewhere.
  const attempt = new Request(request.clone(), { signal, redirect: "manual" });
  if (credential !== undefined) attempt.headers.set("authorization", sendable(headerOf(credential)));
  try {
    const response = await world.fetch(attempt);
    if (response.body === null) return { response };
    // Read here, because the connection may break within the body, too. Browsers give a 204 an empty body, with which it can't be made again.
    const bytes = await response.arrayBuffer();
    return { response: new Response(bytes.byteLength === 0 ? null : bytes, response) };
  } catch (error) {
    request.signal.throwIfAborted();
    return { error };
  }
}

function headerOf(credential: Credential): string {
  if ("token" in credential) return `Bearer ${credential.token}`;
  if ("licenseKey" in credential) return `License ${credential.licenseKey}`;
  const bytes = new TextEncoder().encode(`${credential.clientId}:${credential.clientSecret}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** Throws TypeError for a text that no header can hold. The platform's own error would repeat the credential. */
function sendable(header: string): string {
  if (!/^[\x20-\x7e\x80-\xff]+$/.test(header)) throw new TypeError("the credential has a line break or another character that a header can't hold");
  return header;
}

/** Full jitter, and at least the answer's `Retry-After`. */
function pauseBefore(attempt: number, response: Response | undefined, { retries, world }: Sending): number {
  const jitterMs = world.random() * Math.min(pauseMaxMs, retries.pauseMs * 2 ** (attempt - 1));
  const leastMs = response === undefined ? 0 : (retryAfterOf(response, world.nowMs()) ?? 0) * 1_000;
  return Math.max(leastMs, jitterMs);
}

function throwUnreachable(request: Request, cause: unknown): never {
  const { origin } = new URL(request.url);
  const idempotencyKey = request.headers.get("idempotency-key") ?? undefined;
  throw new LicensingError({ code: "unreachable", message: `${origin} did not answer${reasonOf(cause)}.`, cause, idempotencyKey });
}

/** A timeout, or the system's code of a failed connection, such as ECONNREFUSED. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if (error.name === "TimeoutError") return " in time";
  const { code } = (error.cause ?? error) as { readonly code?: unknown };
  return typeof code === "string" ? `: ${code}` : "";
}
