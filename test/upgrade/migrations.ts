import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { whenDone } from "../support/when-done.ts";

/** The project's folder. */
export const migrations = path.join(import.meta.dirname, "../../migrations");

/** The last file that the former version has, by its number. */
export const lastFormer = 3;

export type Entry = { readonly idx: number; readonly tag: string };

type Journal = { readonly entries: readonly Entry[] };

const readJournal = (folder: string): Journal => JSON.parse(readFileSync(path.join(folder, "meta/_journal.json"), "utf8")) as Journal;

/** The files that the former version lacks. */
export const newEntries: readonly Entry[] = readJournal(migrations).entries.filter(({ idx }) => idx > lastFormer);

/** A copy of the folder, whose journal lacks some files. It goes with the test. */
export function migrationsWithout(isMissing: (entry: Entry) => boolean): string {
  const folder = mkdtempSync(path.join(tmpdir(), "licensing-migrations-"));
  whenDone(() => rmSync(folder, { recursive: true }));
  cpSync(migrations, folder, { recursive: true });
  const { entries, ...rest } = readJournal(folder);
  writeFileSync(path.join(folder, "meta/_journal.json"), JSON.stringify({ ...rest, entries: entries.filter((entry) => !isMissing(entry)) }));
  return folder;
}
