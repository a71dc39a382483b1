import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { canonical, hashJson } from "@licensing/core/base/canonical.ts";
import { faultsFrom } from "@licensing/core/http/faults.ts";
import { idempotencyKeyFrom, ifMatchFrom, requestIdFrom, traceparentFrom } from "@licensing/core/http/headers.ts";
import { idSchema } from "@licensing/core/base/id.ts";
import { decodeCursor, encodeCursor, pageFields, pageFrom } from "@licensing/core/http/page.ts";
import { isPlainPath } from "@licensing/core/http/path.ts";
import { readQuery } from "@licensing/core/http/query.ts";
import { ProblemError } from "@licensing/core/problem/problem.ts";

describe("a path must be plain:", () => {
  test.each(["/healthz", "/v1/api/licensing/licenses/1", "/v1/api/licensing/.well-known/jwks.json", "/a/svc_3q2-7w3v~", "/a/...b", "/a:b", "/a/b%3Ac", "/a/%3a"])("%s", (path) =>
    expect(isPlainPath(path)).toBe(true),
  );
  test.each([
    "", "/", "//", "/a/", "/a//b", "/a/./b", "/a/../b", "/..", "/a/%2F", "/a/%31", "/a/%00", "/a/%2e%2e/b", "/a/%3", "/a/%3A/..", "/a/%253A", "/a;b=c", "/a?b", "/a#b",
    "/a b", "/a\\b", "/a\0", "/ä", "a", "http://x/a", "/a@b", `/${"a".repeat(1100)}`,
  ])("%j is refused", (path) => expect(isPlainPath(path)).toBe(false));
});

describe("a query string", () => {
  test.each([
    ["", {}],
    ["a=1&b=2", { a: "1", b: "2" }],
    ["a=x%20y+z&b=%C3%A4", { a: "x y z", b: "ä" }],
    ["a", { a: "" }],
    ["a=b=c", { a: "b=c" }],
    ["__proto__=1", Object.fromEntries([["__proto__", "1"]])],
  ])("%s is read", (raw, values) => expect(readQuery(raw)).toEqual({ values }));
  test.each([
    ["a parameter twice", "a=1&a=2", "/query/a"],
    ["a parameter twice by its escape", "a=1&%61=2", "/query/a"],
    ["a parameter twice whose name must be escaped in a pointer", "a/b~=1&a/b~=2", "/query/a~1b~0"],
    ["a broken escape", "a=%zz", "/query"],
    ["half an escape", "a=%e", "/query"],
    ["invalid UTF-8", "a=%ff", "/query"],
    ["an encoded surrogate", "a=%ed%a0%80", "/query"],
    ["NUL", "a=%00", "/query"],
    ["a line's end", "a=x%0ay", "/query"],
    ["no name", "=1", "/query"],
    ["an empty piece", "a=1&&b=2", "/query"],
    ["too long", `a=${"x".repeat(5_000)}`, "/query"],
    ["too many", Array.from({ length: 40 }, (_, index) => `p${index}=1`).join("&"), "/query"],
  ])("%s is a fault", (_, raw, pointer) => expect(readQuery(raw)).toMatchObject({ faults: [{ pointer }] }));
});

describe("headers", () => {
  test.each(["a1b2c3d4", "A.b_c-d12", "x".repeat(64)])("the request id %s is kept", (id) => expect(requestIdFrom(id)).toBe(id));
  test.each([undefined, "", "short", "x".repeat(65), "a b c d e f", "a\nb\nc\nd\ne", "\u001b[31mred\u001b[0m", "ünïcödé-id", "a,b,c,d,e"])(
    "the request id %j is replaced",
    (id) => expect(requestIdFrom(id)).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  );
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  test("a valid traceparent is passed on", () => expect(traceparentFrom(traceparent)).toBe(traceparent));
  test.each([undefined, "", `${traceparent}-x`, traceparent.toUpperCase(), `ff${traceparent.slice(2)}`, traceparent.replace(/0af\w+/, "0".repeat(32)), traceparent.replace("b7ad6b7169203331", "0".repeat(16))])(
    "the traceparent %j is dropped",
    (header) => expect(traceparentFrom(header)).toBeUndefined(),
  );
  test.each([
    ['"7"', [7]],
    ['"0"', [0]],
    [' "12" ', [12]],
    ['"9007199254740991"', [9007199254740991]],
    ['"1", "2"', [1, 2]],
    ['"x", W/"1" ,"3"', [3]],
  ])("If-Match %s accepts these sequences", (header, sequences) => expect(ifMatchFrom(header)).toEqual(sequences));
  test.each(['W/"7"', '""', '"07"', '"-1"', '"9007199254740993"', '"1e3"', '"x"', '"1,2"'])("If-Match %s accepts none", (header) =>
    expect(ifMatchFrom(header)).toEqual([]),
  );
  test("If-Match * accepts every sequence", () => expect(ifMatchFrom(" * ")).toBe("*"));
  test.each(["7", "", '"7', '"1" "2"', "*, *", '*, "1"', 'w/"7"', '"a b"'])("If-Match %j is refused", (header) => expect(ifMatchFrom(header)).toBeUndefined());
  test.each(["k", "!", "~".repeat(255), '"quoted,comma"'])("the idempotency key %s is accepted", (key) => expect(idempotencyKeyFrom(key)).toEqual({ key }));
  test.each(["", "a b", "a\tb", "ä", "x".repeat(256), "\0"])("the idempotency key %j is a fault", (header) =>
    expect(idempotencyKeyFrom(header)).toMatchObject({ fault: { pointer: "/header/idempotency-key" } }),
  );
});

