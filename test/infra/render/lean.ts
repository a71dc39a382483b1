/**
 * Takes the costliest parts that change no graph out of Pulumi's SDK: the stack of each resource and promise, the texts of dynamic
 * providers (making one switches V8's debugger on), and the 20,000 outputs that a program never reads. A test compares a graph with
 * one that the whole SDK makes.
 */
export function makeLean(require: NodeJS.Require): void {
  const debuggable = require("@pulumi/pulumi/runtime/debuggable") as { debuggablePromise: (promise: Promise<unknown>) => Promise<unknown> };
  const { Resource } = require("@pulumi/pulumi/resource") as { Resource: { callsites: () => readonly object[] } };
  const closures = require("@pulumi/pulumi/runtime/closure/serializeClosure") as { serializeFunction: () => Promise<object> };
  const rpc = require("@pulumi/pulumi/runtime/rpc") as { transferProperties: typeof transferWhenRead };
  const { Output } = require("@pulumi/pulumi/output") as { Output: OutputClass };
  debuggable.debuggablePromise = (promise) => promise;
  Resource.callsites = () => [];
  closures.serializeFunction = () => Promise.resolve({ text: "", exportName: "handler", containsSecrets: false });
  const transferWhenRead = (onto: object, label: string, properties: object): Readonly<Record<string, Resolve>> => {
    const names = Object.keys(properties).filter((name) => name !== "id" && name !== "urn");
    for (const name of names) if (Object.hasOwn(onto, name)) throw new Error(`Property '${name}' is already initialized on target '${label}`);
    return Object.fromEntries(names.map((name) => [name, propertyOf({ onto, name, Output })]));
  };
  rpc.transferProperties = transferWhenRead;
}

/** The value, whether it is known and secret, the resources that it waits for, or an error in place of all. */
type Settled = readonly [value: unknown, isKnown: boolean, isSecret: boolean, resources?: readonly object[], fault?: unknown];
type Resolve = (...settled: Settled) => void;
type OutputClass = new (onto: object, ...parts: readonly Promise<unknown>[]) => object;

/** Adds a property, an output that is made when it is first read. Returns its resolver. */
function propertyOf({ onto, name, Output }: { readonly onto: object; readonly name: string; readonly Output: OutputClass }): Resolve {
  const known = Promise.withResolvers<Settled>();
  const part = (index: number) => known.promise.then((settled) => settled[index]);
  const set = (value: unknown) => void Object.defineProperty(onto, name, { value, configurable: true, enumerable: true, writable: true });
  const get = () => {
    const output = new Output(onto, part(0), part(1), part(2), part(3));
    set(output);
    return output;
  };
  // Not enumerable before it is read: the SDK looks through resources for unknown values.
  Object.defineProperty(onto, name, { get, set, configurable: true });
  return (value, isKnown, isSecret, resources = [], fault) => (fault === undefined ? known.resolve([value, isKnown, isSecret, resources]) : known.reject(fault));
}
