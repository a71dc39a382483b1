import { describe, expect, test } from "vitest";
import { jwksTrust } from "@licensing/core/consumer/jwks.ts";
import { otherKey, previousSecret, signingKey } from "../support/certificate-fixture.ts";
import type { Removal } from "./module-without.ts";
import { denied, guarantee, notActive, secondsUntil, stateOf, stepSeconds } from "./consumer-guarantee.ts";
import { gateWithout } from "./consumer-mutant.ts";
import { beaconOf, createWorld, licenseId, nowMs, settle, ttlSeconds, type World, type WorldOptions } from "./consumer-world.ts";

const refreshSeconds = 5;
const periodSeconds = 60;
const maxSeconds = 180;
const beacons: WorldOptions = { beacons: true };
const strict: WorldOptions = { beacons: true, beaconMaxSeconds: maxSeconds };
const suspended = { status: "SUSPENDED", sequence: 8 } as const;
const floors = new Map([[licenseId, 8]]);

/** A license id that the service's database would mint at this moment. */
const mintedAt = (ms: number): string => String(((BigInt(ms) - 1_577_836_800_000n) << 22n) | (11n << 12n));
const longAgo = mintedAt(nowMs - 86_400_000);

/** Puts a new beacon each minute, as the service's reconciler does. */
const eachMinute = (world: World, beaconAt: (seconds: number) => Parameters<World["announce"]>[0]) => (seconds: number) => {
  if (seconds % periodSeconds === 0) world.announce(beaconAt(seconds));
};

const currency = (from: string, to: string): Removal => ({ file: "consumer/currency.ts", from, to });
const comparesFloors = currency('license.sequence < floor.sequence && iat - floor.iat <= exp - iat) return', "false) return");
const measuresAge = currency("return nowMs < staleAtMs ?", "return nowMs < staleAtMs || true ?");
const endsNever: Removal = { file: "consumer/decide.ts", from: 'if (!(nowMs < held.endsAtMs)) return unknown(problem ?? "CERTIFICATE_EXPIRED");', to: "" };

