import { describe, expect, test } from "vitest";
import type { Decision } from "@licensing/core/consumer/decision.ts";
import { fileSource } from "@licensing/core/consumer/file.ts";
import { httpSource } from "@licensing/core/consumer/http.ts";
import { jwksTrust } from "@licensing/core/consumer/jwks.ts";
import { redisSource } from "@licensing/core/consumer/redis.ts";
import { upstashSource } from "@licensing/core/consumer/upstash.ts";
import { withinMs } from "@licensing/core/consumer/within.ts";
import { createWorld, licenseId, nowMs, settle, type World } from "./consumer-world.ts";

async function decisionOf({ gate }: World, ask?: Parameters<World["gate"]["check"]>[1], id = licenseId): Promise<Decision> {
  return gate.check(id, ask);
}

function sync(decision: Decision | Promise<Decision>): Decision {
  if (decision instanceof Promise) throw new Error("waited");
  return decision;
}

describe.each([["by node:crypto", false], ["by noble and WebCrypto", true]])("a check %s", (_name, portable) => {
  test("waits for the first reading, then answers at once with the whole decision", async () => {
    const world = createWorld({ portable });
    const first = world.gate.check(licenseId);
    expect(first).toBeInstanceOf(Promise);
    expect(await first).toEqual({
      state: "active",
      allowed: true,
      code: "VALID",
      license: {
        id: licenseId,
        sequence: 7,
        status: "ACTIVATED",
        policy: "professional",
        holder: { type: "organization", id: "acme" },
        features: { sso: true, "projects-max": 25, tier: "gold" },
        activationLimit: 5,
        startsAt: "2026-01-01T00:00:00.000Z",
        expiresAt: "2027-01-01T00:00:00.000Z",
        graceUntil: "2027-01-08T00:00:00.000Z", maintenanceUntil: "2026-12-01T00:00:00.000Z",
      },
      asOf: new Date(nowMs),
      staleForMs: 0,
      problem: null,
    });
    world.clock.advance(4);
    expect(sync(world.gate.check(licenseId))).toMatchObject({ state: "active", staleForMs: 4_000 });
    expect(world.gate.stats()).toEqual({ reads: 1, verifications: 1, licenses: 1, misses: 0 });
  });

  test("decides about a fingerprint's seat and the features in the service's order", async () => {
    const world = createWorld({ portable });
    world.publish({ fingerprintRequired: true });
    const code = async (ask?: Parameters<World["gate"]["check"]>[1]) => (await decisionOf(world, ask)).code;
    expect(await code()).toBe("FINGERPRINT_REQUIRED");
    expect(await code({ fingerprint: "machine-0001" })).toBe("VALID");
    expect(await code({ fingerprint: "machine-0003" })).toBe("NOT_ACTIVATED");
    expect(await code({ fingerprint: "machine-0003", features: ["nope"] })).toBe("FEATURES_MISSING");
    expect(await code({ fingerprint: "machine-0001", features: ["sso", "tier"] })).toBe("VALID");
    expect(await code({ fingerprint: "machine-0001", features: ["sso", "toString"] })).toBe("FEATURES_MISSING");
    expect(await code({ features: ["nope"] })).toBe("FINGERPRINT_REQUIRED");
    const [covered, tooNew] = ["2026-12-01T01:00:00+01:00", "2026-12-01T00:00:00.001Z"];
    expect(await code({ releasedAt: tooNew })).toBe("FINGERPRINT_REQUIRED");
    expect(await code({ fingerprint: "machine-0001", releasedAt: covered })).toBe("VALID");
    expect(await code({ fingerprint: "machine-0001", releasedAt: covered, features: ["nope"] })).toBe("FEATURES_MISSING");
    expect(await code({ fingerprint: "machine-0003", features: ["nope"], releasedAt: tooNew })).toBe("MAINTENANCE_ENDED");
    expect(await code({ fingerprint: "machine-0001", features: ["sso"], releasedAt: tooNew })).toBe("MAINTENANCE_ENDED");
    expect(await code({ fingerprint: "x".repeat(5_000) })).toBe("NOT_ACTIVATED");
    // Each again, from the gate's cache.
    expect(sync(world.gate.check(licenseId, { fingerprint: "machine-0001" })).code).toBe("VALID");
    expect(sync(world.gate.check(licenseId, { fingerprint: "machine-0003" })).code).toBe("NOT_ACTIVATED");
    expect(sync(world.gate.check(licenseId, { fingerprint: "machine-0001", releasedAt: covered, features: ["sso"] })).code).toBe("VALID");
    expect(sync(world.gate.check(licenseId, { fingerprint: "machine-0001", releasedAt: tooNew })).code).toBe("MAINTENANCE_ENDED");
    expect(sync(world.gate.check(licenseId, { fingerprint: "machine-0001", features: ["nope"] })).code).toBe("FEATURES_MISSING");
    expect(world.gate.stats()).toMatchObject({ reads: 1, verifications: 1 });
  });

  test("is unknown for a fingerprint that a truncated list doesn't name", async () => {
    const world = createWorld({ portable });
    world.publish({ seats: Array.from({ length: 301 }, (_, index) => `machine-${index}`), activationLimit: null });
    expect(await decisionOf(world, { fingerprint: "machine-3" })).toMatchObject({ state: "active" });
    expect(await decisionOf(world, { fingerprint: "machine-300" })).toMatchObject({ state: "unknown", code: "SEATS_NOT_LISTED", license: null, allowed: true });
  });
});

