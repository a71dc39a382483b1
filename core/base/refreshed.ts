/** How old a value may get, and how often it is loaded, in ms. A value's age counts from the beginning of its load. */
type Spans = {
  /** A younger value is returned without a load. */
  readonly freshMs: number;
  /** After a failed load a younger value is still returned; 0: none is. */
  readonly staleMs: number;
  /** The shortest time from the beginning of a failed load to the next load. */
  readonly retryMs: number;
  /** The shortest time from the beginning of a load to a load for something that the fresh value lacks. */
  readonly cooldownMs: number;
  /**
   * Whether a caller may wait for a load that another caller began. On Workers it may not, because a load belongs to its request.
   * True by default.
   */
  readonly isShared?: boolean;
};

export type Refreshed<Value> = {
  /**
   * Returns a fresh value that is enough, else the value of one load, which all callers share. After a failed load, returns the
   * old value if it is enough and younger than `staleMs`, else throws the load's error; no load begins before `retryMs`.
   * A caller that joined a load which fails tries once more, since a freeze of the process may have stopped that load.
   */
  readonly get: (nowMs: number, isEnough?: (value: Value) => boolean) => Promise<Value>;
  /** The value that is fresh or younger than `staleMs`, without a load. */
  readonly known: (nowMs: number) => Value | undefined;
  /** Whether the last load failed. */
  readonly isFailing: () => boolean;
  /** Stores a value that was loaded elsewhere at `nowMs`. */
  readonly keep: (nowMs: number, value: Value) => void;
  /** Called after a change: the next `get` loads, and the result of a load that began earlier is dropped. */
  readonly forget: () => void;
};

/** Loads the value. `before` is the previous value. */
type Load<Value> = (before: Value | undefined) => Promise<Value>;

/** A process may be frozen during a load, which is then lost. No load takes this long, so callers don't wait for an older one. */
const loadMsMax = 30_000;

/**
 * A value that is loaded when it is first needed and again when it is old, and that stays in use for a while if loading fails. It
 * has no clock: callers pass the time, in ms since the epoch.
 */
export function refreshed<Value extends object>(load: Load<Value>, { freshMs, staleMs, retryMs, cooldownMs, isShared = true }: Spans): Refreshed<Value> {
  const state: State<Value> = { held: undefined, failure: undefined, flight: undefined, isShared };
  const freshAt = (nowMs: number) => within(freshMs, state.held?.isForgotten === true ? undefined : state.held, nowMs);
  const flightAt = (nowMs: number) => within(loadMsMax, state.flight, nowMs);
  const known = (nowMs: number): Value | undefined => (freshAt(nowMs) ?? within(staleMs, state.held, nowMs))?.value;

  const ask = async (nowMs: number, isEnough: (value: Value) => boolean, isAgain: boolean): Promise<Value> => {
    const insteadOf = (error: unknown): Value => {
      const old = known(nowMs);
      if (old !== undefined && isEnough(old)) return old;
      throw error;
    };
    const fresh = freshAt(nowMs);
    if (fresh !== undefined && isEnough(fresh.value)) return fresh.value;
    const joined = isShared ? flightAt(nowMs) : undefined;
    if (joined === undefined) {
      const failed = within(retryMs, state.failure, nowMs);
      if (failed !== undefined) return insteadOf(failed.error);
      const recent = within(cooldownMs, fresh, nowMs);
      if (recent !== undefined) return recent.value;
    }
    try {
      return await (joined ?? begin(load, state, nowMs)).done;
    } catch (error) {
      return joined === undefined || isAgain ? insteadOf(error) : ask(nowMs, isEnough, true);
    }
  };

  return {
    get: async (nowMs, isEnough = () => true) => ask(nowMs, isEnough, false),
    known,
    isFailing: () => state.failure !== undefined,
    keep: (nowMs, value) => settle(state, { held: { value, atMs: nowMs } }),
    forget: () => settle(state, { held: state.held && { ...state.held, isForgotten: true } }),
  };
}

type Loaded<Value> = { readonly value: Value; readonly atMs: number; readonly isForgotten?: boolean };
type Failure = { readonly error: unknown; readonly atMs: number };
type Flight<Value> = { readonly done: Promise<Value>; readonly atMs: number };
type State<Value> = { held: Loaded<Value> | undefined; failure: Failure | undefined; flight: Flight<Value> | undefined; readonly isShared: boolean };

function begin<Value>(load: Load<Value>, state: State<Value>, atMs: number): Flight<Value> {
  const done = load(state.held?.value).then(
    (value) => {
      const isLatest = state.isShared ? state.flight === flight : atMs >= (state.held?.atMs ?? 0);
      if (isLatest) settle(state, { held: { value, atMs } });
      return value;
    },
    (error: unknown) => {
      if (state.flight === flight) settle(state, { held: state.held, failure: { error, atMs } });
      throw error;
    },
  );
  const flight: Flight<Value> = { done, atMs };
  state.flight = flight;
  return flight;
}

/** Stores a state. A load that is under way began earlier, so its result will be dropped. */
function settle<Value>(state: State<Value>, { held, failure }: { readonly held: Loaded<Value> | undefined; readonly failure?: Failure | undefined }): void {
  Object.assign(state, { held, failure, flight: undefined } satisfies Partial<State<Value>>);
}

/** `past` if it lies at most `spanMs` from now. Both directions count, so that nothing lasts forever when a clock is set back. */
function within<Past extends { readonly atMs: number }>(spanMs: number, past: Past | undefined, nowMs: number): Past | undefined {
  return past !== undefined && Math.abs(nowMs - past.atMs) < spanMs ? past : undefined;
}
