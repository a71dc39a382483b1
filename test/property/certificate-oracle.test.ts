import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isBase64url } from "@licensing/core/base/base64url.ts";
import { readClaims } from "@licensing/core/certificate/claims.ts";
import { cryptoNode } from "@licensing/core/certificate/crypto-node.ts";
import { cryptoPortable } from "@licensing/core/certificate/crypto-portable.ts";
import { claimsFor } from "../support/certificate-fixture.ts";
import { claimsSchema } from "./claims-schema.ts";
import "../support/seeded-properties.ts";

/** Values on both sides of each bound, and nearly right ones. */
const edges: readonly unknown[] = [
  null, true, false, 0, -0, 1, -1, 1.5, 1e21, 2 ** 53, 2 ** 53 - 1, 253_402_300_799, 253_402_300_800, Number.NaN, Infinity,
  "", "0", "1", "7", "-7", "07", "9".repeat(19), "9".repeat(20), "1\n", "１", "x", "x".repeat(63), "x".repeat(64), "x".repeat(65),
  "x".repeat(512), "x".repeat(513), "x".repeat(1_024), "x".repeat(1_025), "ACTIVATED", "REVOKED", "activated", "ACTIVATED ", "toString",
  "2026-11-23T10:00:00.000Z", "2026-02-31T10:00:00.000Z", "2026-11-23T24:00:00.000Z", "2026-11-23T10:00:00Z", "2026-11-23T10:00:00.000z",
  "2026-13-23T10:00:00.000Z", "2026-11-32T10:00:00.000Z", "2026-11-23T10:60:00.000Z", "2026-11-23T10:00:60.000Z", "\u0662026-11-23T10:00:00.000Z",
  " 2026-11-23T10:00:00.000Z", "2026-11-23T10:00:00.000Z\n", "+02026-11-23T10:00:00.000Z", "5a".repeat(32), "5A".repeat(32), "5a".repeat(33),
  [], [null], ["A".repeat(22)], [`${"A".repeat(21)}B`], Array(100).fill("A".repeat(22)), Array(101).fill("A".repeat(22)), ["A".repeat(21)],
  {}, { a: true }, { a: false }, { a: null }, { a: {} }, { a: 1e400 }, { a: "x".repeat(1_025) }, { [`${"c".repeat(512)}`]: 1 }, { [`${"c".repeat(513)}`]: 1 },
  Object.fromEntries(Array.from({ length: 256 }, (_, index) => [`f${index}`, index])), Object.fromEntries(Array.from({ length: 257 }, (_, index) => [`f${index}`, index])),
  { type: "user", id: "u" }, { type: "", id: "u" }, { type: "user" }, { type: "x".repeat(513), id: "u" }, JSON.parse('{"__proto__":true}'), JSON.parse('{"__proto__":{"type":"a","id":"b"}}'),
];

type Path = readonly string[];
const good = claimsFor();
const paths: readonly Path[] = [
  [],
  ...Object.keys(good).map((member) => [member]),
  ...Object.keys(good.license).map((member) => ["license", member]),
  ["license", "holder", "type"], ["license", "holder", "id"], ["license", "features", "sso"], ["license", "seats", "0"], ["fingerprint"], ["license", "more"], ["more"],
];

const absent = Symbol("absent");

/** A copy of `value` with another member at `path`, or without it. */
function withAt(value: unknown, path: Path, replacement: unknown): unknown {
  const [member, ...rest] = path;
  if (member === undefined) return replacement;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  if (rest.length === 0 && replacement === absent) return Array.isArray(value) ? value.slice(1) : without(copy, member);
  copy[member] = withAt(copy[member], rest, replacement);
  return copy;
}

function without(copy: Record<string, unknown>, member: string): unknown {
  delete copy[member];
  return copy;
}

