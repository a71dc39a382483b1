import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hmacSha256 } from "@licensing/core/base/hmac.ts";
import "../support/seeded-properties.ts";

describe("HMAC-SHA256", () => {
  test.each([
    ["2", Buffer.from("Jefe"), "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"],
    ["6", Buffer.alloc(131, 0xaa), "Test Using Larger Than Block-Size Key - Hash Key First", "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"],
  ])("is that of RFC 4231, case %s", (_case, key, message, digest) => expect(hmacSha256(key)(message, "hex")).toBe(digest));

  test("equals node:crypto's for any key and any messages, one after the other", () => {
    const keys = fc.uint8Array({ maxLength: 200 });
    const messages = fc.array(fc.string({ unit: "grapheme", maxLength: 400 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(keys, messages, (key, texts) => {
        const digest = hmacSha256(key);
        for (const text of texts) {
          for (const encoding of ["hex", "binary"] as const) expect(digest(text, encoding)).toBe(createHmac("sha256", key).update(text).digest(encoding));
        }
      }),
      { numRuns: 300 },
    );
  });

  test.each([63, 64, 65])("equals node:crypto's for a key of %d bytes", (bytes) => {
    const key = Buffer.alloc(bytes, 0x36);
    expect(hmacSha256(key)("m", "hex")).toBe(createHmac("sha256", key).update("m").digest("hex"));
  });

  test.each([255, 256, 257])("equals node:crypto's for %d characters of three bytes", (characters) => {
    const message = "東".repeat(characters);
    expect(hmacSha256(Buffer.from("key"))(message, "hex")).toBe(createHmac("sha256", "key").update(message).digest("hex"));
  });
});
