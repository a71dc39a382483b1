import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { Point } from "@noble/ed25519";
import { describe, expect, test } from "vitest";
import { assertPublicKey } from "@licensing/core/keyring/public-key.ts";
import { seededRandom } from "../support/random.ts";
import { patient } from "../support/slowness.ts";

/** The verdict of the key check: its message, or `usable`. */
function ours(raw: Uint8Array): string {
  try {
    assertPublicKey(raw);
    return "usable";
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
}

/** The same verdict by noble's arithmetic, which shares no code with the check. */
function nobles(raw: Uint8Array): string {
  let point: Point;
  try {
    point = Point.fromBytes(raw, false);
  } catch {
    return "not the canonical form of a curve point";
  }
  if (point.isSmallOrder()) return "a key of small order: anyone can sign for it";
  return point.isTorsionFree() ? "usable" : "a key outside the prime-order group";
}

/** The number of values with each verdict, on which both checks must agree. */
function agreement(values: Iterable<Uint8Array>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const raw of values) {
    const verdict = ours(raw);
    expect([Buffer.from(raw).toString("hex"), verdict]).toEqual([Buffer.from(raw).toString("hex"), nobles(raw)]);
    counts[verdict] = (counts[verdict] ?? 0) + 1;
  }
  return counts;
}

/** Every public key in a file of vectors, and every R, which is the first half of a signature. */
function pointsIn(name: string): readonly Uint8Array[] {
  const text = readFileSync(new URL(`../vectors/ed25519/${name}.json`, import.meta.url), "utf8");
  const halves = [...text.matchAll(/"([0-9a-f]{64})(?:[0-9a-f]{64})?"/g)].map(([, half = ""]) => half);
  return [...new Set(halves)].map((half) => Buffer.from(half, "hex"));
}

function encoded(y: bigint, sign: 0 | 1): Uint8Array {
  const bytes = Buffer.from(y.toString(16).padStart(64, "0"), "hex").reverse();
  bytes[31] = (bytes[31] ?? 0) | (sign << 7);
  return bytes;
}

const p = 2n ** 255n - 19n;
const usable = "usable";
const noPoint = "not the canonical form of a curve point";
const smallOrder = "a key of small order: anyone can sign for it";
const otherGroup = "a key outside the prime-order group";

describe("the check of a public key and noble's arithmetic give the same verdict", { timeout: patient(60_000) }, () => {
  test("on every key and every R of the third parties' vectors", () => {
    expect(agreement(["cctv_ed25519vectors", "zip215", "speccheck_cases", "wycheproof_ed25519_test", "rfc8032-ed25519"].flatMap(pointsIn))).toEqual({ [usable]: 157, [smallOrder]: 20, [otherGroup]: 31, [noPoint]: 34 });
  });

  test("on the smallest and the largest y, on each y that isn't reduced, and with either sign of x", () => {
    const offsets = Array.from({ length: 19 }, (_, index) => BigInt(index));
    const values = offsets.flatMap((offset) => [offset, p - 1n - offset, p + offset]);
    expect(agreement(values.flatMap((y) => [encoded(y, 0), encoded(y, 1)]))).toEqual({ [usable]: 2, [smallOrder]: 4, [otherGroup]: 40, [noPoint]: 68 });
  });

  test("on random bytes", () => {
    // One in sixteen is usable, so that a hundred may hold none by chance.
    const random = seededRandom(25_519);
    const counts = agreement(Array.from({ length: 100 }, () => Uint8Array.from({ length: 32 }, () => random.below(256))));
    expect(Object.keys(counts).toSorted()).toEqual([otherGroup, noPoint, usable].toSorted());
  });

  test("on a point of the prime-order group and its seven neighbours, each with a torsion component", () => {
    const torsion = Point.fromBytes(Buffer.from("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", "hex"));
    for (let round = 0; round < 3; round += 1) {
      const point = Point.BASE.multiply(BigInt(`0x${randomBytes(31).toString("hex")}`) + 1n);
      const neighbours = Array.from({ length: 8 }, (_, index) => point.add(torsion.multiplyUnsafe(BigInt(index))).toBytes());
      expect(agreement(neighbours)).toEqual({ [usable]: 1, [otherGroup]: 7 });
    }
    expect(agreement(Array.from({ length: 8 }, (_, index) => torsion.multiplyUnsafe(BigInt(index)).toBytes()))).toEqual({ [smallOrder]: 8 });
  });

  test.each([0, 31, 33, 64])("on %i bytes", (length) => expect(agreement([new Uint8Array(length).fill(1)])).toEqual({ [noPoint]: 1 }));
});
