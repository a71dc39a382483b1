import { ratio, type Measured } from "./measure.ts";

/** A promise about two contenders: one's CPU is at most so many times the other's, or at least. */
export type Gate = { readonly says: string; readonly name: string; readonly to: string } & ({ readonly most: number } | { readonly least: number });
export type Ruling = { readonly gate: Gate; readonly found: number; readonly holds: boolean };

const warm = "warm check";
const peers = ["jose jwtVerify, signed only", "Keygen license file", "cryptolens 1.0.11", "software-license-key 1.0.0"];

export const gates: readonly Gate[] = [
  { says: "a warm check is at most 3 × a bare Date.now()", name: warm, to: "Date.now()", most: 3 },
  { says: "so is one that asks for a seat and a feature", name: "warm check, with a seat and a feature", to: "Date.now()", most: 3 },
  { says: "and one among 1000 licenses", name: "warm check, 1000 licenses in turn", to: "Date.now()", most: 3 },
  ...peers.map((name) => ({ says: `a warm check takes at least 1,000 × less CPU than ${name}`, name, to: warm, least: 1_000 })),
  { says: "at least 5,000 × less than GET + verify + decrypt by fetch", name: "GET + verify + decrypt, fetch", to: warm, least: 5_000 },
  { says: "and by a keep-alive node:http agent", name: "GET + verify + decrypt, node:http", to: warm, least: 5_000 },
  { says: "verifying and decrypting is at most 1.15 × crypto.verify alone", name: "verify + decrypt, license known", to: "crypto.verify alone", most: 1.15 },
  { says: "jose takes at least 1.6 × as much", name: "jose jwtVerify, signed only", to: "verify + decrypt, license known", least: 1.6 },
];

export function rule(measured: ReadonlyMap<string, Measured>): readonly Ruling[] {
  return gates.map((gate) => {
    const found = ratio(measured, gate.name, gate.to);
    return { gate, found, holds: "most" in gate ? found <= gate.most : found >= gate.least };
  });
}
