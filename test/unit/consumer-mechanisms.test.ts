import { describe, expect, test } from "vitest";
import { otherKey } from "../support/certificate-fixture.ts";
import type { Removal } from "./module-without.ts";
import { gateWithout } from "./consumer-mutant.ts";
import { createWorld, licenseId, settle, type World } from "./consumer-world.ts";

const oneFlight: Removal = {
  file: "consumer/create-gate.ts",
  from: "if (isUnderWay && settings.isShared) return flight;",
  to: "",
};
const comparesTexts: Removal = { file: "consumer/reading.ts", from: "if (text === entry.held?.text) return {};", to: "" };
const remembersRefusal: Removal = { file: "consumer/reading.ts", from: "if (refused?.under === under", to: "if (refused?.under === parts" };

/** A promised count; without its mechanism the count is another one. */
type Counted = { readonly name: string; readonly removed: readonly Removal[]; readonly count: (world: World) => Promise<number>; readonly promised: number };

const counted: readonly Counted[] = [
  {
    name: "a thousand first checks of one license at once make one reading",
    removed: [oneFlight],
    promised: 1,
    count: async (world) => {
      const decisions = await Promise.all(Array.from({ length: 1_000 }, async () => world.gate.check(licenseId)));
      expect(new Set(decisions.map(({ state }) => state))).toEqual(new Set(["active"]));
      return world.shelf.reads.length;
    },
  },
  {
    name: "fifty refreshes that find the same certificate verify nothing",
    removed: [comparesTexts],
    promised: 0,
    count: async (world) => {
      await world.gate.check(licenseId);
      const before = world.gate.stats();
      for (let round = 0; round < 50; round += 1) {
        world.clock.advance(5);
        expect(await world.gate.check(licenseId)).toMatchObject({ state: "active" });
        await settle();
      }
      const after = world.gate.stats();
      expect(after.reads - before.reads).toBe(50);
      return after.verifications - before.verifications;
    },
  },
  {
    name: "a refused text is verified once, however often it is read",
    removed: [remembersRefusal],
    promised: 1,
    count: async (world) => {
      world.publish({}, { signingKey: otherKey });
      for (let round = 0; round < 10; round += 1) {
        expect(await world.gate.check(licenseId)).toMatchObject({ code: "KEY_UNKNOWN" });
        world.clock.advance(5);
      }
      return world.gate.stats().verifications;
    },
  },
];

describe("exact counts:", () => {
  test.each(counted)("$name", async ({ count, promised }) => expect(await count(createWorld())).toBe(promised));

  test.each(counted)("(control) $name: another count without the mechanism", async ({ removed, count, promised }) => {
    expect(await count(createWorld({ make: await gateWithout(removed) }))).toBeGreaterThan(promised);
  });
});

type Cause = { readonly name: string; readonly code: string; readonly spoil: (world: World) => unknown; readonly removed: Removal };

const flip = (world: World): void => {
  const text = world.shelf.certificates.get(licenseId) ?? "";
  world.shelf.certificates.set(licenseId, `${text.slice(0, 600)}${text[600] === "A" ? "B" : "A"}${text.slice(601)}`);
};

/** The five causes that an operator must tell apart, each with the line of code that detects it. */
const causes: readonly Cause[] = [
  {
    name: "the key was deleted",
    code: "NOT_PUBLISHED",
    spoil: (world) => world.shelf.certificates.delete(licenseId),
    removed: { file: "consumer/reading.ts", from: '{ problem: "NOT_PUBLISHED" };', to: '{ problem: "UNREACHABLE" };' },
  },
  {
    name: "Redis is down",
    code: "UNREACHABLE",
    spoil: (world) => (world.shelf.mode = "down"),
    removed: { file: "consumer/reading.ts", from: "return { ok: false, ...failureOf(error), givenUp: abort.signal.reason === givenUp };", to: "void error; return { ok: true, reading: { certificate: undefined } };" },
  },
  {
    name: "a byte is flipped",
    code: "BAD_SIGNATURE",
    spoil: flip,
    removed: { file: "certificate/verification.ts", from: "if (good !== true) return rejected", to: "if (good === undefined) return rejected" },
  },
  {
    name: "the key is wrong",
    code: "KEY_UNKNOWN",
    spoil: (world) => world.publish({}, { signingKey: otherKey }),
    removed: { file: "certificate/verification.ts", from: "const key = expected.ring.get(kid);", to: "const key = [...expected.ring.values()][0];" },
  },
  {
    name: "the clock is behind",
    code: "ISSUED_IN_FUTURE",
    spoil: (world) => world.publish({}, { issuedAtMs: world.clock.now() + 61_000 }),
    removed: { file: "consumer/admission.ts", from: 'if (!denied && !(evidence.issuedAtMs <= nowMs + skewMs)) return "ISSUED_IN_FUTURE";', to: "" },
  },
];

describe("five causes have five codes:", () => {
  const codeOf = async (world: World, spoil: Cause["spoil"]) => {
    spoil(world);
    return (await world.gate.check(licenseId)).code;
  };

  test("all different", () => expect(new Set(causes.map(({ code }) => code)).size).toBe(5));

  test.each(causes)("$name: $code", async ({ spoil, code }) => expect(await codeOf(createWorld(), spoil)).toBe(code));

  test.each(causes)("(control) $name: another code without the line that detects it", async ({ spoil, code, removed }) => {
    const make = await gateWithout([removed]);
    expect((await createWorld({ make }).gate.check(licenseId)).state).toBe("active");
    expect(await codeOf(createWorld({ make }), spoil)).not.toBe(code);
  });
});
