import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { exitCodes, Failure } from "./failure.ts";

/** The text of a file. Throws a Failure that names it. */
export function fileText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Failure(exitCodes.usage, `${file} can't be read: ${reasonOf(error, "it isn't there")}.`);
  }
}

/** Writes a file, or adds to its end. `mode`: the rights of a file that is made. Throws a Failure that names it. */
export function writeText(file: string, text: string, { adds = false, mode = 0o666 }: { readonly adds?: boolean; readonly mode?: number } = {}): void {
  try {
    (adds ? appendFileSync : writeFileSync)(file, text, { mode });
  } catch (error) {
    throw new Failure(exitCodes.failed, `${file} can't be written: ${reasonOf(error, "its folder isn't there")}.`);
  }
}

/** The system's code in words, and the code. `missing`: the words for ENOENT. */
function reasonOf(error: unknown, missing: string): string {
  const { code = "" } = error as NodeJS.ErrnoException;
  const words = { ENOENT: missing, ENOTDIR: missing, EISDIR: "it is a folder", EACCES: "this user may not", EPERM: "this user may not", EROFS: "the disk is read-only", ENOSPC: "the disk is full" }[code];
  return words === undefined ? code || String(error) : `${words} (${code})`;
}
