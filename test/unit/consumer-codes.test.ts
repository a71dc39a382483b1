import { describe, expect, test } from "vitest";
import { parseSecret } from "@licensing/core/keyring/secret.ts";
import { sealCertificate } from "@licensing/core/certificate/seal.ts";
import { writeLicenseFile } from "@licensing/core/certificate/license-file.ts";
import type { Decision } from "@licensing/core/consumer/decision.ts";
import { jwksTrust } from "@licensing/core/consumer/jwks.ts";
import { claimsFor, otherKey, sealedByJose, secret, signedByJose, signingKey } from "../support/certificate-fixture.ts";
import { createWorld, licenseId, settle, type World, type WorldOptions } from "./consumer-world.ts";

type Spoil = (world: World) => unknown;

const holding = (text: string): Spoil => (world) => world.shelf.certificates.set(licenseId, text);
const flipped = (text: string, at: number): string => `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`;
const claims = claimsFor({ fingerprintRequired: false });

async function codeOf(world: World): Promise<Decision["code"]> {
  const decision = await world.gate.check(licenseId);
  expect(decision).toMatchObject({ state: "unknown", license: null, allowed: true });
  return decision.code;
}

describe("each cause has its own code:", () => {
  const causes: readonly (readonly [string, Spoil, Decision["code"]])[] = [
    ["the key was deleted", (world) => world.shelf.certificates.delete(licenseId), "NOT_PUBLISHED"],
    ["the source is down", (world) => (world.shelf.mode = "down"), "UNREACHABLE"],
    ["the source never answers", (world) => (world.shelf.mode = "hang"), "UNREACHABLE"],
    ["a byte of the payload flipped", (world) => holding(flipped(world.shelf.certificates.get(licenseId) ?? "", 600))(world), "BAD_SIGNATURE"],
    ["a byte of the signature flipped", (world) => holding(flipped(world.shelf.certificates.get(licenseId) ?? "", (world.shelf.certificates.get(licenseId) ?? "").length - 40))(world), "BAD_SIGNATURE"],
    ["a key signed it that isn't trusted", (world) => world.publish({}, { signingKey: otherKey }), "KEY_UNKNOWN"],
    ["the clock is behind", (world) => world.publish({}, { issuedAtMs: world.clock.now() + 61_000 }), "ISSUED_IN_FUTURE"],
    ["the source refuses the credential", (world) => (world.shelf.mode = "forbidden"), "FORBIDDEN"],
    ["it isn't a certificate", holding("hello"), "MALFORMED"],
    ["it is a license file", holding(writeLicenseFile(claims, signingKey)), "MALFORMED"],
    ["it was sealed under another secret", holding(sealCertificate(claims, { signingKey, secret: parseSecret("33".repeat(32)) })), "SECRET_UNKNOWN"],
    ["it is another license's", holding(sealCertificate({ ...claims, sub: "42" }, { signingKey, secret })), "NOT_DECRYPTABLE"],
    ["another issuer made it", holding(sealCertificate({ ...claims, iss: "https://other.example.test" }, { signingKey, secret })), "WRONG_ISSUER"],
    ["it is for another audience", holding(sealCertificate({ ...claims, aud: "staging" }, { signingKey, secret })), "WRONG_AUDIENCE"],
    ["it has ended", (world) => world.clock.advance(86_400), "CERTIFICATE_EXPIRED"],
  ];

  test.each(causes)("%s: %3$s", async (_name, spoil, code) => {
    const world = createWorld();
    spoil(world);
    expect(await codeOf(world)).toBe(code);
    const fields = code === "UNREACHABLE" ? { code } : { licenseId, code };
    expect(world.logged).toEqual([{ message: "Failed to verify license certificate", fields: expect.objectContaining(fields) }]);
    world.clock.advance(5);
    await world.gate.check(licenseId);
    expect(world.logged, "once, as long as it lasts").toHaveLength(1);
  });

  test.each(causes)("%s: the certificate accepted before still decides, and `problem` names the cause", async (_name, spoil, code) => {
    const world = createWorld();
    world.publish({}, { ttlSeconds: 10 * 86_400 });
    await world.gate.check(licenseId);
    spoil(world);
    world.clock.advance(61);
    const problem = code === "CERTIFICATE_EXPIRED" ? null : code === "ISSUED_IN_FUTURE" ? null : code;
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "active", code: "VALID", problem });
  });

  test("claims about another license under this license's payload key: WRONG_LICENSE", async () => {
    const world = createWorld();
    holding(await signedByJose(await sealedByJose(JSON.stringify({ ...claims, sub: "42" }))))(world);
    expect(await codeOf(world)).toBe("WRONG_LICENSE");
  });

  test("a signature by a trusted key under another key's kid: BAD_SIGNATURE", async () => {
    const world = createWorld({ trust: { publicKeys: `${signingKey.publicPem}\n${otherKey.publicPem}` } });
    const [header = "", payload = ""] = (world.shelf.certificates.get(licenseId) ?? "").split(".");
    const foreign = sealCertificate(claims, { signingKey: otherKey, secret }).split(".")[2] ?? "";
    holding(`${header}.${payload}.${foreign}`)(world);
    expect(await codeOf(world)).toBe("BAD_SIGNATURE");
  });

  test("the five causes that an operator must tell apart have five codes", () => {
    const five = causes.filter(([name]) => /deleted|is down|payload flipped|isn't trusted|clock/.test(name)).map(([, , code]) => code);
    expect(new Set(five).size).toBe(5);
    expect(five).toHaveLength(5);
  });

  test("every flipped byte of a certificate is refused on both runtimes, with the code of its segment", async () => {
    const text = createWorld().shelf.certificates.get(licenseId) ?? "";
    const kidEnds = text.indexOf(".");
    const code = async (at: number, portable: boolean) => {
      const world = createWorld({ portable });
      holding(flipped(text, at))(world);
      return codeOf(world);
    };
    for (let at = 0; at < text.length; at += 37) {
      const found = await code(at, false);
      const allowed = at <= kidEnds ? ["MALFORMED", "KEY_UNKNOWN"] : ["MALFORMED", "BAD_SIGNATURE"];
      expect(allowed).toContain(found);
      expect(await code(at, true)).toBe(found);
    }
  });
});

