import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { routes, schedules } from "../../infra/routes.ts";
import { faultsOf } from "./architecture/faults-of.ts";
import { drawFloors } from "./architecture/floors.ts";
import { filesWithin, readGraph, withFiles } from "./architecture/graph.ts";
import type { Fault, Graph } from "./architecture/graph.ts";
import { plantedFaults } from "./architecture/planted-faults.ts";

/** The rules of the architecture, checked in every file. core/README.md and infra/local/README.md draw the floors. */
const root = path.join(import.meta.dirname, "../..");
const graph = readGraph();
const faults = faultsOf(graph);
console.log(drawFloors(graph));

describe("the architecture:", () => {
  test("no file breaks a rule", () => {
    expect(faults).toEqual([]);
  });

  test.each(plantedFaults)("$what is the one fault found", ({ rule, files }) => {
    expect(faultsAdded(withFiles(graph, files))).toEqual([expect.objectContaining({ rule, file: expect.stringMatching(fileOf(files)) })]);
  });

  test("a room that a README draws and that doesn't exist is the one fault found", () => {
    expect(faultsAdded({ ...graph, floors: new Map([...graph.floors, ["core/attic", 14]]) })).toEqual([expect.objectContaining({ rule: "floors", file: "core/attic" })]);
  });

  test("the README shows every floor of core with its rooms", () => {
    const rooms = [...graph.floors].filter(([room]) => room.startsWith("core/"));
    const floors = [...new Set(rooms.map(([, floor]) => floor))].toSorted((one, other) => other - one);
    const drawn = floors.map((floor) => `${String(floor).padStart(2)}  ${rooms.filter(([, each]) => each === floor).map(([room]) => path.basename(room)).toSorted().join(" · ")}`);
    expect(readFileSync(path.join(root, "README.md"), "utf8")).toContain(`\`\`\`text\n${drawn.join("\n")}\n\`\`\``);
  });

  test("every route and schedule has its function, and every function its row", () => {
    const rows = [...routes, ...schedules].map((row) => `functions/${row.function}.ts`);
    expect(new Set(rows).size).toBe(rows.length);
    expect(rows.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
    expect(filesWithin(graph, "functions").map(({ file }) => file).filter((file) => !rows.includes(file))).toEqual([]);
  });

  test("the console's page imports its own files, the client and its two libraries, and nothing else of the repository", () => {
    const folder = path.join(root, "functions/console/source");
    const imported = globSync("*.{ts,tsx}", { cwd: folder }).flatMap((name) => [...readFileSync(path.join(folder, name), "utf8").matchAll(/from "([^"]+)"/g)].map(([, from = ""]) => from));
    expect(new Set(imported.filter((from) => !/^\.\/[a-z]+\.tsx?$/.test(from)))).toEqual(new Set(["preact", "preact/hooks", "oauth4webapi", "@licensing/client"]));
  });

  test("readiness expects every migration except those that run only on demand", async () => {
    const { expectedAt } = await import("@licensing/core/rotation/readiness.store.ts");
    expect(globSync("migrations/[0-9]*.sql", { cwd: root }).filter((name) => !name.includes("_later_"))).toHaveLength(expectedAt.length);
  });
});

function faultsAdded(changed: Graph): readonly Fault[] {
  return faultsOf(changed).filter((fault) => !faults.some((known) => isDeepStrictEqual(known, fault)));
}

/** Whether a planted file is the one with the fault. */
function fileOf(files: Readonly<Record<string, string>>): RegExp {
  return new RegExp(`^(${Object.keys(files).join("|")})$`);
}
