import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import type { Gate } from "@licensing/core/consumer/engine.ts";
import type { Removal } from "./module-without.ts";
import { gateWithout } from "./consumer-mutant.ts";
import { createWorld, licenseId, settle, type WorldOptions } from "./consumer-world.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** The bytes that `work` leaves in use. V8 keeps long texts outside its heap. */
async function bytesKeptBy(work: () => Promise<unknown>): Promise<number> {
  const used = async (): Promise<number> => {
    // Memory outside the heap is freed one turn after its owner was collected.
    for (let time = 0; time < 3; time += 1) {
      collectGarbage();
      await settle();
    }
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = await used();
  // The result stays referenced, so that it isn't collected before it is measured.
  const result = await work();
  const after = await used();
  expect(result).toBeDefined();
  return after - before;
}

const megabyte = 1_000_000;
/** A text in memory of its own; the same index gives the same text. */
const bulk = (index: number, bytes: number): string => Buffer.alloc(bytes, `${index}.`).toString("latin1");
/** A text cut out of a request, as a caller would: it keeps the whole request in memory. */
const cutOut = (text: string, index: number): string => `${text}${bulk(index, megabyte)}`.replace("x", "y").slice(0, text.length);

type Keeping = { readonly name: string; readonly removed: Removal; readonly options?: WorldOptions; readonly ask: (gate: Gate, index: number) => unknown };

/** Each is done 60 times with a value of a megabyte or more. */
const keepings: readonly Keeping[] = [
  {
    name: "of values of 8 MB that a source returns",
    removed: { file: "consumer/reading.ts", from: "if (text === entry.held?.text) return {};", to: "Object.assign(entry, { text });" },
    options: { source: { format: "certificate", read: async (id) => bulk(Number(id), 8 * megabyte) } },
    ask: async (gate, index) => gate.check(String(1_000 + index)),
  },
  {
    name: "of the request from which a made-up license id was cut",
    removed: { file: "consumer/question.ts", from: "const own = String(BigInt(licenseId));", to: "const own = licenseId;" },
    ask: async (gate, index) => gate.check(cutOut(String(7_300_000_000_000_100_000n + BigInt(index)), index)),
  },
  {
    name: "of the request from which a made-up fingerprint was cut",
    removed: { file: "consumer/question.ts", from: "return JSON.parse(JSON.stringify(text)) as string;", to: "return text;" },
    ask: async (gate, index) => gate.check(licenseId, { fingerprint: cutOut(`machine-without-a-seat-${1_000 + index}`, index) }),
  },
];

describe("a gate keeps no memory", () => {
  const times = 60;
  const keptBy = async ({ ask }: Keeping, gate: Gate) => {
    await gate.check(licenseId);
    return bytesKeptBy(async () => {
      for (let index = 0; index < times; index += 1) await ask(gate, index);
      return gate;
    });
  };

  test.each(keepings)("$name", async (keeping) => {
    expect(await keptBy(keeping, createWorld(keeping.options).gate)).toBeLessThan(2 * megabyte);
  });

  test.each(keepings)("(control) $name: it does without the mechanism", async (keeping) => {
    const make = await gateWithout([keeping.removed]);
    expect(await keptBy(keeping, createWorld({ ...keeping.options, make }).gate)).toBeGreaterThan((times - 1) * megabyte);
  });
});

const throwing = (): never => {
  throw new Error("hostile");
};
const trap = (target: object): object => new Proxy(target, { get: throwing, has: throwing, ownKeys: throwing, getPrototypeOf: throwing, getOwnPropertyDescriptor: throwing });
const revoked = (target: object): object => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};
const cyclic: { features: unknown[] } = { features: [] };
cyclic.features.push(cyclic);
const endless = Object.assign(["sso"], { *[Symbol.iterator]() { for (;;) yield "sso"; } });

const values: readonly (readonly [string, unknown])[] = [
  ["undefined", undefined],
  ["null", null],
  ["a number", 7],
  ["a bigint", 7n],
  ["a symbol", Symbol("7")],
  ["a function", throwing],
  ["an empty text", ""],
  ["a text of 8 MB", "7".repeat(8_000_000)],
  ["a lone surrogate", "\ud800"],
  ["a list", ["7"]],
  ["a sparse list of four thousand million", new Array(4_294_967_295)],
  ["an object that can't be a text", { toString: throwing, valueOf: throwing, [Symbol.toPrimitive]: throwing }],
  ["an object without a prototype", Object.create(null)],
  ["a proxy that traps everything", trap({})],
  ["a revoked proxy", revoked({})],
  ["a revoked proxy of a list", revoked([])],
  ["an object that contains itself", cyclic],
];

