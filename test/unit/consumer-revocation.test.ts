import { describe, expect, test } from "vitest";
import { sealCertificate } from "@licensing/core/certificate/seal.ts";
import { jwksTrust } from "@licensing/core/consumer/jwks.ts";
import { claimsFor, otherKey, sealedByJose, secret, signedByJose } from "../support/certificate-fixture.ts";
import type { Removal } from "./module-without.ts";
import { denied, guarantee, notActive, secondsUntil, stateOf, stepSeconds } from "./consumer-guarantee.ts";
import { certify, createWorld, licenseId, settle } from "./consumer-world.ts";

/** Every bound in seconds, with a gate at its defaults: read again every 5 s, never older than 60 s. */
const refreshSeconds = 5;
const staleSeconds = 60;
const revoked = { status: "REVOKED", sequence: 8 } as const;

const dueNever: Removal = {
  file: "consumer/answering.ts",
  from: "return Math.max(entry.settledAtMs + refreshMs, parts.breaker.downUntilMs());",
  to: "return entry.settledAtMs + refreshMs > 0 ? Infinity : -Infinity;",
};
const waitsNever: Removal = {
  file: "consumer/create-gate.ts",
  from: "const mustWait = entry.held === undefined || nowMs >= entry.settledAtMs + parts.settings.staleMs;",
  to: "const mustWait = entry.held === undefined;",
};
const goesBack: readonly Removal[] = [
  {
    file: "consumer/gate-clock.ts",
    from: "const latestMs = Math.max(state.readMs, state.glancedMs, state.behind ? projectedMs : wallMs);",
    to: "const latestMs = wallMs;",
  },
  { file: "consumer/gate-clock.ts", from: "state.behind || !(nowMs >= state.glancedMs && nowMs < untilMs)", to: "!(nowMs < untilMs)" },
];
const readsOnce: Removal = { file: "consumer/reading.ts", from: "const attemptsMax = 3;", to: "const attemptsMax = 1;" };
const endsNever: Removal = {
  file: "consumer/decide.ts",
  from: 'if (!(nowMs < held.endsAtMs)) return unknown(problem ?? "CERTIFICATE_EXPIRED");',
  to: "",
};

