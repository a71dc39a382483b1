import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createCache } from "@licensing/core/base/cache.ts";
import "../support/seeded-properties.ts";

describe("a cache", () => {
  test("keeps the most recently used half of its entries", () => {
    const cache = createCache<number>(8);
    for (let key = 0; key < 100; key += 1) {
      cache.set(String(key), key, 1);
      expect(cache.get("0", 0)).toBe(0);
      for (let back = 0; back < 3 && key - back > 0; back += 1) expect(cache.get(String(key - back), 0)).toBe(key - back);
    }
  });

  test.each([1, 2, 3, 8, 9])("of %d entries never holds more entries", (entriesMax) => {
    const uses = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 30 })), { maxLength: 200 });
    fc.assert(
      fc.property(uses, (sequence) => {
        const cache = createCache<number>(entriesMax);
        for (const [sets, key] of sequence) {
          if (sets) cache.set(String(key), key, 1);
          else cache.get(String(key), 0);
          const last = cache.get(String(key), 0);
          if (sets) expect(last).toBe(key);
        }
        // A look may drop entries that would be counted later, so this counts at most the held ones.
        const held = Array.from({ length: 31 }, (_, key) => cache.get(String(key), 0)).filter((value) => value !== undefined);
        expect(held.length).toBeLessThanOrEqual(entriesMax);
      }),
    );
  });

  test("answers the newest value, in whichever generation the older one is", () => {
    const cache = createCache<string>(4);
    cache.set("a", "old", 1);
    cache.set("b", "b", 1);
    cache.set("a", "new", 1);
    cache.set("c", "c", 1);
    expect(cache.get("a", 0)).toBe("new");
  });

  test("ends each entry at its time, and forgets deleted entries", () => {
    const cache = createCache<string>(4);
    cache.set("a", "a", 10);
    expect([cache.get("a", 9), cache.get("a", 10), cache.get("a", 9)]).toEqual(["a", undefined, undefined]);
    for (const key of ["a", "b", "c"]) cache.set(key, key, 10);
    for (const key of ["a", "c"]) cache.delete(key);
    expect(["a", "b", "c"].map((key) => cache.get(key, 0))).toEqual([undefined, "b", undefined]);
    cache.clear();
    expect(cache.get("b", 0)).toBeUndefined();
  });
});
