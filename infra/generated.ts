import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";

/** Committed files that a command generates from sources: content by path in the repository. */
export type GeneratedFiles = Readonly<Record<string, string>>;

const root = new URL("../", import.meta.url);

/** Writes the files that aren't up to date. With `--check` it only names them, and the exit code is 1. */
export async function writeGenerated(files: GeneratedFiles): Promise<void> {
  const isCheck = process.argv.includes("--check");
  for (const [path, content] of Object.entries(files)) {
    const present = await readFile(new URL(path, root), "utf8").catch(() => "");
    if (present === content) continue;
    process.stdout.write(`${isCheck ? "not up to date" : "written"}: ${path}\n`);
    if (isCheck) process.exitCode = 1;
    else await writeFile(new URL(path, root), content);
  }
}
