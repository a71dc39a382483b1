import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";

/** The first of the programs that is on the PATH, and that fits, by its full path; undefined if none is. */
export function onPath(names: readonly string[], fits: (program: string) => boolean = () => true): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter).filter((folder) => folder !== "");
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name))).find((file) => isProgram(file) && fits(file));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
