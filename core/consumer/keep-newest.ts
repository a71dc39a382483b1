/** Puts a value in as the youngest of a map, which then holds at most `entriesMax`: the oldest goes. */
export function keepNewest<Value>(values: Map<string, Value>, [key, value]: readonly [key: string, value: Value], entriesMax: number): void {
  values.delete(key);
  values.set(key, value);
  const oldest = values.size > entriesMax ? values.keys().next().value : undefined;
  if (oldest !== undefined) values.delete(oldest);
}
