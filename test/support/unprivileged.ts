import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";

/** The way to run a program that refuses to be root. */
export interface Unprivileged {
  /** Put before the command. */
  prefix: readonly string[];
  identity?: { uid: number; gid: number };
  /** Whether `identity` can read the folder of `asUnprivileged`. */
  reaches: boolean;
}

const NAMESPACE = ["unshare", "--user", "--map-user=1000", "--map-group=1000"] as const;
const USERS = ["postgres", "nobody"] as const;

/**
 * Chooses the way to run a program in `folder`: directly if this process isn't root; else as another user; else, if that user can't
 * reach the folder (a checkout below /root), in a user namespace, in which root has another number.
 */
export function asUnprivileged(folder: string): Unprivileged {
  if (process.getuid?.() !== 0) return { prefix: [], reaches: true };
  const identity = findUser();
  const reaches = isReachableByAnyone(folder);
  if (identity !== null && reaches) return { prefix: [], identity, reaches };
  const [command, ...args] = NAMESPACE;
  if (spawnSync(command, [...args, "true"]).status === 0) return { prefix: NAMESPACE, reaches: true };
  if (identity !== null) return { prefix: [], identity, reaches };
  throw new Error("PostgreSQL refuses to run as root, and here is neither another user nor a user namespace.");
}

function findUser(): { uid: number; gid: number } | null {
  const lines = readFileSync("/etc/passwd", "utf8").split("\n").map((line) => line.split(":"));
  for (const name of USERS) {
    const [, , uid, gid] = lines.find((fields) => fields[0] === name) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  return null;
}

const EXECUTE_BY_OTHERS = 0o001;

function isReachableByAnyone(folder: string): boolean {
  const parent = path.dirname(folder);
  const open = (statSync(folder).mode & EXECUTE_BY_OTHERS) !== 0;
  return open && (parent === folder || isReachableByAnyone(parent));
}
