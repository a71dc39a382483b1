import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { generateKey, parseKey } from "@licensing/core/access/license-key.ts";
import "../support/seeded-properties.ts";

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const keysTotal = process.env["LICENSING_PROVE"] === "long" ? 100_000 : 20_000;

/** A small seeded generator (mulberry32): the test of an even spread must not depend on chance. */
function seeded(seed: number): (bytes: number) => Uint8Array {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 24;
  };
  return (bytes) => Uint8Array.from({ length: bytes }, next);
}

const body = (key: string) => key.slice(key.indexOf("-") + 1).replaceAll("-", "");
const faultOf = (symbols: readonly string[]) => {
  const text = symbols.join("");
  const groups = Array.from({ length: 5 }, (_, group) => text.slice(group * 5, group * 5 + 5));
  return parseKey(["LIC", ...groups].join("-"));
};
const samples = Array.from({ length: 3 }, (_, seed) => Array.from(body(generateKey("LIC", seeded(seed + 1)))));

/** Every text at exactly two places from `symbols`: 300 pairs of places × 31 × 31. */
function* doubleErrors(symbols: readonly string[]): Generator<string[]> {
  for (let first = 0; first < symbols.length; first += 1)
    for (let second = first + 1; second < symbols.length; second += 1)
      for (const one of alphabet)
        for (const other of alphabet)
          if (one !== symbols[first] && other !== symbols[second]) yield symbols.with(first, one).with(second, other);
}

describe("generated keys", () => {
  const random = seeded(20261123);
  const keys = Array.from({ length: keysTotal }, () => generateKey("LIC", random));

  test("are all read as themselves, also in another case and without dashes", () => {
    const misread = keys.filter((key) => {
      const typed = [parseKey(key), parseKey(key.toLowerCase()), parseKey(key.replaceAll("-", ""))];
      return typed.some((parsed) => !("normalized" in parsed) || parsed.normalized !== key);
    });
    expect(misread).toEqual([]);
    expect(new Set(keys).size).toBe(keysTotal);
  });

  /** 31 degrees of freedom: 80 is beyond the 0.9999995 quantile of each of 25 places. */
  test("have every symbol equally often in every place, check symbols included", () => {
    const counts = Array.from({ length: 25 }, () => new Map<string, number>());
    for (const key of keys)
      for (const [place, symbol] of Array.from(body(key)).entries()) counts[place]?.set(symbol, (counts[place].get(symbol) ?? 0) + 1);
    const expected = keysTotal / alphabet.length;
    const chiSquares = counts.map((place) =>
      Array.from(alphabet).reduce((total, symbol) => total + ((place.get(symbol) ?? 0) - expected) ** 2 / expected, 0),
    );
    expect(chiSquares).toHaveLength(25);
    expect(Math.max(...chiSquares)).toBeLessThan(80);
  });
});

describe.each(samples.map((symbols) => [symbols.join(""), symbols] as const))("of %s", (_, symbols) => {
  test("every single wrong symbol is detected", () => {
    for (const place of symbols.keys())
      for (const symbol of alphabet)
        if (symbol !== symbols[place]) expect(faultOf(symbols.with(place, symbol))).toEqual({ fault: "mistyped" });
  });

  test("every pair of wrong symbols is detected", () => {
    let total = 0;
    let missed = 0;
    for (const wrong of doubleErrors(symbols)) {
      total += 1;
      if ("normalized" in faultOf(wrong)) missed += 1;
    }
    expect({ total, missed }).toEqual({ total: 288_300, missed: 0 });
  });

  test("every transposition is detected, near or far", () => {
    for (const [first, one] of symbols.entries())
      for (const [second, other] of symbols.entries())
        if (one !== other) expect(faultOf(symbols.with(first, other).with(second, one))).toEqual({ fault: "mistyped" });
  });

  test("(control) three wrong symbols may go unnoticed", () => {
    const triples = fc.sample(fc.tuple(...Array.from({ length: 3 }, () => fc.integer({ min: 1, max: 31 }))), { numRuns: 20_000, seed: 1 });
    const unnoticed = triples.filter((shifts) => {
      const wrong = symbols.map((symbol, place) => alphabet.charAt((alphabet.indexOf(symbol) + (shifts[place] ?? 0)) % 32));
      return "normalized" in faultOf(wrong);
    });
    expect(unnoticed.length).toBeGreaterThan(0);
    expect(unnoticed.length).toBeLessThan(60);
  });
});

describe("any text", () => {
  const anyText = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.string({ unit: fc.constantFrom(...alphabet, "o", "i", "l", "U", "-", " ", ","), maxLength: 60 }),
  );

  test("reads the same again once normalized, so that every accepted text finds its stored key", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const parsed = parseKey(text);
        if ("normalized" in parsed) expect(parseKey(parsed.normalized)).toEqual(parsed);
      }),
      { numRuns: 10_000 },
    );
  });

  test("of a key of ours is read despite look-alikes, case and lost dashes", () => {
    const typed = fc.record({ bytes: fc.uint8Array({ minLength: 23, maxLength: 23 }), choices: fc.array(fc.nat(3), { minLength: 32, maxLength: 32 }) });
    const lookalikes: Record<string, string[]> = { 0: ["0", "O", "o"], 1: ["1", "I", "l", "L"], "-": ["-", ""] };
    fc.assert(
      fc.property(typed, ({ bytes, choices }) => {
        const key = generateKey("LIC", () => bytes);
        const symbols = Array.from(key.slice(4), (symbol, place) => {
          const forms = lookalikes[symbol] ?? [symbol, symbol.toLowerCase()];
          return forms[(choices[place] ?? 0) % forms.length];
        });
        const text = `${choices[31] === 0 ? "lic" : "LIC"}-${symbols.join("")}`;
        expect(parseKey(text)).toEqual({ normalized: key });
      }),
      { numRuns: 10_000 },
    );
  });
});
