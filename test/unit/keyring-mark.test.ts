import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { counterText, markRing, readCounter, readRing, strayKids, type RingKey } from "@licensing/core/keyring/mark.ts";
import { activated, adopted, denied, registered, retired } from "@licensing/core/rotation/ring-changes.ts";
import { rotationPolicy } from "@licensing/core/rotation/states.ts";

const secret = Buffer.alloc(32, 7);
const at = new Date("2027-01-01T00:00:00.000Z");
const later = new Date("2027-02-01T00:00:00.000Z");
const key = (kid: string, state: RingKey["state"], changes: Partial<RingKey> = {}): RingKey => ({
  kid, x: `x of ${kid}`, state, createdAt: at, activeAt: null, retiringAt: null, retiredAt: null, compromisedAt: null, ...changes,
});
const ring = { stage: "production", counter: 3, keys: [key("a", "active", { activeAt: at }), key("b", "compromised", { compromisedAt: at })] };

describe("a marked ring", () => {
  test("is read unchanged, and its mark is an HMAC under the secret", () => {
    const stored = markRing(ring, secret);
    expect(readRing(stored, secret, "production")).toEqual(ring);
    expect(stored.mark).toBe(createHmac("sha256", secret).update(`licensing/keyring/v1\n${stored.ring}`).digest("base64url"));
    expect(JSON.parse(stored.ring)).toEqual(JSON.parse(JSON.stringify(ring)));
  });

  test("holds only a key's marked members", () => {
    const more = { ...key("a", "active"), certificates: 7 };
    expect(markRing({ ...ring, keys: [more] }, secret)).toEqual(markRing({ ...ring, keys: [key("a", "active")] }, secret));
  });

  test("is refused with another secret, for another stage, with a changed text or a changed mark", () => {
    const stored = markRing(ring, secret);
    expect(readRing(stored, Buffer.alloc(32, 8), "production")).toBeUndefined();
    expect(readRing(stored, secret, "staging")).toBeUndefined();
    for (const from of ["active", "compromised", "x of a", "2027", '"counter":3']) {
      const changed = stored.ring.replace(from, from.replace(/.$/, "9"));
      expect(changed).not.toBe(stored.ring);
      expect(readRing({ ...stored, ring: changed }, secret, "production")).toBeUndefined();
    }
    for (const mark of ["", "é", stored.mark.slice(1), `${stored.mark}A`, stored.mark.toLowerCase()]) expect(readRing({ ...stored, mark }, secret, "production")).toBeUndefined();
  });
});

describe("a counter in Redis", () => {
  test("is read with its own secret and stage, and is 0 with others", () => {
    const text = counterText(12, secret, "production");
    expect(text).toMatch(/^12\.[\w-]{43}$/);
    expect(readCounter(text, secret, "production")).toBe(12);
    expect(readCounter(text, secret, "staging")).toBe(0);
    expect(readCounter(text, Buffer.alloc(32), "production")).toBe(0);
    for (const other of [undefined, "", "12", text.replace("12", "13"), ` ${text}`, `${text} `, text.replace("12", "1e3"), "9999999999999999.x"]) expect(readCounter(other, secret, "production")).toBe(0);
    expect(readCounter(counterText(0, secret, ""), secret, "")).toBe(0);
    expect(readCounter(counterText(999_999_999_999_999, secret, ""), secret, "")).toBe(999_999_999_999_999);
  });

  test("isn't a ring's mark", () => {
    const stored = markRing(ring, secret);
    expect(readCounter(`12.${stored.mark}`, secret, "production")).toBe(0);
  });
});

describe("rows that differ from the marked keys", () => {
  test("are those added, changed or removed, and no others", () => {
    expect(strayKids(ring.keys, ring.keys)).toEqual([]);
    expect(strayKids(ring.keys, [...ring.keys].reverse())).toEqual([]);
    expect(strayKids(ring.keys, [...ring.keys, key("c", "pending")])).toEqual(["c"]);
    expect(strayKids(ring.keys, ring.keys.slice(0, 1))).toEqual(["b"]);
    expect(strayKids([], ring.keys)).toEqual(["a", "b"]);
    const changes: Partial<RingKey>[] = [{ x: "other" }, { state: "pending" }, { createdAt: later }, { activeAt: later }, { retiringAt: at }, { retiredAt: at }, { compromisedAt: at }];
    for (const change of changes) expect(strayKids(ring.keys, ring.keys.map((one) => (one.kid === "a" ? { ...one, ...change } : one)))).toEqual(["a"]);
  });
});

