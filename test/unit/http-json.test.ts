import { describe, expect, test } from "vitest";
import { depthMax, faultsMax, parseJson } from "@licensing/core/http/json.ts";

const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

describe("an unambiguous body is read as JSON.parse reads it:", () => {
  test.each([
    ["an object", '{"a":1,"b":[true,false,null,"x"]}'],
    ["blanks everywhere", ' { "a" :\t[ 1 , 2 ] ,\r\n "b" : { } } '],
    ["the same key in two objects", '{"a":{"k":1},"b":{"k":2},"c":[{"k":3},{"k":4}]}'],
    ["structural characters in strings", '{"a":"{\\"b\\":[1,2}","c":"\\\\"}'],
    ["escaped astral characters", '{"a":"\\ud83d\\ude00","b":"😀"}'],
    ["zero in every way", "[0,0.0,0e5,0.00E-3]"],
    ["the largest exact integers", "[9007199254740991,-9007199254740991]"],
    ["fractions and exponents", "[0.1,-1.5e3,1E+2,5e-324]"],
    ["one number in many spellings", "[1,1.0,1.000,10e-1,0.1E1,100e-2,0.0000000001e10,1e0]"],
    ["numbers with zeros at the ends", "[0.10,1e2,1.50,-0.5000,120e3,1e-7,0.00000010,1e21,12e20,1.7976931348623157e308]"],
    ["as many digits as a double can hold", "[0.1234567890123456,123456789.12345679,2.2250738585072014e-308]"],
    ["a number with very many zeros", `[1.${"0".repeat(60_000)},0.${"0".repeat(300)}1${"0".repeat(60_000)}]`],
    ["a scalar", '"text"'],
    ["an empty key", '{"":1}'],
    ["keys that only look reserved", '{"_proto_":1,"Constructor":2}'],
    ["the greatest depth", nested(depthMax)],
  ])("%s", (_, text) => expect(parseJson(text)).toEqual({ value: JSON.parse(text) }));
});

describe("an ambiguous body is refused with the pointer to its fault:", () => {
  test.each([
    ["a key twice", '{"a":1,"a":2}', "/a", "is there twice"],
    ["a key twice by its escape", '{"a":1,"\\u0061":2}', "/a", "is there twice"],
    ["a key twice, deeper", '{"x":[{"a":1},{"a":1,"b":2,"a":3}]}', "/x/1/a", "is there twice"],
    ["one level too deep", nested(depthMax + 1), "/0".repeat(depthMax), "is nested deeper than 16 levels"],
    ["objects too deep", '{"a":'.repeat(17) + "1" + "}".repeat(17), "/a".repeat(depthMax), "is nested deeper than 16 levels"],
    ["a lone high surrogate", '{"fp":"\\ud800"}', "/fp", "holds a lone surrogate"],
    ["a lone low surrogate", '{"fp":["\\udfff"]}', "/fp/0", "holds a lone surrogate"],
    ["a lone surrogate, not escaped", '{"fp":"\ud800"}', "/fp", "holds a lone surrogate"],
    ["a lone surrogate in a key", '{"a\\ud800":1}', "/a\ufffd", "holds a lone surrogate"],
    ["NUL", '{"a":"x\\u0000y"}', "/a", "holds a NUL character"],
    ["NUL in a key", '{"a\\u0000":1}', "/a\0", "holds a NUL character"],
    ["__proto__", '{"a":{"__proto__":{"isAdmin":true}}}', "/a/__proto__", "is a reserved name"],
    ["__proto__ by its escape", '{"\\u005f_proto__":1}', "/__proto__", "is a reserved name"],
    ["constructor", '{"constructor":{"name":{}}}', "/constructor", "is a reserved name"],
    ["prototype", '{"prototype":1}', "/prototype", "is a reserved name"],
    ["beyond a double", '{"a":[0,1e400]}', "/a/1", "is a number that can't be kept exactly"],
    ["below a double", '{"a":1e-400}', "/a", "is a number that can't be kept exactly"],
    ["an integer that a double changes", '{"a":9007199254740993}', "/a", "is a number that can't be kept exactly"],
    ["2^63", "[9223372036854775808]", "/0", "is a number that can't be kept exactly"],
    ["a negative zero", '{"a":-0}', "/a", "is a negative zero"],
    ["a negative zero with a fraction", "-0.0", "", "is a negative zero"],
    ["a key with slashes and tildes", '{"a/b~c":-0}', "/a~1b~0c", "is a negative zero"],
  ])("%s", (_, text, pointer, detail) => expect(parseJson(text)).toEqual({ faults: [{ pointer, detail }] }));

  test.each(["1.00000000000000000001", "123456789.123456789", "0.12345678901234567890", "9007199254740993.0", "9007199254740993e0", "4.9e-324", "1.00000000000000005e2", "-0.30000000000000001", `1${"0".repeat(60_000)}1e-60001`].map((number) => [number.slice(0, 40), number]))(
    "a number with more digits than a double keeps: %s",
    (_, number) => expect(parseJson(`{"a":${number}}`)).toEqual({ faults: [{ pointer: "/a", detail: "is a number that can't be kept exactly" }] }),
  );
});

describe("every place with a fault is named:", () => {
  const named = (text: string) => {
    const parsed = parseJson(text);
    return "faults" in parsed ? parsed.faults.map(({ pointer }) => pointer) : [];
  };
  test("each key that comes twice", () => expect(named('{"a":1,"b":{"c":1,"c":2},"a":2,"d":[{"e":1,"e":1}]}')).toEqual(["/b/c", "/a", "/d/0/e"]));
  test("once, however often the key comes", () => expect(named('{"a":1,"a":2,"a":3,"b":-0}')).toEqual(["/a", "/b"]));
  test("duplicate keys and other faults together", () => expect(named('{"a":"\\u0000","b":1e400,"__proto__":1,"c":"\\ud800"}')).toEqual(["/a", "/b", "/__proto__", "/c"]));
  test("up to the place that lies too deep", () => expect(named(`{"a":-0,"b":${nested(depthMax)},"c":-0}`)).toEqual(["/a", `/b${"/0".repeat(depthMax - 1)}`]));
  test(`at most ${faultsMax} of them`, () => expect(named(JSON.stringify(Array.from({ length: 1_000 }, () => "\0")))).toHaveLength(faultsMax));
});

test.each([
  ["nothing", ""],
  ["blanks", "  "],
  ["a comment", '{"a":1}//x'],
  ["a trailing comma", '{"a":1,}'],
  ["single quotes", "{'a':1}"],
  ["NaN", "NaN"],
  ["two documents", "{}{}"],
  ["a byte order mark", "\ufeff{}"],
  ["a control character in a string", '"a\nb"'],
  ["a leading zero", "01"],
  ["a hexadecimal number", "0x10"],
  ["an unfinished object", '{"a":1'],
  ["5,000 open brackets", "[".repeat(5_000)],
])("a text that is not JSON is refused: %s", (_, text) => {
  expect(parseJson(text)).toEqual({ faults: [{ pointer: "", detail: "is not valid JSON" }] });
});

test("a body of 64 KB full of brackets is refused without a stack overflow", () => {
  expect(parseJson(nested(32_000))).toMatchObject({ faults: [{ detail: "is nested deeper than 16 levels" }] });
});

test("reading hostile keys changes no prototype", () => {
  parseJson('{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}');
  expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined();
});
