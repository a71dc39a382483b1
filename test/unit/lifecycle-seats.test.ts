import { describe, expect, test } from "vitest";
import { activate } from "@licensing/core/lifecycle/activate.ts";
import { closeLapsed } from "@licensing/core/lifecycle/releases.ts";
import { deactivate } from "@licensing/core/lifecycle/deactivate.ts";
import { heartbeat } from "@licensing/core/lifecycle/heartbeat.ts";
import { releaseSeats } from "@licensing/core/lifecycle/release-seats.ts";
import { rename } from "@licensing/core/lifecycle/rename.ts";
import type { LicenseRow } from "@licensing/core/license/license.ts";
import type { Snapshot } from "@licensing/core/lifecycle/snapshot.sql.ts";
import {
  changeOf, expiresAt, freed, graceUntil, lapse, momentAt, now, perpetual, policyOf, problemOf, seatOf, secondsFromNow, snapshotOf, startsAt, waiting,
} from "./lifecycle-world.ts";

type Rest = Partial<Omit<Snapshot, "license">>;
const asked = { fingerprint: "machine-0040", name: "Desk", replace: undefined };
const take = (license: Partial<LicenseRow> = {}, rest: Rest = {}, input: Partial<typeof asked> | { replace: string } = {}) =>
  activate(snapshotOf(license, rest), { ...asked, ...input }, momentAt());
const nothing = { kind: "nothing" };
const startsAtDate = new Date(startsAt);
const kept = (lease: object) => ({
  kind: "change",
  change: {
    licenseId: "20", guard: { kind: "seat-open", activationId: "31", live: true }, set: {}, releases: [], extend: { activationId: "31", ...lease }, events: [],
  },
});

describe("a free seat", () => {
  test("is claimed under the seat-free guard, with its event", () => {
    expect(take()).toEqual({
      kind: "change",
      change: {
        licenseId: "20",
        guard: { kind: "seat-free", fingerprint: "machine-0040", policyId: "10", lease: null, startsAt: new Date(startsAt) },
        set: {},
        releases: [],
        isFirstSeat: true,
        claim: { activationId: "40", fingerprint: "machine-0040", name: "Desk", leaseUntil: null },
        events: [{ type: "activated", reason: null, changes: { activation: [null, { id: "40", fingerprint: "machine-0040", name: "Desk" }] } }],
      },
    });
  });

  test("counts as a machine's first only if the machine had none before and no other seat is evicted for it", () => {
    expect(changeOf(take({}, { isKnown: true })).isFirstSeat).toBe(false);
    const idle = seatOf("31");
    expect(changeOf(take({ activation_limit: 1, on_full: "evict-oldest-idle" }, { seatsUsed: 1, holders: [idle] })).isFirstSeat).toBe(false);
    expect(changeOf(take({}, { lapsed: [idle] })).isFirstSeat).toBe(true);
  });

  test("is held for the terms' lease, if there is one", () => {
    expect(changeOf(take({ lease: "PT1H" }))).toMatchObject({ guard: { lease: "PT1H" }, claim: { leaseUntil: new Date("2027-03-10T13:00:00.000Z") } });
  });

  test("is taken in the change that closes lapsed seats", () => {
    const lapsed = [seatOf("31"), seatOf("32")];
    expect(changeOf(take({}, { lapsed })).releases).toEqual(lapsed.map(lapse));
  });

  test("is given up to the limit, and refused at it", () => {
    expect(take({}, { seatsUsed: 1 }).kind).toBe("change");
    expect(problemOf(take({}, { seatsUsed: 2 })).code).toBe("activation-limit-reached");
    expect(problemOf(take({ activation_limit: 0 })).code).toBe("activation-limit-reached");
  });

  test("is always given without a limit", () => expect(take({ activation_limit: null }, { seatsUsed: 1_000_000 }).kind).toBe("change"));
});

