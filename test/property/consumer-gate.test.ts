import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { certificateProfile, licenseFileProfile } from "@licensing/core/certificate/envelope.ts";
import { verification } from "@licensing/core/certificate/verification.ts";
import type { Decision } from "@licensing/core/consumer/decision.ts";
import { engineNode } from "@licensing/core/consumer/engine-node.ts";
import { enginePortable } from "@licensing/core/consumer/engine-portable.ts";
import { assess } from "@licensing/core/license/assess.ts";
import { rawsOfPem } from "@licensing/core/keyring/pem.ts";
import { secret, signingKey } from "../support/certificate-fixture.ts";
import { gateWithout, type MakeGate } from "../unit/consumer-mutant.ts";
import { certify, createWorld, licenseId, nowMs, settle, type World } from "../unit/consumer-world.ts";
import "../support/seeded-properties.ts";

const staleMs = 60_000;

type Status = "ACTIVATED" | "SUSPENDED" | "REVOKED";
type Command =
  | { readonly do: "publish"; readonly status: Status; readonly ttlSeconds: number; readonly livesSeconds: number }
  | { readonly do: "replay"; readonly back: number }
  | { readonly do: "delete" | "heal" | "down" | "swap" }
  | { readonly do: "advance" | "freeze" | "set"; readonly seconds: number }
  | { readonly do: "check"; readonly times: number };

const seconds = fc.oneof(fc.constantFrom(1, 5, 60, 61, 600, 3_600), fc.integer({ min: 1, max: 100 }));
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("check" as const), times: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("advance" as const, "freeze" as const), seconds }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("publish" as const),
      status: fc.constantFrom<Status>("ACTIVATED", "ACTIVATED", "SUSPENDED", "REVOKED"),
      ttlSeconds: fc.constantFrom(60, 600, 86_400),
      livesSeconds: fc.constantFrom(30, 3_600, 10_000_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("set" as const), seconds: fc.integer({ min: -7_200, max: -1 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("replay" as const), back: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("delete" as const, "heal" as const, "down" as const, "swap" as const) }) },
);

/** A published certificate, by a clock that can't be set. */
type Published = { readonly text: string; readonly sequence: number; readonly permits: boolean; readonly atMs: number; readonly endsAtMs: number };

/** The true state beside the gate, with which its decisions are compared. */
type Truth = {
  readonly published: Published[];
  trueMs: number;
  /** The highest sequence by which the gate has denied. */
  deniedSequence: number;
  /** The instant since which the source has returned the newest certificate without a break; undefined while it doesn't. */
  honestSinceMs: number | undefined;
};

/** Throws an AssertionError for a decision that breaks a promise. */
function hold(truth: Truth, decision: Decision): void {
  expect(decision.allowed).toBe(decision.state !== "denied");
  expect(decision.license === null).toBe(decision.state === "unknown");
  const sequence = decision.license?.sequence ?? 0;
  if (decision.state === "denied") {
    truth.deniedSequence = Math.max(truth.deniedSequence, sequence);
  } else if (decision.state === "unknown") {
    const movedOn = truth.published.some((entry) => entry.sequence > truth.deniedSequence);
    expect(truth.deniedSequence === 0 || movedOn, "a denial faded").toBe(true);
  } else {
    const from = truth.published.find((entry) => entry.sequence === sequence);
    const newest = truth.published.at(-1);
    expect(from?.permits, "active by a certificate that doesn't permit it").toBe(true);
    expect(sequence, "revived").toBeGreaterThan(truth.deniedSequence);
    expect(truth.trueMs, "active past its end").toBeLessThan(from?.endsAtMs ?? 0);
    if (newest?.permits !== false || truth.honestSinceMs === undefined) return;
    expect(truth.trueMs - Math.max(newest.atMs, truth.honestSinceMs), "later than staleSeconds").toBeLessThan(staleMs);
  }
}

