import { requireThat } from "./options.ts";
import { causeAt, networkCauseOf, SourceError } from "./source.ts";

/** The part of the standard `fetch` that is used here. */
export type Fetch = (
  url: string,
  init: {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string | null;
    readonly redirect: "manual";
    readonly signal: AbortSignal;
  },
) => Promise<FetchedResponse>;

export type FetchedResponse = {
  readonly status: number;
  readonly body: { readonly getReader: () => BodyReader } | null;
};

export type BodyReader = {
  readonly read: () => Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  readonly cancel: () => Promise<unknown>;
};

export type TextRequest = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent by POST; a request without a body is a GET, unless it has another method. */
  readonly body?: string;
  readonly method?: "DELETE";
};

export type RequestOptions = {
  readonly signal: AbortSignal;
  /** A longer answer is refused without reading the rest. */
  readonly bytesMax: number;
  readonly fetch: Fetch | undefined;
};

/** Throws TypeError unless `url` is an address: a missing setting must not look like an outage. */
export function requireUrl(url: unknown): void {
  requireThat(/^https?:\/\/./.test(String(url)) && URL.canParse(String(url)), "url: must be http(s)://");
}

/**
 * Sends one request. A redirect isn't followed, because that could send a credential to another host: it is an answer other than
 * 200. (`redirect: "error"` would refuse it sooner, but refuses every request on Workers.) Throws SourceError UNREACHABLE, whose
 * message names nothing of the request but the host.
 */
export async function requestText(
  request: TextRequest,
  options: RequestOptions,
): Promise<{ readonly status: number; readonly text: string }> {
  const { url, headers, body } = request;
  const send: Fetch = options.fetch ?? globalThis.fetch;
  const method = request.method ?? (body === undefined ? "GET" : "POST");
  try {
    const response = await send(url, { method, headers, body: body ?? null, redirect: "manual", signal: options.signal });
    return { status: response.status, text: await readText(response, options.bytesMax) };
  } catch (error) {
    throw error instanceof SourceError ? error : new SourceError("UNREACHABLE", { cause: causeAt(url, networkCauseOf(error) ?? "no connection") });
  }
}

async function readText(response: FetchedResponse, bytesMax: number): Promise<string> {
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done || value === undefined) return text + decoder.decode();
    bytes += value.length;
    if (bytes > bytesMax) {
      void reader.cancel();
      throw new SourceError("UNREACHABLE", { cause: "answered too much", from: "source" });
    }
    text += decoder.decode(value, { stream: true });
  }
}