describe("an id", () => {
  test.each(["0", "1", "9223372036854775807"])("may be %s", (id) => expect(idSchema.safeParse(id).success).toBe(true));
  test.each(["", "-1", "1e3", "0x10", " 1", "1 ", "9223372036854775808", "9999999999999999999", "12345678901234567890", "0000000000000000001", "01", "١", "1.0", "a"])("may not be %j", (id) =>
    expect(idSchema.safeParse(id).success).toBe(false),
  );
});

describe("every fault is named by its pointer:", () => {
  const schema = z.strictObject({ holder: z.strictObject({ id: z.string() }), tags: z.array(z.int()), "a/b": z.optional(z.string()) });
  test("in objects, arrays and unknown fields, all at once", () => {
    const parsed = schema.safeParse({ holder: { id: 1, role: "x" }, tags: [1, "2"], "a/b": 3, "x~y": 1 });
    const pointers = faultsFrom(parsed.error?.issues ?? [], "").map(({ pointer }) => pointer);
    expect(pointers.toSorted()).toEqual(["/a~1b", "/holder/id", "/holder/role", "/tags/1", "/x~0y"]);
  });
  test("at most fifty of them", () => {
    const parsed = z.array(z.int()).safeParse(Array.from({ length: 200 }, () => "x"));
    expect(faultsFrom(parsed.error?.issues ?? [], "")).toHaveLength(50);
  });
});

describe("two requests are the same by their canonical JSON:", () => {
  test("the order of keys doesn't matter, that of items does", () => {
    expect(hashJson({ a: 1, b: { c: [1, 2], d: null } })).toBe(hashJson({ b: { d: null, c: [1, 2] }, a: 1 }));
    expect(hashJson([1, 2])).not.toBe(hashJson([2, 1]));
  });
  test("different values never share a text", () => {
    const values = [null, "null", 0, "0", "", [], {}, [null], [[]], { a: 1 }, { a: "1" }, ["a", 1], { a: [1] }, true, "true"];
    expect(new Set(values.map((value) => canonical(value))).size).toBe(values.length);
  });
  test("keys are sorted by code units, by RFC 8785 §3.2.3", () => {
    const value = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 };
    expect(canonical(value)).toBe('{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}');
  });
});

describe("pages", () => {
  const position = z.tuple([z.literal("things"), z.string(), idSchema]);
  test("a decoded cursor equals the encoded one", () => {
    expect(decodeCursor(encodeCursor(["things", "2026-11-23", "42"]), position)).toEqual(["things", "2026-11-23", "42"]);
  });
  test.each(["x", "!!!!", encodeCursor(["things", 1, "42"]), encodeCursor(["things", "a"]), encodeCursor(["others", "a", "1"]), encodeCursor(["a", "1"]), `${encodeCursor(["things", "a", "1"])}=`, Buffer.from("{").toString("base64url"), Buffer.from([0xff]).toString("base64url")])(
    "the cursor %s is refused as the caller's fault",
    (text) => {
      const error = caught(() => decodeCursor(text, position));
      expect(error).toBeInstanceOf(ProblemError);
      expect((error as ProblemError).problem).toMatchObject({ code: "malformed-request", errors: [{ pointer: "/query/cursor" }] });
    },
  );
  test("one row beyond the page makes hasMore true, and is not shown", () => {
    expect(pageFrom([1, 2, 3], 2, (row) => ["things", row])).toEqual({ data: [1, 2], pagination: { hasMore: true, nextCursor: encodeCursor(["things", 2]) } });
    expect(pageFrom([1, 2], 2, (row) => ["things", row])).toEqual({ data: [1, 2], pagination: { hasMore: false, nextCursor: null } });
    expect(pageFrom([], 2, () => ["things"])).toEqual({ data: [], pagination: { hasMore: false, nextCursor: null } });
  });
  const query = z.strictObject(pageFields);
  test.each([[{}, 20], [{ limit: "1" }, 1], [{ limit: "100" }, 100]])("%j asks for %i", (values, limit) => expect(query.parse(values).limit).toBe(limit));
  test.each(["0", "101", "1e9", "-1", "01", " 5", "", "5.0", "1000000000"])("the limit %j is refused", (limit) => expect(query.safeParse({ limit }).success).toBe(false));
});

function caught(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
