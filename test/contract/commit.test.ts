import { sql } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { commit, publicationGraceSeconds } from "@licensing/core/commit/commit.store.ts";
import type { Committed } from "@licensing/core/commit/committed.ts";
import type { Change, Guard, Moment, Release } from "@licensing/core/commit/decision.ts";
import type { Status } from "@licensing/core/license/status.ts";
import { activated, deactivated } from "@licensing/core/lifecycle/events.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import type { IssuedLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import { evidence, sweep, told, trailFaults } from "../support/witness.ts";

/**
 * Commits of changes that were decided on a state that has passed since. Through a route only a race leads there, and not every
 * time.
 */
const start = "2027-03-01T09:00:00.000Z";
const end = "2027-04-01T09:00:00.000Z";
const service = await startService({ now: start });
const { call, clock } = service;
beforeEach(() => clock.set(start));

const fixed = await createPolicy(service, { duration: "P1M", grace: "P3D", activationLimit: 2 });
const floating = await createPolicy(service, { duration: "P1Y", lease: "PT1H", activationLimit: 2 });

const moment = (): Moment => ({ now: clock.now(), actor: { type: "system", id: "a-test" }, requestId: "a-commit-of-the-test" });
const run = (change: Change): Promise<Committed | undefined> => commit(change, { database: service.runtime.database, moment: moment(), idempotency: undefined });
const nothing = { set: {}, releases: [], events: [] } as const;

let minted = 9_000_000_000_000_000_000n;
const mint = () => String((minted += 1n));

type Seat = { readonly id: string; readonly fingerprint: string; readonly name: null };
async function take({ licenseId }: IssuedLicense, fingerprint: string): Promise<Seat> {
  const { body } = await call("POST", `${base}/activations`, { body: { licenseId, fingerprint } });
  return { id: String(body.activation.id), fingerprint, name: null };
}

type SeatFree = Extract<Guard, { kind: "seat-free" }>;
function claimOf({ licenseId, policyId }: IssuedLicense, guard: Partial<SeatFree> = {}, rest: Partial<Change> = {}): Change {
  const seat = { id: mint(), fingerprint: guard.fingerprint ?? "machine-0009", name: null };
  return {
    ...nothing,
    licenseId,
    guard: { kind: "seat-free", fingerprint: seat.fingerprint, policyId, lease: null, startsAt: new Date(start), ...guard },
    claim: { activationId: seat.id, fingerprint: seat.fingerprint, name: null, leaseUntil: null },
    events: [activated(seat)],
    ...rest,
  };
}

const release = (seat: Seat, rest: Partial<Release> = {}): Release => ({ activationId: seat.id, ifLapsed: false, event: deactivated(seat, "given up"), ...rest });

/** The commit does nothing at all. */
async function refused(change: Change): Promise<void> {
  const before = await evidence(service, change.licenseId);
  expect(await run(change)).toBeUndefined();
  expect(await evidence(service, change.licenseId)).toEqual(before);
}

async function made(change: Change): Promise<Committed> {
  const committed = await run(change);
  if (committed === undefined) throw new Error("the guard didn't hold");
  expect(trailFaults(await evidence(service, change.licenseId))).toEqual([]);
  return committed;
}

