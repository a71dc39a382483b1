import { ratio, type Comparison, type Measured } from "./measure.ts";

/**
 * A promise about two contenders: the largest, or the smallest, ratio of their costs. An aim is shown and doesn't fail a run.
 */
export type Gate = Comparison & { readonly says: string; readonly aim?: true } & ({ readonly most: number } | { readonly least: number });
export type Ruling = { readonly gate: Gate; readonly found: number; readonly holds: boolean };

const warm = "warm check";
const first = "verify + decrypt + claims + decide: first verification";
const joseSame = "jose, the same certificates (JWE nested in JWS)";
const peers = ["jose jwtVerify, signed only", joseSame, "Keygen license file", "cryptolens 1.0.11", "software-license-key 1.0.0"];

export const gates: readonly Gate[] = [
  { says: "a warm check is at most 3 × a bare Date.now()", name: warm, to: "Date.now()", by: "cpu", most: 3 },
  { says: "so is one that asks for a seat and a feature", name: "warm check, with a seat and a feature", to: "Date.now()", by: "cpu", most: 3 },
  { says: "and one of the CommonJS build", name: "warm check, CommonJS", to: "Date.now()", by: "cpu", most: 3 },
  { says: "and one among 1000 licenses", name: "warm check, 1000 licenses in turn", to: "Date.now()", by: "cpu", most: 3 },
  { says: "a take of a meter's block is too", name: "take of a meter's block", to: "Date.now()", by: "cpu", most: 3 },
  ...peers.map((name) => ({ says: `a warm check takes at least 1,000 × less CPU than ${name}`, name, to: warm, by: "cpu" as const, least: 1_000 })),
  { says: "at least 5,000 × less than GET + verify + decrypt by fetch", name: "GET + verify + decrypt, fetch", to: warm, by: "cpu", least: 5_000 },
  { says: "and by a keep-alive node:http agent", name: "GET + verify + decrypt, node:http", to: warm, by: "cpu", least: 5_000, aim: true },
  { says: "the first verification of a license is at most 1.15 × crypto.verify alone of the same bytes", name: first, to: "crypto.verify alone", by: "cpu", most: 1.15, aim: true },
  { says: "and never beyond that by more than the 15 % that count as a tie", name: first, to: "crypto.verify alone", by: "cpu", most: 1.32 },
  { says: "with every check and the license's key it costs no more than a tie beyond `by hand`", name: first, to: "by hand, unchecked, its key at hand", by: "cpu", most: 1.15 },
  { says: "jose takes at least 1.6 × as much for the same certificates", name: joseSame, to: first, by: "cpu", least: 1.6 },
  { says: "for comparison, less work: jose on an ordinary JWT of the same claims, signed only", name: "jose jwtVerify, signed only", to: first, by: "cpu", least: 1.6, aim: true },
];

export function rule(measured: ReadonlyMap<string, Measured>): readonly Ruling[] {
  return gates.map((gate) => {
    const found = ratio(measured, gate);
    return { gate, found, holds: "most" in gate ? found <= gate.most : found >= gate.least };
  });
}
