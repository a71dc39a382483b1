import { describe, expect, test } from "vitest";
import { readSearchText } from "@licensing/core/license/search-text.ts";

describe("a text that was pasted to find a license", () => {
  test("is read as a key in any spelling, and is then also a possible fingerprint", () => {
    const key = "LIC-00000-00000-00000-00000-00168";
    expect(readSearchText(` “${key.toLowerCase().replaceAll("-", "–")}” `)).toMatchObject({ key, fingerprint: key.toLowerCase() });
    expect(readSearchText("LIC-00000-00000-00000-00000-00169")).not.toHaveProperty("key");
  });

  test("is an id if it is a whole number that an id can have", () => {
    expect(readSearchText("\u200B914989238678761520\n")).toMatchObject({ id: "914989238678761520" });
    for (const text of ["99999999999999999999", "-1", "1.5", "914989238678761520x"]) expect(readSearchText(text)).not.toHaveProperty("id");
  });

  test("is a fingerprint if it has the form of one", () => {
    for (const text of ["machine:01", "“machine:01”", " machine:01\u200B"]) expect(readSearchText(text).fingerprint).toBe("machine:01");
    expect(readSearchText("machine")).not.toHaveProperty("fingerprint");
    expect(readSearchText("machine 01")).not.toHaveProperty("fingerprint");
  });

  test("is a key hint with or without an ellipsis before it, both as typed and with the look-alikes of a generated key replaced", () => {
    for (const text of ["d6p0v", "…d6p0v", "...d6p0v"]) expect(readSearchText(text).hints).toEqual(["…d6p0v", "…D6P0V"]);
    expect(readSearchText("OIL0V").hints).toEqual(["…OIL0V", "…0110V"]);
    expect(readSearchText("D6P0V").hints).toEqual(["…D6P0V"]);
    for (const text of ["D6P0", "D6P0V7", "..D6P0V"]) expect(readSearchText(text).hints).toEqual([]);
  });

  test("is a whole name, both as pasted and without invisible characters and quotation marks, up to 255 characters", () => {
    expect(readSearchText(" Zoë\u200B ").wholes).toEqual(["Zoë"]);
    expect(readSearchText("“Ada’s desk”").wholes).toEqual(["“Ada’s desk”", "Ada’s desk"]);
    expect(readSearchText("Zoe\u0308").wholes).toEqual(["Zoë"]);
    expect(readSearchText("😀".repeat(255)).wholes).toHaveLength(1);
    expect(readSearchText("😀".repeat(256)).wholes).toEqual([]);
    expect(readSearchText("\u200B \u00AD").wholes).toEqual([]);
  });

  test("is a whole text in metadata, also with the invisible characters and blanks around it, up to 500 characters", () => {
    expect(readSearchText(" Zoë\u200B ").values).toEqual([" Zoë\u200B ", "Zoë"]);
    expect(readSearchText("a".repeat(500)).values).toEqual(["a".repeat(500)]);
    expect(readSearchText("a".repeat(501)).values).toEqual([]);
  });
});

describe("a part of a name or of a holder's id", () => {
  test("needs three letters or digits in a row", () => {
    for (const text of ["", "ab", "a-b-c", "%__", "a\u0301b", "12-34"]) expect(readSearchText(text)).not.toHaveProperty("part");
    expect(readSearchText("abc").part).toEqual({ text: "abc", pattern: "%abc%", groups: ["abc"] });
    expect(readSearchText("-ünï-").part?.groups).toEqual(["ünï"]);
  });

  test("has each group of three letters or digits once, and no group across another character", () => {
    expect(readSearchText("ababab-cde f").part?.groups).toEqual(["aba", "bab", "cde"]);
  });

  test("matches `%`, `_` and the backslash literally", () => {
    expect(readSearchText(String.raw`100%_a\b`).part?.pattern).toBe(String.raw`%100\%\_a\\b%`);
  });

  test("is searched by 48 characters from its first group on, and then compared as a whole", () => {
    const long = `-- ${"abcdefghij".repeat(6)}`;
    expect(readSearchText(long).part).toMatchObject({ text: long, pattern: `%${"abcdefghij".repeat(6).slice(0, 48)}%` });
    expect(readSearchText(long).part?.groups).toHaveLength(10);
    const fitting = `-- ${"a".repeat(45)}`;
    expect(readSearchText(fitting).part?.pattern).toBe(`%${fitting}%`);
  });

  test("is at most 255 characters long", () => {
    expect(readSearchText("a".repeat(255))).toHaveProperty("part");
    expect(readSearchText("a".repeat(256))).not.toHaveProperty("part");
  });
});
