import { describe, expect, test } from "vitest";
import { fingerprint, maskFingerprint } from "@licensing/core/license/fingerprint.ts";

describe("a fingerprint", () => {
  test.each(["abcdefgh", "a".repeat(256), "AA:BB:CC:DD:EE:FF", "sha256=/+a.b_c-d="])("may be %s", (text) => {
    expect(fingerprint.parse(text)).toBe(text);
  });

  test.each(["", "abcdefg", "a".repeat(257), "abcdefgh ", " abcdefgh", "abcd efgh", "abcdefgh\n", "abcdéfgh", "abcdefgh\0", "abcd\ud800fgh"])(
    "may not be %j",
    (text) => expect(fingerprint.safeParse(text).success).toBe(false),
  );
});

describe("a masked fingerprint", () => {
  test.each([
    ["abcdefgh", "ab…gh"],
    ["abcdefghi", "ab…hi"],
    ["abcdefghij", "ab…hij"],
    ["abcdefghijkl", "ab…ijkl"],
    ["abcdefghijklmnopqrstuvwxyz", "ab…wxyz"],
    ["", "…"],
    ["a", "…"],
    ["abc", "a…"],
  ])("of %s is %s", (text, masked) => expect(maskFingerprint(text)).toBe(masked));

  test("never shows more than half, nor the hidden length", () => {
    for (let length = 0; length <= 256; length += 1) {
      const masked = maskFingerprint("x".repeat(length));
      expect(masked.length - 1).toBeLessThanOrEqual(Math.min(6, length / 2));
    }
  });
});
