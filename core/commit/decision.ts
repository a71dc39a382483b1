import type { Actor } from "../access/actor.ts";
import type { EventDraft } from "../event/event.ts";
import type { License } from "../license/license.ts";
import type { LicensePatch, NewLicense } from "../license/patch.ts";
import type { Status } from "../license/status.ts";
import type { Problem } from "../problem/problem.ts";

/** Who, when and in which request: what every decision is given besides the snapshot and the input. */
export type Moment = { readonly now: Date; readonly actor: Actor; readonly requestId: string };

/** What must still hold under the license's lock, or the commit does nothing and the caller looks again. */
export type Guard =
  /** The change is right whatever has happened: each of its releases has a guard of its own. */
  | { readonly kind: "none" }
  /** The status is still the one that was read; also the expiry and whether it was recorded, if they are given. */
  | { readonly kind: "status"; readonly status: Status; readonly expiry?: Pick<License, "expiresAt" | "expiredFor"> }
  /** Nothing but seats has changed since the snapshot; with `seatsMax` there are also no more live seats than that. */
  | { readonly kind: "revision"; readonly revision: number; readonly seatsMax?: number | null }
  /** The license is usable and still of this policy, the fingerprint has no live seat, and a seat is free once the releases are counted. */
  | { readonly kind: "seat-free"; readonly fingerprint: string; readonly policyId: string; readonly lease: string | null; readonly startsAt: Date | null }
  /** The seat is still open (with `live`: and its lease has not run out). */
  | { readonly kind: "seat-open"; readonly activationId: string; readonly live: boolean }
  /** The same `expiresAt` is still stored and no `expired` was recorded for it. */
  | { readonly kind: "expiry"; readonly expiresAt: Date };

/** A seat that is freed on the way. If it can't be any more, its event isn't written either. */
export type Release = {
  readonly activationId: string;
  /** Only if its lease has run out by now; */
  readonly ifLapsed: boolean;
  /** or only if nothing was heard of it since then. */
  readonly ifUnseenSince?: Date;
  readonly event: EventDraft;
};

type SeatClaim = {
  readonly activationId: string;
  readonly fingerprint: string;
  readonly name: string | null;
  readonly leaseUntil: Date | null;
  /** The license is a trial, which seats so many machines in its life; this one must not have had it on another license. */
  readonly trialMachinesMax?: number;
};

export type Change = {
  readonly licenseId: string;
  readonly guard: Guard;
  /** Only at this sequence, besides the guard: for whoever said which one they mean. */
  readonly atSequence?: number;
  /** Only if nothing but seats has changed since this revision, besides the guard. */
  readonly atRevision?: number;
  readonly set: LicensePatch;
  readonly releases: readonly Release[];
  readonly claim?: SeatClaim;
  /** The claim is for a machine that never had a seat of this license, and takes nobody's. */
  readonly isFirstSeat?: boolean;
  /** A seat that was heard of. `leaseUntil` absent: its lease stays as it is; null: it has none any more. Writes no event. */
  readonly extend?: { readonly activationId: string; readonly leaseUntil?: Date | null };
  /** A live seat that the answer shows, without a change to it. */
  readonly shows?: string;
  /** The verb's own events, after the releases. */
  readonly events: readonly EventDraft[];
  /** The license is, or becomes, a trial of its holder and of the machines that it seats: both are written down. */
  readonly recordsTrial?: boolean;
  /** A key digest that this change takes into use; `keepPreviousKey`: the one before stays valid for a time. */
  readonly newKeyDigest?: string;
  readonly keepPreviousKey?: boolean;
  /** What only a replay needs, e.g. a sealed license key. */
  readonly extra?: Readonly<Record<string, string>>;
};

/** A license to be inserted, with what its first commit writes. */
export type Issue = {
  readonly row: NewLicense;
  /** The policy is a trial: the holder's one use of it is recorded. */
  readonly trial: boolean;
  readonly change: Change;
};

/** Nothing is to be done. `extra` is kept with the answer, where one is kept. */
export type Nothing = { readonly kind: "nothing"; readonly extra?: Readonly<Record<string, string>> };

/** A verb decided: change this, or nothing is to be done, or tell the caller why not. */
export type Decision = { readonly kind: "change"; readonly change: Change } | Nothing | Problem;

export const nothing: Nothing = { kind: "nothing" };

export function change(value: Change): Decision {
  return { kind: "change", change: value };
}
