import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { featureCode } from "@licensing/core/policy/feature-code.ts";
import { features } from "@licensing/core/policy/features.ts";

const accepts = (value: unknown) => features.safeParse(value).success;

describe("features", () => {
  test.each([
    [{}, true],
    [{ sso: true, "max-projects": 50, tier: "gold", ratio: 0.25, zero: 0, negative: -1 }, true],
    [{ maxUsers: 10, "scope:read.all": true, SAML_2: true }, true],
    [{ ["f".repeat(63)]: true }, true],
    [{ constructor: true, toString: 1, hasOwnProperty: "x" }, true],
    [{ ["f".repeat(64)]: true }, false],
    [{ "": true }, false],
    [{ "1st": true }, false],
    [{ _x: true }, false],
    [{ "a b": true }, false],
    [{ é: true }, false],
    [{ a: false }, false],
    [{ a: null }, false],
    [{ a: "" }, false],
    [{ a: "x".repeat(256) }, false],
    [{ a: "\n" }, false],
    [{ a: [] }, false],
    [{ a: {} }, false],
    [{ a: Number.POSITIVE_INFINITY }, false],
    [{ a: Number.NaN }, false],
    [{ a: 2 ** 53 }, false],
    [[], false],
    [null, false],
  ])("%j: %j", (value, valid) => expect(accepts(value)).toBe(valid));

  test("are at most 1024 bytes of JSON, to the byte", () => {
    const sized = (letter: string, last: number) => ({
      a: letter.repeat(255), b: letter.repeat(255), c: letter.repeat(255), d: "x".repeat(last),
    });
    const rest = 1_024 - JSON.stringify(sized("x", 0)).length;
    expect(accepts(sized("x", rest))).toBe(true);
    expect(accepts(sized("x", rest + 1))).toBe(false);
    expect(accepts(sized("é", 1))).toBe(false);
  });

  test("refuse __proto__ as a code, and don't drop it in silence", () => {
    const result = features.safeParse(JSON.parse('{"sso":true,"__proto__":true}'));
    expect(result.error?.issues).toMatchObject([{ path: ["__proto__"], message: "must not be a key" }]);
    expect(featureCode.safeParse("__proto__").success).toBe(false);
  });

  test("name the faulty code", () => {
    const issues = features.safeParse({ "a b": true, tier: false }).error?.issues;
    expect(issues?.map((issue) => issue.path)).toEqual([["a b"], ["tier"]]);
  });

  test("are kept in JSON Schema, as input and as output", () => {
    for (const io of ["input", "output"] as const)
      expect(z.toJSONSchema(features, { io })).toMatchObject({ type: "object", propertyNames: { type: "string" } });
  });
});