describe("with a hostile Redis", () => {
  guarantee("that is rolled back: denied within one beacon period and one refresh of the denial", {
    options: beacons,
    removed: [comparesFloors],
    scenario: async (world) => {
      expect(await stateOf(world)).toBe("active");
      // Only the beacon of the suspension arrives, and its certificate never does.
      world.clock.advance(1);
      const each = eachMinute(world, (seconds) => (seconds === 0 ? {} : { floors }));
      expect(await secondsUntil(world, denied, { most: 3_600, each })).toBeLessThanOrEqual(periodSeconds + refreshSeconds + stepSeconds);
      expect(await world.gate.check(licenseId)).toMatchObject({ state: "denied", code: "SUPERSEDED", allowed: false, license: { id: licenseId, sequence: 7 } });
    },
  });

  guarantee("that holds one old certificate: denied by a gate that never saw another, at its first check", {
    options: beacons,
    removed: [comparesFloors],
    scenario: async (world) => {
      world.announce({ floors });
      expect(await world.gate.check(licenseId)).toMatchObject({ state: "denied", code: "SUPERSEDED" });
      expect(world.shelf.reads).toHaveLength(1);
    },
  });

  guarantee("that holds an old certificate of a license without a floor: not active from that certificate's end on", {
    options: beacons,
    removed: [endsNever],
    scenario: async (world) => {
      world.publish({}, { ttlSeconds: 600 });
      expect(await secondsUntil(world, notActive, { most: 3_600, each: eachMinute(world, () => ({})) })).toBe(600);
    },
  });

  guarantee("that is frozen: unknown from beaconMaxSeconds on, counted from the beacon's asOf", {
    options: strict,
    removed: [measuresAge],
    scenario: async (world) => {
      world.announce({ asOf: nowMs / 1000 - 30 });
      expect(await secondsUntil(world, notActive, { most: 3_600 })).toBe(maxSeconds - 30);
      expect(await world.gate.check(licenseId)).toMatchObject({ state: "unknown", code: "BEACON_STALE", license: null, allowed: true });
    },
  });

  guarantee("that is frozen, without beaconMaxSeconds: not active from the certificate's end on", {
    options: beacons,
    removed: [endsNever],
    scenario: async (world) => {
      world.publish({}, { ttlSeconds: 600 });
      expect(await secondsUntil(world, notActive, { most: 3_600 })).toBe(600);
    },
  });

  guarantee("whose beacon is removed: unknown from beaconMaxSeconds on", {
    options: strict,
    removed: [measuresAge],
    scenario: async (world) => {
      expect(await stateOf(world)).toBe("active");
      world.shelf.beacon = undefined;
      expect(await secondsUntil(world, notActive, { most: 3_600 })).toBeLessThanOrEqual(maxSeconds);
      expect(await world.gate.check(licenseId)).toMatchObject({ code: "BEACON_STALE" });
    },
  });

  guarantee("whose beacon is removed: the accepted floors still deny", {
    options: beacons,
    removed: [currency("if (text === undefined) return undefined;\n  const { audience", "if (text === undefined) return void currency.floors.clear();\n  const { audience")],
    scenario: async (world) => {
      expect(await stateOf(world)).toBe("active");
      world.announce({ floors });
      world.clock.advance(60);
      expect(await stateOf(world)).toBe("denied");
      world.shelf.beacon = undefined;
      expect(await secondsUntil(world, ({ state }) => state !== "denied", { most: 600 })).toBe(Infinity);
    },
  });

  guarantee("that replays a beacon to a gate that saw a newer one: the old one has no effect", {
    options: beacons,
    removed: [currency("(beacon.iat < latest.iat || beacon.ring < latest.ring)", "(beacon.ring < latest.ring)")],
    scenario: async (world) => {
      const before = world.announce({ complete: true });
      world.clock.advance(60);
      world.announce({ complete: false });
      expect(await stateOf(world)).toBe("active");
      world.shelf.beacon = before;
      expect(await world.gate.check(longAgo)).toMatchObject({ state: "unknown", code: "NOT_PUBLISHED" });
      world.clock.advance(60);
      world.announce({ complete: true });
      expect(await world.gate.check(longAgo)).toMatchObject({ state: "denied", code: "NOT_FOUND" });
    },
  });

  guarantee("that replays a beacon to a gate that saw none: it has no effect from its exp on", {
    options: beacons,
    removed: [
      currency("beacon !== undefined && nowMs < beacon.exp * 1000 ? beacon : undefined", "beacon"),
      { file: "certificate/verification.ts", from: 'if (!(expected.nowMs < claims.exp * 1000)) return "expired";', to: "" },
    ],
    scenario: async (world) => {
      expect(await stateOf(world)).toBe("active");
      expect(await world.gate.check(longAgo)).toMatchObject({ state: "denied", code: "NOT_FOUND" });
      world.clock.advance(295);
      expect(await world.gate.check(longAgo)).toMatchObject({ state: "denied", code: "NOT_FOUND" });
      world.clock.advance(5);
      expect(await world.gate.check(longAgo)).toMatchObject({ state: "unknown", code: "NOT_PUBLISHED" });
      const fresh = createWorld({ beacons: true });
      fresh.clock.advance(300);
      expect(await fresh.gate.check(longAgo)).toMatchObject({ state: "unknown", code: "NOT_PUBLISHED" });
    },
  });

  guarantee("beside a database with an earlier key ring put back: its beacons are refused", {
    options: strict,
    removed: [currency("(beacon.iat < latest.iat || beacon.ring < latest.ring)", "(beacon.iat < latest.iat)")],
    scenario: async (world) => {
      world.announce({ ring: 5 });
      expect(await stateOf(world)).toBe("active");
      const each = eachMinute(world, () => ({ ring: 4 }));
      expect(await secondsUntil(world, notActive, { most: 3_600, each })).toBeLessThanOrEqual(maxSeconds);
      world.announce({ ring: 5 });
      world.clock.advance(refreshSeconds);
      await stateOf(world);
      await settle();
      expect(await stateOf(world)).toBe("active");
    },
  });

  guarantee("that holds a certificate from before the list of denials: unknown", {
    options: beacons,
    removed: [currency("if (!hasFloor && beacon !== undefined && iat < beacon.floorsSince) return", "if (false as boolean) return")],
    scenario: async (world) => {
      world.announce({ floorsSince: nowMs / 1000 + 1, iat: nowMs / 1000 + 1, exp: nowMs / 1000 + 301 });
      expect(await world.gate.check(licenseId)).toMatchObject({ state: "unknown", code: "FLOORS_INCOMPLETE", license: null, allowed: true });
      world.announce({ floorsSince: nowMs / 1000, iat: nowMs / 1000 + 2 });
      world.clock.advance(refreshSeconds);
      await stateOf(world);
      await settle();
      expect(await world.gate.check(licenseId)).toMatchObject({ state: "active" });
    },
  });
});

