import type { Backlog } from "./backlog.store.ts";

/** The time after which a commit that has begun is visible to a reader of the queue. A commit takes no longer than its timeouts. */
const settledSeconds = 30;

/** The start of the oldest change that was not seen in Redis, but never later than the instant before which all commits are visible. */
export function asOf({ oldestChange }: Pick<Backlog, "oldestChange">, nowSeconds: number): number {
  const latest = nowSeconds - settledSeconds;
  return oldestChange === null ? latest : Math.min(latest, Math.floor(oldestChange.getTime() / 1000));
}

/**
 * The reason why Redis may lack certificates: it was emptied (`rebuilding`), it isn't the one that the last beacon was put into
 * (`discontinuous`), a key of the share is missing (`hole`), a certificate couldn't be published (`put-off`), or refreshes are so
 * late that certificates may have ended (`late`).
 */
export type Incomplete = "rebuilding" | "discontinuous" | "hole" | "put-off" | "late";

type Evidence = { readonly isWhole: boolean; readonly isContinuous: boolean; readonly backlog: Pick<Backlog, "isAnyPutOff" | "oldestDue">; readonly holes: number };

/** A certificate is refreshed when at least this share of its lifetime is left. */
const leftShare = 0.1;
const runSeconds = 60;

export function incompleteness({ isWhole, isContinuous, backlog, holes }: Evidence, { nowMs, ttlSeconds }: { nowMs: number; ttlSeconds: number }): Incomplete | undefined {
  if (!isWhole) return "rebuilding";
  if (!isContinuous) return "discontinuous";
  if (holes > 0) return "hole";
  if (backlog.isAnyPutOff) return "put-off";
  const lateMs = nowMs - (ttlSeconds * leftShare - runSeconds) * 1000;
  return ttlSeconds * leftShare <= runSeconds || (backlog.oldestDue !== null && backlog.oldestDue.getTime() < lateMs) ? "late" : undefined;
}
