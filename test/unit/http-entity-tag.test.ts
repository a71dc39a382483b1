import { describe, expect, test } from "vitest";
import { digestTag, entityTagsFrom, isHeld } from "@licensing/core/http/entity-tag.ts";

describe("a list of entity tags is read by RFC 9110:", () => {
  test.each<[string, readonly string[] | "*"]>([
    ['"a"', ['"a"']],
    ['W/"a"', ['W/"a"']],
    ['""', ['""']],
    ['"a", W/"b","c"', ['"a"', 'W/"b"', '"c"']],
    ['"a,b", "c"', ['"a,b"', '"c"']],
    [', "a" ,, \t"b",', ['"a"', '"b"']],
    ['"W/"', ['"W/"']],
    ['"*"', ['"*"']],
    ['"\u00e9"', ['"\u00e9"']],
    ["*", "*"],
    [" * ", "*"],
  ])("%s", (header, tags) => expect(entityTagsFrom(header)).toEqual(tags));

  test.each(["", " ", ",", "a", '"a', 'a"', '"a"b"', '"a""b"', '"a" "b"', '"a", b', 'w/"a"', 'W/ "a"', 'W"a"', "**", "*,*", '*, "a"', '"a", *', '"a b"', '"a\tb"', "'a'"])(
    "%j isn't a list",
    (header) => expect(entityTagsFrom(header)).toBeUndefined(),
  );

  test("a list of 50,000 tags is read, and a header with 50,000 faults is refused", () => {
    expect(entityTagsFrom(`${'"a" '.repeat(50_000)}`)).toBeUndefined();
    expect(entityTagsFrom(`"${" ,".repeat(50_000)}`)).toBeUndefined();
    expect(entityTagsFrom('"a",'.repeat(50_000))).toHaveLength(50_000);
  });
});

describe("the entity tag \"7\"", () => {
  test.each(['"7"', 'W/"7"', '"1", "7"', 'W/"x" , W/"7"', '"a,b","7"', "*"])("is named by %s", (header) => expect(isHeld('"7"', header)).toBe(true));
  test.each([undefined, "", '"1"', "7", '"1,"7"', '"7', '"77"', 'w/"7"'])("is not named by %j", (header) => expect(isHeld('"7"', header)).toBe(false));
});

test("the entity tag of a text is strong, equal for an equal text and different for a different text", () => {
  expect(digestTag("a")).toBe(digestTag("a"));
  expect(digestTag("a")).not.toBe(digestTag("b"));
  expect(entityTagsFrom(digestTag("a"))).toEqual([digestTag("a")]);
});
