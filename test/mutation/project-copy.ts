import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Source text that occurs exactly once in a file, and its replacement. */
export type Replacement = { readonly file: string; readonly from: string; readonly to: string };

export type ProjectCopy = {
  readonly folder: string;
  /** Throws unless `from` occurs exactly once: a gap that can't be made proves nothing. Returns a function that undoes it. */
  readonly replace: (replacement: Replacement) => () => void;
  readonly remove: () => void;
};

export const root = path.join(import.meta.dirname, "../..");
const copied = ["core", "functions", "infra", "migrations", "test", "README.md", "package.json", "tsconfig.json", "vitest.config.ts", "sst.config.ts", "drizzle.config.ts", "eslint.config.mjs"];

/** A copy of the project, whose imports of itself stay inside; its packages are the original's. */
export function copyProject(): ProjectCopy {
  const folder = mkdtempSync(path.join(tmpdir(), "licensing-gaps-"));
  const filter = (source: string): boolean => path.basename(source) !== "node_modules";
  for (const name of copied) cpSync(path.join(root, name), path.join(folder, name), { recursive: true, filter });
  linkPackages(folder);
  return {
    folder,
    replace: ({ file, from, to }) => {
      const place = path.join(folder, file);
      const source = readFileSync(place, "utf8");
      const times = timesIn(folder, { file, from });
      if (times !== 1) throw new Error(`${file}: the text to replace is there ${times} times`);
      writeFileSync(place, source.replace(from, () => to));
      return () => writeFileSync(place, source);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The number of occurrences of the text to replace. */
export function timesIn(folder: string, { file, from }: Pick<Replacement, "file" | "from">): number {
  return readFileSync(path.join(folder, file), "utf8").split(from).length - 1;
}

/** A link to each package but our own, whose links are relative and lead into the copy. */
function linkPackages(folder: string): void {
  const from = path.join(root, "node_modules");
  const to = path.join(folder, "node_modules");
  mkdirSync(path.join(to, "@licensing"), { recursive: true });
  for (const name of readdirSync(from)) if (name !== "@licensing") symlinkSync(path.join(from, name), path.join(to, name));
  for (const name of readdirSync(path.join(from, "@licensing"))) {
    symlinkSync(readlinkSync(path.join(from, "@licensing", name)), path.join(to, "@licensing", name));
  }
}