describe("a floor", () => {
  const believing = async (changes: Parameters<World["announce"]>[0], options: WorldOptions = {}) => {
    const world = createWorld({ ...beacons, ...options });
    world.announce({ floors, ...changes });
    await world.gate.check(licenseId);
    return world;
  };
  const checkedAfter = async (world: World, seconds: number) => {
    world.clock.advance(seconds);
    return world.gate.check(licenseId);
  };

  test("permits the certificate of its own sequence and every later one", async () => {
    const world = await believing({});
    for (const sequence of [8, 9, 1_000]) {
      world.publish({ sequence });
      expect(await checkedAfter(world, 60)).toMatchObject({ state: "active", license: { sequence } });
    }
  });

  test("stays if later beacons don't list the license, and still denies after the certificate's end", async () => {
    const world = await believing({});
    world.clock.advance(60);
    world.announce({ floors: new Map() });
    expect(await checkedAfter(world, 0)).toMatchObject({ code: "SUPERSEDED" });
    expect(await checkedAfter(world, ttlSeconds)).toMatchObject({ code: "SUPERSEDED" });
  });

  test("is never lowered by a later beacon of a trusted key", async () => {
    const world = await believing({});
    world.clock.advance(60);
    world.announce({ floors: new Map([[licenseId, 7]]) });
    expect(await checkedAfter(world, 0)).toMatchObject({ code: "SUPERSEDED" });
  });

  test("counts against later certificates for one certificate's lifetime, since a database may have been restored", async () => {
    const world = await believing({});
    world.clock.advance(ttlSeconds);
    world.publish({ sequence: 7 });
    expect(await checkedAfter(world, 0), "issued a lifetime later").toMatchObject({ code: "SUPERSEDED" });
    world.clock.advance(60);
    world.publish({ sequence: 7 });
    expect(await checkedAfter(world, 0), "issued later than that").toMatchObject({ state: "active" });
  });

  test("doesn't replace the reason of a license that is denied otherwise", async () => {
    const world = createWorld(beacons);
    world.publish({ status: "REVOKED", sequence: 7 });
    world.announce({ floors });
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "denied", code: "REVOKED" });
  });

  test("ends with its key", async () => {
    const served = { keys: [signingKey, otherKey] };
    const fetch = async () => new Response(JSON.stringify({ keys: served.keys.map(({ publicJwk }) => publicJwk) }));
    const world = createWorld({ ...beacons, trust: jwksTrust({ url: "https://licensing.example.test/jwks.json", fetch }) });
    world.announce({ floors, iat: nowMs / 1000 + 50, exp: nowMs / 1000 + 350, ring: 9 }, otherKey);
    expect(await world.gate.check(licenseId)).toMatchObject({ code: "SUPERSEDED" });
    served.keys = [signingKey];
    world.announce({ ring: 1 });
    world.clock.advance(60);
    await world.gate.check(licenseId);
    world.clock.advance(60);
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "active" });
    expect(await world.gate.check(longAgo), "an older beacon of another key is believed").toMatchObject({ state: "denied", code: "NOT_FOUND" });
  });

  test("is forgotten after ten thousand others", async () => {
    const world = await believing({});
    for (let round = 1; round <= 5; round += 1) {
      world.clock.advance(60);
      world.announce({ floors: new Map(Array.from({ length: 2_000 }, (_, index) => [String(round * 10_000 + index), 2])) });
      expect(await checkedAfter(world, 0)).toMatchObject({ code: round < 5 ? "SUPERSEDED" : "VALID" });
    }
  });
});

