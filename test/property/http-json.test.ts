import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonical } from "@licensing/core/base/canonical.ts";
import type { Json } from "@licensing/core/base/canonical.ts";
import { parseJson } from "@licensing/core/http/json.ts";
import "../support/seeded-properties.ts";

const reserved = new Set(["__proto__", "constructor", "prototype"]);
const text = fc.string({ unit: "grapheme" }).filter((value) => !value.includes("\0"));
const scalar = fc.oneof(text, fc.boolean(), fc.constant(null), fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0) && (!Number.isInteger(value) || Number.isSafeInteger(value))));
const { value: anyJson } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "small", maxDepth: 14 }, scalar, tie("list"), tie("object")),
  list: fc.array(tie("value"), { maxLength: 6 }),
  object: fc.dictionary(text.filter((key) => !reserved.has(key)), tie("value"), { maxKeys: 6, noNullPrototype: true }),
}));

describe("strict JSON", () => {
  test("reads every accepted value as JSON.parse does, in any layout", () => {
    fc.assert(
      fc.property(anyJson, fc.constantFrom(0, 2, "\t"), (value, indent) => {
        expect(parseJson(JSON.stringify(value, null, indent))).toEqual({ value });
      }),
    );
  });
  test("never throws, and accepts nothing that JSON.parse refuses", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.string({ unit: fc.constantFrom(..."{}[],:\"\\u0d8aeE+-.1 \n") })), (source) => {
        const parsed = parseJson(source);
        if ("value" in parsed) expect(parsed.value).toEqual(JSON.parse(source));
        else expect(parsed.faults.map(({ detail }) => detail)).not.toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });
  test("accepts a number exactly if a double keeps its value, by exact arithmetic", () => {
    const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.constantFrom("", "-"), digits, digits, fc.integer({ min: -330, max: 310 }), (sign, whole, fraction, exponent) => {
        const token = `${sign}${BigInt(whole)}.${fraction}e${exponent}`;
        fc.pre(/[1-9]/.test(token.split("e")[0] ?? ""));
        const value = Number(token);
        expect("value" in parseJson(token)).toBe(Number.isFinite(value) && isSameDecimal(token, String(value)));
      }),
      { numRuns: 2_000 },
    );
  });
  test("finds a duplicate key at any place", () => {
    fc.assert(
      fc.property(anyJson, text.filter((key) => !reserved.has(key)), fc.array(fc.constantFrom("a", 0), { maxLength: 10 }), (value, key, path) => {
        const twice = `{${JSON.stringify(key)}:${JSON.stringify(value)},"x y":[],${JSON.stringify(key)}:1}`;
        const nested = path.reduceRight<string>((inner, step) => (step === 0 ? `[${inner}]` : `{"a":${inner}}`), twice);
        fc.pre(key !== "x y" && key !== "a");
        const parsed = parseJson(nested);
        expect("faults" in parsed && parsed.faults.some(({ detail }) => detail === "is there twice" || detail.startsWith("is nested"))).toBe(true);
      }),
    );
  });
});

/** Compares numbers as whole multiples of 10^-400, which all numbers of this test are. */
function isSameDecimal(left: string, right: string): boolean {
  return scaled(left) === scaled(right);
}

function scaled(token: string): bigint {
  const [mantissa = "", exponent = "0"] = token.replace(/^-/, "").split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  return BigInt(whole + fraction) * 10n ** BigInt(400 + Number(exponent) - fraction.length);
}

test("two values have the same canonical text exactly if they are equal", () => {
  fc.assert(
    fc.property(anyJson, anyJson, (left, right) => {
      const [one, other] = [canonical(left as Json), canonical(right as Json)];
      expect(JSON.parse(one)).toEqual(left);
      if (one === other) expect(left).toEqual(right);
    }),
  );
});
