import { describe, expect, test } from "vitest";
import { isKeptAlive } from "@licensing/core/consumer/lifetime.ts";
import { jwksTrust } from "@licensing/core/consumer/jwks.ts";
import type { Removal } from "./module-without.ts";
import { gateWithout } from "./consumer-mutant.ts";
import { createWorld, licenseId, settle, signingKey, type World, type WorldOptions } from "./consumer-world.ts";

const suspended = { status: "SUSPENDED", sequence: 8 } as const;

/** A request whose `waitUntil` collects the work handed to it in `kept`. */
function request() {
  const kept: Promise<unknown>[] = [];
  return { kept, lifetime: { waitUntil: (work: Promise<unknown>) => void kept.push(work) } };
}

const world = (options: WorldOptions = {}) => createWorld({ io: "request", timeoutMs: 30_000, ...options });

async function begun(options: WorldOptions = {}): Promise<World> {
  const made = world(options);
  expect(await made.gate.check(licenseId)).toMatchObject({ state: "active" });
  made.publish(suspended);
  return made;
}

type Guarantee = { readonly name: string; readonly removed: Removal; readonly story: (options: WorldOptions) => Promise<unknown>; readonly promised: unknown };

const guarantees: readonly Guarantee[] = [
  {
    name: "a check that must wait never waits for another request's reading, which may have been cut off",
    removed: { file: "consumer/create-gate.ts", from: "if (isUnderWay && settings.isShared) return flight;", to: "if (isUnderWay) return flight;" },
    story: async (options) => {
      const { gate, shelf } = world(options);
      shelf.holdReadings();
      // A reading that was cut off never ends.
      void gate.check(licenseId);
      const release = shelf.hold;
      const second = gate.check(licenseId);
      const reads = shelf.reads.length;
      release?.();
      return [reads, (await second).state];
    },
    promised: [2, "active"],
  },
  {
    name: "without waitUntil the check that finds a refresh due waits for the refresh",
    removed: { file: "consumer/create-gate.ts", from: "return flight.isHandedOver || parts.settings.isShared;", to: "return true;" },
    story: async (options) => {
      const { gate, clock } = await begun(options);
      clock.advance(5);
      return (await gate.check(licenseId)).code;
    },
    promised: "SUSPENDED",
  },
  {
    name: "with waitUntil the check that finds a refresh due is answered at once, and hands the refresh to waitUntil",
    removed: { file: "consumer/create-gate.ts", from: "isKeptAlive(flight.done, [lifetime, parts.options, parts.engine])", to: "false" },
    story: async (options) => {
      const { gate, clock } = await begun(options);
      clock.advance(5);
      const { kept, lifetime } = request();
      const first = gate.check(licenseId, undefined, lifetime);
      const waited = first instanceof Promise;
      await Promise.all(kept);
      return [waited, kept.length, (await gate.check(licenseId)).code];
    },
    promised: [false, 1, "SUSPENDED"],
  },
  {
    name: "a refresh that was cut off is begun anew after refreshSeconds",
    removed: { file: "consumer/answering.ts", from: "settings.isShared ? settings.staleMs : settings.refreshMs", to: "settings.staleMs" },
    story: async (options) => {
      const { gate, clock, shelf } = await begun(options);
      clock.advance(5);
      shelf.holdReadings();
      const { lifetime } = request();
      void gate.check(licenseId, undefined, lifetime);
      const { hold } = shelf;
      shelf.holdReadings();
      shelf.hold?.();
      clock.advance(5);
      const later = await gate.check(licenseId);
      hold?.();
      return later.code;
    },
    promised: "SUSPENDED",
  },
  {
    name: "while a source is down no check waits for the one check that tries the source",
    removed: { file: "consumer/breaker.ts", from: "if (isShared) await probe.done;", to: "if (probe) await probe.done;" },
    story: async (options) => {
      const { gate, clock, shelf } = world({ ...options, timeoutMs: 30_000 });
      shelf.mode = "down";
      await gate.check(licenseId);
      clock.advance(5);
      shelf.mode = "hang";
      void gate.check("42");
      const other = await Promise.race([gate.check("43"), settle().then(() => ({ code: "waits" }))]);
      return [other.code, shelf.reads.length];
    },
    promised: ["UNREACHABLE", 2],
  },
];