describe("a license without a certificate", () => {
  type Absence = { readonly name: string; readonly id?: string; readonly changes?: Parameters<World["announce"]>[0]; readonly spoil?: (world: World) => unknown; readonly removed: Removal };

  const complete = currency("if (beacon?.complete !== true) return false;", "if (beacon === undefined) return false;");
  const settling = currency("issuedAtMs <= beacon.asOf * 1000 - settlingMs", "issuedAtMs <= beacon.asOf * 1000 + settlingMs");

  test("is denied NOT_FOUND under a complete beacon that was read in the same transaction", async () => {
    const world = createWorld(beacons);
    expect(await world.gate.check(longAgo)).toEqual({ state: "denied", allowed: false, code: "NOT_FOUND", license: null, asOf: new Date(nowMs), staleForMs: 0, problem: null });
    expect(world.logged).toEqual([]);
  });

  test.each([
    ["60 s before asOf", mintedAt(nowMs - 61_000), "NOT_FOUND"],
    ["a millisecond later", mintedAt(nowMs - 60_999), "NOT_PUBLISHED"],
    ["a moment ago", mintedAt(nowMs), "NOT_PUBLISHED"],
    ["by a database whose clock is a minute ahead", mintedAt(nowMs + 60_000), "NOT_PUBLISHED"],
    ["never, since its time is in the future", mintedAt(nowMs + 60_001), "NOT_FOUND"],
    ["never, since it is the last possible id", "9223372036854775807", "NOT_FOUND"],
    ["never, since it is the first possible id", "1", "NOT_FOUND"],
  ])("with an id that was minted %s is %3$s", async (_name, id, code) => {
    expect((await createWorld(beacons).gate.check(id)).code).toBe(code);
  });

  /** Cases that don't prove that the license doesn't exist; without the mechanism it would be denied. */
  const cases: readonly Absence[] = [
    { name: "that was issued a moment ago, and whose publish failed", id: mintedAt(nowMs - 30_000), removed: settling },
    { name: "whose publication is put off", changes: { complete: false }, removed: complete },
    { name: "beside a Redis of which one key was deleted", changes: { complete: false }, removed: complete },
    { name: "beside a Redis that lost everything", spoil: (world) => (world.shelf.beacon = undefined), removed: currency("if (beacon?.complete !== true) return false;", "if (beacon?.complete === false) return false;\n  if (beacon === undefined) return true;") },
    {
      name: "beside a Redis that was rolled back for more than a beacon's lifetime",
      changes: { iat: nowMs / 1000 - 300, exp: nowMs / 1000, asOf: nowMs / 1000 - 301, floorsSince: 0 },
      removed: { file: "certificate/verification.ts", from: 'if (!(expected.nowMs < claims.exp * 1000)) return "expired";', to: "" },
    },
    { name: "beside a beacon that was changed after it was signed", spoil: (world) => (world.shelf.beacon = `${String(world.shelf.beacon).slice(0, -20)}${"A".repeat(19)}A`), removed: { file: "certificate/verification.ts", from: "if (good !== true) return rejected", to: "if (good === undefined) return rejected" } },
    { name: "beside a beacon of another audience", changes: { aud: "reports" }, removed: { file: "certificate/verification.ts", from: 'if (expected.audience !== undefined && claims.aud !== expected.audience) return "audience";', to: "" } },
  ];

  const tried = async ({ id = longAgo, changes = {}, spoil }: Absence, world: World) => {
    world.announce(changes);
    spoil?.(world);
    return world.gate.check(id);
  };

  test.each(cases)("$name is unknown", async (absence) => {
    expect(await tried(absence, createWorld(beacons))).toMatchObject({ state: "unknown", code: "NOT_PUBLISHED", allowed: true });
  });

  test.each(cases)("(control) $name: denied without the mechanism", async (absence) => {
    const make = await gateWithout([absence.removed]);
    expect((await tried(absence, createWorld({ ...beacons, make }))).code).toBe("NOT_FOUND");
  });

  test("is unknown until Redis is whole again, and denied from then on", async () => {
    const world = createWorld(beacons);
    const after = async (changes: Parameters<World["announce"]>[0]) => {
      world.clock.advance(60);
      world.announce(changes);
      return (await world.gate.check(longAgo)).code;
    };
    expect(await after({ complete: false })).toBe("NOT_PUBLISHED");
    expect(await after({ complete: false })).toBe("NOT_PUBLISHED");
    expect(await after({})).toBe("NOT_FOUND");
  });

  guarantee("is never denied as absent if its certificate was believed before", {
    options: beacons,
    removed: [{ file: "consumer/reading.ts", from: "return isNowhere && entry.held === undefined ?", to: "if (isNowhere) entry.held = undefined;\n    return isNowhere ?" }],
    scenario: async (world) => {
      const id = mintedAt(nowMs - 86_400_000);
      world.publish({ id });
      expect(await world.gate.check(id)).toMatchObject({ state: "active" });
      world.shelf.certificates.delete(id);
      expect(await world.gate.check(licenseId)).toMatchObject({ state: "active" });
      world.clock.advance(60);
      world.announce();
      expect(await world.gate.check(id)).toMatchObject({ state: "active", problem: "NOT_PUBLISHED" });
    },
  });

  guarantee("is denied only by a beacon that was read with the missing certificate, not by one that was read before", {
    options: beacons,
    removed: [{ file: "consumer/reading.ts", from: '"beacon" in reading ? await takeBeacon(reading.beacon ?? undefined, parts) : undefined', to: '"beacon" in reading ? await takeBeacon(reading.beacon ?? parts.currency.believed?.text, parts) : undefined' }],
    scenario: async (world) => {
      expect(await stateOf(world)).toBe("active");
      world.shelf.beacon = undefined;
      expect(await world.gate.check(longAgo)).toMatchObject({ state: "unknown", code: "NOT_PUBLISHED" });
    },
  });

  test("is unknown once Redis stops answering", async () => {
    const world = createWorld(beacons);
    expect(await world.gate.check(longAgo)).toMatchObject({ code: "NOT_FOUND" });
    world.shelf.mode = "down";
    world.clock.advance(5);
    expect(await world.gate.check(longAgo)).toMatchObject({ state: "unknown", code: "UNREACHABLE" });
  });
});