describe("a free seat is not given if meanwhile", () => {
  test.each([["suspended", "suspend"], ["revoked", "revoke"]])("the license was %s", async (_what, verb) => {
    const license = await issueLicense(service, fixed);
    await call("POST", `${license.at}/${verb}`, { body: {} });
    await refused(claimOf(license));
  });

  test("the license's grace ended, to the millisecond", async () => {
    const license = await issueLicense(service, fixed);
    clock.set("2027-04-04T09:00:00.000Z");
    await refused(claimOf(license));
    clock.set("2027-04-04T08:59:59.999Z");
    await sweep(service, license.licenseId);
    expect((await made(claimOf(license))).license.status).toBe("EXPIRED");
  });

  test("the license's start was moved, ahead of now or not", async () => {
    const license = await issueLicense(service, fixed, { startsAt: "2027-03-01T09:00:01.000Z" });
    const startsAt = new Date("2027-03-01T09:00:01.000Z");
    await refused(claimOf(license, { startsAt }));
    clock.set("2027-03-01T09:00:01.000Z");
    await refused(claimOf(license, { startsAt: new Date(start) }));
    await refused(claimOf(license, { startsAt: null }));
    expect((await made(claimOf(license, { startsAt }))).seatsUsed).toBe(1);
  });

  test("the license's seats got a lease, or lost it", async () => {
    const license = await issueLicense(service, fixed);
    await refused(claimOf(license, { lease: "PT1H" }));
    await refused(claimOf(await issueLicense(service, floating), { lease: null }));
  });

  test("the license was moved to another policy", async () => {
    const license = await issueLicense(service, fixed);
    await refused(claimOf(license, { policyId: "1" }));
    expect((await made(claimOf(license))).seatsUsed).toBe(1);
  });

  test("the license's trial had seated as many machines as it may", async () => {
    const license = await issueLicense(service, await createPolicy(service, { trial: true, activationLimit: null }));
    const claim = (fingerprint: string, trialMachinesMax: number) => {
      const change = claimOf(license, { fingerprint });
      return { ...change, claim: { activationId: mint(), fingerprint, name: null, leaseUntil: null, trialMachinesMax } };
    };
    await made(claim("machine-0001", 1));
    await refused(claim("machine-0002", 1));
    expect((await made(claim("machine-0002", 2))).seatsUsed).toBe(2);
    await refused({ ...claim("machine-0001", 9), guard: { kind: "none" }, licenseId: (await issueLicense(service, license.policyId)).licenseId });
  });

  test("the machine took a seat of this license; a seat of another license doesn't matter", async () => {
    const [license, other] = [await issueLicense(service, fixed), await issueLicense(service, fixed)];
    await take(license, "machine-0009");
    await refused(claimOf(license));
    expect((await made(claimOf(other))).seats).toEqual(["machine-0009"]);
  });

  test("the last seat was taken; a freed seat can be given again", async () => {
    const license = await issueLicense(service, fixed);
    const seats = [await take(license, "machine-0001"), await take(license, "machine-0002")];
    await refused(claimOf(license));
    await call("DELETE", `${base}/activations/${seats[0]?.id}`);
    const { seatsUsed, seat, events } = await made(claimOf(license));
    expect([seatsUsed, seat?.fingerprint, events.map(({ type }) => type)]).toEqual([2, "machine-0009", ["activated"]]);
  });

  test("other machines took all seats; seats whose lease ran out don't count, closed or not", async () => {
    const license = await issueLicense(service, floating);
    const seats = [await take(license, "machine-0001"), await take(license, "machine-0002")];
    clock.advance(3_600);
    const guard = { lease: "PT1H", startsAt: new Date(start) };
    const [first, second] = seats.map((seat) => ({ releases: [release(seat, { ifLapsed: true })] }));
    const { seatsUsed, seats: listed } = await made(claimOf(license, guard, first));
    expect([seatsUsed, listed]).toEqual([1, ["machine-0009"]]);
    await expect(run(claimOf(license, { ...guard, fingerprint: "machine-0002" }))).rejects.toMatchObject({ constraint: "Activation_live_fingerprint_key" });
    expect((await made(claimOf(license, { ...guard, fingerprint: "machine-0003" }))).seatsUsed).toBe(2);
    await refused(claimOf(license, { ...guard, fingerprint: "machine-0004" }));
    await refused(claimOf(license, { ...guard, fingerprint: "machine-0004" }, second));
  });

  test("anything changed and the caller named the sequence", async () => {
    const license = await issueLicense(service, fixed);
    await refused(claimOf(license, {}, { atSequence: 2 }));
    expect((await made(claimOf(license, {}, { atSequence: 1 }))).license.sequence).toBe(2);
  });
});

describe("a seat is given by a license", () => {
  test("without an end", async () => {
    const license = await issueLicense(service, fixed, { expiresAt: null });
    expect((await made(claimOf(license))).license.expiresAt).toBeNull();
  });

  test("that waits for its first activation", async () => {
    const waiting = await createPolicy(service, { duration: "P1M", expirationBasis: "from-first-activation" });
    const license = await issueLicense(service, waiting);
    expect((await made(claimOf(license, { startsAt: null }, { set: { starts_at: start } }))).license.startsAt).toEqual(new Date(start));
  });

  test("without a limit", async () => {
    const license = await issueLicense(service, await createPolicy(service, { activationLimit: null }));
    expect((await made(claimOf(license))).seatsUsed).toBe(1);
  });
});