describe("requests and verifications:", () => {
  test("a thousand warm checks make no request and verify nothing", async () => {
    const world = createWorld();
    await decisionOf(world);
    const before = world.gate.stats();
    for (let index = 0; index < 1_000; index += 1) expect(sync(world.gate.check(licenseId)).state).toBe("active");
    await settle();
    expect(world.gate.stats()).toEqual(before);
    expect(world.shelf.reads).toHaveLength(1);
  });

  test("a thousand first checks at once make one request and verify once", async () => {
    const world = createWorld();
    const decisions = await Promise.all(Array.from({ length: 1_000 }, () => decisionOf(world)));
    expect(new Set(decisions.map(({ state }) => state))).toEqual(new Set(["active"]));
    expect(world.shelf.reads).toHaveLength(1);
    expect(world.gate.stats()).toMatchObject({ reads: 1, verifications: 1 });
  });

  test("a refresh that finds the same certificate verifies nothing", async () => {
    const world = createWorld();
    await decisionOf(world);
    for (let round = 1; round <= 50; round += 1) {
      world.clock.advance(5);
      expect(sync(world.gate.check(licenseId)).state).toBe("active");
      await settle();
      expect(world.gate.stats()).toMatchObject({ reads: 1 + round, verifications: 1 });
      expect(sync(world.gate.check(licenseId)).staleForMs).toBe(0);
    }
  });

  test("checks during a refresh make no request of their own, and none of them waits", async () => {
    const world = createWorld();
    await decisionOf(world);
    world.clock.advance(5);
    world.shelf.holdReadings();
    for (let index = 0; index < 100; index += 1) expect(sync(world.gate.check(licenseId)).state).toBe("active");
    expect(world.shelf.reads).toHaveLength(2);
    world.shelf.hold?.();
    await settle();
    expect(sync(world.gate.check(licenseId)).staleForMs).toBe(0);
    expect(world.shelf.reads).toHaveLength(2);
  });

  test("a refused text is verified once, however often it is read", async () => {
    const world = createWorld();
    const text = world.shelf.certificates.get(licenseId) ?? "";
    world.shelf.certificates.set(licenseId, `${text.slice(0, -20)}${text.at(-20) === "A" ? "B" : "A"}${text.slice(-19)}`);
    for (let round = 0; round < 5; round += 1) {
      expect(await decisionOf(world)).toMatchObject({ state: "unknown", code: "BAD_SIGNATURE" });
      world.clock.advance(5);
    }
    expect(world.gate.stats()).toMatchObject({ reads: 5, verifications: 1 });
  });
});