describe("a license is revoked, and the consumer is", () => {
  guarantee("live: denied within one refresh of the publication", {
    removed: [dueNever],
    scenario: async (world) => {
      expect(await secondsUntil(world, denied, { most: 20 })).toBe(Infinity);
      world.publish(revoked);
      expect(await secondsUntil(world, denied, { most: 3_600 })).toBeLessThanOrEqual(refreshSeconds + stepSeconds);
    },
  });

  guarantee("idle: denied by the first check after staleSeconds", {
    removed: [waitsNever],
    scenario: async (world) => {
      expect(await stateOf(world)).toBe("active");
      world.publish(revoked);
      world.clock.advance(staleSeconds);
      expect(await stateOf(world)).toBe("denied");
    },
  });

  guarantee("frozen: denied by the first check after the thaw", {
    removed: [{ file: "consumer/gate-clock.ts", from: "state.behind ? projectedMs : wallMs", to: "state.readMs > 0 ? projectedMs : wallMs" }, { file: "consumer/gate-clock.ts", from: "const nowMs = now();", to: "const nowMs = state.glancedMs;" }],
    scenario: async (world) => {
      expect(await stateOf(world)).toBe("active");
      world.publish(revoked);
      world.clock.freeze(3_600);
      expect(await stateOf(world)).toBe("denied");
    },
  });

  guarantee("frozen while it was reading: a reading from before the freeze doesn't count after it", {
    removed: [
      { file: "consumer/create-gate.ts", from: "flight !== undefined && nowMs < lostAtMs(flight, parts)", to: "flight !== undefined" },
      { file: "consumer/create-gate.ts", from: "const waitsMax = 2;", to: "const waitsMax = 1;" },
    ],
    options: { timeoutMs: 30_000 },
    scenario: async (world) => {
      expect(await stateOf(world)).toBe("active");
      world.clock.advance(refreshSeconds);
      world.shelf.holdReadings();
      expect(await stateOf(world)).toBe("active");
      world.publish(revoked);
      world.clock.freeze(3_600);
      const afterTheThaw = world.gate.check(licenseId);
      world.shelf.hold?.();
      expect((await afterTheThaw).state).toBe("denied");
    },
  });

  guarantee("frozen while it waited for a reading: the reading is repeated", {
    removed: [{ file: "consumer/create-gate.ts", from: "const waitsMax = 2;", to: "const waitsMax = 1;" }],
    options: { timeoutMs: 30_000 },
    scenario: async (world) => {
      expect(await stateOf(world)).toBe("active");
      world.clock.advance(staleSeconds);
      world.shelf.holdReadings();
      const waiting = world.gate.check(licenseId);
      world.publish(revoked);
      world.clock.freeze(3_600);
      world.shelf.hold?.();
      expect((await waiting).state).toBe("denied");
    },
  });

  guarantee("frozen while it was reading: the timeout after the thaw doesn't count as an outage of the source", {
    removed: [{ file: "consumer/breaker.ts", from: "now() - startedAtMs > patienceMs", to: "false" }, readsOnce],
    scenario: async (world) => {
      expect(await stateOf(world)).toBe("active");
      world.clock.advance(refreshSeconds);
      world.shelf.mode = "hang";
      const second = world.gate.check("42");
      expect(await stateOf(world)).toBe("active");
      world.publish(revoked);
      world.clock.freeze(3_600);
      world.shelf.mode = "ok";
      await second;
      expect(await stateOf(world)).toBe("denied");
    },
  });

  guarantee("without an answering source: not active from its certificate's end on", {
    removed: [endsNever],
    scenario: async (world) => {
      world.publish({}, { ttlSeconds: 600 });
      expect(await stateOf(world)).toBe("active");
      world.publish(revoked);
      world.shelf.mode = "down";
      const lasted = await secondsUntil(world, notActive, { most: 3_600 });
      expect(lasted).toBe(600);
      expect(await world.gate.check(licenseId)).toMatchObject({ state: "unknown", code: "UNREACHABLE", license: null, allowed: true });
    },
  });

  guarantee("given an old certificate for ever: not active from that certificate's end on", {
    removed: [endsNever],
    scenario: async (world) => {
      world.publish({}, { ttlSeconds: 600 });
      expect(await secondsUntil(world, notActive, { most: 3_600 })).toBe(600);
      expect(await world.gate.check(licenseId)).toMatchObject({ state: "unknown", code: "CERTIFICATE_EXPIRED" });
    },
  });

  guarantee("without a certificate, deleted before it saw the denial: not active from the old certificate's end on", {
    removed: [endsNever],
    scenario: async (world) => {
      world.publish({}, { ttlSeconds: 600 });
      expect(await stateOf(world)).toBe("active");
      world.shelf.certificates.delete(licenseId);
      expect(await secondsUntil(world, notActive, { most: 3_600 })).toBe(600);
      expect(await world.gate.check(licenseId)).toMatchObject({ state: "unknown", code: "NOT_PUBLISHED", license: null });
    },
  });

  guarantee("given an old certificate after it saw the denial: never active again", {
    removed: [{ file: "consumer/admission.ts", from: 'evidence.claims.license.sequence < floorOf(highWater, isTrusted) ? "ROLLBACK" : undefined', to: "undefined && highWater && isTrusted" }],
    scenario: async (world) => {
      const old = world.shelf.certificates.get(licenseId) ?? "";
      world.publish(revoked);
      if ((await stateOf(world)) !== "denied") expect(await secondsUntil(world, denied, { most: 60 })).toBeLessThan(60);
      world.shelf.certificates.set(licenseId, old);
      expect(await secondsUntil(world, ({ state }) => state !== "denied", { most: 3_600 })).toBe(Infinity);
      expect((await world.gate.check(licenseId)).problem).toBe("ROLLBACK");
    },
  });

  guarantee("without its certificate after it saw the denial: never active, never unknown", {
    removed: [{ file: "consumer/reading.ts", from: "  if (text === undefined) {", to: "  if (text === undefined) {\n    entry.held = undefined;" }],
    scenario: async (world) => {
      expect(await stateOf(world)).toBe("active");
      world.publish(revoked);
      expect(await secondsUntil(world, denied, { most: 60 })).toBeLessThan(60);
      world.shelf.certificates.delete(licenseId);
      expect(await secondsUntil(world, ({ state }) => state !== "denied", { most: 2 * 86_400 / 100 })).toBe(Infinity);
      world.clock.advance(30 * 86_400);
      expect(await world.gate.check(licenseId)).toMatchObject({ state: "denied", code: "REVOKED", problem: "NOT_PUBLISHED" });
    },
  });

  guarantee("given another license's certificate, which decides nothing", {
    removed: [{ file: "certificate/verification.ts", from: 'if (claims.sub !== expected.licenseId) return rejected("subject", kid);', to: "" }],
    scenario: async (world) => {
      world.publish(revoked);
      if ((await stateOf(world)) !== "denied") expect(await secondsUntil(world, denied, { most: 60 })).toBeLessThan(60);
      // Sealed with this license's payload key, so that only the claims differ.
      const other = JSON.stringify({ ...claimsFor({ fingerprintRequired: false, sequence: 9 }), sub: "42" });
      world.shelf.certificates.set(licenseId, await signedByJose(await sealedByJose(other)));
      expect(await secondsUntil(world, ({ state }) => state !== "denied", { most: 60 })).toBe(Infinity);
      expect((await world.gate.check(licenseId)).problem).toBe("WRONG_LICENSE");
    },
  });

  guarantee("on a machine whose clock is set back: still denied within one refresh", {
    removed: [...goesBack],
    scenario: async (world) => {
      expect(await stateOf(world)).toBe("active");
      world.clock.set(-3_600);
      expect(await stateOf(world)).toBe("active");
      world.publish(revoked, { issuedAtMs: world.clock.now() + 3_600_000 });
      expect(await secondsUntil(world, denied, { most: 3_000 })).toBeLessThanOrEqual(refreshSeconds + stepSeconds);
    },
  });

  guarantee("on a machine whose clock is set back: an expired license stays expired", {
    removed: [...goesBack, { file: "consumer/answering.ts", from: "if (!(nowMs < entry.untilMs)) openWindow", to: "openWindow" }, { file: "consumer/create-gate.ts", from: "nowMs > 0 ?", to: "nowMs < 0 ?" }],
    scenario: async (world) => {
      world.publish({ expiresAt: new Date(world.clock.now() + 60_000).toISOString(), graceUntil: null });
      expect(await stateOf(world)).toBe("active");
      world.clock.advance(61);
      expect(await world.gate.check(licenseId)).toMatchObject({ state: "denied", code: "EXPIRED" });
      world.clock.set(-3_600);
      expect(await secondsUntil(world, ({ state }) => state !== "denied", { most: 60 })).toBe(Infinity);
    },
  });
});