describe("a license", () => {
  test.each([
    ["that is revoked", { status: "REVOKED" }, "license-revoked"],
    ["that is suspended", { status: "SUSPENDED" }, "license-suspended"],
    ["a millisecond before it starts", { starts_at: "2027-03-10T12:00:00.001Z" }, "license-not-started"],
    ["at the end of its grace", { grace_until: "2027-03-10T12:00:00.000Z" }, "license-expired"],
  ] as const)("%s gives no seat and refuses a heartbeat", (_when, license, code) => {
    expect(take(license)).toEqual({ kind: "problem", code });
    expect(heartbeat(snapshotOf(license, { seat: seatOf("31") }), momentAt())).toEqual({ kind: "problem", code });
  });

  test.each([
    ["from the instant of its start", { starts_at: "2027-03-10T12:00:00.000Z" }],
    ["to the last millisecond of its grace", { status: "EXPIRED", expires_at: startsAt, grace_until: "2027-03-10T12:00:00.001Z" }],
    ["at any time if it is perpetual", perpetual],
  ] as const)("gives a seat %s", (_when, license) => expect(take(license).kind).toBe("change"));
});

describe("a fingerprint that holds a seat", () => {
  test("gets that seat, and nothing is written if no decision depends on its last-seen time", () => {
    const seat = seatOf("31", { lastSeenAt: secondsFromNow(-59.999) });
    expect(take({}, { seat, seatsUsed: 2 })).toEqual(nothing);
    expect(take({ lease: "PT1H" }, { seat: seatOf("31", { leaseUntil: secondsFromNow(1_800) }) })).toEqual(nothing);
  });

  test("has its last-seen time written once a minute if there is no lease", () => {
    expect(take({}, { seat: seatOf("31", { lastSeenAt: secondsFromNow(-60) }) })).toEqual(kept({}));
  });

  test("has its last-seen time written once a minute if idle seats are evicted, also with a lease", () => {
    const leased = { leaseUntil: secondsFromNow(3_600) };
    const license = { lease: "PT1H", on_full: "evict-oldest-idle" as const };
    expect(take(license, { seat: seatOf("31", { ...leased, lastSeenAt: secondsFromNow(-60) }) })).toEqual(kept({}));
    expect(take(license, { seat: seatOf("31", { ...leased, lastSeenAt: secondsFromNow(-59) }) })).toEqual(nothing);
    expect(take({ lease: "PT1H" }, { seat: seatOf("31", { ...leased, lastSeenAt: secondsFromNow(-60) }) })).toEqual(nothing);
  });

  test("has its lease extended, or removed, by the present terms", () => {
    const due = seatOf("31", { leaseUntil: secondsFromNow(1_799.999) });
    expect(take({ lease: "PT1H" }, { seat: due })).toEqual(kept({ leaseUntil: secondsFromNow(3_600) }));
    expect(take({ lease: null }, { seat: due })).toEqual(kept({ leaseUntil: null }));
  });

  test("gets another seat if its lease ran out or it was freed", () => {
    const over = seatOf("31", { leaseUntil: now });
    expect(changeOf(take({ lease: "PT1H" }, { seat: over, lapsed: [over] }))).toMatchObject({ claim: { activationId: "40" }, releases: [lapse(over)] });
    expect(changeOf(take({}, { seat: seatOf("31", { deactivatedAt: now }) })).claim?.activationId).toBe("40");
  });

  test("sends a heartbeat, which is activation-not-found if the seat is gone", () => {
    const beat = (rest: Rest, license: Partial<LicenseRow> = {}) => heartbeat(snapshotOf(license, rest), momentAt());
    expect(beat({ seat: seatOf("31", { lastSeenAt: now }) })).toEqual(nothing);
    expect(beat({ seat: seatOf("31", { leaseUntil: secondsFromNow(1) }) }, { lease: "PT1H" })).toEqual(kept({ leaseUntil: secondsFromNow(3_600) }));
    const gone = { kind: "problem", code: "activation-not-found", detail: "The seat has been freed or its lease has run out; activate again." };
    for (const seat of [undefined, seatOf("31", { deactivatedAt: startsAtDate }), seatOf("31", { leaseUntil: now })]) expect(beat({ seat })).toEqual(gone);
  });
});


