import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { lockFolder } from "./folder-lock.ts";

/** Marks the service's data folder; a folder without it is never emptied. */
const markerFile = ".licensing-data";
const markerContent = "The data of a licensing service on one machine. Made by npm start; --reset empties it.\n";

/** The lock's files in the folder. */
const lockFiles = /^lock(\.|$)/;

export type DataFolder = {
  /** Absolute. */
  readonly path: string;
  /** The absolute path of a name in the folder. */
  readonly file: (name: string) => string;
  /** Removes all data of the folder. */
  readonly empty: () => void;
  /** Leaves the folder to other processes. No file of it may be in use any more. */
  readonly close: () => void;
};

/** A part of the data folder that can't be read. Its message says what to do. */
export class DamagedDataError extends Error {
  constructor(what: string, cause: unknown) {
    super(`${what} can't be read: it is damaged, or of another version. Put a copy back, or start over with --reset, which empties the data folder.`, { cause });
    this.name = "DamagedDataError";
  }
}

/**
 * Opens the data folder for this process alone; makes it (mode 0700) if it doesn't exist.
 * Throws `FolderLockedError` if another process has it, and an error that names the folder if it has other content.
 */
export function openDataFolder(options: { readonly path: string }): DataFolder {
  mkdirSync(options.path, { recursive: true, mode: 0o700 });
  const folder = realpathSync(options.path);
  requireOwn(folder);
  const lock = lockFolder(folder);
  try {
    chmodSync(folder, 0o700);
    writeFileSync(path.join(folder, markerFile), markerContent, { mode: 0o600 });
  } catch (error) {
    lock.release();
    throw error;
  }
  return { path: folder, file: (name) => path.join(folder, name), empty: () => empty(folder), close: lock.release };
}

/** Takes an empty folder; one with content is taken only with the marker. */
function requireOwn(folder: string): void {
  if (!statSync(folder).isDirectory()) throw new Error(`The data folder ${folder} is not a folder.`);
  const marker = path.join(folder, markerFile);
  if (existsSync(marker) && readFileSync(marker, "utf8") === markerContent) return;
  const content = readdirSync(folder).filter((name) => !lockFiles.test(name));
  if (content.length === 0) return;
  throw new Error(`The folder ${folder} holds something else than this service's data. Name another with --data.`);
}

/** The marker stays, so that an interrupted reset can be repeated. */
function empty(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (lockFiles.test(name) || name === markerFile) continue;
    rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}