describe("passing time", () => {
  guarantee("ends a license at the millisecond of its end, even though its decision is cached", {
    removed: [{ file: "consumer/answering.ts", from: "held === undefined ? Infinity : changesAtMs(held, nowMs)", to: "Infinity" }],
    scenario: async (world) => {
      const startMs = world.clock.now();
      const expiresAt = new Date(startMs + 2_345).toISOString();
      const graceUntil = new Date(startMs + 3_456).toISOString();
      world.publish({ expiresAt, graceUntil });
      const at = async (ms: number) => {
        world.clock.advance((startMs + ms - world.clock.now()) / 1000);
        return world.gate.check(licenseId);
      };
      expect(await at(0)).toMatchObject({ state: "active", code: "VALID", license: { status: "ACTIVATED" } });
      expect(await at(2_344)).toMatchObject({ state: "active", code: "VALID", license: { status: "ACTIVATED" } });
      expect(await at(2_345)).toMatchObject({ state: "active", code: "GRACE", license: { status: "EXPIRED" } });
      expect(await at(3_455)).toMatchObject({ state: "active", code: "GRACE" });
      expect(await at(3_456)).toMatchObject({ state: "denied", code: "EXPIRED" });
      expect(world.gate.stats()).toMatchObject({ verifications: 1 });
    },
  });

  test("starts a license at the millisecond of its start", async () => {
    const world = createWorld();
    const startMs = world.clock.now();
    world.publish({ startsAt: new Date(startMs + 1_500).toISOString() });
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "denied", code: "NOT_STARTED" });
    world.clock.advance(1.499);
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "denied", code: "NOT_STARTED" });
    world.clock.advance(0.001);
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "active", code: "VALID" });
  });

  test("isn't regained by setting the clock back within the window, again and again", async () => {
    const world = createWorld();
    await world.gate.check(licenseId);
    world.publish(revoked);
    let checks = 0;
    for (; checks < 100 && (await stateOf(world)) !== "denied"; checks += 1) {
      world.clock.advance(1);
      world.clock.set(-1);
      await stateOf(world);
      world.clock.set(-0.001);
      await settle();
    }
    expect(checks).toBeLessThanOrEqual(refreshSeconds + 1);
  });

  test("needs no correction any more once the clock is set forward again", async () => {
    const world = createWorld();
    await world.gate.check(licenseId);
    world.clock.set(-3_600);
    await world.gate.check(licenseId);
    world.clock.set(3_600);
    world.clock.advance(5);
    await world.gate.check(licenseId);
    await settle();
    expect((await world.gate.check(licenseId)).asOf).toEqual(new Date(world.clock.now()));
  });

  test.each([Number.NaN, Infinity, -Infinity])("is not read from a clock that answers %d", async (broken) => {
    const world = createWorld();
    const wall: { ms?: number } = {};
    const gate = createWorld({ now: () => wall.ms ?? world.clock.now(), elapsed: () => 0, source: world.shelf }).gate;
    expect(await gate.check(licenseId)).toMatchObject({ state: "active" });
    wall.ms = broken;
    expect(await gate.check(licenseId)).toMatchObject({ state: "active", staleForMs: 0 });
  });
});

