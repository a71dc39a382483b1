import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { cooldownMs, findTokenKey, freshMs, requireTokenKeys, retryMs, staleMsMax } from "@licensing/core/access/jwks.store.ts";
import { readTokenKeys } from "@licensing/core/access/token-key.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import { ProblemError } from "@licensing/core/problem/problem.ts";
import { startKeySetServer } from "../support/key-set-server.ts";
import { createTokenKey, issuer, audience } from "../support/token-issuer.ts";

const [first, second] = [createTokenKey("first"), createTokenKey("second")];
const server = await startKeySetServer([]);
const clock = { nowMs: 0 };
const keySet = (...keys: readonly unknown[]) => ({ status: 200, body: JSON.stringify({ keys }) });
const broken = { status: 500, body: "" };

function createWorld() {
  const environment = { APP_ENV_IDENTITY_JWKS_URL: server.url, APP_ENV_IDENTITY_ISSUER: issuer, APP_ENV_IDENTITY_AUDIENCE: audience };
  const runtime = createRuntime({ environment, now: () => new Date(clock.nowMs), print: () => undefined });
  return {
    close: () => runtime.transport.close(),
    /** Whether readiness passes. */
    isReady: () => requireTokenKeys(runtime).then(() => true, () => false),
    /** `key`, `none` (no such key: 401) or `unavailable` (503). */
    ask: (kid: string) =>
      findTokenKey(runtime, kid).then(
        (key) => (key === undefined ? "none" : "key"),
        (error: unknown) => (error instanceof ProblemError && error.problem.code === "dependency-unavailable" ? "unavailable" : error),
      ),
  };
}

let world: ReturnType<typeof createWorld>;
beforeEach(() => {
  clock.nowMs = Date.UTC(2026, 10, 23);
  server.requests = 0;
  server.answer = keySet(first.publicJwk);
  world = createWorld();
});
afterEach(() => world.close());

describe("while no key was ever fetched, a failing provider is 503, not 401:", () => {
  test.each<[string, typeof server.answer]>([
    ["500", broken],
    ["HTML", { status: 200, body: "<html></html>" }],
    ["JSON that isn't a key set", { status: 200, body: "[]" }],
    ["keys that aren't a list", { status: 200, body: '{"keys":{}}' }],
    ["a redirect", { status: 302, body: "", headers: { location: "/elsewhere" } }],
    ["10 MB", { status: 200, body: JSON.stringify({ keys: [], pad: "x".repeat(10_000_000) }) }],
    ["no answer", "hang"],
  ])("%s", async (_, answer) => {
    server.answer = answer;
    expect(await world.ask("first")).toBe("unavailable");
    expect(server.requests).toBe(1);
  });
  test("it is asked again after retryMs, and not by every request", async () => {
    server.answer = broken;
    await world.ask("first");
    await world.ask("first");
    expect(server.requests).toBe(1);
    server.answer = keySet(first.publicJwk);
    clock.nowMs += retryMs;
    expect(await world.ask("first")).toBe("key");
  });
  test("a request that waited for an earlier request's fetch fetches again if that one fails", async () => {
    server.answer = "hang";
    const earlier = world.ask("first");
    clock.nowMs += retryMs;
    const asked = world.ask("first");
    await vi.waitFor(() => expect(server.requests).toBe(1));
    server.answer = keySet(first.publicJwk);
    expect([await earlier, await asked]).toEqual(["unavailable", "key"]);
  });
  test("but a provider that answers without that key is 401", async () => {
    server.answer = keySet();
    expect(await world.ask("first")).toBe("none");
  });
});

describe("fetched keys stay in use", () => {
  test("without another fetch while they are fresh", async () => {
    for (let count = 0; count < 100; count += 1) expect(await world.ask("first")).toBe("key");
    clock.nowMs += freshMs - 1;
    expect(await world.ask("first")).toBe("key");
    expect(server.requests).toBe(1);
  });
  test("while the provider is away, for a day", async () => {
    await world.ask("first");
    server.answer = broken;
    clock.nowMs += staleMsMax - 1;
    expect(await world.ask("first")).toBe("key");
    clock.nowMs += retryMs;
    expect(await world.ask("first")).toBe("unavailable");
  });
  test("if the provider suddenly has none", async () => {
    await world.ask("first");
    server.answer = keySet();
    clock.nowMs += freshMs;
    expect(await world.ask("first")).toBe("key");
  });
  test("while an unknown kid is 503 because the provider is away", async () => {
    await world.ask("first");
    server.answer = broken;
    clock.nowMs += cooldownMs;
    expect(await world.ask("second")).toBe("unavailable");
    expect(await world.ask("first")).toBe("key");
  });
});

