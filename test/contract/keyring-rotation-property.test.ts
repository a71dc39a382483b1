import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { keysMax, rotationCommands } from "../support/rotation-commands.ts";
import { createRotationService } from "./rotation-service.ts";
import { runRotation } from "../support/rotation-world.ts";
import { startService } from "../support/service.ts";
import "../support/seeded-properties.ts";

/** Later than the machine's own time, by which Redis expires keys. */
const service = await startService({ now: "2027-01-01T00:00:00Z" });
const rotation = await createRotationService(service, keysMax);
afterAll(() => rotation.close());

const sequences = process.env["LICENSING_PROVE"] === "long" ? 500 : 40;

test(`the tables, Redis and the JWKS keep the invariants of rotation (${sequences} sequences)`, async () => {
  const property = fc.asyncProperty(rotationCommands(16), async (commands) => {
    await rotation.reset();
    await runRotation(rotation.world, rotation.kids, commands);
  });
  const { failed, counterexample, errorInstance } = await fc.check(property, { numRuns: sequences, endOnFailure: true });
  expect(failed, `${String((errorInstance as Error | null)?.stack)}\n${JSON.stringify(counterexample)}`).toBe(false);
}, 1_800_000);
