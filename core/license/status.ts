/** What is stored. `EXPIRED` is a record of the sweep; whether a license has expired is derived, at the instant. */
export const statuses = ["ACTIVATED", "SUSPENDED", "EXPIRED", "REVOKED"] as const;
export type Status = (typeof statuses)[number];

/** The statuses that a person sets and that no time changes. */
export type Stopped = Extract<Status, "SUSPENDED" | "REVOKED">;

/** Whether a person has stopped the license, for a time or for good. */
export function isStopped(status: Status): status is Stopped {
  return status === "SUSPENDED" || status === "REVOKED";
}

/** The status that holds at `nowMs`: REVOKED or SUSPENDED, then EXPIRED from `expiresAtMs` on (null: never). */
export function statusAt({ status, expiresAtMs }: { readonly status: Status; readonly expiresAtMs: number | null }, nowMs: number): Status {
  if (isStopped(status)) return status;
  return isPast(expiresAtMs, nowMs) ? "EXPIRED" : "ACTIVATED";
}

/** Whether the license is denied whoever asks: stopped, or past its grace (null: it has no end). */
export function denies({ status, graceUntilMs }: { readonly status: Status; readonly graceUntilMs: number | null }, nowMs: number): boolean {
  return isStopped(status) || isPast(graceUntilMs, nowMs);
}

/** Whether an end has come: spans are half-open, so from its very instant on. Null is no end. */
export function isPast(endMs: number | null, nowMs: number): boolean {
  return endMs !== null && nowMs >= endMs;
}
