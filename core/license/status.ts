/** The stored statuses. `EXPIRED` only records the sweep; whether a license has expired is derived for each instant. */
export const statuses = ["ACTIVATED", "SUSPENDED", "EXPIRED", "REVOKED"] as const;
export type Status = (typeof statuses)[number];

/** The statuses that a caller sets and that time never changes. */
export type Stopped = Extract<Status, "SUSPENDED" | "REVOKED">;

/** Whether the license is suspended or revoked. */
export function isStopped(status: Status): status is Stopped {
  return status === "SUSPENDED" || status === "REVOKED";
}

/** The effective status at `nowMs`: REVOKED or SUSPENDED, else EXPIRED from `expiresAtMs` on (null: never), else ACTIVATED. */
export function statusAt({ status, expiresAtMs }: { readonly status: Status; readonly expiresAtMs: number | null }, nowMs: number): Status {
  if (isStopped(status)) return status;
  return isPast(expiresAtMs, nowMs) ? "EXPIRED" : "ACTIVATED";
}

/** Whether the license denies every use: it is stopped, or past its grace (null: it has no end). */
export function denies({ status, graceUntilMs }: { readonly status: Status; readonly graceUntilMs: number | null }, nowMs: number): boolean {
  return isStopped(status) || isPast(graceUntilMs, nowMs);
}

/** Whether an end has passed. Spans are half-open, so the end itself counts as passed. Null: there is no end. */
export function isPast(endMs: number | null, nowMs: number): boolean {
  return endMs !== null && nowMs >= endMs;
}
