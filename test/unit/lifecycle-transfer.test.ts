import { describe, expect, test } from "vitest";
import type { LicenseKey } from "@licensing/core/access/license-key.ts";
import { transfer } from "@licensing/core/lifecycle/transfer.ts";
import { changeOf, policyOf, snapshotOf } from "./lifecycle-world.ts";

describe("a transfer", () => {
  const holder = { type: "user", id: "bob" };
  const newKey = { key: "LIC-00000-00000-00000-00000-00001" as LicenseKey, keyDigest: "digest", sealedKey: "sealed" };
  const input = { holder, newKey, keepSeats: false, reason: "sold" };

  test("gives a new holder and a new key, frees every seat and ends a rotated key's overlap, at the revision that was read", () => {
    expect(transfer(snapshotOf(), input)).toEqual({
      kind: "change",
      change: {
        licenseId: "20",
        guard: { kind: "revision", revision: 3 },
        set: { holder_type: "user", holder_id: "bob", key_hint: "…00001", key_digest: "digest", previous_key_until: null },
        handsOver: true,
        releases: [],
        releasesAll: { reason: "transferred", isCounted: false },
        newKeyDigest: "digest",
        extra: { sealedKey: "sealed" },
        events: [{
          type: "transferred",
          reason: "sold",
          changes: { holder: [{ type: "user", id: "ada" }, holder], keyHint: ["…D6P0V", "…00001"] },
        }],
      },
    });
  });

  test("keeps the key and the seats if asked to", () => {
    const kept = changeOf(transfer(snapshotOf(), { ...input, newKey: undefined, keepSeats: true }));
    expect(kept.set).toEqual({ holder_type: "user", holder_id: "bob", previous_key_until: null });
    expect(Object.keys(kept.events[0]?.changes ?? {})).toEqual(["holder"]);
    for (const member of ["releasesAll", "newKeyDigest", "extra"]) expect(kept).not.toHaveProperty(member);
  });

  test("records the new holder's trial if the policy is one", () => {
    expect(changeOf(transfer(snapshotOf({}, { policy: policyOf({ trial: true }) }), input)).recordsTrial).toBe(true);
    expect(changeOf(transfer(snapshotOf(), input))).not.toHaveProperty("recordsTrial");
  });

  test.each(["ACTIVATED", "EXPIRED", "SUSPENDED"] as const)("of a license that is %s leaves its status", (status) => {
    expect(changeOf(transfer(snapshotOf({ status }), input)).set).not.toHaveProperty("status");
  });

  test("is refused for a revoked license", () => {
    expect(transfer(snapshotOf({ status: "REVOKED" }), input)).toEqual({ kind: "problem", code: "license-revoked" });
  });
});
