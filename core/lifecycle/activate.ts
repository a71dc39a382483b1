import type { Activation } from "../activation/activation.ts";
import { isLive } from "../activation/activation.ts";
import { addDuration, requireDuration } from "../policy/duration.ts";
import { maskFingerprint } from "../license/fingerprint.ts";
import type { License } from "../license/license.ts";
import { patchOf } from "../license/patch.ts";
import type { LicensePatch } from "../license/patch.ts";
import { isPast } from "../license/status.ts";
import type { Snapshot } from "./snapshot.sql.ts";
import { firstPeriod } from "../policy/period.ts";
import { problem } from "../problem/problem.ts";
import type { Problem } from "../problem/problem.ts";
import { change } from "../commit/decision.ts";
import type { Decision, Moment, Release } from "../commit/decision.ts";
import { blocked } from "./blocked.ts";
import { activated, changesBetween, deactivated } from "./events.ts";
import { hear, leaseFrom } from "./lease.ts";
import { shownMaintenance, startedMaintenance } from "./maintenance.ts";
import { isBound, lapsedReleases, releaseRefusal } from "./releases.ts";

type ActivateInput = {
  readonly fingerprint: string;
  readonly name: string | null;
  /** The activation whose seat is freed for this one. */
  readonly replace: string | undefined;
};

/** Takes a seat for a fingerprint; a fingerprint that has a seat keeps it. All routes take seats by this function. */
export function activate(snapshot: Snapshot, input: ActivateInput, moment: Moment): Decision {
  const refusal = unusable(snapshot.license, moment.now);
  if (refusal !== undefined) return refusal;
  const { seat } = snapshot;
  if (seat !== undefined && isLive(seat, moment.now)) return hear(snapshot, seat, moment);
  if (hasHadTrial(snapshot)) return problem("trial-already-used", { detail: "This machine has already had the trial, or the trial has seated as many machines as it may." });
  const room = makeRoom(snapshot, input, moment);
  return "kind" in room ? room : claim(snapshot, { input, releases: room.releases }, moment);
}

/** The problem because of which a license gives no seats now; undefined: it gives seats. */
export function unusable(license: Pick<License, "status" | "startsAt" | "graceUntil">, now: Date): Problem | undefined {
  const refusal = blocked(license, "REVOKED", "SUSPENDED");
  if (refusal !== undefined) return refusal;
  if (license.startsAt !== null && license.startsAt > now) return problem("license-not-started");
  if (isPast(license.graceUntil?.getTime() ?? null, now.getTime())) return problem("license-expired");
  return undefined;
}

/** The most machines that one trial seats in its life. */
const trialMachinesMax = 5;

/**
 * Whether the trial refuses the fingerprint: its machine had the trial by another license, or this trial has seated all its
 * machines.
 */
function hasHadTrial({ trial }: Snapshot): boolean {
  return trial !== undefined && (trial.machine === "others" || (trial.machine === "new" && trial.machines >= trialMachinesMax));
}

type Room = { readonly releases: readonly Release[] };

/** The seats to free so that one is free: none, the one that the caller replaces, or the longest idle ones. */
function makeRoom(snapshot: Snapshot, input: ActivateInput, moment: Moment): Room | Problem {
  const { license, replaced, seatsUsed } = snapshot;
  if (input.replace !== undefined && replaced === undefined) return problem("activation-not-found");
  const given = replaced !== undefined && isLive(replaced, moment.now) ? [replacedRelease(snapshot, replaced)] : [];
  const refusal = releaseRefusal(snapshot, given.length);
  if (refusal !== undefined) return refusal;
  const limit = license.terms.activationLimit;
  const tooMany = limit === null ? 0 : seatsUsed - given.length - limit + 1;
  if (tooMany <= 0) return { releases: given };
  if (license.terms.onFull === "reject" || input.replace !== undefined) return full(snapshot, limit);
  const idle = snapshot.holders.filter((seat) => isIdle(seat, license, moment.now)).slice(0, tooMany);
  if (idle.length < tooMany) return full(snapshot, limit);
  return { releases: idle.map((seat) => ({ ...releaseOf(seat, "evicted"), ifUnseenSince: seat.lastSeenAt })) };
}

/** Whether a seat may be evicted. One whose machine has a license file may not, because the file works until its end. */
function isIdle(seat: Activation, license: License, now: Date): boolean {
  if (seat.fileUntil !== null && seat.fileUntil > now) return false;
  const { minimumIdle } = license.terms;
  return minimumIdle === null || addDuration(seat.lastSeenAt, requireDuration(minimumIdle), 1) <= now;
}

function replacedRelease(snapshot: Snapshot, seat: Activation): Release {
  return { ...releaseOf(seat, "replaced"), ...(isBound(snapshot) ? { isCounted: true } : {}) };
}

function releaseOf(seat: Activation, reason: string): Release {
  return { activationId: seat.id, ifLapsed: false, event: deactivated(seat, reason) };
}

/** The problem of a full license. It lists the holders of seats with masked fingerprints, because the caller may be a stranger. */
export function full(snapshot: Snapshot, limit: number | null): Problem {
  return problem("activation-limit-reached", {
    detail: `The limit is ${limit ?? 0}, and ${snapshot.seatsUsed} are in use.`,
    members: {
      seats: { used: snapshot.seatsUsed, limit },
      holders: snapshot.holders.map((seat) => ({
        activationId: seat.id,
        fingerprint: maskFingerprint(seat.fingerprint),
        name: seat.name,
        lastSeenAt: seat.lastSeenAt.toISOString(),
      })),
    },
  });
}

function claim(snapshot: Snapshot, { input, releases }: { input: ActivateInput } & Room, moment: Moment): Decision {
  const { license, mintedId } = snapshot;
  const start = firstStart(license, moment.now);
  const seat = { id: mintedId, fingerprint: input.fingerprint, name: input.name };
  const event = activated(seat);
  return change({
    licenseId: license.id,
    guard: {
      kind: "seat-free", fingerprint: input.fingerprint, policyId: license.policyId, lease: license.terms.lease, startsAt: license.startsAt,
    },
    // The period that begins here was computed from the terms, so they must not have changed.
    ...(license.startsAt === null ? { atRevision: license.revision } : {}),
    set: start.patch,
    releases: [...lapsedReleases(snapshot), ...releases],
    isFirstSeat: !snapshot.isKnown && releases.length === 0,
    claim: {
      activationId: mintedId,
      fingerprint: input.fingerprint,
      name: input.name,
      leaseUntil: leaseFrom(license.terms.lease, moment.now),
      ...(snapshot.policy.trial ? { trialMachinesMax } : {}),
    },
    events: [{ ...event, changes: { ...event.changes, ...start.changes } }],
  });
}

/** Starts a license whose terms count from the first activation. */
function firstStart(license: License, now: Date): { patch: LicensePatch; changes: ReturnType<typeof changesBetween> } {
  if (license.startsAt !== null) return { patch: {}, changes: {} };
  const { duration, grace } = license.terms;
  const maintenance = startedMaintenance(license, license.terms, now);
  const started = { startsAt: now, ...shownMaintenance(maintenance) };
  if (duration === null || license.expiresAt !== null) {
    return { patch: patchOf({ ...started, ...maintenance }), changes: changesBetween(license, started) };
  }
  const period = firstPeriod(now, {
    duration: requireDuration(duration),
    grace: grace === null ? null : requireDuration(grace),
  });
  const after = { ...started, expiresAt: period.expiresAt, graceUntil: period.graceUntil };
  return { patch: patchOf({ ...after, ...period, ...maintenance }), changes: changesBetween(license, after) };
}