describe("a release", () => {
  test("of the machine's own seat makes room for its next seat in the same commit, and its event comes first", async () => {
    const license = await issueLicense(service, fixed);
    const [own, other] = [await take(license, "machine-0009"), await take(license, "machine-0002")];
    const { license: after, events, seats, seatsUsed } = await made(claimOf(license, {}, { releases: [release(own)] }));
    expect([after.sequence, seatsUsed, seats]).toEqual([5, 2, ["machine-0002", "machine-0009"]]);
    expect(events.map(({ type, sequence }) => [type, sequence])).toEqual([["deactivated", 4], ["activated", 5]]);
    const third = claimOf(license, { fingerprint: "machine-0003" }, { releases: [release(other)] });
    const rows = (await made(third)) && (await evidence(service, license.licenseId));
    expect([rows.open, told(rows.events)]).toEqual([2, ["created", "activated", "activated", "deactivated (given up)", "activated", "deactivated (given up)", "activated"]]);
  });

  test("whose seat is gone, foreign or no longer due is skipped without an event and makes no room; the rest of the change is made", async () => {
    const license = await issueLicense(service, fixed);
    const [gone, seen, stays] = [await take(license, "machine-0001"), await take(license, "machine-0002"), { id: "1", fingerprint: "machine-0003", name: null }];
    const foreign = await take(await issueLicense(service, fixed), "machine-0004");
    await call("DELETE", `${base}/activations/${gone.id}`);
    const releases = [
      release(gone), release(stays), release(foreign), release(seen, { ifLapsed: true }), release(seen, { ifUnseenSince: new Date(clock.now().getTime() - 1) }),
    ];
    const { events, license: after } = await made(claimOf(license, {}, { releases }));
    expect([events.map(({ type }) => type), after.sequence, (await evidence(service, license.licenseId)).open]).toEqual([["activated"], 5, 2]);
    await refused(claimOf(license, { fingerprint: "machine-0005" }, { releases }));
  });

  test("may name a seat that was last seen at exactly `ifUnseenSince`, or whose lease ends at exactly this instant", async () => {
    const license = await issueLicense(service, floating);
    const [seat, leased] = [await take(license, "machine-0001"), await take(license, "machine-0002")];
    clock.advance(3_600);
    const releases = [release(seat, { ifUnseenSince: new Date(start) }), release(leased, { ifLapsed: true })];
    const guard = { kind: "none" } as const;
    const { events, seatsUsed } = await made({ ...nothing, licenseId: license.licenseId, guard, releases });
    expect([events.map(({ sequence }) => sequence), seatsUsed]).toEqual([[4, 5], 0]);
    expect(events.map(({ changes }) => changes)).toEqual(releases.map(({ event }) => event.changes));
  });
});

describe("the term releases", async () => {
  const releases = { limit: 2, period: "P30D" };
  const policy = await createPolicy(service, { activationLimit: null, lease: "PT1H", releases });
  const freed = ({ licenseId }: IssuedLicense, ...seats: Seat[]): Change =>
    ({ ...nothing, licenseId, guard: { kind: "none" }, releases: seats.map((seat) => release(seat, { isCounted: true })) });
  const freedAll = ({ licenseId }: IssuedLicense): Change => ({ ...nothing, licenseId, guard: { kind: "none" }, releasesAll: { reason: null, isCounted: true } });

  test("refuses a release beyond its limit, one by one or several at once", async () => {
    const license = await issueLicense(service, policy);
    const [first, second, third] = [await take(license, "machine-0001"), await take(license, "machine-0002"), await take(license, "machine-0003")];
    await refused(freed(license, first, second, third));
    await refused(freedAll(license));
    expect((await made(freed(license, first, second))).seatsUsed).toBe(1);
    await refused(freed(license, third));
    await refused(freedAll(license));
  });

  test("holds back no seat whose lease has run out, even if a lower limit is already exceeded", async () => {
    const license = await issueLicense(service, policy);
    const [first, second, third] = [await take(license, "machine-0001"), await take(license, "machine-0002"), await take(license, "machine-0003")];
    await made(freed(license, first, second));
    await service.owner.write(sql`update licensing."License" set releases = ${JSON.stringify({ ...releases, limit: 1 })}::jsonb where id = ${license.licenseId}::bigint`);
    clock.advance(3_599);
    await refused(freedAll(license));
    clock.advance(1);
    expect((await made(freedAll(license))).events).toMatchObject([{ type: "deactivated", reason: "lease-expired", changes: { activation: [{ id: third.id }, null] } }]);
  });
});

