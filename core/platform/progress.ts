/** How far long work has come. */
export type Progress = {
  readonly done: number;
  readonly total: number;
  readonly ratePerSecond: number;
  /** Until all is done, at this rate; null: unknown. */
  readonly etaSeconds: number | null;
};

/** What was done in `elapsedMs`, of a total that may turn out larger than it was told. */
export function progressOf({ done, total, elapsedMs }: { readonly done: number; readonly total: number; readonly elapsedMs: number }): Progress {
  const ratePerSecond = Math.round((done * 10_000) / Math.max(1, elapsedMs)) / 10;
  const left = Math.max(0, total - done);
  const etaSeconds = left === 0 ? 0 : ratePerSecond > 0 ? Math.ceil(left / ratePerSecond) : null;
  return { done, total: Math.max(total, done), ratePerSecond, etaSeconds };
}
