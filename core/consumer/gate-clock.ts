/** `now`: milliseconds since the epoch, may be set by people; `elapsed`: milliseconds since anything, only ever grows. */
export type Clocks = { readonly now: () => number; readonly elapsed: () => number };

export type GateClock = {
  /** Milliseconds since the epoch; never less than before. */
  readonly read: () => number;
  /**
   * The time if it is before `untilMs`, for the price of `now()` alone; NaN if it isn't, or if the clock was set back,
   * so that `read` is needed.
   */
  readonly glance: (untilMs: number) => number;
};

/**
 * Time that doesn't go back. A clock that was set back would keep an old decision fresh, and an expired license alive,
 * until it had caught up; here time goes on from the latest that was seen, as fast as `elapsed` says. Time that
 * `elapsed` slept through (a frozen process, a closed lid) comes from `now`, which is then ahead.
 *
 * A clock that ran ahead and is put right therefore stays ahead in here until the process restarts.
 */
export function createGateClock({ now, elapsed }: Clocks): GateClock {
  const state = { readMs: 0, elapsedMs: Infinity, glancedMs: -Infinity, behind: false };

  const read = (): number => {
    const elapsedMs = finiteOr(elapsed(), state.elapsedMs);
    const ranMs = elapsedMs - state.elapsedMs;
    const projectedMs = state.readMs + (ranMs > 0 && ranMs < ranMsMax ? ranMs : 0);
    const wallMs = finiteOr(now(), projectedMs);
    state.behind = wallMs < projectedMs - roundingMs;
    const latestMs = Math.max(state.readMs, state.glancedMs, state.behind ? projectedMs : wallMs);
    state.readMs = latestMs;
    state.elapsedMs = elapsedMs;
    state.glancedMs = latestMs;
    return latestMs;
  };

  const glance = (untilMs: number): number => {
    const nowMs = now();
    if (state.behind || !(nowMs >= state.glancedMs && nowMs < untilMs)) return Number.NaN;
    state.glancedMs = nowMs;
    return nowMs;
  };

  return { read, glance };
}

/** No process runs for ten years. A Worker's `elapsed` says 0 before its first request, and the time since the epoch in it. */
const ranMsMax = 315_360_000_000;

/** How far two honest clocks, one in whole milliseconds, may seem apart. */
const roundingMs = 2;

function finiteOr(value: number, otherwise: number): number {
  return Number.isFinite(value) ? value : otherwise;
}