describe("a denial", () => {
  test("by a suspension ends only with a newer certificate", async () => {
    const world = createWorld();
    world.publish({ status: "SUSPENDED", sequence: 8 });
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "denied", code: "SUSPENDED" });
    world.clock.advance(3 * 86_400);
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "denied", code: "SUSPENDED" });
    world.publish({ sequence: 7 });
    world.clock.advance(60);
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "denied", code: "SUSPENDED", problem: "ROLLBACK" });
    world.publish({ sequence: 9 });
    world.clock.advance(60);
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "active", problem: null });
  });

  test("is accepted with a wrong clock on either side, and a permission isn't", async () => {
    const ahead = createWorld();
    ahead.publish({ ...revoked }, { issuedAtMs: ahead.clock.now() + 7_200_000 });
    expect(await ahead.gate.check(licenseId)).toMatchObject({ state: "denied", code: "REVOKED" });
    const permits = createWorld();
    permits.publish({}, { issuedAtMs: permits.clock.now() + 7_200_000 });
    expect(await permits.gate.check(licenseId)).toMatchObject({ state: "unknown", code: "ISSUED_IN_FUTURE" });
    permits.clock.advance(7_200 - 60);
    expect(await permits.gate.check(licenseId)).toMatchObject({ state: "active" });
  });

  test.each([
    ["revoked", { status: "REVOKED" }, { state: "denied", code: "REVOKED" }],
    ["over", { expiresAt: "2026-11-23T11:00:00.000Z", graceUntil: "2026-11-23T12:00:00.000Z" }, { state: "denied", code: "EXPIRED" }],
    ["suspended", { status: "SUSPENDED" }, { state: "unknown", code: "CERTIFICATE_EXPIRED" }],
    ["permitted", {}, { state: "unknown", code: "CERTIFICATE_EXPIRED" }],
  ] as const)("in a certificate that had ended when it was first seen: %s", async (_name, license, expected) => {
    const world = createWorld();
    world.publish(license, { ttlSeconds: 60 });
    world.clock.advance(86_400);
    expect(await world.gate.check(licenseId)).toMatchObject(expected);
  });
});

