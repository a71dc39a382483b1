import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { lockFolder } from "./folder-lock.ts";

/** Says whose folder this is: nothing without it is ever emptied. */
const markerFile = ".licensing-data";
const markerContent = "The data of a licensing service on one machine. Made by npm start; --reset empties it.\n";

/** What the lock keeps in the folder. */
const lockFiles = /^lock(\.|$)/;

export type DataFolder = {
  /** Absolute. */
  readonly path: string;
  /** The absolute path of something in it. */
  readonly file: (name: string) => string;
  /** Lets another process have it. Nothing of it may be in use by then. */
  readonly close: () => void;
};

type DataFolderOptions = {
  readonly path: string;
  /** Empties it first. */
  readonly reset?: boolean;
};

/**
 * Opens the data folder for this process alone; makes it (mode 0700) if it isn't there.
 * Throws `FolderLockedError` when another process has it, and an error naming the folder when it holds something else.
 */
export function openDataFolder(options: DataFolderOptions): DataFolder {
  mkdirSync(options.path, { recursive: true, mode: 0o700 });
  const folder = realpathSync(options.path);
  requireOwn(folder);
  const lock = lockFolder(folder);
  try {
    chmodSync(folder, 0o700);
    writeFileSync(path.join(folder, markerFile), markerContent, { mode: 0o600 });
    if (options.reset === true) empty(folder);
  } catch (error) {
    lock.release();
    throw error;
  }
  return { path: folder, file: (name) => path.join(folder, name), close: lock.release };
}

/** An empty folder becomes ours; one with content is ours only with the marker. */
function requireOwn(folder: string): void {
  if (!statSync(folder).isDirectory()) throw new Error(`The data folder ${folder} is not a folder.`);
  const marker = path.join(folder, markerFile);
  if (existsSync(marker) && readFileSync(marker, "utf8") === markerContent) return;
  const content = readdirSync(folder).filter((name) => !lockFiles.test(name));
  if (content.length === 0) return;
  throw new Error(`The folder ${folder} holds something else than this service's data. Name another with --data.`);
}

/** The marker stays: a reset that is interrupted can be done again. */
function empty(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (lockFiles.test(name) || name === markerFile) continue;
    rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}