describe("a full license", () => {
  const holders = [seatOf("31", { name: "Old" }), seatOf("32", { lastSeenAt: new Date("2027-03-10T11:00:00.000Z") })];
  const full = { holders, seatsUsed: 2 };

  test("is refused with the masked holders of its seats", () => {
    expect(take({}, full)).toEqual({
      kind: "problem",
      code: "activation-limit-reached",
      detail: "The limit is 2, and 2 are in use.",
      members: {
        seats: { used: 2, limit: 2 },
        holders: [
          { activationId: "31", fingerprint: "ma…0031", name: "Old", lastSeenAt: startsAt },
          { activationId: "32", fingerprint: "ma…0032", name: null, lastSeenAt: "2027-03-10T11:00:00.000Z" },
        ],
      },
    });
  });

  test("evicts the longest idle seat, unless it is used meanwhile, if the policy says so", () => {
    expect(changeOf(take({ on_full: "evict-oldest-idle" as const }, full)).releases).toEqual([
      { activationId: "31", ifLapsed: false, event: freed(seatOf("31", { name: "Old" }), "evicted"), ifUnseenSince: startsAtDate },
    ]);
  });

  test("evicts as many seats as are too many, and none if that isn't enough", () => {
    const evicting = { on_full: "evict-oldest-idle" as const, activation_limit: 1 };
    expect(changeOf(take(evicting, full)).releases.map(({ activationId }) => activationId)).toEqual(["31", "32"]);
    expect(problemOf(take(evicting, { ...full, seatsUsed: 3 })).code).toBe("activation-limit-reached");
  });

  test("evicts no seat that was idle for less than minimumIdle, to the millisecond", () => {
    const evicting = { on_full: "evict-oldest-idle" as const, minimum_idle: "PT1H" };
    expect(changeOf(take(evicting, { holders: holders.slice(1), seatsUsed: 2 })).releases).toHaveLength(1);
    const recent = [seatOf("32", { lastSeenAt: new Date("2027-03-10T11:00:00.001Z") })];
    expect(problemOf(take(evicting, { holders: recent, seatsUsed: 2 })).code).toBe("activation-limit-reached");
    expect(changeOf(take(evicting, { holders: [...recent, ...holders], seatsUsed: 2 })).releases[0]?.activationId).toBe("31");
  });

  test("frees the seat that `replace` names, and evicts none beside it", () => {
    const replaced = seatOf("31");
    const released = [{ activationId: "31", ifLapsed: false, event: freed(replaced, "replaced") }];
    expect(changeOf(take({}, { ...full, replaced }, { replace: "31" })).releases).toEqual(released);
    expect(changeOf(take({ on_full: "evict-oldest-idle" as const }, { ...full, replaced }, { replace: "31" })).releases).toEqual(released);
    expect(problemOf(take({ on_full: "evict-oldest-idle" as const, activation_limit: 1 }, { ...full, replaced }, { replace: "31" })).code).toBe("activation-limit-reached");
  });

  test("frees no seat by `replace` if that seat is unknown or already gone", () => {
    expect(problemOf(take({}, full, { replace: "99" }))).toEqual({ kind: "problem", code: "activation-not-found" });
    expect(problemOf(take({}, { ...full, replaced: seatOf("31", { deactivatedAt: now }) }, { replace: "31" })).code).toBe("activation-limit-reached");
    expect(changeOf(take({}, { seatsUsed: 1, replaced: seatOf("31", { leaseUntil: now }) }, { replace: "31" })).releases).toEqual([]);
  });
});

describe("the first seat of a license that waits for its first activation", () => {
  test("starts the license's run at the revision that was read, and its event records the dates", () => {
    const change = changeOf(take(waiting));
    const ends = { expires_at: "2027-04-10T12:00:00.000Z", grace_until: "2027-04-13T12:00:00.000Z" };
    expect(change).toMatchObject({ atRevision: 3, guard: { startsAt: null } });
    expect(change.set).toEqual({ starts_at: now.toISOString(), anchor_at: now.toISOString(), anchor_periods: 1, ...ends });
    expect(change.events[0]?.changes).toEqual({
      activation: [null, { id: "40", fingerprint: "machine-0040", name: "Desk" }],
      startsAt: [null, now.toISOString()], expiresAt: [null, ends.expires_at], graceUntil: [null, ends.grace_until],
    });
  });

  test("ends the grace with the run if there is no grace", () => {
    expect(changeOf(take({ ...waiting, grace: null })).set).toMatchObject({ expires_at: "2027-04-10T12:00:00.000Z", grace_until: "2027-04-10T12:00:00.000Z" });
  });

  test.each([
    ["without a duration", { ...waiting, duration: null }],
    ["with a given expiry", { ...waiting, expires_at: expiresAt, grace_until: graceUntil }],
  ])("only sets the start of a license %s", (_which, license) => {
    const { set, events } = changeOf(take(license));
    expect(set).toEqual({ starts_at: now.toISOString() });
    expect(Object.keys(events[0]?.changes ?? {})).toEqual(["activation", "startsAt"]);
    expect(events[0]?.changes["startsAt"]).toEqual([null, now.toISOString()]);
  });

  test("(control) a seat of a started license names no sequence", () => expect(changeOf(take())).not.toHaveProperty("atSequence"));
});