/** The schema's answer: the claims without unknown members, or undefined. */
function oracle(value: unknown): unknown {
  const parsed = claimsSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** Compares, and counts accepted and refused values, so that a test can require both. */
function comparison() {
  const answers = { accepted: 0, refused: 0 };
  const compare = (value: unknown): void => {
    const expected = oracle(value);
    expect(readClaims(value)).toEqual(expected);
    if (expected === undefined) answers.refused += 1;
    else answers.accepted += 1;
  };
  return { answers, compare };
}

describe("the reader of claims agrees with a schema that shares no code with it", () => {
  test("on each member absent, and each edge value at each place", () => {
    const { answers, compare } = comparison();
    for (const path of paths) for (const value of [absent, ...edges]) compare(withAt(good, path, value));
    expect(answers.accepted).toBeGreaterThan(300);
    expect(answers.refused).toBeGreaterThan(1_000);
  });

  test("on any two edge values at any two places", () => {
    const { answers, compare } = comparison();
    const change = fc.record({ path: fc.constantFrom(...paths.slice(1)), value: fc.constantFrom(absent, ...edges) });
    const changed = fc.tuple(change, change).map((changes) => changes.reduce<unknown>((value, { path, value: at }) => (isPlace(value, path) ? withAt(value, path, at) : value), good));
    fc.assert(fc.property(changed, compare), { numRuns: 10_000 });
    expect(Math.min(answers.accepted, answers.refused)).toBeGreaterThan(100);
  });

  test("on any JSON at any place", () => {
    const { answers, compare } = comparison();
    const anything = fc.oneof(fc.jsonValue(), fc.string({ unit: "binary" }), fc.double(), fc.integer());
    fc.assert(fc.property(fc.constantFrom(...paths), anything, (path, value) => compare(withAt(good, path, value))), { numRuns: 10_000 });
    expect(answers.refused).toBeGreaterThan(1_000);
  });

  test("on a valid text with one character changed, inserted or removed, if it is still JSON", () => {
    const { answers, compare } = comparison();
    const text = JSON.stringify(good);
    const symbols = ['"', "\\", "0", "-", "}", ",", "a", "\u00e9", " ", "e"];
    for (let at = 0; at < text.length; at += 1) {
      for (const symbol of symbols) {
        for (const changed of [text.slice(0, at) + symbol + text.slice(at + 1), text.slice(0, at) + symbol + text.slice(at), text.slice(0, at) + text.slice(at + 1)]) {
          const value = parsed(changed);
          if (value !== absent) compare(value);
        }
      }
    }
    expect(Math.min(answers.accepted, answers.refused)).toBeGreaterThan(100);
  });
});

function isPlace(value: unknown, path: Path): boolean {
  let place = value;
  for (const member of path.slice(0, -1)) {
    if (typeof place !== "object" || place === null || !Object.hasOwn(place, member)) return false;
    place = (place as Record<string, unknown>)[member];
  }
  return typeof place === "object" && place !== null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return absent;
  }
}

describe("both runtimes accept canonical base64url and nothing else", () => {
  const alphabet = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"];
  const compare = (segment: string): void => {
    const expected = /^[\w-]+$/.test(segment) && Buffer.from(segment, "base64url").toString("base64url") === segment;
    const found = [isBase64url(segment), cryptoNode.isCanonical(segment), cryptoPortable.isCanonical(segment)];
    expect([segment, ...found]).toEqual([segment, expected, expected, expected]);
  };

  test("at any length and with any last symbol", () => {
    for (let length = 0; length < 140; length += 1) {
      for (const last of alphabet) compare("A".repeat(Math.max(0, length - 1)) + (length === 0 ? "" : last));
    }
  });

  test("with a foreign character anywhere: padding, base64's own, a blank, a line end, a character of two bytes whose last byte is that of a symbol", () => {
    for (const bytes of [16, 31, 32, 33, 200, 976]) {
      const segment = randomBytes(bytes).toString("base64url");
      for (const foreign of ["=", "==", "+", "/", " ", "\n", "\0", ".", "\u00c1", "\u0141", "\uff21", "\ud83d\udd11"]) {
        for (const at of [0, 1, Math.floor(segment.length / 2), segment.length - 1, segment.length]) {
          compare(segment.slice(0, at) + foreign + segment.slice(at + 1));
          compare(segment.slice(0, at) + foreign + segment.slice(at));
        }
      }
    }
  });

  test("as any text", () => {
    const symbol = fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...alphabet) }, { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }) });
    fc.assert(fc.property(fc.array(symbol, { maxLength: 200 }).map((symbols) => symbols.join("")), compare), { numRuns: 5_000 });
  });
});