describe("a key that is no longer trusted", () => {
  const jwksOf = (...keys: readonly (typeof otherKey)[]) => JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) });

  async function ringWorld() {
    const { signingKey } = await import("../support/certificate-fixture.ts");
    const served = { body: jwksOf(signingKey, otherKey), requests: 0 };
    const fetch = async () => {
      served.requests += 1;
      return new Response(served.body);
    };
    const world = createWorld({ trust: jwksTrust({ url: "https://licensing.example.test/jwks.json", refreshSeconds: 60, fetch }) });
    return { world, served, signingKey };
  }

  test("permits nothing after at most two refreshes of the ring, and its denials stay", async () => {
    const { world, served } = await ringWorld();
    world.publish({ id: "42", ...revoked });
    expect(await stateOf(world)).toBe("active");
    expect((await world.gate.check("42")).state).toBe("denied");
    served.body = jwksOf(otherKey);
    expect(await secondsUntil(world, notActive, { most: 3_600 })).toBeLessThanOrEqual(60 + 2 * refreshSeconds);
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "unknown", code: "KEY_UNKNOWN" });
    expect(await world.gate.check("42")).toMatchObject({ state: "denied", code: "REVOKED" });
  });

  test("loses its sequences: a thief's high sequence doesn't keep true certificates out", async () => {
    const { world, served } = await ringWorld();
    world.publish({ sequence: 8_000_000 });
    expect(await stateOf(world)).toBe("active");
    world.publish({ sequence: 8, status: "SUSPENDED" }, { signingKey: otherKey });
    world.clock.advance(60);
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "active", problem: "ROLLBACK" });
    served.body = jwksOf(otherKey);
    world.clock.advance(60);
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "denied", code: "SUSPENDED", problem: null });
    world.publish({ sequence: 7 }, { signingKey: otherKey });
    world.clock.advance(60);
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "denied", problem: "ROLLBACK" });
  });

  test("because the consumer's own list denies it is refused from the start", async () => {
    const { signingKey } = await import("../support/certificate-fixture.ts");
    const world = createWorld({ trust: { publicKeys: signingKey.publicPem, deniedKids: [signingKey.kid] } });
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "unknown", code: "KEY_DENIED" });
  });
});

describe("an older certificate", () => {
  test("of the same sequence changes nothing and isn't a fault", async () => {
    const world = createWorld();
    const older = world.shelf.certificates.get(licenseId) ?? "";
    world.clock.advance(10);
    world.publish();
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "active" });
    world.shelf.certificates.set(licenseId, older);
    world.clock.advance(60);
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "active", problem: null, staleForMs: 0 });
  });

  test("of the same sequence and key is accepted by a gate that never saw the newer one", async () => {
    const world = createWorld();
    world.shelf.certificates.set(licenseId, sealCertificate(claimsFor({ fingerprintRequired: false }), { signingKey: (await import("../support/certificate-fixture.ts")).signingKey, secret }));
    expect(await stateOf(world)).toBe("active");
    expect(certify({}, { issuedAtMs: world.clock.now() })).not.toBe("");
  });
});