test("a change of a license's former holder is not made after a hand-over", async () => {
  const license = await issueLicense(service, fixed, { holder: { type: "user", id: "ada" } });
  const heldBy = (id: string): Change => ({
    ...nothing, licenseId: license.licenseId, guard: { kind: "none" }, heldBy: { scope: { kind: "holders", holders: [{ type: "user", id }] } },
    set: { name: "Mine" }, events: [{ type: "updated", reason: null, changes: {} }],
  });
  await call("POST", `${license.at}/transfer`, { body: { holder: { type: "user", id: "bob" } } });
  await refused(heldBy("ada"));
  expect((await made(heldBy("bob"))).license.name).toBe("Mine");
});

describe("the revision", () => {
  const revision = async (licenseId: string) => {
    const [rows = []] = await service.owner.read(sql`select revision::int from licensing."License" where id = ${licenseId}::bigint`);
    return Number(rows[0]?.["revision"]);
  };

  test("is raised by every change but of seats, also by an update that doesn't mention it", async () => {
    const license = await issueLicense(service, floating);
    let before = await revision(license.licenseId);
    const raised = async (by: () => Promise<unknown>) => {
      await by();
      const now = await revision(license.licenseId);
      const difference = now - before;
      before = now;
      return difference;
    };
    const seat = await take(license, "machine-0001");
    expect(await raised(() => call("POST", `${base}/activations/${seat.id}/heartbeat`))).toBe(0);
    expect(await raised(() => call("POST", `${base}/licenses/validate`, { body: { licenseId: license.licenseId, fingerprint: "machine-0002" } }))).toBe(0);
    expect(await raised(() => call("DELETE", `${base}/activations/${seat.id}`))).toBe(0);
    for (const verb of ["suspend", "reinstate", "renew", "rotate-key"]) expect(await raised(() => call("POST", `${license.at}/${verb}`)), verb).toBe(1);
    for (const body of [{ name: "x" }, { metadata: { a: 1 } }, { features: { a: true } }, { holder: { type: "user", id: "eve" } }, { expiresAt: null }]) {
      expect(await raised(() => call("PATCH", license.at, { body })), JSON.stringify(body)).toBe(1);
    }
    expect(await raised(() => service.owner.write(sql`update licensing."License" set status = status where id = ${license.licenseId}::bigint`))).toBe(1);
  });
});

describe("a change is not made if meanwhile", () => {
  const rename = ({ licenseId }: IssuedLicense, guard: Guard, rest: Partial<Change> = {}): Change => ({
    ...nothing, licenseId, guard, set: { name: "Renamed" }, events: [{ type: "updated", reason: null, changes: {} }], ...rest,
  });

  test("the status, the expiry or the recorded expiry became another one", async () => {
    const license = await issueLicense(service, fixed);
    const status = (status: Status, expiry?: Extract<Guard, { kind: "status" }>["expiry"]): Guard => ({ kind: "status", status, ...(expiry === undefined ? {} : { expiry }) });
    await refused(rename(license, status("SUSPENDED")));
    await refused(rename(license, status("ACTIVATED", { expiresAt: new Date(start), expiredFor: null })));
    await refused(rename(license, status("ACTIVATED", { expiresAt: new Date(end), expiredFor: new Date(end) })));
    await refused(rename(license, status("ACTIVATED", { expiresAt: null, expiredFor: null })));
    await made(rename(license, status("ACTIVATED", { expiresAt: new Date(end), expiredFor: null })));
    const perpetual = await issueLicense(service, fixed, { expiresAt: null });
    await made(rename(perpetual, status("ACTIVATED", { expiresAt: null, expiredFor: null })));
  });

  test("anything but seats changed; a change of seats doesn't matter", async () => {
    const license = await issueLicense(service, fixed);
    const { revision } = (await made(rename(license, { kind: "none" }))).license;
    await take(license, "machine-0001");
    await refused(rename(license, { kind: "none" }, { atRevision: revision - 1 }));
    await made(rename(license, { kind: "revision", revision }));
    await refused(rename(license, { kind: "revision", revision }));
    await made(rename(license, { kind: "none" }, { atRevision: revision + 1 }));
  });

  test("live seats became more than the new limit", async () => {
    const license = await issueLicense(service, floating);
    await take(license, "machine-0001");
    await take(license, "machine-0002");
    const { revision } = (await made(rename(license, { kind: "none" }))).license;
    await refused(rename(license, { kind: "revision", revision, seatsMax: 1 }));
    expect((await made(rename(license, { kind: "revision", revision, seatsMax: 2 }))).seatsUsed).toBe(2);
    clock.advance(3_600);
    expect((await made(rename(license, { kind: "revision", revision: revision + 1, seatsMax: 0 }))).seatsUsed).toBe(0);
  });
});

