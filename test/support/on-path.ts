import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";

/** The first of the programs that is on the PATH, by its full path; undefined if none is. */
export function onPath(...names: readonly string[]): string | undefined {
  return allOnPath(names)[0];
}

/** All of them, by their full paths. */
export function allOnPath(names: readonly string[]): readonly string[] {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter).filter((folder) => folder !== "");
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name))).filter(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
