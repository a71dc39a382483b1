/** A value on runtimes with synchronous cryptography, else a promise of it. */
export type Soon<Value> = Value | Promise<Value>;

/** All values; a promise only if one of them is a promise. */
export function allSoon<Value>(soons: readonly Soon<Value>[]): Soon<readonly Value[]> {
  return soons.some(isLater) ? Promise.all(soons) : (soons as readonly Value[]);
}

/** Passes the value to `next`: at once, or when the promise resolves. */
export function andThen<Value, Result>(soon: Soon<Value>, next: (value: Value) => Soon<Result>): Soon<Result> {
  return isLater(soon) ? soon.then(next) : next(soon);
}

/** The result of `work`; if `work` throws or rejects, that of `otherwise`. */
export function orElse<Value>(work: () => Soon<Value>, otherwise: () => Value): Soon<Value> {
  try {
    const soon = work();
    return isLater(soon) ? soon.catch(otherwise) : soon;
  } catch {
    return otherwise();
  }
}

/** Not by `instanceof`: if the global Promise was replaced, an async function's promise isn't an instance of it. */
export function isLater<Value>(soon: Soon<Value>): soon is Promise<Value> {
  return typeof soon === "object" && soon !== null && "then" in soon;
}