describe("an expiry is not recorded if", () => {
  const expiry = ({ licenseId }: IssuedLicense, expiresAt = new Date(end)): Change => ({
    ...nothing, licenseId, guard: { kind: "expiry", expiresAt }, set: { status: "EXPIRED", expired_for: expiresAt.toISOString() },
    events: [{ type: "expired", reason: null, changes: {} }],
  });

  test.each([
    ["the license was suspended", "suspend", end],
    ["it was renewed", "renew", end],
    ["the expiry is still a millisecond away", undefined, "2027-04-01T08:59:59.999Z"],
  ])("%s", async (_what, verb, at) => {
    const license = await issueLicense(service, fixed);
    if (verb !== undefined) await call("POST", `${license.at}/${verb}`, { body: {} });
    clock.set(at);
    await refused(expiry(license));
  });

  test("it was recorded meanwhile, or the license ends at another instant than was read", async () => {
    const license = await issueLicense(service, fixed);
    clock.set(end);
    await refused(expiry(license, new Date("2027-03-20T00:00:00.000Z")));
    expect((await made(expiry(license))).license.status).toBe("EXPIRED");
    await service.owner.write(sql`update licensing."License" set status = 'ACTIVATED' where id = ${license.licenseId}::bigint`);
    await refused(expiry(license));
  });
});