describe("a trial", () => {
  const policy = policyOf({ code: "free-trial", trial: true });

  test.each([
    ["a machine that has had no trial, up to the fifth", "new", 4],
    ["a machine that it seated before, also after five machines", "own", 5],
  ] as const)("seats %s", (_which, machine, machines) => {
    expect(changeOf(take({}, { policy, trial: { machine, machines } })).claim).toMatchObject({ activationId: "40", trialMachinesMax: 5 });
  });

  test.each([
    ["a machine that had the trial by another license", "others", 0],
    ["a sixth machine", "new", 5],
    ["a seventh machine", "new", 6],
  ] as const)("refuses %s", (_which, machine, machines) => {
    expect(take({}, { policy, trial: { machine, machines } })).toEqual({
      kind: "problem", code: "trial-already-used", detail: "This machine has already had the trial, or the trial has seated as many machines as it may.",
    });
  });

  test("leaves a machine its live seat, whatever other license gave it the trial", () => {
    expect(take({}, { policy, trial: { machine: "others", machines: 5 }, seat: seatOf("31", { lastSeenAt: now }) })).toEqual(nothing);
  });
});

describe("freeing a seat", () => {
  test("closes it with its event, and lapsed seats too, in every status of the license", () => {
    const [seat, other] = [seatOf("31"), seatOf("32")];
    for (const status of ["ACTIVATED", "SUSPENDED", "EXPIRED", "REVOKED"] as const) {
      expect(deactivate(snapshotOf({ status }, { seat, lapsed: [other] }), { reason: "moved" }, momentAt())).toEqual({
        kind: "change",
        change: {
          licenseId: "20",
          guard: { kind: "seat-open", activationId: "31", live: false },
          set: {},
          releases: [lapse(other), { activationId: "31", ifLapsed: false, event: freed(seat, "moved") }],
          events: [],
        },
      });
    }
  });

  test("whose lease ran out is one release with the caller's reason", () => {
    const seat = seatOf("31", { leaseUntil: startsAtDate });
    const { releases } = changeOf(deactivate(snapshotOf({}, { seat, lapsed: [seat] }), { reason: null }, momentAt()));
    expect(releases).toEqual([{ activationId: "31", ifLapsed: false, event: freed(seat, null) }]);
  });

  test("that is free or unknown does nothing", () => {
    expect(deactivate(snapshotOf(), { reason: null }, momentAt())).toEqual(nothing);
    expect(deactivate(snapshotOf({}, { seat: seatOf("31", { deactivatedAt: now }), lapsed: [seatOf("32")] }), { reason: null }, momentAt())).toEqual(nothing);
  });
});

