/** Says of an answer that it is the stored one. */
export function replayHeaders(replayed: boolean): Readonly<Record<string, string>> {
  return replayed ? { "idempotent-replayed": "true" } : {};
}