describe("an unknown license", () => {
  const unknown = (options: WorldOptions) => {
    const world = createWorld(options);
    world.shelf.mode = "down";
    return world;
  };

  test("is let through by default, as the old middleware did, with license null and a code", async () => {
    expect(await unknown({}).gate.check(licenseId)).toMatchObject({ state: "unknown", allowed: true, license: null, code: "UNREACHABLE" });
  });

  test("is refused with onUnknown: deny", async () => {
    expect(await unknown({ onUnknown: "deny" }).gate.check(licenseId)).toMatchObject({ state: "unknown", allowed: false, license: null });
    expect(await unknown({ onUnknown: "deny" }).gate.check(undefined)).toMatchObject({ code: "LICENSE_ID_INVALID", allowed: false });
  });

  test("is let through for onUnknown's grace, to the millisecond, from its first check", async () => {
    const world = unknown({ onUnknown: { graceSeconds: 7.5 } });
    expect(await world.gate.check(licenseId)).toMatchObject({ allowed: true });
    world.clock.advance(7.499);
    expect(await world.gate.check(licenseId)).toMatchObject({ allowed: true });
    world.clock.advance(0.001);
    expect(await world.gate.check(licenseId)).toMatchObject({ allowed: false });
    world.shelf.mode = "ok";
    world.clock.advance(5);
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "active", allowed: true });
  });

  test("is let through for onUnknown's grace from the end of its last certificate, and again after the next one", async () => {
    const world = createWorld({ onUnknown: { graceSeconds: 100 } });
    const outage = async () => {
      world.publish({}, { ttlSeconds: 600 });
      world.clock.advance(60);
      expect(await world.gate.check(licenseId)).toMatchObject({ state: "active" });
      world.shelf.mode = "down";
      world.clock.advance(639.999);
      expect(await world.gate.check(licenseId)).toMatchObject({ state: "unknown", allowed: true });
      world.clock.advance(0.001);
      expect(await world.gate.check(licenseId)).toMatchObject({ state: "unknown", allowed: false });
      world.shelf.mode = "ok";
    };
    await outage();
    await outage();
  });

  const outages: readonly (readonly [string, Decision["code"], (at: { world: World; isOut: boolean }) => void])[] = [
    ["the source is down", "UNREACHABLE", ({ world, isOut }) => void (world.shelf.mode = isOut ? "down" : "ok")],
    ["the source refuses the credential", "FORBIDDEN", ({ world, isOut }) => void (world.shelf.mode = isOut ? "forbidden" : "ok")],
    ["the key set can't be loaded", "KEYS_UNREACHABLE", () => undefined],
  ];

  test.each(outages)("has no grace after the outage's first graceSeconds, however many others are asked about: %s", async (_name, code, set) => {
    const at = { isOut: true };
    const fetch = async () => (at.isOut ? new Response(null, { status: 503 }) : Response.json({ keys: [signingKey.publicJwk] }));
    const trust = code === "KEYS_UNREACHABLE" ? { trust: jwksTrust({ url: "https://licensing.example.test/jwks.json", cooldownSeconds: 0, staleIfErrorSeconds: 1, refreshSeconds: 1, fetch }) } : {};
    const world = createWorld({ onUnknown: { graceSeconds: 30 }, missesMax: 3, ...trust });
    /** Ten licenses that were never read. */
    const outage = async (first: number) => {
      const ids = Array.from({ length: 10 }, (_, index) => String(first + index));
      for (const id of ids) world.publish({ id });
      const told = async () => {
        const decisions = [];
        for (const id of ids) decisions.push(await world.gate.check(id));
        return new Set(decisions.map((decision) => `${decision.code} ${decision.allowed}`));
      };
      at.isOut = true;
      set({ world, ...at });
      expect(await told()).toEqual(new Set([`${code} true`]));
      world.clock.advance(29.999);
      expect(await told()).toEqual(new Set([`${code} true`]));
      world.clock.advance(0.001);
      expect(await told()).toEqual(new Set([`${code} false`]));
      world.clock.advance(1_000);
      expect(await told()).toEqual(new Set([`${code} false`]));
      at.isOut = false;
      set({ world, ...at });
      world.clock.advance(5);
      expect(await world.gate.check(licenseId)).toMatchObject({ state: "active" });
    };
    await outage(1_000);
    world.clock.advance(5);
    await outage(2_000);
  });

  test("is let through for the whole grace from the end of its certificate, also if the outage began before", async () => {
    const world = createWorld({ onUnknown: { graceSeconds: 100 } });
    world.publish({}, { ttlSeconds: 600 });
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "active" });
    world.shelf.mode = "down";
    for (let round = 0; round < 10; round += 1) {
      world.clock.advance(60);
      await world.gate.check(licenseId);
    }
    world.clock.advance(99.999);
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "unknown", allowed: true });
    world.clock.advance(0.001);
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "unknown", allowed: false });
  });

  test("because a fingerprint isn't listed has a grace of its own", async () => {
    const world = createWorld({ onUnknown: { graceSeconds: 30 } });
    world.publish({ seats: Array.from({ length: 301 }, (_, index) => `machine-${index}`), activationLimit: null });
    const ask = { fingerprint: "machine-300" };
    expect(await world.gate.check(licenseId, ask)).toMatchObject({ code: "SEATS_NOT_LISTED", allowed: true });
    world.clock.advance(30);
    expect(await world.gate.check(licenseId, ask)).toMatchObject({ code: "SEATS_NOT_LISTED", allowed: false });
    expect(await world.gate.check(licenseId, { fingerprint: "machine-1" })).toMatchObject({ state: "active" });
  });

  test("that was denied before is never let through by a grace", async () => {
    const world = createWorld({ onUnknown: { graceSeconds: 3_600 } });
    world.publish({ status: "SUSPENDED", sequence: 8 });
    await world.gate.check(licenseId);
    world.shelf.certificates.delete(licenseId);
    world.clock.advance(60);
    expect(await world.gate.check(licenseId)).toMatchObject({ state: "denied", allowed: false });
  });
});