describe("beaconMaxSeconds", () => {
  const cold = async (changes: Parameters<World["announce"]>[0]) => {
    const world = createWorld(strict);
    world.announce(changes);
    return (await world.gate.check(licenseId)).code;
  };
  const iat = nowMs / 1000;

  test("counts from the beacon's asOf, to the second, and not from its iat", async () => {
    expect(await cold({ asOf: iat - maxSeconds + 1 })).toBe("VALID");
    expect(await cold({ asOf: iat - maxSeconds })).toBe("BEACON_STALE");
  });

  test("ends a cached answer at its instant", async () => {
    const world = createWorld({ ...strict, refreshSeconds: 3_600 });
    world.announce({ asOf: iat - 100 });
    expect(await stateOf(world)).toBe("active");
    world.clock.advance(79.999);
    expect(await stateOf(world)).toBe("active");
    world.clock.advance(0.001);
    expect(world.gate.checkNow(licenseId)).toMatchObject({ code: "BEACON_STALE" });
  });

  test("makes an active license without a current beacon unknown, and leaves denied ones denied", async () => {
    const world = createWorld(strict);
    world.shelf.beacon = undefined;
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "unknown", code: "BEACON_STALE" });
    world.publish(suspended);
    world.clock.advance(60);
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "denied", code: "SUSPENDED" });
  });

  test("logs the start of an outage of the beacon, and the next one again", async () => {
    const world = createWorld({ ...strict, onUnknown: { graceSeconds: 30 } });
    const at = async (seconds: number) => {
      world.clock.advance(seconds);
      const { code, allowed } = await world.gate.check(licenseId);
      return [code, allowed];
    };
    expect(await at(0)).toEqual(["VALID", true]);
    expect(await at(200)).toEqual(["BEACON_STALE", true]);
    expect(await at(60)).toEqual(["BEACON_STALE", false]);
    world.announce();
    expect(await at(60)).toEqual(["VALID", true]);
    expect(await at(200)).toEqual(["BEACON_STALE", true]);
    expect(world.logged.map(({ fields }) => fields["code"])).toEqual(["BEACON_STALE", "BEACON_STALE"]);
  });

  test.each([
    ["below 180", { beaconMaxSeconds: 179, ...beacons }],
    ["of a source without a beacon", { beaconMaxSeconds: 180, source: { format: "certificate", read: async () => undefined } }],
  ] as const)("is refused at the gate's creation: %s", (_name, options) => {
    const source = { format: "certificate" as const, hasBeacon: true, read: async () => undefined };
    expect(() => createWorld({ source, ...options })).toThrow(/^beaconMaxSeconds: /);
  });
});

