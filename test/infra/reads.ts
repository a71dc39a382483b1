import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import type { Touch } from "../../infra/routes.ts";

/**
 * The settings that a function's bundle reads, among those of a row's `touches`, found by the bundle's modules and not by the table.
 *
 * Every function of the API includes the edge, which identifies callers. On a public route that part never runs, so the edge counts
 * only if the contract requires a permission, and otherwise only the function's other imports count.
 */
export type Reader = {
  readonly project: string;
  readonly metafile: Metafile;
  /** From the project's root. */
  readonly source: string;
  readonly isPublic: boolean;
};

/** The edge, whole and by its parts. */
const edge = ["core/endpoint/endpoint.ts", "core/endpoint/edge.ts", "core/endpoint/later.ts"];

/** Expressions that read a part of the configuration, by the part's name. */
const reads: Readonly<Record<Touch, RegExp>> = {
  origins: part("corsOrigins"),
  database: /\bruntime\.database\b|\bconfig\.database\b|\{[^{}]*\bdatabase\b[^{}]*\}(: Runtime| = runtime)\b/,
  redis: part("redis"),
  identity: part("identity"),
  login: part("login"),
  "key-pepper": /\bkeyPepper\b/,
  "webhook-queue": part("webhookQueueUrl"),
  dumps: part("dump"),
  "application-secret": part("applicationSecret"),
  "signing-key": part("signing"),
  "keyring-secret": part("keyring"),
  "keyring-database": /\bruntime\.keyringDatabase\b/,
};

/** The reader of the environment, which only passes settings on. */
const handOn = ["core/platform/config.ts", "core/platform/runtime.ts"];

/** Each kind of touch that the function needs, with the modules that read it. */
export function readsOf({ project, metafile, source, isPublic }: Reader): ReadonlyMap<Touch, readonly string[]> {
  const inBundle = new Set(Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs).filter((path) => (inputs[path]?.bytesInOutput ?? 0) > 0)));
  const own = reached(metafile, [source], edge);
  const admitting = isPublic ? [] : reached(metafile, edge);
  const modules = [...new Set([...own, ...admitting])].filter((path) => inBundle.has(path) && isOurs(path) && !handOn.includes(path));
  const found = (Object.keys(reads) as Touch[]).map((touch) => [touch, modules.filter((path) => readBy(join(project, path)).has(touch))] as const);
  return new Map(found.filter(([, readers]) => readers.length > 0));
}

/** The faults of a row's touches, a line each. */
export function touchFaults(touches: readonly Touch[], needed: ReturnType<typeof readsOf>): readonly string[] {
  return [
    ...touches.filter((touch) => !needed.has(touch)).map((touch) => `is given ${touch}, which nothing in it reads`),
    ...[...needed].filter(([touch]) => !touches.includes(touch)).map(([touch, readers]) => `isn't given ${touch}, which ${readers.join(", ")} reads`),
  ];
}

/** The modules that `from` import, directly or not, at once or later, without those behind `closed`. */
function reached({ inputs }: Metafile, from: readonly string[], closed: readonly string[] = []): ReadonlySet<string> {
  const seen = new Set(from);
  const queue = [...from];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    for (const { path: next, external } of inputs[path]?.imports ?? []) {
      if (external === true || closed.includes(next) || seen.has(next)) continue;
      seen.add(next);
      queue.push(next);
    }
  }
  return seen;
}

function part(name: string): RegExp {
  return new RegExp(String.raw`\bconfig\.${name}\b|\{[^{}]*\b${name}\b[^{}]*\} = (\w+\.)?config\b`);
}

function isOurs(path: string): boolean {
  return path.startsWith("core/") || path.startsWith("functions/");
}

const known = new Map<string, ReadonlySet<Touch>>();

/** The settings that a module reads. They are remembered, because most modules are in many bundles. */
function readBy(path: string): ReadonlySet<Touch> {
  const found = known.get(path) ?? new Set((Object.keys(reads) as Touch[]).filter((touch) => reads[touch].test(code(path))));
  known.set(path, found);
  return found;
}

/** The module's text without its comments. */
function code(path: string): string {
  return readFileSync(path, "utf8").replace(/\/\*[^]*?\*\/|\/\/.*$/gm, "");
}
