import { describe, expect, test } from "vitest";
import { checkState, examineKeys } from "@licensing/core/rotation/findings.ts";
import { dueStep, rotationPolicy, successorOf } from "@licensing/core/rotation/states.ts";
import type { KeyFacts } from "@licensing/core/rotation/states.ts";

const now = new Date("2027-01-01T00:00:00.000Z");
const policy = rotationPolicy(86_400);
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);

function key(kid: string, state: KeyFacts["state"], rest: Partial<KeyFacts> = {}): KeyFacts {
  const times = { createdAt: ago(1_000_000), activeAt: null, retiringAt: null, retiredAt: null };
  return { kid, state, ...times, certificates: 0, neededUntil: null, inSecret: true, verifiable: true, ...rest };
}

const active = key("a", "active", { activeAt: ago(86_400) });
const ready = key("p", "pending", { createdAt: ago(policy.pendingForSeconds) });
const retiring = key("r", "retiring", { retiringAt: ago(10) });
const over = key("r", "retiring", { retiringAt: ago(policy.retireAfterSeconds) });

describe("the times of a rotation", () => {
  test("are longer than the sum of all delays (RFC 7583 §3.3)", () => {
    const [ring, retry, replication, skew, signer, cache] = [300, 60, 10, 60, 90, 10];
    expect(policy.pendingForSeconds).toBeGreaterThanOrEqual(ring + retry + replication + skew);
    for (const ttlSeconds of [60, 86_400, 2_592_000]) {
      expect(rotationPolicy(ttlSeconds).retireAfterSeconds).toBeGreaterThanOrEqual(signer + ttlSeconds + cache + replication + 2 * skew);
    }
  });
});

describe("the step that is due", () => {
  test.each([
    ["none without keys", [], undefined],
    ["registering keys that are in the secret and not in the table", [active, key("n", "unregistered"), key("m", "unregistered")], { kind: "register", kids: ["n", "m"] }],
    ["activating the first key at once", [key("p", "pending", { createdAt: now }), key("q", "pending", { createdAt: now })], { kind: "activate", kid: "p", instead: null }],
    ["none with one key that signs", [active], undefined],
    ["activating the pending key once it was published for long enough", [active, ready], { kind: "activate", kid: "p", instead: "a" }],
    ["none a millisecond before", [active, key("p", "pending", { createdAt: new Date(ready.createdAt?.getTime() ?? 0 + 1) })].map((one, place) => (place === 0 ? one : { ...one, createdAt: new Date((ready.createdAt?.getTime() ?? 0) + 1) })), undefined],
    ["none without the pending key's PEM", [active, { ...ready, inSecret: false }], undefined],
    ["none while consumers can't verify with the pending key", [active, { ...ready, verifiable: false }], undefined],
    ["none while it is unknown whether consumers can verify with the pending key", [active, { ...ready, verifiable: undefined }], undefined],
    ["none while the previous rotation isn't over", [active, ready, retiring], undefined],
    ["activating the pending key, even in a rotation, if the active key's PEM is gone", [{ ...active, inSecret: false }, ready, retiring], { kind: "activate", kid: "p", instead: "a" }],
    ["activating the older of two pending keys", [active, ready, { ...ready, kid: "q" }], { kind: "activate", kid: "p", instead: "a" }],
    ["retiring a key when its time is over", [active, over], { kind: "retire", kid: "r" }],
    ["retiring before activating", [active, ready, over], { kind: "retire", kid: "r" }],
    ["none while a retiring key has certificates", [active, { ...over, certificates: 1 }], undefined],
    ["none while a retiring key's certificates may be in use", [active, retiring], undefined],
    ["none for a retired or compromised key", [active, key("x", "retired"), key("y", "compromised")], undefined],
    ["activating a pending key after the active one was denied without a successor", [key("y", "compromised"), key("p", "pending", { createdAt: now })], { kind: "activate", kid: "p", instead: null }],
  ] as const)("is %s", (_name, keys, step) => {
    expect(dueStep(keys, now, policy)).toEqual(step);
  });

  test("doesn't come early by a clock that is behind", () => {
    expect(dueStep([active, ready], ago(60), policy)).toBeUndefined();
    expect(dueStep([active, over], ago(60), policy)).toBeUndefined();
  });
});

describe("the successor of a denied key", () => {
  test.each([
    ["the pending key", [retiring, active, ready], "p"],
    ["the last retiring key", [key("x", "retiring"), retiring, active], "r"],
    ["no key without its PEM", [{ ...retiring, inSecret: false }, active, { ...ready, inSecret: false }], undefined],
    ["no retired or compromised key", [key("x", "retired"), key("y", "compromised"), active], undefined],
    ["not the denied key itself", [active], undefined],
  ] as const)("is %s", (_name, keys, kid) => {
    expect(successorOf("a", keys)?.kid).toBe(kid);
  });
});

describe("findings", () => {
  const examine = (keys: readonly KeyFacts[], rest: Partial<Parameters<typeof examineKeys>[0]> = {}) =>
    examineKeys({ fault: undefined, unmarked: [], altered: [], keys, mismatches: [], hasApplicationSecret: true, secretFault: undefined, isJwksReadable: true, ...rest }, now, policy);

  test("have the state of the most urgent one", () => {
    const says = (state: "ok" | "warn" | "page") => ({ code: "x", detail: "x", state });
    expect(checkState([])).toBe("ok");
    expect(checkState([says("ok"), says("warn")])).toBe("warn");
    expect(checkState([says("page"), says("warn")])).toBe("page");
  });

  test.each([
    ["a key that signs", [active], []],
    ["a standby", [active, key("p", "pending", { createdAt: now })], ["ok pending"]],
    ["a rotation", [active, retiring], ["ok retiring"]],
    ["certificates that should be gone", [active, { ...over, certificates: 3 }], ["warn retirement-blocked"]],
    ["a PEM that went before its key", [{ ...active, inSecret: false }, ready], ["page active-key-not-in-secret"]],
    ["a pending key without PEM", [active, { ...ready, inSecret: false }], ["warn pending-key-not-in-secret"]],
    ["a PEM that may go", [active, key("x", "retired")], ["ok pem-removable"]],
    ["a compromised PEM that is still there, and certificates of it", [active, key("y", "compromised", { certificates: 2 })], ["warn compromised-key-in-secret", "warn compromised-certificates"]],
    ["an old key", [{ ...active, activeAt: ago(policy.ageWarnDays * 86_400) }], ["warn rotation-due"]],
    ["a very old key", [{ ...active, activeAt: ago(policy.agePageDays * 86_400) }], ["page rotation-overdue"]],
    ["a very old key that is being replaced", [{ ...active, activeAt: ago(policy.agePageDays * 86_400) }, key("p", "pending", { createdAt: now })], ["ok pending"]],
  ] as const)("of %s", (_name, keys, expected) => {
    expect(examine(keys).map(({ state, code }) => `${state} ${code}`)).toEqual(expected);
  });

  test("of a key whose signatures don't verify name the key and the reason", () => {
    expect(examine([active], { mismatches: [{ kid: "a", reason: "key-unknown" }] })).toEqual([
      { code: "signer-mismatch", state: "page", detail: expect.stringContaining("key-unknown") as string, kid: "a" },
    ]);
  });
});