describe("the beacon's reading", () => {
  test("happens once a second for a thousand licenses, in the round trip of one of them", async () => {
    const world = createWorld(beacons);
    const ids = Array.from({ length: 1_000 }, (_, index) => String(1_000 + index));
    for (const id of ids) world.publish({ id });
    for (const id of ids) await world.gate.check(id);
    const { reads, beaconReads } = world.shelf;
    const before = [reads.length, beaconReads];
    for (let round = 1; round <= 3; round += 1) {
      world.clock.advance(5);
      for (const id of ids) await world.gate.check(id);
      await settle();
      expect([world.shelf.reads.length, world.shelf.beaconReads]).toEqual([(before[0] ?? 0) + round * 1_000, (before[1] ?? 0) + round]);
    }
  });

  test("verifies a text once, and again after another text replaced it", async () => {
    const world = createWorld(beacons);
    for (let round = 0; round < 5; round += 1) {
      await world.gate.check(licenseId);
      await world.gate.check(longAgo);
      world.clock.advance(5);
    }
    expect(world.gate.stats()).toMatchObject({ verifications: 2 });
    world.announce();
    await world.gate.check(longAgo);
    expect(world.gate.stats()).toMatchObject({ verifications: 3 });
  });

  test("reaches every license at once, also one with a cached answer", async () => {
    const world = createWorld(beacons);
    world.publish({ id: "1000" });
    await world.gate.check(licenseId);
    world.clock.advance(4);
    await world.gate.check("1000");
    world.clock.advance(1);
    world.announce({ floors: new Map([["1000", 8]]) });
    await world.gate.check(licenseId);
    await settle();
    expect(world.gate.checkNow("1000")).toMatchObject({ code: "SUPERSEDED" });
  });

  test("is repeated at once if it failed", async () => {
    const world = createWorld(beacons);
    await world.gate.check(licenseId);
    world.clock.advance(5);
    world.shelf.mode = "down";
    await world.gate.check(licenseId);
    await settle();
    world.shelf.mode = "ok";
    const before = world.shelf.beaconReads;
    world.clock.advance(5);
    await world.gate.check(licenseId);
    await settle();
    expect(world.shelf.beaconReads).toBe(before + 1);
  });

  test.each([
    ["null", null],
    ["a number", 7],
    ["an object", {}],
    ["a text that isn't a beacon", "hello"],
    ["8 MB", "x".repeat(8_000_000)],
    ["a certificate", createWorld().shelf.certificates.get(licenseId)],
  ])("ignores %s", async (_name, beacon) => {
    const world = createWorld(beacons);
    world.shelf.beacon = beacon;
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "active", problem: null });
    expect(await world.gate.check(longAgo)).toMatchObject({ state: "unknown", code: "NOT_PUBLISHED" });
  });

  test.each([false, true])("is the same on both runtimes (portable: %s)", async (portable) => {
    const world = createWorld({ ...beacons, portable });
    expect(await world.gate.check(longAgo)).toMatchObject({ code: "NOT_FOUND" });
    world.announce({ floors });
    expect(await world.gate.check(licenseId)).toMatchObject({ code: "SUPERSEDED" });
  });

  test("doesn't happen with a source without beacons", async () => {
    const world = createWorld();
    await world.gate.check(longAgo);
    expect(world.shelf.beaconReads).toBe(0);
  });

  test("is left out if Redis refuses the transaction, and the certificate is still read", async () => {
    const world = createWorld();
    const asked: boolean[] = [];
    const refusal = Object.assign(new Error("source"), { name: "SourceError", code: "FORBIDDEN", fault: { from: "source", cause: "Redis answered NOPERM" } });
    const source = {
      format: "certificate" as const,
      hasBeacon: true,
      read: async (id: string, { withBeacon = false }: { readonly withBeacon?: boolean | undefined }) => {
        asked.push(withBeacon);
        return withBeacon ? Promise.reject(refusal) : world.shelf.certificates.get(id);
      },
    };
    const { gate, clock } = createWorld({ source });
    expect(await gate.check(licenseId)).toMatchObject({ state: "active" });
    clock.advance(5);
    await gate.check(licenseId);
    await settle();
    expect(asked).toEqual([true, false, true, false]);
  });
});

