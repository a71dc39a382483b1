import { deactivated } from "@licensing/core/lifecycle/events.ts";
import type { ActivationRow } from "@licensing/core/activation/activation.ts";
import { activationFrom, isLive } from "@licensing/core/activation/activation.ts";
import type { Change, Decision, Guard, Moment } from "@licensing/core/commit/decision.ts";
import type { LicenseRow } from "@licensing/core/license/license.ts";
import { licenseFrom } from "@licensing/core/license/license.ts";
import type { Snapshot } from "@licensing/core/lifecycle/snapshot.sql.ts";
import type { PolicyRow } from "@licensing/core/policy/policy.ts";
import { policyFrom } from "@licensing/core/policy/policy.ts";

/** One license's rows in memory: enough to decide on, and to commit a decision as the database would. */
export type Memory = { license: LicenseRow; readonly policy: PolicyRow; seats: ActivationRow[]; told: string[]; minted: number };

export type Question = { readonly fingerprint?: string; readonly activationId?: string };

export function snapshotOf(memory: Memory, { fingerprint, activationId }: Question, now: Date): Snapshot {
  const seats = memory.seats.map(activationFrom);
  const open = seats.filter((seat) => seat.deactivatedAt === null);
  const live = open.filter((seat) => isLive(seat, now));
  const ofFingerprint = fingerprint === undefined ? undefined : open.find((seat) => seat.fingerprint === fingerprint);
  return {
    license: licenseFrom(memory.license),
    policy: policyFrom(memory.policy),
    mintedId: String(memory.minted + 1),
    seatsUsed: live.length,
    seat: activationId === undefined ? ofFingerprint : seats.find((seat) => seat.id === activationId),
    isKnown: seats.some((seat) => seat.fingerprint === fingerprint),
    replaced: undefined,
    trial: undefined,
    released: undefined,
    lapsed: open.filter((seat) => !live.includes(seat)).toSorted((left, right) => Number(left.leaseUntil) - Number(right.leaseUntil)),
    holders: live.toSorted((left, right) => left.lastSeenAt.getTime() - right.lastSeenAt.getTime() || Number(left.id) - Number(right.id)),
    usage: [],
  };
}

/** Commits a decision without a race: its guard must hold, and each of its releases must still be possible. */
export function commitTo(memory: Memory, decision: Decision, moment: Moment): void {
  if (decision.kind !== "change") return;
  const { change } = decision;
  const now = moment.now.toISOString();
  const asked = [...change.releases, ...everySeat(memory, change, moment.now)];
  const releases = asked.filter((release) => isPossible(memory, release, moment.now));
  if (releases.length !== asked.length) throw new Error("a release was decided that isn't possible");
  const closed = new Set(releases.map(({ activationId }) => activationId));
  if (!holds(memory, change, { closed, now: moment.now })) throw new Error(`the guard doesn't hold: ${change.guard.kind}`);
  memory.seats = memory.seats.map((seat) => (closed.has(seat.id) ? { ...seat, deactivated_at: now } : seat)).map((seat) => extended(seat, change, now));
  if (change.claim !== undefined) {
    const { activationId, fingerprint, name, leaseUntil, fileUntil } = change.claim;
    memory.minted = Number(activationId);
    memory.seats.push({
      id: activationId, license_id: change.licenseId, fingerprint, name, created_at: now, last_seen_at: now,
      lease_until: leaseUntil?.toISOString() ?? null, file_until: fileUntil?.toISOString() ?? null, deactivated_at: null, by_holder: false,
    });
  }
  const events = [...releases.map(({ event }) => event), ...change.events];
  memory.told.push(...events.map(({ type, reason }) => (reason === null ? type : `${type} (${reason})`)));
  if (events.length === 0) return;
  const revision = memory.license.revision + (Object.keys(change.set).length > 0 ? 1 : 0);
  memory.license = { ...memory.license, ...change.set, revision, sequence: memory.license.sequence + events.length, updated_at: now };
}

function everySeat(memory: Memory, { releasesAll }: Change, now: Date): Change["releases"] {
  if (releasesAll === undefined) return [];
  return memory.seats.map(activationFrom).filter(({ deactivatedAt }) => deactivatedAt === null).map((seat) => ({
    activationId: seat.id, ifLapsed: false, event: deactivated(seat, isLive(seat, now) ? releasesAll.reason : "lease-expired"),
  }));
}

function isPossible(memory: Memory, { activationId, ifLapsed, ifUnseenSince }: Change["releases"][number], now: Date): boolean {
  const row = memory.seats.find((seat) => seat.id === activationId);
  if (row === undefined || row.deactivated_at !== null) return false;
  const seat = activationFrom(row);
  return (!ifLapsed || !isLive(seat, now)) && (ifUnseenSince === undefined || seat.lastSeenAt <= ifUnseenSince);
}

function extended(seat: ActivationRow, { extend }: Change, now: string): ActivationRow {
  if (extend === undefined || extend.activationId !== seat.id) return seat;
  const { leaseUntil, fileUntil } = extend;
  const lease = leaseUntil === undefined ? {} : { lease_until: leaseUntil === null ? null : latest(seat.lease_until, leaseUntil) };
  return { ...seat, last_seen_at: now, ...lease, ...(fileUntil === undefined ? {} : { file_until: latest(seat.file_until, fileUntil) }) };
}

/** Neither a lease nor the end of a file is ever moved back. */
function latest(before: string | null, after: Date): string {
  return before !== null && new Date(before) > after ? before : after.toISOString();
}

type Closing = { readonly closed: ReadonlySet<string>; readonly now: Date };

function holds(memory: Memory, change: Change, closing: Closing): boolean {
  return (change.atSequence === undefined || change.atSequence === memory.license.sequence)
    && (change.atRevision === undefined || change.atRevision === memory.license.revision) && guardHolds(memory, change.guard, closing);
}

function guardHolds(memory: Memory, guard: Guard, { closed, now }: Closing): boolean {
  const license = licenseFrom(memory.license);
  const open = memory.seats.map(activationFrom).filter((seat) => seat.deactivatedAt === null && !closed.has(seat.id));
  const live = open.filter((seat) => isLive(seat, now));
  switch (guard.kind) {
    case "none":
      return true;
    case "status":
      return license.status === guard.status && (guard.expiry === undefined
        || (license.expiresAt?.getTime() === guard.expiry.expiresAt?.getTime() && license.expiredFor?.getTime() === guard.expiry.expiredFor?.getTime()));
    case "revision":
      return license.revision === guard.revision && live.length <= (guard.seatsMax ?? Infinity);
    case "seat-open":
      return memory.seats.map(activationFrom).some((seat) => seat.id === guard.activationId && seat.deactivatedAt === null && (!guard.live || isLive(seat, now)));
    case "expiry":
      return license.status === "ACTIVATED" && license.expiresAt?.getTime() === guard.expiresAt.getTime() && license.expiresAt <= now;
    case "seat-free": {
      const { activationLimit, lease } = license.terms;
      const isUsable = license.status !== "SUSPENDED" && license.status !== "REVOKED" && (license.graceUntil === null || license.graceUntil > now);
      // The unique index refuses a second open seat of a machine, lapsed or not.
      const isFree = !open.some((seat) => seat.fingerprint === guard.fingerprint) && (activationLimit === null || live.length < activationLimit);
      return isUsable && isFree && license.policyId === guard.policyId && lease === guard.lease && license.startsAt?.getTime() === guard.startsAt?.getTime();
    }
  }
}