describe("input:", () => {
  test.each([undefined, "", "0", "01", "-1", "1e3", "abc", "../../etc/passwd", "1".repeat(20), "__proto__", "1\n", "１"])(
    "the license id %j is refused without a reading",
    async (id) => {
      const world = createWorld();
      expect(sync(world.gate.check(id))).toMatchObject({ state: "denied", code: "LICENSE_ID_INVALID", license: null, allowed: false });
      expect(sync(world.gate.checkNow(id))).toMatchObject({ code: "LICENSE_ID_INVALID" });
      expect(world.shelf.reads).toEqual([]);
    },
  );

  test.each([
    ["refreshSeconds", { refreshSeconds: 0 }],
    ["refreshSeconds", { refreshSeconds: Number.NaN }],
    ["staleSeconds", { staleSeconds: 4 }],
    ["timeoutMs", { timeoutMs: 0 }],
    ["licensesMax", { licensesMax: 0 }],
    ["skewSeconds", { skewSeconds: -1 }],
    ["onUnknown", { onUnknown: "maybe" as never }],
    ["onUnknown.graceSeconds", { onUnknown: { graceSeconds: -1 } }],
    ["audience", { audience: "" }],
    ["applicationSecret", { applicationSecret: undefined }],
    ["source", { source: undefined as never }],
    ["source", { source: "https://licensing.example.test" as never }],
    ["trust", { trust: undefined as never }],
    ["trust", { trust: { jwks: "https://licensing.example.test/jwks.json" } as never }],
    ["trust", { trust: (() => undefined) as never }],
  ])("an impossible option is refused by its name: %s", (name, options) => {
    expect(() => createWorld(options)).toThrow(name);
  });

  test("an unknown option is refused by its name", () => {
    const misspelt: object = { onUnkown: "deny" };
    expect(() => createWorld({ ...misspelt })).toThrow("onUnkown: isn't an option");
  });

  test("a malformed list of denied keys is refused, not ignored", () => {
    const misspelt: object = { deniedkids: ["x"] };
    expect(() => createWorld({ trust: { publicKeys: "", ...misspelt } })).toThrow("deniedkids: isn't an option");
    expect(() => jwksTrust({ url: "https://licensing.example.test/jwks.json", ...misspelt })).toThrow("deniedkids: isn't an option");
  });

  test.each<[string, () => unknown]>([
    ["url", () => upstashSource({ url: "", token: "t" })],
    ["url", () => upstashSource({ url: "ftp://redis.example.test", token: "t" })],
    ["token", () => upstashSource({ url: "https://redis.example.test", token: "" })],
    ["retries", () => upstashSource({ url: "https://redis.example.test", token: "t", ...{ retries: 3 } })],
    ["url", () => httpSource({ url: undefined as never, credential: "LIC-1" })],
    ["credential", () => httpSource({ url: "https://licensing.example.test", credential: "" })],
    ["retries", () => httpSource({ url: "https://licensing.example.test", credential: () => "", ...{ retries: 3 } })],
    ["path", () => fileSource({} as never)],
    ["text", () => fileSource({ text: "" })],
    ["file", () => fileSource({ path: "a", ...{ file: "a" } })],
    ["client", () => redisSource(undefined as never)],
    ["client", () => redisSource({} as never)],
  ])("a source's missing setting is refused by its name, and isn't an outage: %s", (name, make) => {
    expect(make).toThrow(new RegExp(`^${name}: `));
  });

  test.each([false, true])("malformed keys are refused at once, by an error without their text (portable: %s)", (portable) => {
    expect(() => createWorld({ portable, trust: { publicKeys: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----" } })).toThrow("trust.publicKeys: block 1");
    expect(() => createWorld({ portable, trust: { publicKeys: undefined as never } })).toThrow("trust.publicKeys: no \"-----BEGIN PUBLIC KEY-----\" block");
    expect(() => createWorld({ portable, applicationSecret: "hunter2" })).toThrow(/^applicationSecret: (?!.*hunter2)/);
    expect(() => createWorld({ portable, trust: "hunter2" as never })).toThrow(/^(?!.*hunter2)/);
  });
});

describe("a caller can't change", () => {
  test("the answers to others", async () => {
    const world = createWorld();
    const { license } = await decisionOf(world);
    expect(() => Object.assign(license?.features ?? {}, { gold: true })).toThrow(TypeError);
    expect(() => Object.assign(license ?? {}, { status: "REVOKED" })).toThrow(TypeError);
    expect(() => Object.assign(license?.holder ?? {}, { id: "other" })).toThrow(TypeError);
    Object.assign(await decisionOf(world), { state: "denied" });
    expect(await decisionOf(world)).toMatchObject({ state: "active" });
  });
});

describe("the gate's entries are bounded:", () => {
  const idOf = (index: number) => String(1_000 + index);

  test("the license that was read longest ago is forgotten first", async () => {
    const world = createWorld({ licensesMax: 10 });
    for (let index = 0; index < 25; index += 1) {
      world.publish({ id: idOf(index) });
      expect(await decisionOf(world, undefined, idOf(index))).toMatchObject({ state: "active" });
    }
    expect(world.gate.stats()).toMatchObject({ licenses: 10, misses: 0 });
    sync(world.gate.check(idOf(24)));
    expect(world.gate.check(idOf(0))).toBeInstanceOf(Promise);
  });

  test("asking for thousands of absent licenses forgets no denial", async () => {
    const world = createWorld({ licensesMax: 10, missesMax: 20 });
    world.publish({ status: "REVOKED", sequence: 8 });
    expect(await decisionOf(world)).toMatchObject({ state: "denied", code: "REVOKED" });
    world.shelf.certificates.delete(licenseId);
    for (let index = 0; index < 2_000; index += 1) await decisionOf(world, undefined, idOf(index));
    expect(world.gate.stats()).toMatchObject({ licenses: 1, misses: 20 });
    expect(await decisionOf(world)).toMatchObject({ state: "denied", code: "REVOKED" });
  });

  test("thousands of fingerprints leave the answers right", async () => {
    const world = createWorld();
    for (let index = 0; index < 2_000; index += 1) {
      expect(await decisionOf(world, { fingerprint: `stranger-${index}` })).toMatchObject({ code: "NOT_ACTIVATED" });
    }
    expect(await decisionOf(world, { fingerprint: "machine-0001" })).toMatchObject({ code: "VALID" });
  });
});

describe("checkNow", () => {
  test("never waits: its first answer is unknown, and a later one decides", async () => {
    const world = createWorld();
    expect(world.gate.checkNow(licenseId)).toMatchObject({ state: "unknown", code: "NOT_READ" });
    await settle();
    expect(world.gate.checkNow(licenseId)).toMatchObject({ state: "active" });
    expect(world.shelf.reads).toHaveLength(1);
  });
});

describe("close", () => {
  test("ends readings under way and begins none; cached licenses are still decided", async () => {
    const world = createWorld();
    await decisionOf(world);
    world.shelf.mode = "hang";
    const waiting = world.gate.check("42");
    world.gate.close();
    expect(await waiting).toMatchObject({ state: "unknown", code: "UNREACHABLE" });
    world.clock.advance(3_600);
    expect(sync(world.gate.check(licenseId))).toMatchObject({ state: "active", staleForMs: 3_600_000 });
    expect(sync(world.gate.check("43"))).toMatchObject({ state: "unknown", code: "CLOSED" });
    expect(world.shelf.reads).toEqual([licenseId, "42"]);
    expect(world.logged).toEqual([]);
  });
});

test("a reading that throws at once leaves no unhandled rejection", async () => {
  const unheard: unknown[] = [];
  const hear = (reason: unknown) => void unheard.push(reason);
  process.on("unhandledRejection", hear);
  const abort = new AbortController();
  const reading = withinMs(1_000, abort, () => {
    throw new Error("at once");
  });
  await expect(reading).rejects.toThrow("at once");
  abort.abort();
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", hear);
  expect(unheard).toEqual([]);
});
