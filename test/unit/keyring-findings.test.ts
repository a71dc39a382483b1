import { describe, expect, test } from "vitest";
import { checkState, examineKeys, keyAgeDays, note } from "@licensing/core/rotation/findings.ts";
import type { CheckFacts } from "@licensing/core/rotation/findings.ts";
import { dueStep, hasPassed, isRetirementDue, rotationPolicy, successorOf } from "@licensing/core/rotation/states.ts";
import type { KeyFacts } from "@licensing/core/rotation/states.ts";

const now = new Date("2027-01-01T00:00:00.000Z");
const policy = rotationPolicy(86_400);
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const days = (count: number) => ago(count * 86_400);

function key(kid: string, state: KeyFacts["state"], rest: Partial<KeyFacts> = {}): KeyFacts {
  return { kid, state, createdAt: days(10), activeAt: null, retiringAt: null, retiredAt: null, certificates: 0, neededUntil: null, inSecret: true, verifiable: true, ...rest };
}

const active = key("a", "active", { activeAt: days(1) });
const examine = (keys: readonly KeyFacts[], rest: Partial<CheckFacts> = {}) =>
  examineKeys({ fault: undefined, unmarked: [], altered: [], keys, mismatches: [], hasApplicationSecret: true, secretFault: undefined, isJwksReadable: true, ...rest }, now, policy);

test("the times of a rotation follow from the lifetime of certificates", () => {
  expect(rotationPolicy(86_400)).toEqual({ pendingForSeconds: 3_600, retireAfterSeconds: 86_680, ageWarnDays: 90, agePageDays: 104 });
  expect(rotationPolicy(60).retireAfterSeconds).toBe(340);
});

describe("a check's state is", () => {
  const says = (...states: readonly ("ok" | "warn" | "page")[]) => checkState(states.map((state) => ({ code: "x", detail: "x", state })));
  test("that of its most urgent finding, in any order", () => {
    expect([says(), says("ok"), says("ok", "ok")]).toEqual(["ok", "ok", "ok"]);
    expect([says("warn"), says("warn", "ok"), says("ok", "warn")]).toEqual(["warn", "warn", "warn"]);
    expect([says("page"), says("ok", "page"), says("page", "warn"), says("warn", "page")]).toEqual(["page", "page", "page", "page"]);
  });
});