describe("readiness", () => {
  test("passes while the keys are fresh, without a fetch", async () => {
    await world.ask("first");
    expect(await world.isReady()).toBe(true);
    expect(server.requests).toBe(1);
  });
  test("fails while the provider is away, even with old keys in use, and passes after the next fetch", async () => {
    await world.ask("first");
    server.answer = broken;
    clock.nowMs += freshMs;
    expect([await world.isReady(), await world.ask("first")]).toEqual([false, "key"]);
    server.answer = keySet(first.publicJwk);
    expect(await world.isReady()).toBe(false);
    clock.nowMs += retryMs;
    expect(await world.isReady()).toBe(true);
    expect(server.requests).toBe(3);
  });
  test("fails after an unknown kid found the provider away, even with fresh keys", async () => {
    await world.ask("first");
    server.answer = broken;
    clock.nowMs += cooldownMs;
    await world.ask("second");
    expect([await world.isReady(), await world.ask("first")]).toEqual([false, "key"]);
  });
  test("fails without a key", async () => {
    server.answer = keySet();
    expect(await world.isReady()).toBe(false);
  });
});

describe("if the provider rotates its keys,", () => {
  test("a new key is accepted after the cooldown at the latest", async () => {
    await world.ask("first");
    server.answer = keySet(first.publicJwk, second.publicJwk);
    clock.nowMs += cooldownMs;
    expect(await world.ask("second")).toBe("key");
  });
  test("a removed key is refused once the set is no longer fresh", async () => {
    await world.ask("first");
    server.answer = keySet(second.publicJwk);
    clock.nowMs += freshMs;
    expect(await world.ask("first")).toBe("none");
  });
});

describe("the provider is asked once", () => {
  test("in a cooldown for a thousand unknown kids", async () => {
    await world.ask("first");
    for (let count = 0; count < 1_000; count += 1) expect(await world.ask(`unknown-${count}`)).toBe("none");
    expect(server.requests).toBe(1);
    clock.nowMs += cooldownMs;
    for (let count = 0; count < 1_000; count += 1) expect(await world.ask(`unknown-${count}`)).toBe("none");
    expect(server.requests).toBe(2);
  });
  test("for fifty cold requests at once", async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => world.ask("first")));
    expect(new Set(answers)).toEqual(new Set(["key"]));
    expect(server.requests).toBe(1);
  });
});

describe("of a key set only public P-256 signature keys are used:", () => {
  const jwk = first.publicJwk;
  const kids = (...keys: readonly unknown[]) => [...(readTokenKeys({ keys }, ["ES256"])?.keys() ?? [])];
  test("the plain one", () => expect(kids(jwk)).toEqual(["first"]));
  test("one without use and alg", () => expect(kids({ ...jwk, use: undefined, alg: undefined })).toEqual(["first"]));
  test("one for verifying", () => expect(kids({ ...jwk, key_ops: ["verify"] })).toEqual(["first"]));
  test.each<[string, Readonly<Record<string, unknown>>]>([
    ["a symmetric key", { kty: "oct", k: "AAAA", kid: "first" }],
    ["an RSA key", { kty: "RSA", n: "AQAB", e: "AQAB", kid: "first" }],
    ["another curve", { ...jwk, crv: "P-384" }],
    ["an Ed25519 key", { kty: "OKP", crv: "Ed25519", x: jwk["x"], kid: "first" }],
    ["a private key", { ...jwk, d: jwk["x"] }],
    ["a key for encryption", { ...jwk, use: "enc" }],
    ["a key for another algorithm", { ...jwk, alg: "ES512" }],
    ["a key for signing only", { ...jwk, key_ops: ["sign"] }],
    ["a key without kid", { ...jwk, kid: undefined }],
    ["a kid that is a number", { ...jwk, kid: 1 }],
    ["a kid without end", { ...jwk, kid: "x".repeat(257) }],
    ["a point that is not on the curve", { ...jwk, y: jwk["x"] }],
    ["the point (0, 0)", { ...jwk, x: "A".repeat(43), y: "A".repeat(43) }],
    ["a short coordinate", { ...jwk, x: String(jwk["x"]).slice(1) }],
    ["a padded coordinate", { ...jwk, x: `${String(jwk["x"])}=` }],
  ])("not %s", (_, other) => expect(kids(other, { ...jwk, kid: "good" })).toEqual(["good"]));
  test("no key whose kid another key has, too", () => {
    expect(kids(jwk, { ...second.publicJwk, kid: "first" }, second.publicJwk)).toEqual(["second"]);
  });
  test.each([[null], [42], ["x"], [{}], [{ keys: null }], [{ keys: [1] }], [[]]])("%j isn't a key set", (document) => expect(readTokenKeys(document, ["ES256"])).toBeUndefined());
});
