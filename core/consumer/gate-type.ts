import type { Ask, Decision } from "./decision.ts";

/** Answers about licenses for as long as the process lives. */
export type Gate = {
  /**
   * May this license be used now? Answers at once while it was read lately, which costs no request and no verification;
   * otherwise a promise, which waits for a reading. `await` serves both. Never throws, never rejects.
   */
  readonly check: (licenseId: string | undefined, ask?: Ask) => Decision | Promise<Decision>;
  /** The same from what is known, without ever waiting: NOT_READ the first time. */
  readonly checkNow: (licenseId: string | undefined, ask?: Ask) => Decision;
  /** Ends what is under way and starts nothing more; what is known still answers. */
  readonly close: () => void;
  /** Counts since the gate was made, and the licenses it knows. */
  readonly stats: () => { readonly reads: number; readonly verifications: number; readonly licenses: number; readonly misses: number };
};
