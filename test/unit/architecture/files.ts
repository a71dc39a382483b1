import type { Fault, Graph } from "./graph.ts";
import { filesWithin } from "./graph.ts";
import type { Source } from "./source.ts";

/** No barrels, and no rooms with a name like `utils`. */
export function nameFaults({ sources }: Graph): readonly Fault[] {
  return [...sources.keys()]
    .filter((file) => /(^|\/)(index|utils?|helpers?|common|misc)\.ts$/.test(file))
    .map((file) => ({ rule: "names", file, fault: "is a barrel, or has a name that says nothing" }));
}

/** Types are aliases, and constants are in camelCase like other names. */
export function dialectFaults({ sources }: Graph): readonly Fault[] {
  return [...sources.values()]
    .filter(({ file }) => /^(core|functions|infra)\//.test(file))
    .flatMap(({ file, otherDialects }) => otherDialects.map((name) => ({ rule: "dialect", file, fault: `declares ${name}` })));
}

const linesMax = 400;
/** A function is a row of the API's table of contents. */
const functionLinesMax = 75;

export function sizeFaults({ sources }: Graph): readonly Fault[] {
  return [...sources.values()]
    .filter(({ file, lines }) => !file.startsWith("test/") && lines > (file.startsWith("functions/") ? functionLinesMax : linesMax))
    .map(({ file, lines }) => ({ rule: "sizes", file, fault: `has ${lines} lines` }));
}

/** Read by drizzle-kit, or by the users of a package. */
const entries = /\.table\.ts$|^core\/(consumer|client|cli)\//;

/** Another file imports each export. A type that only its own file's signatures name needs no `export`. */
export function exportFaults(graph: Graph): readonly Fault[] {
  const used = usedNames([...graph.sources.values()]);
  return [...filesWithin(graph, "core"), ...filesWithin(graph, "infra/local")]
    .filter(({ file }) => !entries.test(file))
    .flatMap(({ file, exports }) =>
      exports
        .filter((name) => used.get(file)?.has(name) !== true && used.get(file)?.has("*") !== true)
        .map((name) => ({ rule: "exports", file, fault: `exports ${name}, which nobody imports` })),
    );
}

function usedNames(sources: readonly Source[]): ReadonlyMap<string, ReadonlySet<string>> {
  const used = new Map<string, Set<string>>();
  for (const { imports } of sources) {
    for (const { target, names } of imports) used.set(target, new Set([...(used.get(target) ?? []), ...names]));
  }
  return used;
}
