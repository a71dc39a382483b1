import { globSync, readFileSync } from "node:fs";
import path from "node:path";

const root = path.join(import.meta.dirname, "../..");
const statements = /DROP TRIGGER "License_revision"[^]*?BEFORE UPDATE OF ([^"]+?)\s+ON [^]*?raise_revision\(\);/;

/** The statements that made the trigger of a license's revision last, and the columns whose changes raise it. Throws if no migration has them. */
export function revisionTrigger(): { readonly text: string; readonly columns: readonly string[] } {
  const texts = globSync("migrations/*.sql", { cwd: root }).toSorted().map((file) => readFileSync(path.join(root, file), "utf8"));
  const [text, columns] = texts.map((each) => statements.exec(each)).filter((found) => found !== null).at(-1) ?? [];
  if (text === undefined || columns === undefined) throw new Error("no migration makes the trigger License_revision");
  return { text, columns: columns.split(/,\s*/) };
}
