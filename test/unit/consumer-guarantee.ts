import { expect, test } from "vitest";
import type { Decision } from "@licensing/core/consumer/decision.ts";
import type { Removal } from "./module-without.ts";
import { gateWithout, type MakeGate } from "./consumer-mutant.ts";
import { createWorld, licenseId, settle, type World, type WorldOptions } from "./consumer-world.ts";

/** The interval between checks of a busy consumer. */
export const stepSeconds = 0.5;

type Scenario = (world: World) => Promise<void>;

export async function stateOf({ gate }: World): Promise<Decision["state"]> {
  return (await gate.check(licenseId)).state;
}

/** Checks every half second until the decision is the wanted one. Returns the seconds until then, at most `most`. `each` runs before every check. */
export async function secondsUntil(world: World, wanted: (decision: Decision) => boolean, { most, each }: { readonly most: number; readonly each?: (seconds: number) => void }): Promise<number> {
  for (let step = 0; step * stepSeconds <= most; step += 1) {
    each?.(step * stepSeconds);
    const decision = await world.gate.check(licenseId);
    if (wanted(decision)) return step * stepSeconds;
    await settle();
    world.clock.advance(stepSeconds);
  }
  return Infinity;
}
export const denied = ({ state }: Decision) => state === "denied";
export const notActive = ({ state }: Decision) => state !== "active";

/** The guarantee, and its control without the mechanism, which must break it. */
export function guarantee(name: string, { removed, options = {}, scenario }: { removed: readonly Removal[]; options?: WorldOptions; scenario: Scenario }): void {
  test(name, async () => scenario(createWorld(options)));
  test(`(control) ${name}: broken without the mechanism`, async () => {
    const make: MakeGate = await gateWithout(removed);
    // The control must decide otherwise; a gate that can't decide proves nothing.
    const world = createWorld({ ...options, make });
    expect(await stateOf(world)).toBe("active");
    await expect(scenario(createWorld({ ...options, make }))).rejects.toMatchObject({ name: "AssertionError" });
  });
}
