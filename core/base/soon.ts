/** A value at once, on runtimes whose cryptography answers at once; else a promise of it. */
export type Soon<Value> = Value | Promise<Value>;

/** All of them, at once if every one is there. */
export function allSoon<Value>(soons: readonly Soon<Value>[]): Soon<readonly Value[]> {
  return soons.some(isLater) ? Promise.all(soons) : (soons as readonly Value[]);
}

/** Not by `instanceof`: where somebody has replaced the global Promise, an async function's isn't one. */
export function isLater<Value>(soon: Soon<Value>): soon is Promise<Value> {
  return typeof soon === "object" && soon !== null && "then" in soon;
}
