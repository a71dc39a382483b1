import { readFileSync } from "node:fs";
import { exitCodes, Failure } from "./failure.ts";

/** The text of a file. Throws a Failure that names it. */
export function fileText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Failure(exitCodes.usage, `${file} can't be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}.`);
  }
}