/** Questions with the one code that each may get; without a code the question is a valid one. */
const questions: readonly (readonly [string, unknown, (string | undefined)?])[] = [
  ...values.filter(([name]) => !/^undefined|prototype|sparse/.test(name)).map(([name, value]) => [name, value, "QUESTION_INVALID"] as const),
  ...values.filter(([name]) => name !== "undefined").map(([name, value]) => [`features: ${name}`, { features: value }, name === "a list" ? undefined : "QUESTION_INVALID"] as const),
  ...values.filter(([name]) => name !== "undefined").map(([name, value]) => [`features: a list with ${name}`, { features: [value] }, name.includes("text") || name.includes("surrogate") ? undefined : "QUESTION_INVALID"] as const),
  ...values.map(([name, value]) => [`fingerprint: ${name}`, { fingerprint: value }] as const),
  ...values.filter(([name]) => name !== "undefined").map(([name, value]) => [`releasedAt: ${name}`, { releasedAt: value }, "QUESTION_INVALID"] as const),
  ...["2027-03-01", "2027-02-30T00:00:00Z", "2027-03-01T24:01:00Z", "2027-13-01T00:00:00Z", "2027-03-01T00:00:00", " 2027-03-01T00:00:00Z"].map(
    (releasedAt) => [`releasedAt: ${releasedAt}`, { releasedAt }, "QUESTION_INVALID"] as const,
  ),
  ["a getter that throws", { get fingerprint() { return throwing(); } }, "QUESTION_INVALID"],
  ["features whose length throws", { features: new Proxy([], { get: throwing }) }, "QUESTION_INVALID"],
  ["features without an end", { features: endless }],
  ["257 features", { features: Array.from({ length: 257 }, () => "sso") }, "QUESTION_INVALID"],
  ["a member whose name is 8 MB long", { ["x".repeat(8_000_000)]: 1 }, "QUESTION_INVALID"],
];

describe.each([["by node:crypto", false], ["by noble and WebCrypto", true]])("check and checkNow %s neither throw nor reject", (_name, portable) => {
  test.each(values)("for a license id that is %s", async (_value, id) => {
    const { gate, shelf } = createWorld({ portable });
    const denied = { state: "denied", allowed: false, code: "LICENSE_ID_INVALID", license: null };
    expect(await gate.check(id as never)).toMatchObject(denied);
    expect(gate.checkNow(id as never)).toMatchObject(denied);
    expect(shelf.reads).toEqual([]);
  });

  test.each(questions)("for a question that is %s", async (_value, ask, code) => {
    const { gate } = createWorld({ portable });
    const cold = await gate.check(licenseId, ask as never);
    await gate.check(licenseId);
    const warm = await gate.check(licenseId, ask as never);
    for (const decision of [cold, warm, gate.checkNow(licenseId, ask as never)]) {
      if (code === undefined) expect(decision.state).toMatch(/^(active|denied)$/);
      else expect(decision).toMatchObject({ state: "denied", allowed: false, code, license: null });
    }
    expect(await gate.check(licenseId), "afterwards").toMatchObject({ state: "active" });
  });

  test.each(values)("for a lifetime that is %s", async (_value, lifetime) => {
    const { gate, clock } = createWorld({ portable, io: "request" });
    expect(await gate.check(licenseId, undefined, lifetime as never)).toMatchObject({ state: "active" });
    clock.advance(5);
    expect(await gate.check(licenseId, {}, { waitUntil: lifetime } as never)).toMatchObject({ state: "active" });
  });
});

test("a clock that begins to throw is no longer read, and time stands still", async () => {
  let isBroken = false;
  const world = createWorld();
  const ticking = (clock: () => number) => () => (isBroken ? throwing() : clock());
  const { gate } = createWorld({ source: world.shelf, now: ticking(world.clock.now), elapsed: ticking(world.clock.elapsed) });
  expect(await gate.check(licenseId)).toMatchObject({ state: "active" });
  isBroken = true;
  expect(await gate.check(licenseId)).toMatchObject({ state: "active", staleForMs: 0 });
});

test.each([["machine-0009", undefined], [undefined, "machine-0009"], ["machine-0009", ""]])("a getter that answers %j and then %j is not read as a question without a machine", async (...answers) => {
  const { gate } = createWorld();
  await gate.check(licenseId);
  let reads = 0;
  const ask = {
    get fingerprint() {
      reads += 1;
      return answers[reads % 2];
    },
  };
  for (let time = 0; time < 6; time += 1) expect(await gate.check(licenseId, ask)).toMatchObject({ state: "denied" });
});

describe("an invalid question is logged with its member's name:", () => {
  test.each<[string, unknown, string]>([
    ["an unknown member", { feature: ["sso"] }, "member feature"],
    ["an impossible value", { features: "sso" }, "member features"],
    ["no object", "machine-0001", "it isn't an object"],
  ])("%s", async (_name, ask, cause) => {
    const { gate, logged } = createWorld();
    for (let time = 0; time < 3; time += 1) await gate.check(licenseId, ask as never);
    expect(logged).toEqual([{ message: "Invalid question about a license", fields: { code: "QUESTION_INVALID", cause } }]);
  });

  test("with at most sixteen names, each cut to 64 characters", async () => {
    const { gate, logged } = createWorld();
    for (let index = 0; index < 100; index += 1) await gate.check(licenseId, { [`${index}${"x".repeat(1_000)}`]: 1 });
    expect(logged).toHaveLength(16);
    expect(logged.every(({ fields }) => String(fields["cause"]).length === "member ".length + 64)).toBe(true);
  });
});