describe("while the source is down", () => {
  async function waited(world: World, id: string): Promise<boolean> {
    const answer = world.gate.check(id);
    await answer;
    return answer instanceof Promise;
  }

  test.each(["down", "hang"] as const)("(%s) one check waits in each window, for any license, and one request is made", async (mode) => {
    const world = createWorld();
    world.shelf.mode = mode;
    for (let window = 1; window <= 5; window += 1) {
      let waits = 0;
      for (let index = 0; index < 50; index += 1) if (await waited(world, String(1_000 + index))) waits += 1;
      expect(waits).toBe(1);
      expect(world.shelf.reads).toHaveLength(window);
      world.clock.advance(5);
    }
  });

  test("no check waits for a license that was read before, and a thousand checks make one request a window", async () => {
    const world = createWorld();
    await world.gate.check(licenseId);
    world.shelf.mode = "down";
    for (let window = 1; window <= 20; window += 1) {
      world.clock.advance(5);
      for (let index = 0; index < 1_000; index += 1) expect(world.gate.check(licenseId)).not.toBeInstanceOf(Promise);
      await settle();
      // The first failure may be of kept connections that died, so it is repeated twice.
      expect(world.shelf.reads).toHaveLength(3 + window);
    }
    expect(world.gate.check(licenseId)).toMatchObject({ state: "active", problem: "UNREACHABLE", staleForMs: 100_000 });
  });

  test("the outage is reported once, and the next outage again", async () => {
    const world = createWorld();
    await world.gate.check(licenseId);
    const codes = () => world.logged.map(({ fields }) => fields["code"]);
    const rounds = async (mode: World["shelf"]["mode"]) => {
      world.shelf.mode = mode;
      for (let round = 0; round < 5; round += 1) {
        world.clock.advance(5);
        await world.gate.check(licenseId);
        await settle();
      }
    };
    await rounds("down");
    expect(codes()).toEqual(["UNREACHABLE"]);
    await rounds("ok");
    expect(codes()).toEqual(["UNREACHABLE"]);
    await rounds("down");
    expect(codes()).toEqual(["UNREACHABLE", "UNREACHABLE"]);
    expect(JSON.stringify(world.logged)).not.toMatch(/ECONNREFUSED|secret/);
  });

  test("in the next window one check asks, the others wait for its result and then ask for themselves", async () => {
    const world = createWorld({ timeoutMs: 30_000 });
    world.shelf.mode = "down";
    await world.gate.check(licenseId);
    world.shelf.mode = "ok";
    world.clock.advance(5);
    const ids = ["1001", "1002", "1003"];
    for (const id of ids) world.publish({ id });
    world.shelf.holdReadings();
    const answers = Promise.all([licenseId, ...ids].map(async (id) => world.gate.check(id)));
    await settle();
    expect(world.shelf.reads).toEqual([licenseId, licenseId]);
    world.shelf.hold?.();
    expect((await answers).map(({ state }) => state)).toEqual(["active", "active", "active", "active"]);
    expect(world.shelf.reads).toEqual([licenseId, licenseId, ...ids]);
  });

  test("one license that can't be read doesn't stop the others", async () => {
    const world = createWorld();
    const source = {
      format: "certificate" as const,
      read: async (id: string, options: { signal: AbortSignal }) => {
        if (id === "13") throw Object.assign(new Error("source"), { name: "SourceError", code: "MALFORMED" });
        return world.shelf.read(id, options);
      },
    };
    const { gate } = createWorld({ source });
    expect(await gate.check("13")).toMatchObject({ code: "MALFORMED" });
    expect(await gate.check(licenseId)).toMatchObject({ state: "active" });
  });

  test.each([
    ["throws a value that isn't an error", () => Promise.reject("nope")],
    ["throws at once", () => { throw new TypeError("bug"); }],
    ["answers a number", async () => 42 as never],
    ["answers an object", async () => ({}) as never],
    ["answers null", async () => null as never],
  ])("a source that %s makes no check throw", async (_name, read) => {
    const { gate } = createWorld({ source: { format: "certificate", read } });
    expect(await gate.check(licenseId)).toMatchObject({ state: "unknown", allowed: true });
  });

  test("a logger that throws changes no decision", async () => {
    const world = createWorld({ logger: { warn: () => { throw new Error("disk full"); } } });
    world.shelf.mode = "forbidden";
    expect(await world.gate.check(licenseId)).toMatchObject({ code: "FORBIDDEN" });
  });
});