describe("a change of the ring", () => {
  const policy = rotationPolicy(86_400);
  const [pending, active, retiring, gone, bad] = [key("p", "pending"), key("a", "active", { activeAt: at }), key("r", "retiring", { activeAt: at, retiringAt: at }), key("g", "retired"), key("c", "compromised")];
  const all = [pending, active, retiring, gone, bad];

  test("registers unknown keys as pending in their order, and leaves known ones", () => {
    expect(registered(all, [{ kid: "g", x: "another" }], later)).toBeUndefined();
    const after = registered([active], [{ kid: "n", x: "x1" }, { kid: "a", x: "another" }, { kid: "m", x: "x2" }], later);
    expect(after).toEqual([active, key("n", "pending", { x: "x1", createdAt: later }), key("m", "pending", { x: "x2", createdAt: new Date(later.getTime() + 1) })]);
  });

  test("activates a pending key only in place of the named active one", () => {
    expect(activated(all, { kid: "p", instead: "a" }, later)).toEqual([{ ...pending, state: "active", activeAt: later }, { ...active, state: "retiring", retiringAt: later }, retiring, gone, bad]);
    expect(activated([pending], { kid: "p", instead: null }, later)).toEqual([{ ...pending, state: "active", activeAt: later }]);
    for (const instead of [null, "r", "p"]) expect(activated(all, { kid: "p", instead }, later)).toBeUndefined();
    for (const kid of ["a", "r", "g", "c", "nobody"]) expect(activated(all, { kid, instead: "a" }, later)).toBeUndefined();
    expect(activated([pending], { kid: "p", instead: "a" }, later)).toBeUndefined();
  });

  test("retires a retiring key when its time is over", () => {
    const over = new Date(at.getTime() + policy.retireAfterSeconds * 1000);
    expect(retired(all, "r", { now: over, policy })).toEqual([pending, active, { ...retiring, state: "retired", retiredAt: over }, gone, bad]);
    expect(retired(all, "r", { now: new Date(over.getTime() - 1), policy })).toBeUndefined();
    for (const kid of ["p", "a", "g", "c", "nobody"]) expect(retired(all, kid, { now: later, policy })).toBeUndefined();
    expect(retired([key("r", "retiring")], "r", { now: later, policy })).toBeUndefined();
    expect(retired([key("p", "pending", { retiringAt: at })], "p", { now: later, policy })).toBeUndefined();
  });

  test("denies a key, an active one only with a successor", () => {
    const compromised = (one: RingKey): RingKey => ({ ...one, state: "compromised", compromisedAt: later });
    expect(denied(all, { kid: "a", from: "active", successor: "p" }, later)).toEqual([{ ...pending, state: "active", activeAt: later }, compromised(active), retiring, gone, bad]);
    expect(denied(all, { kid: "a", from: "active", successor: "r" }, later)).toEqual([pending, compromised(active), { ...retiring, state: "active", activeAt: later, retiringAt: null }, gone, bad]);
    for (const successor of [null, "a", "g", "c", "nobody"]) expect(denied(all, { kid: "a", from: "active", successor }, later)).toBeUndefined();
    expect(denied(all, { kid: "g", from: "retired", successor: null }, later)).toEqual([pending, active, retiring, compromised(gone), bad]);
    expect(denied(all, { kid: "a", from: "pending", successor: "p" }, later)).toBeUndefined();
    expect(denied(all, { kid: "nobody", from: "pending", successor: "p" }, later)).toBeUndefined();
  });

  test("never removes a key", () => {
    const kids = all.map(({ kid }) => kid);
    const changed = [registered(all, [{ kid: "n", x: "x" }], later), activated(all, { kid: "p", instead: "a" }, later), denied(all, { kid: "a", from: "active", successor: "p" }, later)];
    for (const after of changed) expect(after?.map(({ kid }) => kid)).toEqual(expect.arrayContaining(kids));
  });

  test("of an unmarked table marks keys of the secret and denied ones", () => {
    expect(adopted(all, new Set(["p", "r", "nobody"]))).toEqual([pending, retiring, bad]);
    expect(adopted(all, new Set())).toEqual([bad]);
  });
});
