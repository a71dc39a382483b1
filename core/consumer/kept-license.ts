import type { GateClock } from "./gate-clock.ts";
import { storeFault, type LicenseStore } from "./license-folder.ts";
import { emptyState, mergeStates, readState, stateText, type LicenseState } from "./license-state.ts";

/** The state of a license, in memory and in a store that other processes may use too. No function rejects. */
export type Kept = {
  readonly state: () => LicenseState;
  /** Milliseconds since the epoch; never less than the latest time that any start with this license has seen. */
  readonly now: () => number;
  /** Why the store couldn't be read or written the last time. */
  readonly problem: () => string | undefined;
  /** Takes over what another process, or an earlier start, has stored. */
  readonly load: () => Promise<void>;
  /** Changes the state, and stores it together with another process's changes. */
  readonly change: (changes: Partial<LicenseState>) => Promise<void>;
  /** Drops the file, the seat and the service's last answer, in the store too. */
  readonly forget: () => Promise<void>;
  /** Marks this process as a user of the seat until an instant; 0: no longer. */
  readonly use: (untilMs: number) => Promise<void>;
  /** Whether another process uses the seat. */
  readonly isShared: () => boolean;
  /** Stores the time, at most once a minute. */
  readonly noteTime: () => void;
  /** Resolves when nothing is being written. */
  readonly settled: () => Promise<void>;
};

type KeptOptions = {
  readonly store: LicenseStore;
  readonly of: string;
  readonly clock: GateClock;
  /** The name of this process among the users of a seat. */
  readonly user: string;
};

/** The time is stored this often while the license is checked. */
const noteMs = 60_000;

export function createKept({ store, of, clock, user }: KeptOptions): Kept {
  let state = emptyState(of);
  let problem: string | undefined;
  let writing = Promise.resolve();
  let notedMs = 0;

  const now = (): number => Math.max(clock.read(), state.seenMs);
  const stored = async (): Promise<LicenseState | undefined> => {
    const text = await store.read();
    if (text === undefined || text === null) return undefined;
    const read = readState(String(text));
    if (read === undefined) problem = "The license store is damaged; it is written anew.";
    return read;
  };
  const load: Kept["load"] = async () => {
    problem = undefined;
    try {
      state = mergeStates(state, await stored(), { user, nowMs: clock.read() });
    } catch (error) {
      problem = storeFault(error, "read");
    }
  };
  const write = (next: (state: LicenseState) => LicenseState, isMerged: boolean): Promise<void> => {
    state = next(state);
    // One after another, so that an older state never overwrites a newer one.
    writing = writing.then(async () => {
      if (isMerged) await load();
      const { seenMs } = state;
      notedMs = now();
      state = { ...state, seenMs: Math.max(seenMs, notedMs) };
      try {
        await store.write(stateText(state));
      } catch (error) {
        problem = storeFault(error, "written");
      }
    });
    return writing;
  };
  return {
    state: () => state,
    now,
    problem: () => problem,
    load,
    change: (changes) => write((before) => ({ ...before, ...changes }), true),
    forget: () => write((before) => ({ ...emptyState(of), seenMs: before.seenMs, licenseId: before.licenseId }), false),
    use: (untilMs) => write((before) => ({ ...before, users: { ...before.users, [user]: untilMs } }), true),
    isShared: () => Object.entries(state.users).some(([name, untilMs]) => name !== user && untilMs > clock.read()),
    noteTime: () => {
      if (now() >= notedMs + noteMs) void write((before) => before, true);
    },
    settled: () => writing,
  };
}