describe("on a platform where I/O belongs to a request:", () => {
  test.each(guarantees)("$name", async ({ story, promised }) => expect(await story({})).toEqual(promised));

  test.each(guarantees)("(control) $name: broken without the mechanism", async ({ removed, story, promised }) => {
    const make = await gateWithout([removed]);
    const found = await Promise.race([story({ make }), settle().then(settle).then(() => "never answered")]);
    expect(found).not.toEqual(promised);
  });

  test("each of two requests loads the key set, and neither waits for the other's load", async () => {
    const answers: ((response: Response) => void)[] = [];
    const fetch = async () => new Promise<Response>((resolve) => answers.push(resolve));
    const { gate } = world({ trust: jwksTrust({ url: "https://licensing.example.test/jwks.json", fetch, timeoutMs: 30_000 }) });
    const first = gate.check(licenseId);
    void gate.check("42");
    await settle();
    expect(answers).toHaveLength(2);
    answers[0]?.(new Response(JSON.stringify({ keys: [signingKey.publicJwk] })));
    expect(await first).toMatchObject({ state: "active" });
  });

  test("close aborts no reading, and the check that waits for a reading is answered", async () => {
    const { gate, shelf } = world();
    shelf.holdReadings();
    const waiting = gate.check(licenseId);
    gate.close();
    shelf.hold?.();
    expect(await waiting).toMatchObject({ state: "active" });
  });

  test("an elapsed clock that shows 0 before the first request, as on Workers, doesn't move the gate's time ahead", async () => {
    const clock = { inRequest: false };
    const { gate, clock: wall } = world({ elapsed: () => (clock.inRequest ? Date.now() : 0) });
    expect(gate.checkNow(licenseId)).toMatchObject({ code: "NOT_READ" });
    await settle();
    clock.inRequest = true;
    wall.advance(5);
    expect(await gate.check(licenseId)).toMatchObject({ state: "active", staleForMs: 0 });
  });
});

describe("waitUntil", () => {
  const work = Promise.resolve();

  test("is called on the first of the given lifetimes that accepts the work, and on no later one", () => {
    const taken: string[] = [];
    const taking = (name: string) => ({ waitUntil: () => taken.push(name) });
    const throwing = { waitUntil: () => { throw new Error("outside of a request"); } };
    expect(isKeptAlive(work, [undefined, {}, throwing, taking("third"), taking("fourth")])).toBe(true);
    expect(taken).toEqual(["third"]);
    expect(isKeptAlive(work, [undefined, throwing])).toBe(false);
  });

  test.each(["vercel", "next"])("is found where %s puts it", (name) => {
    const key = Symbol.for(`@${name}/request-context`);
    const kept: unknown[] = [];
    Object.assign(globalThis, { [key]: { get: () => ({ waitUntil: (given: unknown) => kept.push(given) }) } });
    expect(isKeptAlive(work, [])).toBe(true);
    expect(kept).toEqual([work]);
    Reflect.deleteProperty(globalThis, key);
    expect(isKeptAlive(work, [])).toBe(false);
  });

  test("keeps a refresh alive in a process that may be frozen", async () => {
    const { kept, lifetime } = request();
    const { gate, clock } = createWorld({ waitUntil: lifetime.waitUntil });
    await gate.check(licenseId);
    clock.advance(5);
    expect(gate.check(licenseId)).not.toBeInstanceOf(Promise);
    expect(gate.check(licenseId)).not.toBeInstanceOf(Promise);
    expect(kept).toHaveLength(1);
  });
});
