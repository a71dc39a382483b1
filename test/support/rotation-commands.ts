import fc from "fast-check";
import type { Command, Tampering } from "./rotation-world.ts";

export const keysMax = 4;

const key = fc.nat({ max: keysMax - 1 });
const consumer = fc.nat({ max: 2 });
const seconds = fc.constantFrom(1, 30, 299, 301, 1_800, 3_600, 3_700, 43_200, 86_400, 87_000);

const how = fc.constantFrom<Tampering>("unmarked row", "altered rows", "removed row", "forged mark", "no mark", "earlier ring");

/** Weighted so that rotations are completed and emergencies stay rare. */
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant("add" as const), key }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("remove" as const), key }) },
  { weight: 8, arbitrary: fc.record({ type: fc.constant("check" as const), skewSeconds: fc.constantFrom(-60, 0, 60) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("compromise" as const), key }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("publish" as const), license: fc.nat({ max: 2 }) }) },
  { weight: 4, arbitrary: fc.constant({ type: "reconcile" as const }) },
  { weight: 1, arbitrary: fc.constant({ type: "loseRedis" as const }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("tamper" as const), how }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("refresh" as const), consumer }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("replay" as const), consumer }) },
  { weight: 8, arbitrary: fc.record({ type: fc.constant("advance" as const), seconds }) },
);

/** Sequences that begin with a key that signs. */
export function rotationCommands(lengthMax: number): fc.Arbitrary<readonly Command[]> {
  const begun: readonly Command[] = [{ type: "add", key: 0 }, { type: "check", skewSeconds: 0 }, { type: "publish", license: 0 }];
  return fc.array(command, { maxLength: lengthMax, size: "max" }).map((commands) => [...begun, ...commands]);
}
