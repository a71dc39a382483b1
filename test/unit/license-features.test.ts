import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { featureCode } from "@licensing/core/license/feature-code.ts";
import { features } from "@licensing/core/license/features.ts";
import { missingFeatures, sameFeatures } from "@licensing/core/license/missing-features.ts";

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

  test("never take a prototype for a code, nor drop it in silence", () => {
    const result = features.safeParse(JSON.parse('{"sso":true,"__proto__":true}'));
    expect(result.error?.issues).toMatchObject([{ path: ["__proto__"], message: "must not be a key" }]);
    expect(featureCode.safeParse("__proto__").success).toBe(false);
  });

  test("name the faulty code", () => {
    const issues = features.safeParse({ "a b": true, tier: false }).error?.issues;
    expect(issues?.map((issue) => issue.path)).toEqual([["a b"], ["tier"]]);
  });

  test("survive into JSON Schema, as input and as output", () => {
    for (const io of ["input", "output"] as const)
      expect(z.toJSONSchema(features, { io })).toMatchObject({ type: "object", propertyNames: { type: "string" } });
  });
});

describe("missing features", () => {
  test("are the codes not held, each once, in the order asked", () => {
    expect(missingFeatures({ sso: true }, ["scim", "sso", "audit", "scim"])).toEqual(["scim", "audit"]);
  });

  test("are none where nothing is asked", () => expect(missingFeatures({}, [])).toEqual([]));

  test("don't include what is held as 0 or as a text", () => {
    expect(missingFeatures({ projects: 0, tier: "gold" }, ["projects", "tier"])).toEqual([]);
  });

  test("include what only a prototype has", () => {
    expect(missingFeatures({}, ["constructor", "toString", "__proto__"])).toEqual(["constructor", "toString", "__proto__"]);
  });
});

describe("the same features", () => {
  test("are the same in any order", () => expect(sameFeatures({ a: 1, b: true }, { b: true, a: 1 })).toBe(true));

  test.each([
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, { a: "1" }],
    [{ a: 1 }, { a: true }],
    [{ a: 1 }, {}],
    [{}, { a: 1 }],
    [{ a: 1 }, { b: 1 }],
    [{ toString: true }, { a: true }],
  ] as const)("%j is not %j", (left, right) => expect(sameFeatures({ ...left }, { ...right })).toBe(false));
});
