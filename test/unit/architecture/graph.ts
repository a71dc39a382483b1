import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { readFloors } from "./floors.ts";
import type { Floors } from "./floors.ts";
import { readSource } from "./source.ts";
import type { Source } from "./source.ts";

/** Everything that the rules judge: each file's facts by its path, and the floors that the READMEs draw. */
export type Graph = {
  readonly sources: ReadonlyMap<string, Source>;
  readonly floors: Floors;
};

/** Something that breaks a rule. */
export type Fault = { readonly rule: string; readonly file: string; readonly fault: string };
export type Rule = (graph: Graph) => readonly Fault[];

const root = path.join(import.meta.dirname, "../../..");
const patterns = ["core/**/*.ts", "functions/**/*.ts", "infra/**/*.ts", "test/**/*.ts", "*.ts"];
/** Generated files, and the source of the console's page, which runs in a browser and has a rule of its own. */
const generated = /(^|\/)(node_modules|dist|\.build|\.sst)(\/|$)|^core\/client\/(contract|operations)\.ts$|^functions\/console\/source(\/|$)/;

/** The repository as it is. */
export function readGraph(): Graph {
  const files = globSync(patterns, { cwd: root, exclude: (name) => generated.test(String(name)) })
    .map((file) => file.split(path.sep).join("/"))
    .filter((file) => !generated.test(file));
  const read = (file: string) => readFileSync(path.join(root, file), "utf8");
  return {
    sources: new Map(files.map((file) => [file, readSource(file, read(file))])),
    floors: new Map([...readFloors("core", read("core/README.md")), ...readFloors("infra/local", read("infra/local/README.md"))]),
  };
}

/** The same graph with more files, by their paths, or with other texts of some. */
export function withFiles(graph: Graph, texts: Readonly<Record<string, string>>): Graph {
  const added = Object.entries(texts).map(([file, text]): [string, Source] => [file, readSource(file, text)]);
  return { ...graph, sources: new Map([...graph.sources, ...added]) };
}

export function filesWithin(graph: Graph, folder: string): readonly Source[] {
  return [...graph.sources.values()].filter(({ file }) => file.startsWith(`${folder}/`));
}
