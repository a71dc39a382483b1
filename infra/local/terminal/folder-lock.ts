import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { identityOf, isRunning, type ProcessIdentity } from "./process-identity.ts";

const lockFile = "lock";
const takeoverFile = "lock.takeover";

/** The folder is in use by the process `pid`. */
export class FolderLockedError extends Error {
  readonly pid: number;

  constructor(folder: string, pid: number) {
    super(`The data folder ${folder} is in use by process ${pid}. Stop it, or name another folder with --data.`);
    this.name = "FolderLockedError";
    this.pid = pid;
  }
}

/**
 * Makes this process the only user of `folder`, until `release` or its end. The lock of a dead process is taken over. Throws
 * `FolderLockedError` if the folder is in use, also by this process.
 */
export function lockFolder(folder: string): { release: () => void } {
  const self = identityOf(process.pid);
  const file = path.join(folder, lockFile);
  if (!claim(folder, lockFile, self)) takeOver(folder, self);
  return {
    release() {
      const holder = readHolder(file);
      if (holder?.pid === self.pid && holder.startedAt === self.startedAt) rmSync(file, { force: true });
    },
  };
}

/**
 * Two processes may find the same dead lock at once. Only the holder of the takeover file may replace the lock, after reading it
 * again; otherwise the slower process would remove the faster one's new lock.
 */
function takeOver(folder: string, self: ProcessIdentity): void {
  const takeover = path.join(folder, takeoverFile);
  refuseIfHeld(folder, lockFile);
  if (!claim(folder, takeoverFile, self)) {
    refuseIfHeld(folder, takeoverFile);
    // Another process may have replaced the lock by now.
    refuseIfHeld(folder, lockFile);
    throw new Error(`A process ended while it took over the data folder. Remove ${takeover} and start again.`);
  }
  try {
    refuseIfHeld(folder, lockFile);
    rmSync(path.join(folder, lockFile), { force: true });
    if (claim(folder, lockFile, self)) return;
    refuseIfHeld(folder, lockFile);
    throw new Error(`Another process opened the data folder ${folder} just now. Start again.`);
  } finally {
    rmSync(takeover, { force: true });
  }
}

/** Makes the file with its content in one step, if it doesn't exist: a reader never sees half a lock. */
function claim(folder: string, name: string, self: ProcessIdentity): boolean {
  const draft = path.join(folder, `${name}.${self.pid}`);
  writeFileSync(draft, JSON.stringify(self), { mode: 0o600 });
  try {
    linkSync(draft, path.join(folder, name));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function refuseIfHeld(folder: string, name: string): void {
  const holder = readHolder(path.join(folder, name));
  if (holder !== null && isRunning(holder)) throw new FolderLockedError(folder, holder.pid);
}

/** Null if the file is gone or is no lock: then no process holds it. */
function readHolder(file: string): ProcessIdentity | null {
  try {
    const { pid, startedAt } = JSON.parse(readFileSync(file, "utf8")) as Partial<ProcessIdentity>;
    if (typeof pid !== "number" || !Number.isSafeInteger(pid) || pid < 1) return null;
    return { pid, startedAt: startedAt ?? null };
  } catch {
    return null;
  }
}
