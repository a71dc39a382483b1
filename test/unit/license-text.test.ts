import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { holder } from "@licensing/core/license/holder.ts";
import { metadata } from "@licensing/core/license/metadata.ts";
import { nameText, reasonText } from "@licensing/core/base/text.ts";

const accepts = (schema: z.ZodMiniType, value: unknown) => schema.safeParse(value).success;
const faults = (schema: z.ZodMiniType, value: unknown) =>
  schema.safeParse(value).error?.issues.map((issue) => ({ path: issue.path.join("/"), message: issue.message }));

const names = [
  ["one letter", "A", true],
  ["words", "Build server 7", true],
  ["other scripts", "東京のサーバー", true],
  ["255 characters", "x".repeat(255), true],
  ["255 characters of two code units", "🔑".repeat(255), true],
  ["an emoji of one code point", "👧", true],
  ["an accent in form C", "Caf\u00e9", true],
  ["nothing", "", false],
  ["256 characters", "x".repeat(256), false],
  ["a blank at the start", " x", false],
  ["a blank at the end", "x ", false],
  ["a wide blank at the end", "x\u3000", false],
  ["a blank alone", " ", false],
  ["NUL", "a\0b", false],
  ["a line's end", "a\nb", false],
  ["DEL", "a\u007fb", false],
  ["C1", "a\u0085b", false],
  ["a lone high surrogate", "fp\ud800", false],
  ["a lone low surrogate", "fp\udfff", false],
  ["surrogates in the wrong order", "\udc00\ud800", false],
] as const;

describe("a name", () => {
  test.each(names)("of %s, %j, is accepted: %j", (_, value, valid) => expect(accepts(nameText, value)).toBe(valid));

  test("that isn't in Unicode's normalization form C is refused, with this reason", () => {
    expect(faults(nameText, "Cafe\u0301")).toEqual([{ path: "", message: "must be in Unicode normalization form C" }]);
  });

  test("has the same bounds of length and characters in its JSON Schema", () => {
    const check = new Ajv2020().compile(z.toJSONSchema(nameText));
    for (const [, value, valid] of names) expect({ value, valid: check(value) }).toEqual({ value, valid });
  });

  test("is kept unchanged", () => {
    for (const [, value, valid] of names) if (valid) expect(nameText.parse(value)).toBe(value);
  });
});

test("a reason has at most 500 characters", () => {
  expect(accepts(reasonText, "x".repeat(500))).toBe(true);
  expect(accepts(reasonText, "x".repeat(501))).toBe(false);
});

describe("a holder", () => {
  test.each([
    [{ type: "user", id: "u-1" }, true],
    [{ type: "organization", id: "auth0|5f7c8ec7c33c6c004bbafe82" }, true],
    [{ type: "x".repeat(63), id: "x".repeat(255) }, true],
    [{ type: "x".repeat(64), id: "1" }, false],
    [{ type: "User", id: "1" }, false],
    [{ type: "", id: "1" }, false],
    [{ type: "user", id: "" }, false],
    [{ type: "user", id: "x".repeat(256) }, false],
    [{ type: "user", id: " 1" }, false],
    [{ type: "user", id: 1 }, false],
    [{ type: "user" }, false],
    [{ type: "user", id: "1", name: "x" }, false],
    [null, false],
  ])("%j is accepted: %j", (value, valid) => expect(accepts(holder, value)).toBe(valid));
});

describe("metadata", () => {
  test.each([
    [{}, true],
    [{ order: "A-1", cores: 8, ratio: 0.5, beta: false, note: "" }, true],
    [{ ["k".repeat(64)]: "v".repeat(500) }, true],
    [{ constructor: "x", toString: "y" }, true],
    [{ _proto_: 1 }, true],
    [{ big: Number.MAX_SAFE_INTEGER }, true],
    [{ big: Number.MAX_SAFE_INTEGER + 1 }, false],
    [{ ["k".repeat(65)]: 1 }, false],
    [{ "": 1 }, false],
    [{ "a b": 1 }, false],
    [{ a: "v".repeat(501) }, false],
    [{ a: "\0" }, false],
    [{ a: "\ud800" }, false],
    [{ a: null }, false],
    [{ a: [] }, false],
    [{ a: { b: 1 } }, false],
    [[], false],
    ["", false],
    [null, false],
  ])("%j is accepted: %j", (value, valid) => expect(accepts(metadata, value)).toBe(valid));

  test("has at most 50 entries", () => {
    const entries = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));
    expect(accepts(metadata, entries(50))).toBe(true);
    expect(faults(metadata, entries(51))).toEqual([{ path: "", message: "must have at most 50 entries" }]);
  });

  test("is measured in bytes of UTF-8, not in characters", () => {
    const entries = (letter: string) => Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`k${index}`, letter.repeat(500)]));
    expect(accepts(metadata, entries("e"))).toBe(true);
    expect(faults(metadata, entries("é"))).toEqual([{ path: "", message: "must be at most 4096 bytes as JSON" }]);
  });

  test("refuses __proto__ as a key, and doesn't drop it in silence", () => {
    const value: unknown = JSON.parse('{"a":1,"__proto__":{"admin":true}}');
    expect(faults(metadata, value)).toEqual([{ path: "__proto__", message: "must not be a key" }]);
  });
});
