import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { nonce } from "@licensing/core/lifecycle/nonce.ts";

const accepted = [
  ["one blank", " "],
  ["a UUID", "0b6f3a1e-3c1f-4a53-9d39-5f6f0c9a7f10"],
  ["128 letters", "x".repeat(128)],
  ["128 symbols outside the basic plane", "🔑".repeat(128)],
  ["a letter with a combining accent", "Cafe\u0301"],
  ["zero", 0],
  ["a negative number", -1],
  ["the largest safe integer", 2 ** 53 - 1],
  ["the least safe integer", 1 - 2 ** 53],
] as const;

const refused = [
  ["no character", ""],
  ["129 letters", "x".repeat(129)],
  ["a control character at its start", "\0a"],
  ["a control character at its end", "a\n"],
  ["a control character within", "a\u0085b"],
  ["half a surrogate pair", "a\ud800"],
  ["a fraction", 1.5],
  ["an integer above the safe ones", 2 ** 53],
  ["an integer below the safe ones", -(2 ** 53)],
  ["no number", Number.NaN],
  ["null", null],
  ["a boolean", true],
  ["an object", {}],
  ["a list", ["a"]],
  ["nothing", undefined],
] as const;

describe("a nonce", () => {
  test.each(accepted)("of %s is kept unchanged", (_which, value) => expect(nonce.parse(value)).toBe(value));

  test.each(refused)("of %s is refused, and the fault says what it may be", (_which, value) => {
    expect(nonce.safeParse(value).error?.issues).toMatchObject([{ path: [], message: "must be 1 to 128 characters without control characters, or a whole number within ±(2^53 - 1)" }]);
  });

  test("has the same bounds in its JSON Schema", () => {
    const check = new Ajv2020({ allowUnionTypes: true }).compile(z.toJSONSchema(nonce));
    for (const [which, value] of accepted) expect({ which, valid: check(value) }).toEqual({ which, valid: true });
    for (const [which, value] of refused) expect({ which, valid: check(value) }).toEqual({ which, valid: false });
  });
});
