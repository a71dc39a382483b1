import createFetchClient from "openapi-fetch";
import type { Client as FetchClient } from "openapi-fetch";
import type { paths } from "./contract.ts";
import { errorOf, LicensingError } from "./licensing-error.ts";
import { operations } from "./operations.ts";
import type { Nouns, Operation } from "./operations.ts";
import type { Page, Pages } from "./operation-types.ts";
import { send } from "./send.ts";
import type { Credentials, Retries, Sending, World } from "./send.ts";

export { LicensingError } from "./licensing-error.ts";
export { meter } from "./meter.ts";
export { operations } from "./operations.ts";
export type { ErrorCode } from "./licensing-error.ts";
export type { Meter, MeterOptions } from "./meter.ts";
export type { Body, Item, ListQuery, OperationId, Options, Page, Pages, Query, Reply } from "./operation-types.ts";
export type { Nouns, Operation } from "./operations.ts";
export type { Credential, Credentials, Retries, World } from "./send.ts";
export type { Activation, ApplyReport, Json, KeyCheck, License, LicenseEvent, Me, Policy, PolicyDefinition, Problem, Publication, SigningKey, Validation } from "./contract.ts";
export type { Credential as ServiceCredential, paths } from "./contract.ts";

export type ClientOptions = {
  /** The service's origin, e.g. `https://licensing.example.com`. */
  readonly url: string;
  readonly credentials: Credentials;
  /** How long one attempt may take. Default 30,000. */
  readonly timeoutMs?: number;
  readonly retries?: Retries;
  /** Replaces the platform's `fetch`, clock, random numbers and pauses; for tests. */
  readonly world?: Partial<World>;
};

export type Client = Nouns & {
  /** The same service by method and path, typed by the contract, for what the nouns don't show: CSV, headers, other media types. */
  readonly http: FetchClient<paths>;
};

/** A client of one service. Throws TypeError for an invalid address. */
export function createClient({ url, credentials, timeoutMs = 30_000, retries = {}, world = {} }: ClientOptions): Client {
  const sending: Sending = {
    credentials,
    timeoutMs,
    retries: { attemptsMax: 4, budgetMs: 60_000, pauseMs: 250, ...retries },
    world: { fetch: (request) => globalThis.fetch(request), nowMs: () => Date.now(), random: Math.random, sleep, ...world },
  };
  const http = createFetchClient<paths>({
    baseUrl: originOf(url),
    fetch: (sent) => send(withKey(sent), sending),
    // A query's object is a parameter for each of its members: `metadata.order=4711`.
    querySerializer: { object: { style: "form", explode: true } },
  });
  const nouns = Object.entries(operations).map(([noun, verbs]) => {
    const own = Object.entries(verbs as Readonly<Record<string, Operation>>).map(([verb, operation]) => [verb, methodOf(operation, http as unknown as AnyFetchClient)]);
    return [noun, Object.fromEntries(own)] as const;
  });
  return { ...(Object.fromEntries(nouns) as Nouns), http };
}

function originOf(url: string): string {
  const { protocol, origin, pathname, search, hash, username } = new URL(URL.canParse(url) ? url : "none:");
  if (!/^https?:$/.test(protocol) || pathname !== "/" || `${search}${hash}${username}` !== "") {
    throw new TypeError(`url must be the service's origin, such as https://licensing.example.com, and not ${url === "" ? "empty" : url}`);
  }
  return origin;
}

/**
 * Requests that need no idempotency key, because a repetition changes nothing more: questions, checks of the keys, and
 * heartbeats.
 */
const repeatable = /\/(?:licenses\/find|keys\/check|activations\/[^/]+\/heartbeat)$/;

/** The request with the `Idempotency-Key` of all its attempts. */
function withKey(sent: Request): Request {
  const key = sent.headers.has("idempotency-key") ? undefined : keyFor(sent.method, new URL(sent.url).pathname);
  if (key !== undefined) sent.headers.set("idempotency-key", key);
  return sent;
}

