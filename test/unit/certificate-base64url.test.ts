import { describe, expect, test } from "vitest";
import { fromBase64url, isBase64url, toBase64url } from "@licensing/core/base/base64url.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/** Canonical texts survive Node's decoder and encoder unchanged; other texts don't. */
const isOnlySpelling = (text: string) => text !== "" && Buffer.from(text, "base64url").toString("base64url") === text;

describe("canonical base64url", () => {
  test("is an encoder's output, for every ending that a text can have", () => {
    const ends = [...alphabet].flatMap((one) => [one, ...[...alphabet].flatMap((two) => [one + two, `${one}A${two}`, `A${one}A${two}`])]);
    const texts = ends.flatMap((end) => [end, `AAAA${end}`]);
    expect(texts.filter((text) => isBase64url(text) !== isOnlySpelling(text))).toEqual([]);
  });

  test.each(["", "A", "AAAAA", "AA==", "AAA=", "AAA+", "AAA/", "AA A", "AAA\n", "\nAAA", "AAA\0", "AAAÀ", "AAAＡ", "=AAA"])("is not %j", (text) => {
    expect(isBase64url(text)).toBe(false);
  });
});

test("bytes are encoded as Node encodes them, and decoded to the same bytes", () => {
  for (let length = 0; length <= 8; length += 1) {
    for (let byte = 0; byte < 256; byte += 1) {
      const bytes = Uint8Array.from({ length }, (_, index) => (byte + 85 * index) % 256);
      const text = toBase64url(bytes);
      expect(text).toBe(Buffer.from(bytes).toString("base64url"));
      expect(fromBase64url(text)).toEqual(bytes);
    }
  }
});