describe("extending a seat", () => {
  const heard = (seat: Seat, license: IssuedLicense, { live = true, leaseUntil }: { live?: boolean; leaseUntil?: Date | null } = {}): Change => ({
    ...nothing, licenseId: license.licenseId, guard: { kind: "seat-open", activationId: seat.id, live },
    extend: { activationId: seat.id, ...(leaseUntil === undefined ? {} : { leaseUntil }) },
  });

  test("does nothing if the seat was freed, its lease ran out or it is another license's", async () => {
    const [license, other] = [await issueLicense(service, floating), await issueLicense(service, floating)];
    const [seat, gone] = [await take(license, "machine-0001"), await take(license, "machine-0002")];
    await call("DELETE", `${base}/activations/${gone.id}`);
    await refused(heard(gone, license, { live: false }));
    await refused(heard(gone, license));
    await refused(heard(seat, other));
    clock.advance(3_600);
    await refused(heard(seat, license));
    expect((await made(heard(seat, license, { live: false }))).seat?.id).toBe(seat.id);
  });

  test("writes no event, and moves neither the lease nor `lastSeenAt` back", async () => {
    const license = await issueLicense(service, floating);
    const seat = await take(license, "machine-0001");
    const before = await evidence(service, license.licenseId);
    const leaseUntil = (text: string) => new Date(`2027-03-01T${text}:00.000Z`);
    clock.advance(60);
    const { seat: extended, events, seats } = await made(heard(seat, license, { leaseUntil: leaseUntil("10:30") }));
    expect([extended?.leaseUntil, extended?.lastSeenAt, events, seats]).toEqual([leaseUntil("10:30"), leaseUntil("09:01"), [], ["machine-0001"]]);
    clock.set(start);
    const late = await made(heard(seat, license, { leaseUntil: leaseUntil("10:15") }));
    expect([late.seat?.leaseUntil, late.seat?.lastSeenAt]).toEqual([leaseUntil("10:30"), leaseUntil("09:01")]);
    expect((await made(heard(seat, license))).seat?.leaseUntil).toEqual(leaseUntil("10:30"));
    expect((await made(heard(seat, license, { leaseUntil: null }))).seat?.leaseUntil).toBeNull();
    const after = await evidence(service, license.licenseId);
    expect([after.row, after.events]).toEqual([before.row, before.events]);
  });

  test("moves the end of a file back neither on the seat nor on the license", async () => {
    const license = await issueLicense(service, fixed);
    const seat = await take(license, "machine-0001");
    const until = (day: number) => new Date(`2027-03-${day}T09:00:00.000Z`);
    const filed = (day: number): Change => ({
      ...heard(seat, license), extend: { activationId: seat.id, fileUntil: until(day) }, set: { files_until: until(day).toISOString() },
      events: [{ type: "file-issued", reason: null, changes: {} }],
    });
    const ends = ({ seat: filedSeat, license: { filesUntil } }: Committed) => [filedSeat?.fileUntil, filesUntil];
    expect(ends(await made(filed(20)))).toEqual([until(20), until(20)]);
    expect(ends(await made(filed(15)))).toEqual([until(20), until(20)]);
    expect(ends(await made(filed(25)))).toEqual([until(25), until(25)]);
    expect((await made(heard(seat, license))).seat?.fileUntil).toEqual(until(25));
    const gained = await made({ ...nothing, licenseId: license.licenseId, guard: { kind: "none" }, set: { lease: "PT1H" }, shows: seat.id, events: [{ type: "updated", reason: null, changes: {} }] });
    expect(gained.seatsUsed).toBe(1);
    clock.set(until(24));
    expect((await call("GET", license.at)).body.seatsUsed).toBe(1);
  });

  test("keeps the end of the file that a seat was taken with", async () => {
    const license = await issueLicense(service, fixed);
    const fileUntil = new Date("2027-03-20T09:00:00.000Z");
    const claim = claimOf(license);
    const { seat } = await made({ ...claim, claim: { activationId: mint(), fingerprint: "machine-0009", name: null, leaseUntil: null, fileUntil } });
    expect(seat?.fileUntil).toEqual(fileUntil);
  });

  test("is not needed to show a seat: a commit that only shows one writes nothing", async () => {
    const license = await issueLicense(service, fixed);
    const [seat, second] = [await take(license, "machine-0001"), await take(license, "machine-0002")];
    const before = await evidence(service, license.licenseId);
    const shown = await made({ ...nothing, licenseId: license.licenseId, guard: { kind: "none" }, atSequence: 3, shows: seat.id, extra: { a: "b" } });
    expect([shown.seat?.id, shown.seats, shown.seatsUsed, shown.extra, shown.at]).toEqual([seat.id, ["machine-0001", second.fingerprint], 2, { a: "b" }, clock.now()]);
    expect((await made({ ...nothing, licenseId: license.licenseId, guard: { kind: "none" }, atSequence: 3 })).seat).toBeUndefined();
    expect(await evidence(service, license.licenseId)).toEqual(before);
  });
});

