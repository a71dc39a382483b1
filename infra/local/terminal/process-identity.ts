import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Identifies one run of one process: a process id alone is reused, soon after a restart of the machine. */
export type ProcessIdentity = {
  readonly pid: number;
  /** Opaque; null if the system doesn't have it. */
  readonly startedAt: string | null;
};

export function identityOf(pid: number): ProcessIdentity {
  return { pid, startedAt: startOf(pid) };
}

/** Whether that very process still runs. True if it can't be known. */
export function isRunning({ pid, startedAt }: ProcessIdentity): boolean {
  if (!exists(pid)) return false;
  const current = startOf(pid);
  return startedAt === null || current === null || current === startedAt;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs as another user.
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

function startOf(pid: number): string | null {
  try {
    return process.platform === "linux" ? startOnLinux(pid) : startByPs(pid);
  } catch {
    return null;
  }
}

/** Field 22 of proc(5)'s stat counts clock ticks since the machine started; the name in field 2 may hold anything. */
function startOnLinux(pid: number): string | null {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const afterName = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = afterName[19];
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return ticks === undefined ? null : `${boot} ${ticks}`;
}

function startByPs(pid: number): string | null {
  const start = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
  return start === "" ? null : start;
}