describe("the term releases", () => {
  const nextAt = new Date("2027-04-09T12:00:00.000Z");
  const releases = { limit: 3, period: "P30D" };
  const released = (used: number) => ({ used, nextAt: used === 0 ? null : nextAt });
  const seat = seatOf("31");
  const free = (used: number | undefined, license: Partial<LicenseRow> = {}, rest: Rest = {}) =>
    deactivate(snapshotOf({ releases, ...license }, { seat, ...(used === undefined ? {} : { released: released(used) }), ...rest }), { reason: null }, momentAt());

  test("counts a release of the license's key or holder, and no operator's", () => {
    expect(changeOf(free(2)).releases).toEqual([{ activationId: "31", ifLapsed: false, isCounted: true, event: freed(seat, null) }]);
    expect(changeOf(free(undefined)).releases[0]).not.toHaveProperty("isCounted");
    expect(changeOf(free(7, { releases: null })).releases[0]).toHaveProperty("isCounted", true);
  });

  test("refuses a release beyond its limit, and answers when the next one is possible", () => {
    expect(problemOf(free(3))).toEqual({
      kind: "problem",
      code: "release-limit-reached",
      detail: "This would free a seat. The policy allows 3 releases within P30D, and 3 of them were made. From 2027-04-09T12:00:00.000Z on the first of them no longer counts.",
      members: { releases: { used: 3, ...releases, nextAt: "2027-04-09T12:00:00.000Z" } },
    });
    expect(problemOf(free(0, { releases: { limit: 0, period: "P1D" } })).detail).toBe("This would free a seat. The policy allows 0 releases within P1D, and 0 of them were made.");
    expect(free(9).kind).toBe("problem");
  });

  test("allows closing a lapsed seat at any time", () => {
    expect(changeOf(free(3, {}, { seat: seatOf("31", { leaseUntil: now }) })).releases).toHaveLength(1);
  });

  test("counts a seat that the license's key replaces, and no evicted one", () => {
    const full = { replaced: seatOf("31"), seatsUsed: 2 };
    const [release] = changeOf(take({ releases }, { ...full, released: released(2) }, { replace: "31" })).releases;
    expect(release).toMatchObject({ activationId: "31", isCounted: true });
    expect(changeOf(take({ releases }, full, { replace: "31" })).releases[0]).not.toHaveProperty("isCounted");
    expect(problemOf(take({ releases }, { ...full, released: released(3) }, { replace: "31" })).code).toBe("release-limit-reached");
    const evicting = { releases, on_full: "evict-oldest-idle" as const };
    const evicted = changeOf(take(evicting, { seatsUsed: 2, holders: [seatOf("31"), seatOf("32")], released: released(3) })).releases;
    expect(evicted).toHaveLength(1);
    expect(evicted[0]).not.toHaveProperty("isCounted");
  });

  test("allows the release of every seat, or of none", () => {
    const all = (seatsUsed: number, used?: number) =>
      releaseSeats(snapshotOf({ releases }, { seatsUsed, ...(used === undefined ? {} : { released: released(used) }) }), { reason: "moved" });
    expect(all(3, 0)).toEqual({
      kind: "change",
      change: { licenseId: "20", guard: { kind: "none" }, set: {}, releases: [], releasesAll: { reason: "moved", isCounted: true }, events: [] },
    });
    expect(problemOf(all(3, 1))).toMatchObject({ code: "release-limit-reached", members: { releases: { used: 1 } } });
    expect(changeOf(all(100)).releasesAll).toEqual({ reason: "moved", isCounted: false });
    expect([all(0), all(0, 3)]).toEqual([nothing, nothing]);
    expect(changeOf(releaseSeats(snapshotOf({ releases }, { released: released(3), lapsed: [seatOf("32")] }), { reason: null })).releasesAll?.reason).toBeNull();
  });
});

describe("renaming a seat", () => {
  const seat = seatOf("31", { name: "laptop" });

  test("writes the name and one event with both names, in every status of the license", () => {
    for (const status of ["ACTIVATED", "SUSPENDED", "EXPIRED", "REVOKED"] as const) {
      const named = { id: "31", fingerprint: seat.fingerprint };
      expect(rename(snapshotOf({ status }, { seat }), { name: "desk" }, momentAt())).toEqual({
        kind: "change",
        change: {
          licenseId: "20",
          guard: { kind: "seat-open", activationId: "31", live: true },
          set: {},
          releases: [],
          rename: { activationId: "31", name: "desk" },
          events: [{ type: "updated", reason: null, changes: { activation: [{ ...named, name: "laptop" }, { ...named, name: "desk" }] } }],
        },
      });
    }
    expect(changeOf(rename(snapshotOf({}, { seat }), { name: null }, momentAt())).rename).toEqual({ activationId: "31", name: null });
  });

  test("to the name that it has changes nothing", () => expect(rename(snapshotOf({}, { seat }), { name: "laptop" }, momentAt())).toEqual(nothing));

  test("is refused if the seat is unknown, free or lapsed", () => {
    const gone = { kind: "problem", code: "activation-not-found", detail: "The seat has been freed or its lease has run out." };
    for (const other of [undefined, seatOf("31", { deactivatedAt: startsAtDate }), seatOf("31", { leaseUntil: now })]) {
      expect(rename(snapshotOf({}, { seat: other }), { name: "desk" }, momentAt())).toEqual(gone);
    }
  });
});

describe("seats whose lease ran out", () => {
  test("are closed, each with its event and its own condition, whatever else has changed", () => {
    const lapsed = [seatOf("31"), seatOf("32")];
    expect(closeLapsed(snapshotOf({}, { lapsed }))).toEqual({
      kind: "change",
      change: { licenseId: "20", guard: { kind: "none" }, set: {}, releases: lapsed.map(lapse), events: [] },
    });
  });

  test("do nothing if there are none", () => expect(closeLapsed(snapshotOf())).toEqual(nothing));
});