describe("ready()", () => {
  const readiness = async (prepare: (world: World) => unknown, options: WorldOptions = beacons, id?: string) => {
    const world = createWorld(options);
    prepare(world);
    return world.gate.ready(id);
  };

  test.each<[string, (world: World) => unknown, RegExp]>([
    ["there is none", (world) => (world.shelf.beacon = undefined), /^source: no beacon says how current it is, there is none; /],
    ["it has ended", (world) => world.clock.advance(300), /^source: no beacon says .*, it is refused, expired; /],
    ["another stage's key signed it", (world) => world.announce({}, otherKey), /^source: no beacon says .*, it is refused, key-unknown; /],
    ["it is another audience's", (world) => world.announce({ aud: "reports" }), /^source: no beacon says .*, it is refused, audience; /],
  ])("reports a beacon that can't be used: %s", async (_name, prepare, problem) => {
    for (const id of [undefined, licenseId]) expect(await readiness(prepare, beacons, id)).toEqual({ ok: false, code: "NO_BEACON", problem: expect.stringMatching(problem) });
  });

  test("reports, without a license, an application secret that isn't the service's", async () => {
    expect(await readiness((world) => world.announce({ secrets: [previousSecret.id] }))).toEqual({ ok: false, code: "SECRET_UNKNOWN", problem: expect.stringMatching(/^applicationSecret: /) });
  });

  test.each<[string, Parameters<World["announce"]>[0], WorldOptions]>([
    ["its one secret is in use", {}, beacons],
    ["one of its two secrets is in use", { secrets: [previousSecret.id] }, { ...beacons, applicationSecret: { current: "11".repeat(32), previous: "22".repeat(32) } }],
    ["the service seals with one of its own two", { secrets: [previousSecret.id, beaconOf({}, nowMs).secrets[0] ?? ""] }, beacons],
    ["the service seals nothing", { secrets: [] }, beacons],
  ])("is ok if %s", async (_name, changes, options) => {
    expect(await readiness((world) => world.announce(changes), options)).toEqual({ ok: true });
    expect(await readiness((world) => world.announce(changes), options, licenseId)).toEqual({ ok: true });
  });

  test.each([
    ["FLOORS_INCOMPLETE", { floorsSince: nowMs / 1000 + 1, iat: nowMs / 1000 + 1 }],
    ["BEACON_STALE", { asOf: nowMs / 1000 - 200 }],
  ])("reports the reason why a license is unknown: %s", async (code, changes) => {
    expect(await readiness((world) => world.announce(changes), strict, licenseId)).toEqual({ ok: false, code, problem: expect.stringMatching(/^source: /) });
  });
});