async function play(world: World, commands: readonly Command[]): Promise<void> {
  const truth: Truth = { published: [], trueMs: nowMs, deniedSequence: 0, honestSinceMs: nowMs };
  const honest = () => world.shelf.mode === "ok" && world.shelf.certificates.get(licenseId) === truth.published.at(-1)?.text;
  const step = (run: () => void) => {
    run();
    truth.honestSinceMs = honest() ? (truth.honestSinceMs ?? truth.trueMs) : undefined;
  };
  const publish = (status: Status, ttlSeconds: number, livesSeconds: number) => {
    const sequence = truth.published.length + 1;
    const graceUntilMs = truth.trueMs + livesSeconds * 1000;
    const expiresAt = new Date(graceUntilMs).toISOString();
    const text = certify({ sequence, status, fingerprintRequired: false, expiresAt, graceUntil: null }, { issuedAtMs: truth.trueMs, ttlSeconds });
    const endsAtMs = Math.min(truth.trueMs + ttlSeconds * 1000, graceUntilMs);
    truth.published.push({ text, sequence, permits: status === "ACTIVATED", atMs: truth.trueMs, endsAtMs });
    world.shelf.certificates.set(licenseId, text);
  };
  publish("ACTIVATED", 86_400, 10_000_000);

  for (const one of commands) {
    switch (one.do) {
      case "publish":
        step(() => publish(one.status, one.ttlSeconds, one.livesSeconds));
        break;
      case "replay": {
        const old = truth.published.at(-1 - one.back);
        if (old !== undefined) step(() => void world.shelf.certificates.set(licenseId, old.text));
        break;
      }
      case "delete":
        step(() => void world.shelf.certificates.delete(licenseId));
        break;
      case "swap":
        step(() => void world.shelf.certificates.set(licenseId, certify({ id: "42", fingerprintRequired: false }, { issuedAtMs: truth.trueMs })));
        break;
      case "down":
        step(() => void (world.shelf.mode = "down"));
        break;
      case "heal":
        step(() => {
          world.shelf.mode = "ok";
          world.shelf.certificates.set(licenseId, truth.published.at(-1)?.text ?? "");
        });
        break;
      case "advance":
      case "freeze":
        world.clock[one.do](one.seconds);
        truth.trueMs += one.seconds * 1000;
        break;
      case "set":
        world.clock.set(one.seconds);
        break;
      case "check":
        for (let time = 0; time < one.times; time += 1) hold(truth, await world.gate.check(licenseId));
        await settle();
        break;
      default:
        one satisfies never;
    }
  }
}

/** Sequences with a freeze or a clock set back, not both: such a clock can't tell the length of a freeze. */
function oneFault(commands: readonly Command[]): boolean {
  return !(commands.some((one) => one.do === "freeze") && commands.some((one) => one.do === "set"));
}

describe("under any sequence of events at the source, the clock and the process", () => {
  const commands = fc.array(command, { minLength: 5, maxLength: 40 }).filter(oneFault);

  test("no denial is revoked or forgotten, no license is active past its end, and no decision is older than staleSeconds", async () => {
    await fc.assert(fc.asyncProperty(commands, (sequence) => play(createWorld(), sequence)), { numRuns: 300 });
  });

  test.each([
    ["sequences", { file: "consumer/admission.ts", from: 'evidence.claims.license.sequence < floorOf(highWater, isTrusted) ? "ROLLBACK" : undefined', to: "undefined && highWater && isTrusted" }],
    ["the wait after staleSeconds", { file: "consumer/create-gate.ts", from: " || nowMs >= entry.settledAtMs + parts.settings.staleMs;", to: ";" }],
    ["certificates' ends", { file: "consumer/decide.ts", from: 'if (!(nowMs < held.endsAtMs)) return unknown(problem ?? "CERTIFICATE_EXPIRED");', to: "" }],
    ["denials that outlive their certificate", { file: "consumer/decide.ts", from: "if (!denies(held.state, nowMs)) {", to: "if (denies(held.state, nowMs) || held) {" }],
  ])("(control) without %s a promise is broken", async (_name, removal) => {
    const make: MakeGate = await gateWithout([removal]);
    const found = await fc.check(fc.asyncProperty(commands, (sequence) => play(createWorld({ make }), sequence)), { numRuns: 3_000, seed: 7, endOnFailure: true });
    expect(found.failed).toBe(true);
    expect(String(found.errorInstance)).toContain("AssertionError");
  });
});

