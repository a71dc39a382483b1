import { describe, expect, test } from "vitest";
import { jwksTrust, type JwksOptions } from "@licensing/core/consumer/jwks.ts";
import { startKeySetServer } from "../support/key-set-server.ts";
import { otherKey, signingKey, signingKeyOf } from "../support/certificate-fixture.ts";
import { createWorld, licenseId, settle } from "../unit/consumer-world.ts";
import { patient } from "../support/slowness.ts";

async function ring(changes: Partial<JwksOptions> = {}, keys: readonly unknown[] = [signingKey.publicJwk], portable = false) {
  const server = await startKeySetServer(keys);
  const world = createWorld({ portable, trust: jwksTrust({ url: server.url, timeoutMs: patient(2_000), ...changes }), timeoutMs: Math.min(30_000, patient(5_000)) });
  const serve = (...published: readonly unknown[]) => (server.answer = { status: 200, body: JSON.stringify({ keys: published }) });
  const check = async () => world.gate.check(licenseId);
  return { server, world, serve, check };
}

describe("a key set", () => {
  test.each([
    ["url", undefined],
    ["url", "https://licensing.example.test/jwks.json"],
    ["url", { jwks: "https://licensing.example.test/jwks.json" }],
    ["url", { url: "/jwks.json" }],
    ["refreshSeconds", { url: "https://licensing.example.test/jwks.json", refreshSeconds: "often" }],
    ["cooldownSeconds", { url: "https://licensing.example.test/jwks.json", cooldownSeconds: -1 }],
    ["staleIfErrorSeconds", { url: "https://licensing.example.test/jwks.json", staleIfErrorSeconds: Number.NaN }],
    ["timeoutMs", { url: "https://licensing.example.test/jwks.json", timeoutMs: 0 }],
  ])("with an impossible option is refused, and the error names the option %s: %j", (name, options) => {
    expect(() => jwksTrust(options as never)).toThrow(new RegExp(`^${name}: `));
  });

  test.each([false, true])("is loaded once for all licenses and kept for a minute (portable: %s)", async (portable) => {
    const { server, world } = await ring({}, [signingKey.publicJwk], portable);
    const ids = Array.from({ length: portable ? 10 : 1_000 }, (_, index) => String(5_000 + index));
    for (const id of ids) world.publish({ id });
    const decisions = await Promise.all(ids.map(async (id) => world.gate.check(id)));
    expect(new Set(decisions.map(({ state }) => state))).toEqual(new Set(["active"]));
    world.clock.advance(59);
    await world.gate.check("5000");
    await settle();
    expect(server.requests).toBe(1);
    world.clock.advance(60);
    await world.gate.check("5000");
    expect(server.requests).toBe(2);
  });

  test("is loaded again for an unknown key, and a certificate that this key signed is then trusted at once", async () => {
    const { server, world, serve, check } = await ring();
    await check();
    world.clock.advance(30);
    serve(signingKey.publicJwk, otherKey.publicJwk);
    world.publish({ id: "42" }, { signingKey: otherKey });
    expect(await world.gate.check("42")).toMatchObject({ state: "active" });
    expect(server.requests).toBe(2);
  });

  test("is loaded at most once in its cooldown, even for a thousand unknown keys", async () => {
    const { server, world } = await ring();
    await world.gate.check(licenseId);
    const strangers = [11, 12, 13, 14, 15].map((seed) => signingKeyOf(seed));
    const flood = async () => {
      for (let index = 0; index < 1_000; index += 1) {
        const id = String(9_000 + index);
        const by = strangers[index % strangers.length];
        world.publish({ id }, by === undefined ? {} : { signingKey: by });
        expect(await world.gate.check(id)).toMatchObject({ code: "KEY_UNKNOWN" });
      }
    };
    await flood();
    expect(server.requests).toBe(1);
    world.clock.advance(30);
    await flood();
    expect(server.requests).toBe(2);
  });

  test("that can no longer be loaded is used for staleIfErrorSeconds; then no license is active, and a denied one stays denied", async () => {
    const { server, world, check } = await ring({ staleIfErrorSeconds: 86_400 });
    world.publish({}, { ttlSeconds: 30 * 86_400 });
    world.publish({ id: "42", status: "REVOKED" });
    expect(await check()).toMatchObject({ state: "active" });
    expect(await world.gate.check("42")).toMatchObject({ state: "denied" });
    server.answer = { status: 500, body: "" };
    world.clock.advance(86_399);
    expect(await check()).toMatchObject({ state: "active" });
    world.clock.advance(61);
    expect(await check()).toMatchObject({ state: "unknown", code: "KEYS_UNREACHABLE" });
    expect(await world.gate.check("42")).toMatchObject({ state: "denied", code: "REVOKED" });
    expect(world.logged.filter(({ fields }) => fields["code"] === "KEYS_UNREACHABLE").length).toBe(1);
  });

  test("that can't be loaded again is requested at most once in each cooldown", async () => {
    const { server, world, check } = await ring();
    await check();
    server.answer = { status: 500, body: "" };
    for (let second = 0; second < 300; second += 5) {
      world.clock.advance(5);
      await check();
      for (let turn = 0; turn < 20; turn += 1) await settle();
    }
    // The set is fresh for the first minute. Afterwards each cooldown of 30 seconds allows one load.
    expect(server.requests).toBeLessThanOrEqual(1 + 1 + 240 / 30);
    expect(server.requests).toBeGreaterThan(2);
  });

  test("that was never loaded leaves every license unknown, as KEYS_UNREACHABLE", async () => {
    const { server, world, check } = await ring();
    server.answer = { status: 404, body: "" };
    expect(await check()).toMatchObject({ state: "unknown", code: "KEYS_UNREACHABLE" });
    expect(world.gate.stats()).toMatchObject({ verifications: 0 });
  });

  test.each([
    ["garbage", 200, "<html>"],
    ["no key set", 200, "[]"],
    ["too long", 200, JSON.stringify({ keys: ["x".repeat(70_000)] })],
    ["a redirect", 302, ""],
  ])("whose response is %s counts as unreachable", async (_name, status, body) => {
    const { server, check } = await ring();
    server.answer = { status, body, headers: { location: "http://127.0.0.1:1/" } };
    expect(await check()).toMatchObject({ code: "KEYS_UNREACHABLE" });
  });

  test("whose server never answers counts as unreachable after one timeout", async () => {
    const { server, check } = await ring({ timeoutMs: 20 });
    server.answer = "hang";
    expect(await check()).toMatchObject({ code: "KEYS_UNREACHABLE" });
  });

  test("pinned to kids trusts no other published key", async () => {
    const both = [signingKey.publicJwk, otherKey.publicJwk];
    const { world, check } = await ring({ pinnedKids: [signingKey.kid] }, both);
    world.publish({ id: "42" }, { signingKey: otherKey });
    expect(await check()).toMatchObject({ state: "active" });
    expect(await world.gate.check("42")).toMatchObject({ code: "KEY_UNKNOWN" });
  });

  test("doesn't make a key trusted that this consumer denies", async () => {
    const { check } = await ring({ deniedKids: [signingKey.kid] });
    expect(await check()).toMatchObject({ code: "KEY_DENIED" });
  });
});
