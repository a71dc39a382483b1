import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { SourceMap } from "node:module";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "./bundle/bundle.ts";
import { targets } from "./bundle/targets.ts";
import { readUsage, UsageError } from "./usage-error.ts";

const usage = `Usage: npm run trace -- <function> [--maps <folder>] < lines of the log

Reads lines of a deployed function's log and prints them with each place of a stack as the source has it. <function> is
its file below functions/ without ending (licenses/issue), or migrate.

Without --maps it bundles the function anew, which gives the deployed names and places if this checkout is the commit that
was deployed; a file that it doesn't find is named. --maps takes the maps that the deploy kept (RUNBOOK.md, "Read a stack").
Exit code 0: each place was found; 1: some were not; 3: the answer could not be determined.`;

/** The source position of a place in a bundled file; undefined if no map has the file or the place. */
export type Resolve = (file: string, line: number, column: number) => string | undefined;

/** Resolves by the maps of a folder: `bundle.mjs.map`, or with the digest that the deployment prepends (`<sha256>.bundle.mjs.map`). */
export function mapsOf(folder: string): Resolve {
  const maps = new Map<string, SourceMap>();
  for (const name of readdirSync(folder).filter((each) => each.endsWith(".mjs.map"))) {
    const file = name.replace(/\.map$/, "").replace(/^[0-9a-f]{64}\./, "");
    maps.set(file, new SourceMap(JSON.parse(readFileSync(join(folder, name), "utf8")) as ConstructorParameters<typeof SourceMap>[0]));
  }
  return (file, line, column) => {
    // Stacks count from 1, source maps from 0.
    const entry = maps.get(file)?.findEntry(line - 1, column - 1);
    if (entry === undefined || !("originalSource" in entry)) return undefined;
    return `${entry.originalSource.replace(/^(\.\.\/)+/, "")}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  };
}

/** `file:///var/task/chunk-ABC.mjs:2:1234`, with or without the path before the name. */
const place = /(?:file:\/\/)?(?:\/[\w./@-]*\/)?([\w.-]+\.mjs):(\d+):(\d+)/g;

/** The text with each place resolved, and the files without a map. */
export function resolveStacks(text: string, resolve: Resolve): { readonly text: string; readonly unknown: readonly string[] } {
  const unknown = new Set<string>();
  const resolved = text.replace(place, (whole, file: string, line: string, column: string) => {
    const found = resolve(file, Number(line), Number(column));
    if (found === undefined) unknown.add(file);
    return found ?? whole;
  });
  return { text: resolved, unknown: [...unknown] };
}

const project = join(import.meta.dirname, "..");

/** As deep below the project as sst's own folder, because a chunk's name depends on the paths from it to its sources. */
async function bundled(name: string): Promise<Resolve> {
  const target = targets.find((each) => each.name === name);
  if (target === undefined) throw new UsageError(`there is no function ${name}`);
  mkdirSync(join(project, ".build"), { recursive: true });
  const folder = mkdtempSync(join(project, ".build/trace-"));
  try {
    await bundle({ name: "maps", source: target.source }, { project, folder });
    return mapsOf(join(folder, "maps"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export type Output = { readonly print: (text: string) => void; readonly tell: (text: string) => void };

/** The command line. Returns its exit code and never throws. */
export async function trace(args: readonly string[], log: string, { print, tell }: Output): Promise<number> {
  try {
    const { name, maps, help } = readArguments(args);
    if (help) {
      print(`${usage}\n`);
      return 0;
    }
    if (maps !== undefined && statSync(maps, { throwIfNoEntry: false })?.isDirectory() !== true) throw new UsageError(`there is no folder ${basename(maps)}`);
    const { text, unknown } = resolveStacks(log, maps === undefined ? await bundled(name) : mapsOf(maps));
    print(text);
    if (unknown.length === 0) return 0;
    tell(`${unknown.join(", ")}: not of this function at this commit. Check out the commit that was deployed, or take the maps that the deploy kept.\n`);
    return 1;
  } catch (error) {
    tell(`${error instanceof UsageError ? `${error.message}\n\n${usage}` : error instanceof Error ? error.message : "the answer could not be determined"}\n`);
    return 3;
  }
}

function readArguments(args: readonly string[]): { readonly name: string; readonly maps: string | undefined; readonly help: boolean } {
  return readUsage(() => {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { maps: { type: "string" }, help: { type: "boolean", default: false } } });
    const [name = "", ...others] = positionals;
    if (!values.help && (name === "" || others.length > 0)) throw new Error("name one function");
    return { name, maps: values.maps, help: values.help };
  });
}

if (import.meta.main) {
  const output = { print: (text: string) => process.stdout.write(text), tell: (text: string) => process.stderr.write(text) };
  process.exitCode = await trace(process.argv.slice(2), readFileSync(process.stdin.fd, "utf8"), output);
}
