import { createRequire } from "node:module";
import { join } from "node:path";
import type { Inputs } from "./cloud.ts";
import { created, looked } from "./cloud.ts";
import type { Json, RenderRequest, Resource } from "./graph.ts";
import { makeLean } from "./lean.ts";

type Recording = { -readonly [Key in keyof Resource]: Resource[Key] };

const secretMark = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/**
 * Runs the program to its end and until nothing is in flight. Returns its resources: Pulumi's own mock engine has a recorder in front
 * of it, which records each registration with the options that the mocks hide (protect, retainOnDelete, ignoreChanges, dependencies,
 * secret marks). Must load the SDK of the platform's folder: the program uses that very instance.
 */
export async function recordProgram(request: RenderRequest, project: string, program: () => Promise<unknown>): Promise<readonly Resource[]> {
  const require = createRequire(join(request.sst, "platform/package.json"));
  const { runtime } = require("@pulumi/pulumi") as PulumiSdk;
  const { withLocalStorage } = require("@pulumi/pulumi/runtime/state") as PulumiState;
  if (!request.whole) makeLean(require);
  const recorded = new Map<string, Recording>();
  const mocks = {
    newResource: (args: MockResource) => created(args.type, args.name, args.inputs),
    call: (args: MockCall) => looked(args.token, args.inputs),
  };
  // Outside of this callback the whole process shares the SDK's state.
  await withLocalStorage(async () => {
    await runtime.setMocks(mocks, project, request.stage, false, "organization");
    tape(runtime.getMonitor(), recorded);
    await runtime.runInPulumiStack(program);
    await runtime.disconnect();
  });
  return [...recorded.values()];
}

function tape(monitor: MockMonitor, recorded: Map<string, Recording>): void {
  const newUrn = monitor.newUrn.bind(monitor);
  // A real engine leaves the root stack out of a resource's qualified type; link types are read from it.
  monitor.newUrn = (parent, type, name) => newUrn(parent?.includes("pulumi:pulumi:Stack") ? undefined : parent, type, name);
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (registration, callback) => {
    const urn = monitor.newUrn(registration.getParent(), registration.getType(), registration.getName());
    if (recorded.has(urn)) {
      callback(new Error(`Duplicate resource URN '${urn}'; try giving it a unique name`), undefined);
      return;
    }
    recorded.set(urn, recording(urn, registration));
    return register(registration, callback);
  };
  const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
  monitor.registerResourceOutputs = (outputs, callback) => {
    const resource = recorded.get(outputs.getUrn());
    if (resource !== undefined) resource.outputs = unwrapped(outputs.getOutputs()?.toJavaScript() ?? {}) as Inputs;
    return registerOutputs(outputs, callback);
  };
}

function recording(urn: string, registration: Registration): Recording {
  const wrapped = registration.getObject()?.toJavaScript() ?? {};
  const parent = registration.getParent();
  return {
    urn,
    type: registration.getType(),
    name: registration.getName(),
    ...(parent === "" ? {} : { parent }),
    custom: registration.getCustom(),
    inputs: unwrapped(wrapped) as Inputs,
    secrets: secretPaths(wrapped, ""),
    protect: registration.getProtect() === true,
    retainOnDelete: registration.getRetainondelete() === true,
    ignoreChanges: registration.getIgnorechangesList(),
    dependencies: registration.getDependenciesList(),
  };
}

function isSecret(value: Json): value is { readonly value: Json } {
  return typeof value === "object" && value !== null && (value as Inputs)[secretMark] === secretSignature;
}

function secretPaths(value: Json, path: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  if (isSecret(value)) return [path];
  return Object.entries(value).flatMap(([key, inner]) => secretPaths(inner, path === "" ? key : `${path}.${key}`));
}

function unwrapped(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(unwrapped);
  if (typeof value !== "object" || value === null) return value;
  if (isSecret(value)) return unwrapped(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrapped(inner)]));
}

type MockResource = { readonly type: string; readonly name: string; readonly inputs: Inputs };
type MockCall = { readonly token: string; readonly inputs: Inputs };
type Struct = { readonly toJavaScript: () => { readonly [key: string]: Json } };
type Callback = (fault: Error | null, reply: unknown) => void;
type Registration = {
  readonly getParent: () => string;
  readonly getType: () => string;
  readonly getName: () => string;
  readonly getCustom: () => boolean;
  readonly getObject: () => Struct | undefined;
  readonly getProtect: () => boolean | undefined;
  readonly getRetainondelete: () => boolean | undefined;
  readonly getIgnorechangesList: () => string[];
  readonly getDependenciesList: () => string[];
};
type MockMonitor = {
  newUrn: (parent: string | undefined, type: string, name: string) => string;
  registerResource: (registration: Registration, callback: Callback) => unknown;
  registerResourceOutputs: (outputs: { getUrn: () => string; getOutputs: () => Struct | undefined }, callback: Callback) => unknown;
};
type PulumiSdk = {
  readonly runtime: {
    readonly setMocks: (mocks: object, project: string, stack: string, preview: boolean, organization: string) => Promise<void>;
    readonly getMonitor: () => MockMonitor;
    readonly runInPulumiStack: (program: () => Promise<unknown>) => Promise<unknown>;
    readonly disconnect: () => Promise<void>;
  };
};
type PulumiState = { readonly withLocalStorage: (work: () => Promise<void>) => Promise<void> };