describe("both runtimes", () => {
  const ring = new Map([[signingKey.kid, signingKey]]);
  const asked = { expected: { licenseId, ring, nowMs }, secrets: new Map([[secret.id, secret]]) };
  const good = certify({}, { issuedAtMs: nowMs });

  test("have the same verdict on any damaged certificate", async () => {
    const spoiled = fc.oneof(
      fc.tuple(fc.nat(good.length - 1), fc.constantFrom(..."AQgw0-_.=+ é")).map(([at, by]) => good.slice(0, at) + by + good.slice(at + 1)),
      fc.nat(good.length).map((length) => good.slice(0, length)),
      fc.tuple(fc.nat(good.length), fc.string()).map(([at, by]) => good.slice(0, at) + by + good.slice(at)),
      fc.string({ maxLength: 9_000 }),
    );
    await fc.assert(
      fc.asyncProperty(spoiled, async (text) => {
        for (const profile of [certificateProfile, licenseFileProfile]) {
          const verdict = verification(text, { ...asked, profile, cryptography: engineNode.cryptography });
          expect(await verification(text, { ...asked, profile, cryptography: enginePortable.cryptography })).toEqual(verdict);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("compute the same digest of a seat", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 300 }).filter((text) => text.isWellFormed()), async (fingerprint) => {
        expect(await enginePortable.seatDigest(licenseId, fingerprint)).toBe(engineNode.seatDigest(licenseId, fingerprint));
      }),
    );
  });

  const cctv: readonly { readonly key: string }[] = JSON.parse(readFileSync(new URL("../vectors/ed25519/cctv_ed25519vectors.json", import.meta.url), "utf8"));

  test("trust and refuse the same keys of the CCTV vectors", async () => {
    const keys = [...new Set(cctv.map(({ key }) => key))];
    expect(keys.length).toBe(22);
    let refused = 0;
    for (const key of keys) {
      const jwk = { kty: "OKP", crv: "Ed25519", x: Buffer.from(key, "hex").toString("base64url") };
      const pem = createPublicKey({ key: jwk, format: "jwk" }).export({ format: "pem", type: "spki" }).toString();
      const kidsOf = async ({ keysOf }: { readonly keysOf: (raws: readonly Uint8Array[]) => unknown }) => {
        try {
          return ((await keysOf(rawsOfPem(pem))) as { kid: string }[]).map(({ kid }) => kid);
        } catch (error) {
          return String(error);
        }
      };
      const native = await kidsOf(engineNode);
      expect(await kidsOf(enginePortable)).toEqual(native);
      if (typeof native === "string") refused += 1;
    }
    expect(refused).toBe(21);
  });
});

describe("the gate and the service", () => {
  test("assess any license and question alike at any time", async () => {
    const instant = fc.option(fc.integer({ min: -100, max: 100 }).map((hours) => new Date(nowMs + hours * 3_600_000).toISOString()));
    const licenses = fc.record({
      status: fc.constantFrom("ACTIVATED", "SUSPENDED", "EXPIRED", "REVOKED"),
      startsAt: instant,
      expiresAt: instant,
      fingerprintRequired: fc.boolean(),
      features: fc.dictionary(fc.constantFrom("sso", "export", "tier"), fc.constant(true as const)),
      seats: fc.subarray(["machine-0001", "machine-0002"]),
    });
    const questions = fc.record({ fingerprint: fc.constantFrom("machine-0001", "machine-0009"), features: fc.subarray(["sso", "export", "nope"]) }, { requiredKeys: ["features"] });
    await fc.assert(
      fc.asyncProperty(licenses, questions, fc.boolean(), async (license, question, portable) => {
        const world = createWorld({ portable });
        world.publish({ ...license, status: license.status as Status, graceUntil: null });
        const decision = await world.gate.check(licenseId, question);
        const { fingerprint } = question;
        const expiresAtMs = license.expiresAt === null ? null : Date.parse(license.expiresAt);
        const seat = fingerprint === undefined ? "not-asked" : license.seats.includes(fingerprint) ? "held" : "none";
        const state = {
          status: license.status as Status,
          startsAtMs: license.startsAt === null ? null : Date.parse(license.startsAt),
          expiresAtMs,
          graceUntilMs: expiresAtMs,
          maintenanceUntilMs: null,
          fingerprintRequired: license.fingerprintRequired,
          features: license.features,
        };
        const assessment = assess(state, { seat, features: question.features }, nowMs);
        expect(decision.code).toBe(assessment.code);
        expect(decision.state).toBe(assessment.valid ? "active" : "denied");
        // And once more from the gate's cache.
        expect(await world.gate.check(licenseId, question)).toEqual(decision);
      }),
      { numRuns: 200 },
    );
  });
});