describe("a change", () => {
  test("at another sequence than the one that was read does nothing", async () => {
    const { licenseId } = await issueLicense(service, fixed);
    const change = (sequence: number): Change => ({
      ...nothing, licenseId, guard: { kind: "none" }, atSequence: sequence, set: { status: "SUSPENDED" }, events: [{ type: "suspended", reason: null, changes: {} }],
    });
    await refused(change(0));
    await refused(change(2));
    expect((await made(change(1))).license).toMatchObject({ status: "SUSPENDED", sequence: 2 });
    await refused(change(1));
  });

  test("is written with its instant, and makes its certificate due shortly afterwards", async () => {
    const { licenseId } = await issueLicense(service, fixed);
    clock.set("2027-03-05T00:00:00.000Z");
    const metadata = { order: 7 };
    const { license, events } = await made({
      ...nothing, licenseId, guard: { kind: "none" }, atSequence: 1, set: { metadata, features: { a: true }, overrides: ["features"], own_terms: { features: { a: true } }, name: null },
      events: [{ type: "updated", reason: "one", changes: { a: [1, 2] } }, { type: "updated", reason: null, changes: {} }],
    });
    expect(license).toMatchObject({ metadata, overrides: { features: { a: true } }, terms: { features: { a: true } }, sequence: 3, updatedAt: clock.now(), createdAt: new Date(start) });
    expect(events).toMatchObject([
      { sequence: 2, type: "updated", reason: "one", changes: { a: [1, 2] }, actor: { type: "system", id: "a-test" }, requestId: "a-commit-of-the-test", createdAt: clock.now() },
      { sequence: 3, reason: null, changes: {} },
    ]);
    expect(events[1]?.previousHash).toBe(events[0]?.hash);
    expect(license.lastEventHash).toBe(events[1]?.hash);
    const [rows = []] = await service.owner.read(sql`select to_jsonb(due_at) as due from licensing."CertificateDue" where license_id = ${licenseId}::bigint`);
    expect(new Date(String(rows[0]?.["due"]))).toEqual(new Date(clock.now().getTime() + publicationGraceSeconds * 1000));
  });

  test("that gives a license a lease gives one to each seat without one, and leaves a seat the lease that it has", async () => {
    const license = await issueLicense(service, fixed);
    const leaseUntil = new Date("2027-03-20T09:00:00.000Z");
    const seats = [(await take(license, "machine-0001")).id, mint()];
    await made(claimOf(license, {}, { claim: { activationId: String(seats[1]), fingerprint: "machine-0009", name: null, leaseUntil } }));
    await made({ ...nothing, licenseId: license.licenseId, guard: { kind: "none" }, set: { lease: "PT1H" }, events: [{ type: "updated", reason: null, changes: {} }] });
    const until = seats.map(async (id) => (await call("GET", `${base}/activations/${id}`)).body.leaseUntil);
    expect(await Promise.all(until)).toEqual(["2027-03-01T10:00:00.000Z", leaseUntil.toISOString()]);
  });

  test("of a license whose certificate a reconciler has taken makes it due anew, takes it from the reconciler, and keeps the oldest unpublished change", async () => {
    const { licenseId } = await issueLicense(service, fixed);
    await service.owner.write(sql`update licensing."CertificateDue" set lease = gen_random_uuid() where license_id = ${licenseId}::bigint`);
    clock.advance(60);
    await made({ ...nothing, licenseId, guard: { kind: "none" }, set: { status: "SUSPENDED" }, events: [{ type: "suspended", reason: null, changes: {} }] });
    const dueAt = clock.now().getTime() + publicationGraceSeconds * 1000;
    const [rows = []] = await service.owner.read(sql`select to_jsonb(d) as due from licensing."CertificateDue" d where license_id = ${licenseId}::bigint`);
    const due = rows[0]?.["due"] as Readonly<Record<"due_at" | "changed_at", string>> & { readonly denies: boolean; readonly lease: string | null };
    expect([due.denies, due.lease, new Date(due.due_at), new Date(due.changed_at)]).toEqual([true, null, new Date(dueAt), new Date(start)]);
  });

  test("of a license with more seats than a certificate lists answers the oldest seats, one more than a certificate lists", async () => {
    const policy = await createPolicy(service, { activationLimit: null });
    const license = await issueLicense(service, policy);
    const { licenseId } = license;
    await service.owner.write(sql`insert into licensing."Activation" (id, license_id, fingerprint, created_at, last_seen_at)
      select 8000000000000000000 + n, ${licenseId}::bigint, 'machine-' || lpad(n::text, 4, '0'), ${start}::timestamptz, ${start}::timestamptz
      from generate_series(310, 1, -1) n`, sql`update licensing."License" set open_seats = 310 where id = ${licenseId}::bigint`);
    const listed = ({ seats, seatsUsed }: Committed) => [seats.length, seats[0], seats.at(-1), seatsUsed];
    expect(listed(await made({ ...nothing, licenseId, guard: { kind: "none" }, atSequence: 1 }))).toEqual([301, "machine-0001", "machine-0301", 310]);
    expect(listed(await made(claimOf(license, { fingerprint: "machine-0999" })))).toEqual([301, "machine-0001", "machine-0301", 311]);
  });
});
