import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { lockFolder } from "./folder-lock.ts";

/** Says whose folder this is: nothing without it is ever emptied. */
const MARKER = ".licensing-data";
const MARKER_CONTENT = "The data of a licensing service on one machine. Made by npm start; --reset empties it.\n";

/** What the lock keeps in the folder. */
const LOCK_FILE = /^lock(\.|$)/;

export interface DataFolder {
  /** Absolute. */
  path: string;
  /** The absolute path of something in it. */
  file(name: string): string;
  /** Lets another process have it. Nothing of it may be in use by then. */
  close(): void;
}

export interface DataFolderOptions {
  path: string;
  /** Empties it first. */
  reset?: boolean;
}

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
    writeFileSync(path.join(folder, MARKER), MARKER_CONTENT, { mode: 0o600 });
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
  const marker = path.join(folder, MARKER);
  if (existsSync(marker) && readFileSync(marker, "utf8") === MARKER_CONTENT) return;
  const content = readdirSync(folder).filter((name) => !LOCK_FILE.test(name));
  if (content.length === 0) return;
  throw new Error(`The folder ${folder} holds something else than this service's data. Name another with --data.`);
}

/** The marker stays: a reset that is interrupted can be done again. */
function empty(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (LOCK_FILE.test(name) || name === MARKER) continue;
    rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}
