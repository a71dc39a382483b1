import { andThen, type Soon } from "../base/soon.ts";

/**
 * Makes a value once and keeps it. It begins at once. Until the value exists, each caller makes one of its own: where promises
 * belong to requests, one request can't wait for another's. If `make` throws synchronously, so does this.
 */
export function madeOnce<Value extends object>(make: () => Soon<Value>): () => Soon<Value> {
  let made: Value | undefined;
  const keep = (value: Value): Value => (made = value);
  const own = (): Soon<Value> => made ?? andThen(make(), keep);
  void own();
  return own;
}
