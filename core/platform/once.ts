/**
 * One value for each runtime, built on first use. Caches and parsed keys live as long as the runtime, and two runtimes in one
 * process (as in tests) never share them.
 */
const built = new WeakMap<object, Map<unknown, unknown>>();

export function once<Owner extends object, Value>(owner: Owner, build: (owner: Owner) => Value): Value {
  const values = built.get(owner) ?? new Map<unknown, unknown>();
  if (!built.has(owner)) built.set(owner, values);
  if (!values.has(build)) values.set(build, build(owner));
  return values.get(build) as Value;
}
