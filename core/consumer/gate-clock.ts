/** `now`: milliseconds since the epoch, which people may set. `elapsed`: milliseconds since any start, which only grow. */
export type Clocks = { readonly now: () => number; readonly elapsed: () => number };

export type GateClock = {
  /** Milliseconds since the epoch; never less than before. */
  readonly read: () => number;
  /**
   * The time if it is before `untilMs`, at the cost of one `now()`. NaN if it isn't, or if the clock was set back; then call
   * `read`. Throws if `now` does, and `read` doesn't.
   */
  readonly glance: (untilMs: number) => number;
};

/**
 * A clock that doesn't go back. A clock that was set back would keep an old decision fresh, and an expired license alive, until
 * it has caught up. So this clock continues from the latest time that it has seen, at the speed of `elapsed`. Time during which
 * `elapsed` stood still (a frozen process, a closed lid) comes from `now`, which is then ahead. It is first read when it is made, so
 * that a clock that is set back before the first check counts too.
 *
 * Therefore, if `now` ran ahead and is corrected, this clock stays ahead until the process restarts.
 */
export function createGateClock({ now, elapsed }: Clocks): GateClock {
  const state = { readMs: 0, elapsedMs: Infinity, glancedMs: -Infinity, behind: false };

  const read = (): number => {
    const elapsedMs = finiteOr(elapsed, state.elapsedMs);
    const ranMs = elapsedMs - state.elapsedMs;
    const projectedMs = state.readMs + (ranMs > 0 && ranMs < ranMsMax ? ranMs : 0);
    const wallMs = finiteOr(now, projectedMs);
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

  read();
  return { read, glance };
}

/**
 * No process runs for ten years. A larger step comes from a Worker, whose `elapsed` is 0 before its first request and the time
 * since the epoch during it.
 */
const ranMsMax = 315_360_000_000;

/** The difference that rounding can cause between two correct clocks, one of which counts whole milliseconds. */
const roundingMs = 2;

/** The clock's time, or `otherwise` if the clock throws or gives no number. */
function finiteOr(clock: () => number, otherwise: number): number {
  try {
    const value = clock();
    return Number.isFinite(value) ? value : otherwise;
  } catch {
    return otherwise;
  }
}