/** A new key for a request that may change something. */
function keyFor(method: string, path: string): string | undefined {
  return ["GET", "HEAD", "DELETE"].includes(method) || repeatable.test(path) ? undefined : newKey();
}

/** 128 random bits. `crypto.randomUUID` isn't there on pages without TLS. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", end);
      resolve();
    }, ms);
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
  });
}

/** openapi-fetch as it is called with the values of an operation's row. `Nouns` has the exact types. */
type AnyFetchClient = {
  readonly request: (method: string, path: string, init: Readonly<Record<string, unknown>>) => Promise<{ readonly data?: unknown; readonly error?: unknown; readonly response: Response }>;
};
type AnyOptions = {
  readonly signal?: AbortSignal | undefined;
  readonly onResponse?: ((response: Response) => void) | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly ifMatch?: number | undefined;
  readonly query?: object;
};

function methodOf(operation: Operation, http: AnyFetchClient): (...given: readonly unknown[]) => unknown {
  const { params, takes, isList } = operation;
  return (...given) => {
    const path = Object.fromEntries(params.map((name, at) => [name, textOf(name, given[at])]));
    const input = takes === undefined ? undefined : given[params.length];
    const options = (given[params.length + (takes === undefined ? 0 : 1)] ?? {}) as AnyOptions;
    const query = { ...(takes === "query" ? (input as object | undefined) : undefined), ...options.query };
    const call = (more: object = {}) => request(operation, { path, query: { ...query, ...more }, body: takes === "body" ? input : undefined, options }, http);
    return isList === true ? pagesOf((cursor) => call(cursor === undefined ? {} : { cursor }) as Promise<Page<unknown>>) : call();
  };
}

/** An id that is missing, or a step of an address, would make an address of another operation. */
function textOf(name: string, value: unknown): string {
  if (typeof value !== "string" || ["", ".", ".."].includes(value)) throw new TypeError(`${name} must be a text, and not empty, "." or ".."`);
  return value;
}

type Asked = { readonly path: Readonly<Record<string, string>>; readonly query: object; readonly body: unknown; readonly options: AnyOptions };

async function request({ method, path: template, accept }: Operation, { path, query, body, options }: Asked, http: AnyFetchClient): Promise<unknown> {
  const { signal, onResponse, ifMatch } = options;
  const idempotencyKey = options.idempotencyKey ?? keyFor(method, template);
  const headers = {
    accept: accept ?? "*/*",
    ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
    ...(ifMatch === undefined ? {} : { "if-match": `"${ifMatch}"` }),
  };
  const parseAs = accept === undefined || accept.endsWith("json") ? "json" : "text";
  const init = { params: { path, query }, headers, parseAs, ...(body === undefined ? {} : { body }), ...(signal === undefined ? {} : { signal }) };
  const { data, error, response } = await http.request(method.toLowerCase(), template, init).catch((fault: unknown) => throwUnreadable(fault, idempotencyKey));
  onResponse?.(response);
  if (!response.ok) throw errorOf(response, error, idempotencyKey);
  return data;
}

/** A success that isn't JSON came from another server. */
function throwUnreadable(fault: unknown, idempotencyKey: string | undefined): never {
  if (!(fault instanceof SyntaxError)) throw fault;
  throw new LicensingError({ code: "unexpected-answer", message: "The address answered with a text that isn't JSON: is it the licensing service's?", cause: fault, idempotencyKey });
}

function pagesOf<Item>(ask: (cursor: string | undefined) => Promise<Page<Item>>): Pages<Item> {
  async function* pages(): AsyncGenerator<Page<Item>> {
    let cursor: string | undefined;
    do {
      const page = await ask(cursor);
      yield page;
      cursor = page.pagination.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }
  return {
    pages,
    firstPage: () => ask(undefined),
    async *[Symbol.asyncIterator]() {
      for await (const { data } of pages()) yield* data;
    },
  };
}
