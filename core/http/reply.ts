export type Reply = {
  readonly status: number;
  /** Serialised as JSON unless it is a string. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The `Link` header, made by the edge, which alone knows the address: from its path and query. */
  readonly link?: (path: string, query: string) => string;
};

/** Marks a reply as a replay. */
export function replayHeaders(replayed: boolean): Readonly<Record<string, string>> {
  return replayed ? { "idempotent-replayed": "true" } : {};
}
