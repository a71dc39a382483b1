export type Reply = {
  readonly status: number;
  /** Serialized as JSON unless it is a string or bytes. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes the `Link` header from the request's path and query, which only the edge knows. */
  readonly link?: (path: string, query: string) => string;
};

/** Marks a reply as a replay. */
export function replayHeaders(replayed: boolean): Readonly<Record<string, string>> {
  return replayed ? { "idempotent-replayed": "true" } : {};
}
