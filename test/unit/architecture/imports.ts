import path from "node:path";
import type { Fault, Graph } from "./graph.ts";
import { filesWithin } from "./graph.ts";
import { suffixOf } from "./suffixes.ts";

/** No file imports itself through others by values. Each cycle is reported once, at its first file by name. */
export function cycleFaults({ sources }: Graph): readonly Fault[] {
  const targets = new Map([...sources].map(([file, { imports }]) => [file, imports.filter(({ kind }) => kind !== "type").map(({ target }) => target)]));
  const done = new Set<string>();
  const faults: Fault[] = [];
  const walk = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) {
      const cycle = trail.slice(trail.indexOf(file));
      faults.push({ rule: "cycles", file: cycle.toSorted()[0] ?? file, fault: [...cycle, file].join(" → ") });
      return;
    }
    if (done.has(file)) return;
    for (const target of targets.get(file) ?? []) walk(target, [...trail, file]);
    done.add(file);
  };
  for (const file of [...sources.keys()].toSorted()) walk(file, []);
  return faults;
}

/**
 * Where code of the service may wait behind an `import()`; decision 8 has each one's measurement. A package's help texts wait too: those of
 * `ready()`. The command line isn't the service: each command loads its own module.
 */
const mayWait = ["functions/licenses/validate.ts", "core/access/reach.ts", "core/consumer/create-gate.ts"];

export function waitingFaults(graph: Graph): readonly Fault[] {
  return [...filesWithin(graph, "core"), ...filesWithin(graph, "functions")]
    .filter(({ file }) => !mayWait.includes(file) && !file.startsWith("core/cli/"))
    .flatMap(({ file, imports }) => imports.filter(({ kind }) => kind === "later").map(({ target }) => ({ rule: "waiting", file, fault: `import() of ${target}` })));
}

/** A function imports core, zod, and documents beside itself. */
export function functionFaults(graph: Graph): readonly Fault[] {
  const allowed = /^(core\/|zod\/mini$|functions\/[a-z-]+\/[a-z-]+\.json$)/;
  return filesWithin(graph, "functions").flatMap(({ file, imports }) =>
    imports.filter(({ target }) => !allowed.test(target)).map(({ target }) => ({ rule: "functions", file, fault: `imports ${target}` })),
  );
}

/** Core imports no function, no deployment and no test. A package's build script isn't part of the package. */
export function coreFaults(graph: Graph): readonly Fault[] {
  return filesWithin(graph, "core").filter(({ file }) => path.basename(file) !== "build.ts").flatMap(({ file, imports }) =>
    imports.filter(({ target }) => /^(functions|infra|test)\//.test(target)).map(({ target }) => ({ rule: "core", file, fault: `imports ${target}` })),
  );
}

const nouns = ["core/license", "core/policy", "core/activation", "core/event"];

/** Pure code of the domain imports nothing of HTTP. */
export function domainFaults(graph: Graph): readonly Fault[] {
  return nouns
    .flatMap((noun) => filesWithin(graph, noun))
    .filter(({ file }) => suffixOf(file) === "none")
    .flatMap(({ file, imports }) =>
      imports.filter(({ target, kind }) => kind !== "type" && /^core\/(http|endpoint)\//.test(target)).map(({ target }) => ({ rule: "domain", file, fault: `imports a value of ${target}` })),
    );
}

type Package = {
  readonly folder: string;
  readonly rooms: readonly string[];
  readonly outside: RegExp;
  /** Files that a command loads for operators, who have the database: they use the service's own rooms. */
  readonly operators?: readonly string[];
};

/** The rooms and the modules that each published package may ship. Its build script isn't shipped. */
const packages: readonly Package[] = [
  { folder: "core/consumer", rooms: ["base", "keyring", "license", "certificate"], outside: /^(@noble\/ed25519|cloudflare:workers|node:[a-z/_]+)$/ },
  { folder: "core/client", rooms: ["base"], outside: /^(openapi-fetch|node:[a-z/_]+)$/ },
  {
    folder: "core/cli",
    rooms: ["base", "keyring", "license", "certificate", "event", "consumer", "client"],
    outside: /^(@noble\/ed25519|commander|oauth4webapi|openapi-fetch|node:[a-z/_]+)$/,
    operators: ["core/cli/audit-offline.ts"],
  },
];

/** Every file that a package reaches by values is pure and in its rooms, and it imports no type from other rooms. */
export function packageFaults(graph: Graph): readonly Fault[] {
  return packages.flatMap((each) => {
    const rooms = [each.folder, ...each.rooms.map((room) => `core/${room}`)];
    const shipped = filesWithin(graph, each.folder).map(({ file }) => file).filter((file) => path.basename(file) !== "build.ts");
    const reached = new Set(shipped);
    const faults: Fault[] = [];
    for (const file of reached) {
      if (each.operators?.includes(file) === true) continue;
      for (const { target, kind } of graph.sources.get(file)?.imports ?? []) {
        const isOurs = target.startsWith("core/");
        const isAllowed = isOurs ? rooms.includes(path.dirname(target)) && suffixOf(target) === "none" : each.outside.test(target);
        if (!isAllowed && (kind !== "type" || shipped.includes(file))) faults.push({ rule: "packages", file, fault: `ships ${target} with ${each.folder}` });
        if (isAllowed && isOurs && kind !== "type") reached.add(target);
      }
    }
    return faults;
  });
}
