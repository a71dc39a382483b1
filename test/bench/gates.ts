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
  { says: "a warm check that asks for a seat and a feature is at most 3 × a bare Date.now()", name: "warm check, with a seat and a feature", to: "Date.now()", by: "cpu", most: 3 },
  { says: "a warm check of the CommonJS build is at most 3 × a bare Date.now()", name: "warm check, CommonJS", to: "Date.now()", by: "cpu", most: 3 },
  { says: "a warm check among 1000 licenses is at most 3 × a bare Date.now()", name: "warm check, 1000 licenses in turn", to: "Date.now()", by: "cpu", most: 3 },
  { says: "a take of a meter's block is at most 3 × a bare Date.now()", name: "take of a meter's block", to: "Date.now()", by: "cpu", most: 3 },
  ...peers.map((name) => ({ says: `a warm check takes at least 1,000 × less CPU than ${name}`, name, to: warm, by: "cpu" as const, least: 1_000 })),
  { says: "a warm check takes at least 5,000 × less CPU than GET + verify + decrypt by fetch", name: "GET + verify + decrypt, fetch", to: warm, by: "cpu", least: 5_000 },
  { says: "a warm check takes at least 5,000 × less CPU than GET + verify + decrypt by a keep-alive node:http agent", name: "GET + verify + decrypt, node:http", to: warm, by: "cpu", least: 5_000, aim: true },
  { says: "the first verification of a license is at most 1.15 × crypto.verify alone of the same bytes", name: first, to: "crypto.verify alone", by: "cpu", most: 1.15, aim: true },
  { says: "the first verification of a license is at most a tie (15 %) beyond that", name: first, to: "crypto.verify alone", by: "cpu", most: 1.32 },
  { says: "the first verification of a license is at most a tie (15 %) beyond `by hand`", name: first, to: "by hand, unchecked, its key at hand", by: "cpu", most: 1.15 },
  { says: "jose takes at least 1.6 × as much CPU for the same certificates", name: joseSame, to: first, by: "cpu", least: 1.6 },
  { says: "for comparison, less work: jose on an ordinary JWT of the same claims, signed only", name: "jose jwtVerify, signed only", to: first, by: "cpu", least: 1.6, aim: true },
];

export function rule(measured: ReadonlyMap<string, Measured>): readonly Ruling[] {
  return gates.map((gate) => {
    const found = ratio(measured, gate);
    return { gate, found, holds: "most" in gate ? found <= gate.most : found >= gate.least };
  });
}
