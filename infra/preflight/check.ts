import { parsedJson } from "@licensing/core/base/parsed-json.ts";
import type { PermanentStage, PreviewStage } from "../stages.ts";

/** A condition of a deployment that a machine can check. */
export type Check = {
  /** The condition, as a sentence that is true if it holds. */
  readonly name: string;
  /** The steps to take if it doesn't hold. */
  readonly remedy: string;
  /** Answers the violations, a sentence each; none: it holds. Throws an Error if that can't be found out. */
  readonly faults: (world: World) => Promise<readonly string[]>;
  /** The reason why a stage doesn't need it. */
  readonly needless?: (world: World) => string | undefined;
};

/** The stage, the machine's environment and the outside. */
export type World = {
  readonly stage: string;
  readonly row: PermanentStage | PreviewStage;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The service's origin, without a trailing slash. */
  readonly origin: string;
  readonly outside: Outside;
};

export type Request = { readonly method?: "GET" | "OPTIONS" | "POST"; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };
export type Answer = { readonly status: number; readonly headers: Headers; readonly text: string };

/** Everything that a check asks. Each rejects with an Error whose message shows no secret. */
export type Outside = {
  /** One call of the AWS CLI; its JSON. */
  readonly aws: (...args: readonly string[]) => Promise<unknown>;
  /** One call of the sst command line for the stage; its output. */
  readonly sst: (...args: readonly string[]) => Promise<string>;
  readonly send: (url: string, request?: Request) => Promise<Answer>;
  /** The name servers of a zone; empty: the name is no zone. */
  readonly nameServers: (name: string) => Promise<readonly string[]>;
  /** The region that sst.config.ts names. */
  readonly region: string;
  readonly now: () => Date;
};

/** The permanent stage's row; undefined for a preview. */
export function permanentRow({ row }: World): PermanentStage | undefined {
  return "lifeDays" in row ? undefined : row;
}

export function onlyPermanent(world: World): string | undefined {
  return permanentRow(world) === undefined ? "a preview has none" : undefined;
}

/** A member of a JSON answer by its path; undefined: it isn't there. */
export function member(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (typeof inner === "object" && inner !== null ? (inner as Readonly<Record<string, unknown>>)[key] : undefined), value);
}

/** A list of a JSON answer; empty if it isn't there. */
export function items(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = member(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The JSON of an answer 200. Throws an Error that names the service and the status. */
export async function answered(outside: Outside, service: string, [url, request]: readonly [string, Request?]): Promise<unknown> {
  const { status, text } = await outside.send(url, request);
  if (status !== 200) throw new Error(`${service} answers ${status}`);
  const json = parsedJson(text);
  if (json === undefined) throw new Error(`${service} answers no JSON`);
  return json;
}

/** Neon's API, by the environment's key. */
export function neon({ outside, environment }: World, path: string): Promise<unknown> {
  return answered(outside, "Neon", [`https://console.neon.tech/api/v2${path}`, { headers: { authorization: `Bearer ${environment["NEON_API_KEY"] ?? ""}`, accept: "application/json" } }]);
}

/** The secrets of the stage, those of the fallback included; they are never shown. */
export async function readSecrets({ outside }: World): Promise<ReadonlyMap<string, string>> {
  const listed = await outside.sst("secret", "list");
  const own = new Map<string, string>();
  const fallback = new Map<string, string>();
  let section = own;
  for (const line of listed.split("\n")) {
    const [, name = "", value = ""] = /^([A-Za-z0-9]+)=(.*)$/.exec(line) ?? [];
    if (line.startsWith("#")) section = line.includes("fallback") ? fallback : own;
    else if (name !== "") section.set(name, value);
  }
  return new Map([...fallback, ...own]);
}
