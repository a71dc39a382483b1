import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dueStep, rotationPolicy } from "@licensing/core/rotation/states.ts";
import type { KeyFacts, RotationPolicy, Step } from "@licensing/core/rotation/states.ts";
import { keysMax, rotationCommands } from "../support/rotation-commands.ts";
import { createRotationModel, ttlSeconds } from "./rotation-model.ts";
import type { ModelOptions } from "./rotation-model.ts";
import { runRotation } from "../support/rotation-world.ts";
import { patient } from "../support/slowness.ts";
import "../support/seeded-properties.ts";

const kids = Array.from({ length: keysMax }, (_, index) => `key-${index}`);
const sequences = process.env["LICENSING_PROVE"] === "long" ? 100_000 : 6_000;
const policy = rotationPolicy(ttlSeconds);

function explore(options: ModelOptions, numRuns: number) {
  const property = fc.asyncProperty(rotationCommands(60), (commands) => runRotation(createRotationModel(options), kids, commands));
  return fc.check(property, { numRuns });
}

test(`the invariants of rotation hold under any sequence of commands (${sequences} sequences)`, async () => {
  const { failed, counterexample, errorInstance } = await explore({}, sequences);
  expect(failed, `${String(errorInstance)}\n${JSON.stringify(counterexample)}`).toBe(false);
}, patient(600_000));

type Decide = (keys: readonly KeyFacts[], now: Date, policy: RotationPolicy) => Step | undefined;

/** Each entry: a fault, the options of a model that has the fault, and the invariants of which one must then fail. */
const careless: readonly (readonly [string, ModelOptions, RegExp])[] = [
  ["lets a key sign as soon as the key is registered", { policy: { ...policy, pendingForSeconds: 0 } }, /K4: no false negative/],
  ["retires a key as soon as another key signs in its place", { decide: retiringAtOnce(policy) }, /K4|K8|K14|K2/],
  ["retires a key while its certificates may still be in use", { policy: { ...policy, retireAfterSeconds: ttlSeconds - 7_200 }, decide: blind(dueStep) }, /K4|K8/],
  ["begins a second rotation during the first", { decide: blindToRetiring }, /K14|pending>retiring/],
];

describe("(control) the same sequences detect a check of the keys that", () => {
  test.each(careless)("%s", async (_name, options, invariant) => {
    const { failed, errorInstance } = await explore(options, sequences);
    expect(failed).toBe(true);
    expect(String(errorInstance)).toMatch(invariant);
  }, patient(600_000));
});

function retiringAtOnce(normal: RotationPolicy): Decide {
  const hasty = { ...normal, retireAfterSeconds: 0 };
  return blind((keys, now) => dueStep(keys, now, hasty));
}

/** Decides as if no license had a certificate of any key. */
function blind(decide: Decide): Decide {
  return (keys, now, given) => decide(keys.map((key) => ({ ...key, certificates: 0 })), now, given);
}

function blindToRetiring(keys: readonly KeyFacts[], now: Date, given: RotationPolicy): Step | undefined {
  return dueStep(keys.filter(({ state }) => state !== "retiring"), now, given);
}
