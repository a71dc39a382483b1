import path from "node:path";
import type { Fault, Graph } from "./graph.ts";
import { filesWithin } from "./graph.ts";
import type { Import, Source } from "./source.ts";

/**
 * A file's suffix says what the file does, and what it may import:
 *
 * - No suffix: pure. The file doesn't reach outside, and imports no value of a file that does.
 * - `.table`: a table; imports tables and pure lists, and is imported by tables and tests alone.
 * - `.sql`: statements and the readers of their rows; sends nothing and holds no promise.
 * - `.store`: reaches outside. A store that doesn't is a fault.
 * - `.job`: long work under a time budget; started by functions, by other jobs, and by a compromised key.
 */
export type Suffix = "none" | "table" | "sql" | "store" | "job";

/** Rooms of the outside, the edge and a package: their files' suffixes are not checked. */
const unjudged = ["core/platform", "core/endpoint", "core/consumer", "core/client", "core/cli"];
const timeBudget = "core/platform/time-budget.ts";
/** The file that publishes the licenses of a compromised key again before it answers. */
const startsJobs = "core/rotation/compromise-key.store.ts";

const io = /^(node:(http|https|net|tls|fs|dns|child_process|worker_threads|dgram|timers)(\/.*)?|@neondatabase\/serverless|@upstash\/redis|pg|ioredis)$/;
/** Names of `node:net` that compute with addresses and open nothing. */
const arithmetic: readonly string[] = ["BlockList", "isIP"];
const drizzle = /^drizzle-orm(\/.*)?$/;

export function suffixOf(file: string): Suffix {
  const [, suffix] = /\.(table|sql|store|job)\.ts$/.exec(file) ?? [];
  return (suffix ?? "none") as Suffix;
}

export function suffixFaults(graph: Graph): readonly Fault[] {
  return filesWithin(graph, "core")
    .filter(({ file }) => !unjudged.includes(path.dirname(file)))
    .flatMap((source) => faultsOfSource(graph, source).map((fault) => ({ rule: "suffixes", file: source.file, fault })));
}

function faultsOfSource(graph: Graph, source: Source): readonly string[] {
  const tables = suffixOf(source.file) === "table" ? [] : source.imports.filter(({ target }) => suffixOf(target) === "table").map(({ target }) => `imports the table ${target}`);
  return [...tables, ...faultsBySuffix(graph, source)];
}

function faultsBySuffix(graph: Graph, source: Source): readonly string[] {
  const suffix = suffixOf(source.file);
  switch (suffix) {
    case "none":
      return [...asked(source), ...reached(graph, source, ["drizzle", "io", "sql", "store", "job"])];
    case "sql":
      return [...asked(source), ...reached(graph, source, ["io", "store", "job"]), ...(source.isAsync ? ["holds a promise"] : [])];
    case "table":
      return [...reached(graph, source, ["io", "sql", "store", "job"]), ...foreign(source)];
    case "store":
      return [...(asksOutside(graph, source) ? [] : ["asks nothing outside"]), ...(source.file === startsJobs ? [] : reached(graph, source, ["job"]))];
    case "job":
      return isUnderBudget(source) ? [] : [`imports no ${timeBudget}`];
    default:
      return suffix satisfies never;
  }
}

function asked({ asks }: Source): readonly string[] {
  return [...new Set(asks)].map((ask) => `asks the outside: ${ask}`);
}

function reached(graph: Graph, { imports }: Source, forbidden: readonly Reach[]): readonly string[] {
  return valuesOf(imports)
    .filter(({ target }) => [...reachOf(graph, target)].some((reach) => forbidden.includes(reach)))
    .map(({ target }) => `imports a value of ${target}`);
}

type Reach = "drizzle" | "io" | Exclude<Suffix, "none" | "table">;

/** The kind of a module, by its suffix. In a room whose suffixes aren't checked, the kind follows from its imports. */
function reachOf(graph: Graph, target: string, seen: ReadonlySet<string> = new Set()): ReadonlySet<Reach> {
  if (io.test(target)) return new Set(["io"]);
  if (drizzle.test(target)) return new Set(["drizzle"]);
  const source = graph.sources.get(target);
  const suffix = suffixOf(target);
  if (suffix !== "none" && suffix !== "table") return new Set([suffix]);
  if (source === undefined || seen.has(target) || !unjudged.includes(path.dirname(target))) return new Set();
  const below = valuesOf(source.imports).flatMap((each) => [...reachOf(graph, each.target, new Set([...seen, target]))]);
  return new Set<Reach>([...below, ...(source.asks.length > 0 ? (["io"] as const) : [])]);
}

function valuesOf(imports: readonly Import[]): readonly Import[] {
  return imports.filter(({ kind, target, names }) => kind !== "type" && !(target === "node:net" && names.every((name) => arithmetic.includes(name))));
}

/** A table's own imports: drizzle, other tables, and pure lists of the core. */
function foreign({ imports }: Source): readonly string[] {
  return imports.filter(({ target }) => !drizzle.test(target) && !target.startsWith("core/")).map(({ target }) => `imports ${target}`);
}

/** Whether a file waits for an answer from outside, by a call of its own or through a file that makes one. */
function asksOutside(graph: Graph, { asks, imports, isAsync }: Source): boolean {
  const through = valuesOf(imports).some(({ target }) => [...reachOf(graph, target)].some((reach) => reach === "io" || reach === "store" || reach === "job"));
  return isAsync && (asks.length > 0 || through);
}

function isUnderBudget({ imports }: Source): boolean {
  return valuesOf(imports).some(({ target }) => target === timeBudget);
}
