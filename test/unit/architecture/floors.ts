import path from "node:path";
import type { Fault, Graph } from "./graph.ts";

/** The floor of each room, by its folder, e.g. `core/license` → 5. */
export type Floors = ReadonlyMap<string, number>;

/** The folders whose rooms are ordered by floors. */
const buildings = ["core", "infra/local"];
/** Folders without code of their own. */
const noRooms = ["core/decisions"];

/**
 * Reads the drawing in a README: the first block whose lines are `floor  room  purpose`. A line without a number belongs
 * to the floor above it.
 */
export function readFloors(building: string, readme: string): Floors {
  const drawing = readme.match(/```floors\n([\s\S]*?)```/)?.[1] ?? "";
  const floors = new Map<string, number>();
  let floor: number | undefined;
  for (const line of drawing.split("\n").filter((text) => text.trim() !== "")) {
    const [, number, room] = /^ *(\d+)? +([a-z]+) {2,}\S/.exec(line) ?? [];
    floor = number === undefined ? floor : Number(number);
    if (room === undefined || floor === undefined) throw new Error(`${building}/README.md: "${line}" is no line of a drawing of floors`);
    floors.set(`${building}/${room}`, floor);
  }
  return floors;
}

/** Rooms and floors agree with the drawing, and every import between rooms goes to a lower floor, types included. */
export function floorFaults(graph: Graph): readonly Fault[] {
  return [...roomsWithoutFloor(graph), ...floorsWithoutRoom(graph), ...importsUp(graph)];
}

function roomsWithoutFloor({ sources, floors }: Graph): readonly Fault[] {
  return [...sources.values()]
    .filter(({ file }) => buildings.some((building) => file.startsWith(`${building}/`)) && !floors.has(path.dirname(file)) && !noRooms.includes(path.dirname(file)))
    .map(({ file }) => ({ rule: "floors", file, fault: `${path.dirname(file)} has no floor` }));
}

function floorsWithoutRoom({ sources, floors }: Graph): readonly Fault[] {
  const rooms = new Set([...sources.keys()].map((file) => path.dirname(file)));
  return [...floors.keys()].filter((room) => !rooms.has(room)).map((room) => ({ rule: "floors", file: room, fault: "is drawn and doesn't exist" }));
}

function importsUp({ sources, floors }: Graph): readonly Fault[] {
  return [...sources.values()].flatMap(({ file, imports }) => {
    const from = floors.get(path.dirname(file));
    if (from === undefined) return [];
    const building = path.dirname(path.dirname(file));
    return imports.flatMap(({ target, kind }) => {
      const to = floors.get(path.dirname(target));
      const isBetweenRooms = path.dirname(path.dirname(target)) === building && path.dirname(target) !== path.dirname(file);
      if (to === undefined || !isBetweenRooms || to < from) return [];
      return [{ rule: "floors", file, fault: `on floor ${from} imports ${target} (${kind}) on floor ${to}` }];
    });
  });
}

/** The floors from the top down, each room with the rooms that it imports. */
export function drawFloors({ sources, floors }: Graph): string {
  const rooms = [...floors].toSorted(([a, floorA], [b, floorB]) => floorB - floorA || (a < b ? -1 : 1));
  return rooms
    .map(([room, floor]) => {
      const files = [...sources.values()].filter(({ file }) => path.dirname(file) === room);
      const targets = files.flatMap(({ imports }) => imports.map(({ target }) => path.dirname(target))).filter((target) => floors.has(target) && target !== room);
      const imported = [...new Set(targets)].toSorted().map((target) => path.basename(target));
      return `${String(floor).padStart(2)}  ${room.padEnd(20)} ${String(files.length).padStart(3)} files  → ${imported.join(" ")}`;
    })
    .join("\n");
}