/** People act on these texts, so each is compared word by word. */
describe("the findings", () => {
  test.each<readonly [string, readonly KeyFacts[], Partial<CheckFacts>, readonly object[]]>([
    ["of a key that signs are none", [active], {}, []],
    ["of PEMs that can't be read", [{ ...active, inSecret: false }], { secretFault: "not PKCS#8" }, [
      { state: "page", code: "secret-unreadable", detail: "The private keys can't be read (not PKCS#8)." },
    ]],
    ["without any PEM", [{ ...active, inSecret: false }], {}, [
      { state: "page", code: "signing-key-missing", detail: "Ed25519 private key not configured" },
      { state: "page", code: "active-key-not-in-secret", kid: "a", detail: "The active key's PEM is not in the secret: certificates are skipped. Put it back; it may be removed when its key is retired." },
    ]],
    ["without an application secret", [active], { hasApplicationSecret: false }, [
      { state: "page", code: "application-secret-missing", detail: "Application secret not configured" },
    ]],
    ["without a key that signs", [key("p", "unregistered")], {}, [
      { state: "page", code: "active-key-missing", detail: "No key is active: certificates are skipped. Add a PEM to the secret." },
    ]],
    ["with no PEM but a retired key's", [{ ...active, inSecret: false }, key("x", "retired", { inSecret: true })], {}, [
      { state: "page", code: "active-key-not-in-secret", kid: "a", detail: "The active key's PEM is not in the secret: certificates are skipped. Put it back; it may be removed when its key is retired." },
      { state: "ok", code: "pem-removable", kid: "x", detail: "Retired: its PEM may be removed from the secret." },
    ]],
    ["while consumers' keys can't be read", [active], { isJwksReadable: false }, [
      { state: "warn", code: "jwks-unreadable", detail: "The published keys (JWKS) could not be read as consumers read them; no key becomes active until they can." },
    ]],
    ["of a signature that doesn't verify", [active], { mismatches: [{ kid: "a", reason: "key-unknown" }, { kid: "b", reason: "signature" }] }, [
      { state: "page", code: "signer-mismatch", kid: "a", detail: "Certificates by this key don't verify with the published keys (key-unknown)." },
      { state: "page", code: "signer-mismatch", kid: "b", detail: "Certificates by this key don't verify with the published keys (signature)." },
    ]],
    ["of a pending key that waits for consumers", [active, key("p", "pending", { createdAt: ago(3_599.999) })], {}, [
      { state: "ok", code: "pending", kid: "p", detail: "Becomes active after 2027-01-01T00:00:00.001Z." },
    ]],
    ["of a pending key whose registration has no time", [active, key("p", "pending", { createdAt: null })], {}, [
      { state: "ok", code: "pending", kid: "p", detail: "Becomes active after 2027-01-01T01:00:00.000Z." },
    ]],
    ["of a pending key that waits for the previous rotation", [active, key("p", "pending", { createdAt: ago(3_600) }), key("r", "retiring", { retiringAt: ago(10) })], {}, [
      { state: "ok", code: "pending", kid: "p", detail: "Becomes active when the retiring key is retired." },
      { state: "ok", code: "retiring", kid: "r", detail: "Will be retired after 2027-01-02T00:04:30.000Z; 0 certificates are left on it. Keep its PEM until then." },
    ]],
    ["of a pending key that may become active are none", [active, key("p", "pending", { createdAt: ago(3_600) })], {}, []],
    ["of a pending key that consumers can't verify with", [active, key("p", "pending", { verifiable: false })], {}, [
      { state: "warn", code: "pending-blocked", kid: "p", detail: "Can't become active: consumers can't verify with it yet." },
    ]],
    ["of a pending key whose verification by consumers is unknown", [active, key("p", "pending", { verifiable: undefined })], {}, [
      { state: "warn", code: "pending-blocked", kid: "p", detail: "Can't become active: consumers can't verify with it yet." },
    ]],
    ["of a pending key without its PEM", [active, key("p", "pending", { inSecret: false })], {}, [
      { state: "warn", code: "pending-key-not-in-secret", kid: "p", detail: "Its PEM is not in the secret, so it can't become active. Put it back." },
    ]],
    ["of a retiring key without a time", [active, key("r", "retiring", { certificates: 2 })], {}, [
      { state: "ok", code: "retiring", kid: "r", detail: "Will be retired after 2027-01-02T00:04:40.000Z; 2 certificates are left on it. Keep its PEM until then." },
    ]],
    ["of a retiring key whose certificates should be gone", [active, key("r", "retiring", { retiringAt: ago(86_680), certificates: 3 })], {}, [
      { state: "warn", code: "retirement-blocked", kid: "r", detail: "Should be retired, but 3 certificates are left on it: does the reconciler run?" },
    ]],
    ["of a retiring key that is retired next are none", [active, key("r", "retiring", { retiringAt: ago(86_680) })], {}, []],
    ["of a retired key whose PEM is gone are none", [active, key("x", "retired", { inSecret: false, certificates: 1 })], {}, []],
    ["of a compromised key whose PEM and certificates remain", [active, key("y", "compromised", { certificates: 1 })], {}, [
      { state: "warn", code: "compromised-key-in-secret", kid: "y", detail: "Compromised: remove its PEM from the secret." },
      { state: "warn", code: "compromised-certificates", kid: "y", detail: "1 certificates are still to be published again." },
    ]],
    ["of a retired key whose license files haven't ended", [active, key("x", "retired", { inSecret: false, neededUntil: ago(-1) })], {}, [
      { state: "ok", code: "published-for-files", kid: "x", detail: "Retired, and published until 2027-01-01T00:00:01.000Z: license files that it signed work until then." },
    ]],
    ["of a retired key whose PEM is still there and whose license files haven't ended", [active, key("x", "retired", { neededUntil: ago(-1) })], {}, [
      { state: "ok", code: "pem-removable", kid: "x", detail: "Retired: its PEM may be removed from the secret." },
      { state: "ok", code: "published-for-files", kid: "x", detail: "Retired, and published until 2027-01-01T00:00:01.000Z: license files that it signed work until then." },
    ]],
    ["of a retired key whose last license file ends now are none", [active, key("x", "retired", { inSecret: false, neededUntil: ago(0) })], {}, []],
    ["of an active key that has signed license files are none", [{ ...active, neededUntil: ago(-1) }], {}, []],
    ["of a compromised key whose license files haven't ended", [active, key("y", "compromised", { inSecret: false, neededUntil: ago(-1) })], {}, [
      { state: "ok", code: "compromised-files", kid: "y", detail: "License files that it signed, the last of them until 2027-01-01T00:00:01.000Z, are refused: issue them again." },
    ]],
    ["of a compromised key without PEM and certificates are none", [active, key("y", "compromised", { inSecret: false })], {}, []],
    ["of a key in its 90th day are none", [{ ...active, activeAt: ago(90 * 86_400 - 1) }], {}, []],
    ["of a key that is 90 days old", [{ ...active, activeAt: days(90) }], {}, [
      { state: "warn", code: "rotation-due", kid: "a", detail: "The active key is 90 days old; its policy allows 90. Add a second PEM to the secret." },
    ]],
    ["of a key in its 104th day", [{ ...active, activeAt: ago(104 * 86_400 - 1) }], {}, [
      { state: "warn", code: "rotation-due", kid: "a", detail: "The active key is 103 days old; its policy allows 90. Add a second PEM to the secret." },
    ]],
    ["of a key that is 104 days old", [{ ...active, activeAt: days(104) }], {}, [
      { state: "page", code: "rotation-overdue", kid: "a", detail: "The active key is 104 days old; its policy allows 90. Add a second PEM to the secret." },
    ]],
    ["of an old key whose successor has no PEM", [{ ...active, activeAt: days(90) }, key("p", "pending", { inSecret: false })], {}, [
      { state: "warn", code: "rotation-due", kid: "a", detail: "The active key is 90 days old; its policy allows 90. Add a second PEM to the secret." },
      { state: "warn", code: "pending-key-not-in-secret", kid: "p", detail: "Its PEM is not in the secret, so it can't become active. Put it back." },
    ]],
    ["of an old key beside a retired PEM", [{ ...active, activeAt: days(90) }, key("x", "retired")], {}, [
      { state: "warn", code: "rotation-due", kid: "a", detail: "The active key is 90 days old; its policy allows 90. Add a second PEM to the secret." },
      { state: "ok", code: "pem-removable", kid: "x", detail: "Retired: its PEM may be removed from the secret." },
    ]],
  ])("%s", (_what, keys, rest, findings) => {
    expect(examine(keys, rest)).toEqual(findings);
  });

  test("without a key have no kid", () => {
    expect(Object.keys(note("x", "y"))).toEqual(["code", "state", "detail"]);
    expect(note("x", "y", "k")).toEqual({ code: "x", state: "ok", detail: "y", kid: "k" });
  });
});

