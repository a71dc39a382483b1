/** The waits between the attempts of a delivery, in seconds: over three days in all (Standard Webhooks 1.0.0). */
const retrySeconds = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400] as const;
/** The waits between the probes of an address whose deliveries fail one after the other; the last one repeats. */
export const probeSeconds = [30, 60, 300, 900, 1_800] as const;
/** How many different deliveries fail in a row until their address waits whole. */
export const failuresMax = 5;
/** After so long without a success an address is disabled. */
export const failingSecondsMax = 5 * 86_400;

/** An attempt is moved by up to a tenth of its wait, so that deliveries that failed together don't come back together. */
const jitter = 0.1;

/** A wait with jitter; `share` is random, from 0 to 1. */
function jittered(seconds: number, share: number): number {
  return seconds * (1 - jitter + 2 * jitter * share);
}

type Failure = {
  /** The failed attempts, this one included. */
  readonly tries: number;
  readonly retryAfterSeconds: number | null;
  readonly share: number;
};

/** The instant of the next attempt; null: there is none left. A receiver's `Retry-After` can only make it later. */
export function nextAttemptAt({ tries, retryAfterSeconds, share }: Failure, now: Date): Date | null {
  const seconds = retrySeconds[tries - 1];
  if (seconds === undefined) return null;
  return new Date(now.getTime() + Math.max(jittered(seconds, share), retryAfterSeconds ?? 0) * 1000);
}
