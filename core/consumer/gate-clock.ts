/** `now`: milliseconds since the epoch, may be set by people; `elapsed`: milliseconds since anything, only ever grows. */
export type Clocks = { readonly now: () => number; readonly elapsed: () => number };

export type GateClock = {
  /** Milliseconds since the epoch; never less than before. */
  readonly read: () => number;
  /** What `read` last added to `now()`: 0 unless the clock was set back. */
  readonly correctionMs: () => number;
};

/**
 * Time that doesn't go back. A clock that was set back would keep an old decision fresh, and an expired license alive,
 * until it had caught up; here time goes on from the latest that was seen, as fast as `elapsed` says. Time that
 * `elapsed` slept through (a frozen process, a closed lid) comes from `now`, which is then ahead.
 *
 * A clock that ran ahead and is put right therefore stays ahead in here until the process restarts.
 */
export function createGateClock({ now, elapsed }: Clocks): GateClock {
  let latestMs = finiteOr(now(), 0);
  let latestElapsedMs = finiteOr(elapsed(), 0);
  let correctionMs = 0;
  const read = (): number => {
    const elapsedMs = finiteOr(elapsed(), latestElapsedMs);
    const projectedMs = latestMs + Math.max(0, elapsedMs - latestElapsedMs);
    const wallMs = finiteOr(now(), projectedMs);
    latestMs = Math.max(wallMs, projectedMs);
    latestElapsedMs = elapsedMs;
    correctionMs = latestMs - wallMs;
    return latestMs;
  };
  return { read, correctionMs: () => correctionMs };
}

function finiteOr(value: number, otherwise: number): number {
  return Number.isFinite(value) ? value : otherwise;
}