describe("an instant", () => {
  test("counts as passed from that instant on", () => {
    expect([hasPassed(ago(10), 10, now), hasPassed(ago(9.999), 10, now), hasPassed(ago(11), 10, now)]).toEqual([true, false, true]);
  });

  test("that is unknown has never passed", () => {
    expect(isRetirementDue(key("r", "retiring"), now, policy)).toBe(false);
    expect(dueStep([active, key("p", "pending", { createdAt: null })], now, policy)).toBeUndefined();
  });
});

test("a key's age counts from its activation, and is never negative", () => {
  expect(keyAgeDays({ activeAt: ago(129_600) }, now)).toBe(1.5);
  expect(keyAgeDays({ activeAt: ago(-60) }, now)).toBe(0);
  expect(keyAgeDays({ activeAt: null }, now)).toBe(0);
});

describe("a key's state decides its next step:", () => {
  test.each(["retired", "compromised", "retiring"] as const)("a %s key never signs again", (state) => {
    expect(dueStep([{ ...active, inSecret: false }, key("x", state)], now, policy)).toBeUndefined();
  });

  test("without an active key, only a pending one with its PEM becomes active", () => {
    expect(dueStep([key("x", "retired"), key("p", "pending", { inSecret: false }), key("q", "pending")], now, policy)).toEqual({ kind: "activate", kid: "q", instead: null });
    expect(dueStep([key("x", "retired"), key("p", "pending", { inSecret: false })], now, policy)).toBeUndefined();
  });

  test("only a retiring key is retired", () => {
    const long = { retiringAt: days(30) };
    expect(dueStep([active, key("x", "retired", long), key("y", "compromised", long), key("p", "pending", { ...long, createdAt: now })], now, policy)).toBeUndefined();
  });

  test("the successor of a denied key is the first pending one, or else the last retiring one", () => {
    expect(successorOf("a", [key("r", "retiring"), key("s", "retiring"), active])?.kid).toBe("s");
    expect(successorOf("a", [key("r", "retiring"), active, key("p", "pending"), key("q", "pending")])?.kid).toBe("p");
    expect(successorOf("p", [active, key("p", "pending")])).toBeUndefined();
  });
});
