import type { Actor, Scope } from "../access/actor.ts";
import type { EventDraft } from "../event/event.ts";
import type { License } from "../license/license.ts";
import type { LicensePatch, NewLicense } from "../license/patch.ts";
import type { Status } from "../license/status.ts";
import type { Problem } from "../problem/problem.ts";
import type { UsageChange } from "../usage/usage.ts";

/** The actor, time and request of a decision. */
export type Moment = { readonly now: Date; readonly actor: Actor; readonly requestId: string };

/** The condition that must hold under the license's lock. If it doesn't, the commit changes nothing, and the verb is decided again. */
export type Guard =
  /** There is no condition: each release has its own. */
  | { readonly kind: "none" }
  /** The status is unchanged since the read; if `expiry` is given, the expiry and its record too. */
  | { readonly kind: "status"; readonly status: Status; readonly expiry?: Pick<License, "expiresAt" | "expiredFor"> }
  /** Only seats have changed since the read. With `seatsMax` there are also no more live seats than that. */
  | { readonly kind: "revision"; readonly revision: number; readonly seatsMax?: number | null }
  /** The license is usable and has this policy, the fingerprint has no live seat, and a seat is free after the releases. */
  | { readonly kind: "seat-free"; readonly fingerprint: string; readonly policyId: string; readonly lease: string | null; readonly startsAt: Date | null }
  /** The seat is still open; with `live`, its lease hasn't run out either, neither now nor at the license's last change. */
  | { readonly kind: "seat-open"; readonly activationId: string; readonly live: boolean }
  /** `expiresAt` is unchanged, and no `expired` was recorded for it. */
  | { readonly kind: "expiry"; readonly expiresAt: Date };

/** A seat that the commit frees before the verb's own change. If it can't be freed any more, its event isn't written. */
export type Release = {
  readonly activationId: string;
  /** Free it only if its lease has run out. */
  readonly ifLapsed: boolean;
  /** Free it only if it wasn't used since this instant. */
  readonly ifUnseenSince?: Date;
  /** Whether it counts against the term `releases`, if the seat is live. If too many count, the commit changes nothing. */
  readonly isCounted?: boolean;
  readonly event: EventDraft;
};

type SeatClaim = {
  readonly activationId: string;
  readonly fingerprint: string;
  readonly name: string | null;
  readonly leaseUntil: Date | null;
  /** The end of the license file that is given out with the seat. */
  readonly fileUntil?: Date;
  /** Set for a trial: the most machines that it seats in its life. This machine must not have had the trial by another license. */
  readonly trialMachinesMax?: number;
};

export type Change = {
  readonly licenseId: string;
  readonly guard: Guard;
  /** In addition to the guard, the sequence must be this one: that of the caller's `If-Match`. */
  readonly atSequence?: number;
  /** In addition to the guard, only seats may have changed since this revision. */
  readonly atRevision?: number;
  /** In addition to the guard, the license must be in this scope and have this key, so that a hand-over excludes the former owner. */
  readonly heldBy?: { readonly scope: Scope; readonly keyDigest?: string };
  readonly set: LicensePatch;
  readonly releases: readonly Release[];
  /**
   * Frees every seat that is open under the lock, also seats that were not read: live ones for `reason`, the others because their lease ran
   * out. `releases` is empty then.
   */
  readonly releasesAll?: { readonly reason: string | null; readonly isCounted: boolean };
  readonly claim?: SeatClaim;
  /** Whether the claim is for a machine that never had a seat of this license, and frees no other seat. */
  readonly isFirstSeat?: boolean;
  /**
   * A seat that was used. `leaseUntil` absent: its lease is unchanged; null: it has no lease any more. `fileUntil`: the end of a file
   * that is given out for it. Writes no event.
   */
  readonly extend?: { readonly activationId: string; readonly leaseUntil?: Date | null; readonly fileUntil?: Date };
  /** A change of meters. If it doesn't fit, the commit changes nothing. */
  readonly usage?: UsageChange;
  /** A seat's new name. */
  readonly rename?: { readonly activationId: string; readonly name: string | null };
  /** A live seat that the answer shows unchanged. */
  readonly shows?: string;
  /** The verb's own events, after the releases. */
  readonly events: readonly EventDraft[];
  /** Whether the license is or becomes a trial: then its holder and its seats' machines are recorded in the trial ledger. */
  readonly recordsTrial?: boolean;
  /** Whether the license's period begins anew. A license that has had the trial doesn't get it again. */
  readonly restartsTrial?: boolean;
  /** Whether the last event hands the license over: its key and holder see nothing from before. */
  readonly handsOver?: boolean;
  /** The digest of a new key. `keepPreviousKey`: the former key stays valid for a time. */
  readonly newKeyDigest?: string;
  readonly keepPreviousKey?: boolean;
  /** Values that only a replay needs, e.g. a sealed license key. */
  readonly extra?: Readonly<Record<string, string>>;
};

/** A license to insert, and its first change. */
export type Issue = {
  readonly row: NewLicense;
  readonly change: Change;
};

/** There is nothing to change. `extra` is stored with the answer, if the answer is stored. */
export type Nothing = { readonly kind: "nothing"; readonly extra?: Readonly<Record<string, string>> };

/** The decision of a verb: a change, nothing to change, or a problem for the caller. */
export type Decision = { readonly kind: "change"; readonly change: Change } | Nothing | Problem;

export const nothing: Nothing = { kind: "nothing" };

export function change(value: Change): Decision {
  return { kind: "change", change: value };
}
