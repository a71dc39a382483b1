/** How old a value may get, and how often it is loaded, in ms. A value is as old as the beginning of its load. */
type Spans = {
  /** A younger value is given without a load. */
  readonly freshMs: number;
  /** After a failure a younger value is still given; 0: none is. */
  readonly staleMs: number;
  /** From the beginning of a load that failed to the next one. */
  readonly retryMs: number;
  /** From the beginning of a load to another for something that a fresh value lacks. */
  readonly cooldownMs: number;
  /** Whether callers may wait for a load that another began; on Workers, where a load is its request's own, they may not. True unless told. */
  readonly isShared?: boolean;
};

export type Refreshed<Value> = {
  /**
   * A fresh value that is enough, else the value of one load, which all callers share. Throws the error of the last load,
   * without another one before `retryMs`, unless the old value is enough and younger than `staleMs`.
   */
  readonly get: (nowMs: number, isEnough?: (value: Value) => boolean) => Promise<Value>;
  /** The value that is fresh or younger than `staleMs`, without a load. */
  readonly known: (nowMs: number) => Value | undefined;
  /** Whether the last load failed. */
  readonly isFailing: () => boolean;
  /** Loads before a request needs the value. Never rejects: after a failure `get` loads again, also if it waited for this load. */
  readonly ahead: (nowMs: number) => Promise<void>;
  /** Takes over a value that was loaded elsewhere at `nowMs`. */
  readonly keep: (nowMs: number, value: Value) => void;
  /** After a change: the next `get` loads, and no load that began earlier is kept. */
  readonly forget: () => void;
};

/** Loads the value; it is given the one of before. */
type Load<Value> = (before: Value | undefined) => Promise<Value>;

/** A process may be frozen during a load, which is then lost. No load takes this long, so a caller doesn't wait for an older one. */
const loadMsMax = 30_000;

/**
 * A value that is loaded when it is needed, again when it is old, and kept in use for a while when it can't be. It has no
 * clock: callers say what time it is, in ms since the epoch.
 */
export function refreshed<Value extends object>(load: Load<Value>, { freshMs, staleMs, retryMs, cooldownMs, isShared = true }: Spans): Refreshed<Value> {
  const state: State<Value> = { held: undefined, failure: undefined, flight: undefined, isShared };
  const freshAt = (nowMs: number) => within(freshMs, state.held?.isForgotten === true ? undefined : state.held, nowMs);
  const flightAt = (nowMs: number) => within(loadMsMax, state.flight, nowMs);
  const known = (nowMs: number): Value | undefined => (freshAt(nowMs) ?? within(staleMs, state.held, nowMs))?.value;

  const get: Refreshed<Value>["get"] = async (nowMs, isEnough = () => true) => {
    const insteadOf = (error: unknown): Value => {
      const old = known(nowMs);
      if (old !== undefined && isEnough(old)) return old;
      throw error;
    };
    const fresh = freshAt(nowMs);
    if (fresh !== undefined && isEnough(fresh.value)) return fresh.value;
    let flight = isShared ? flightAt(nowMs) : undefined;
    if (flight === undefined) {
      const failed = within(retryMs, state.failure, nowMs);
      if (failed !== undefined) return insteadOf(failed.error);
      const recent = within(cooldownMs, fresh, nowMs);
      if (recent !== undefined) return recent.value;
      flight = begin(load, state, { atMs: nowMs, isAhead: false });
    }
    try {
      return await flight.done;
    } catch (error) {
      return flight.isAhead ? get(nowMs, isEnough) : insteadOf(error);
    }
  };

  return {
    get,
    known,
    isFailing: () => state.failure !== undefined,
    ahead: async (nowMs) => {
      if (freshAt(nowMs) !== undefined) return;
      const { done } = flightAt(nowMs) ?? begin(load, state, { atMs: nowMs, isAhead: true });
      await done.catch(() => undefined);
    },
    keep: (nowMs, value) => settle(state, { held: { value, atMs: nowMs } }),
    forget: () => settle(state, { held: state.held && { ...state.held, isForgotten: true } }),
  };
}

type Loaded<Value> = { readonly value: Value; readonly atMs: number; readonly isForgotten?: boolean };
type Failure = { readonly error: unknown; readonly atMs: number };
type Flight<Value> = { readonly done: Promise<Value>; readonly atMs: number; readonly isAhead: boolean };
type State<Value> = { held: Loaded<Value> | undefined; failure: Failure | undefined; flight: Flight<Value> | undefined; readonly isShared: boolean };

function begin<Value>(load: Load<Value>, state: State<Value>, how: Pick<Flight<Value>, "atMs" | "isAhead">): Flight<Value> {
  const { atMs, isAhead } = how;
  const done = load(state.held?.value).then(
    (value) => {
      const isLatest = state.isShared ? state.flight === flight : atMs >= (state.held?.atMs ?? 0);
      if (isLatest) settle(state, { held: { value, atMs } });
      return value;
    },
    (error: unknown) => {
      // A failure before any request tells nothing about the time of one.
      if (state.flight === flight) settle(state, { held: state.held, failure: isAhead ? undefined : { error, atMs } });
      throw error;
    },
  );
  const flight: Flight<Value> = { done, ...how };
  state.flight = flight;
  return flight;
}

/** Whatever load is under way began before this, and its result is not kept. */
function settle<Value>(state: State<Value>, { held, failure }: { readonly held: Loaded<Value> | undefined; readonly failure?: Failure | undefined }): void {
  Object.assign(state, { held, failure, flight: undefined } satisfies Partial<State<Value>>);
}

/** What happened at most `spanMs` from now, in either direction, so that a clock that is set back makes nothing last. */
function within<Past extends { readonly atMs: number }>(spanMs: number, past: Past | undefined, nowMs: number): Past | undefined {
  return past !== undefined && Math.abs(nowMs - past.atMs) < spanMs ? past : undefined;
}
