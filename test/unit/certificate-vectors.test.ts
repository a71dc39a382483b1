import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { verifyBeacon } from "@licensing/core/certificate/beacon.ts";
import { verifyCertificate } from "@licensing/core/certificate/certificate.ts";
import { cryptoNode } from "@licensing/core/certificate/crypto-node.ts";
import { cryptoPortable } from "@licensing/core/certificate/crypto-portable.ts";
import { verifyLicenseFile } from "@licensing/core/certificate/license-file.ts";
import { licenseGate } from "@licensing/core/consumer/gate.ts";
import { fileSource } from "@licensing/core/consumer/file.ts";
import { parseJwks } from "@licensing/core/keyring/jwks.ts";
import { trustedRing } from "@licensing/core/keyring/ring.ts";
import { parseSecret, secretRing } from "@licensing/core/keyring/secret.ts";
import { verifyKeysOf } from "@licensing/core/keyring/verify-key.ts";
import { vectorFiles, type Vector } from "../../infra/vectors.ts";
import { verifyCertificateAsync, verifyLicenseFileAsync } from "./verify-portable.ts";

const read = (name: string) => readFileSync(new URL(`../../core/certificate/vectors/${name}.json`, import.meta.url), "utf8");
const trust = JSON.parse(read("trust")) as { readonly jwks: unknown; readonly publicKey: string; readonly deniedKids: readonly string[]; readonly applicationSecrets: readonly string[] };
const [applicationSecret = ""] = trust.applicationSecrets;
const secrets = secretRing(parseSecret(applicationSecret)).byId;
const ring = trustedRing(parseJwks(trust.jwks, verifyKeysOf).keys);
const common = { ring, deniedKids: new Set(trust.deniedKids) };

const kinds = ["certificates", "license-files", "machine-files", "beacons"] as const;
type Kind = (typeof kinds)[number];
const vectorsOf = (kind: Kind) => JSON.parse(read(kind)) as readonly Vector[];

/** The verdicts of both engines. */
async function verdictsOn(kind: Kind, { text, asked }: Vector) {
  const { now, licenseId = "", ...rest } = asked;
  const expected = { ...common, ...rest, licenseId, secrets, nowMs: now * 1000 };
  if (kind === "beacons") {
    return [verifyBeacon(text, { expected, cryptography: cryptoNode }), await verifyBeacon(text, { expected, cryptography: cryptoPortable })];
  }
  if (kind === "certificates") return [verifyCertificate(text, expected), await verifyCertificateAsync(text, expected)];
  return [verifyLicenseFile(text, expected), await verifyLicenseFileAsync(text, expected)];
}

describe.each(kinds)("the vectors of %s", (kind) => {
  test("have names of their own, and are the ones that their script makes", () => {
    expect(vectorFiles()[`core/certificate/vectors/${kind}.json`]).toBe(read(kind));
    expect(new Set(vectorsOf(kind).map(({ name }) => name)).size).toBe(vectorsOf(kind).length);
  });

  test.each(vectorsOf(kind))("$name: $verdict", async (vector) => {
    for (const verdict of await verdictsOn(kind, vector)) {
      expect(verdict.ok ? "accepted" : verdict.reason).toBe(vector.verdict);
      if (!verdict.ok) continue;
      if ("beacon" in verdict) expect({ ...verdict.beacon, floors: Object.fromEntries(verdict.beacon.floors) }).toEqual(vector.claims);
      else expect(verdict.claims).toEqual(vector.claims);
    }
  });

  const used = vectorsOf(kind).flatMap((vector) => (vector.uses ?? []).map((use) => ({ ...use, vector, name: vector.name })));
  test.runIf(used.length > 0).each(used)("$name, asked for $fingerprint: $answer, and the gate agrees", async ({ vector, answer, nowMs, ...ask }) => {
    const { licenseId = "", audience = "", now } = vector.asked;
    const isFile = kind !== "certificates";
    const source = isFile ? fileSource({ text: vector.text }) : { format: "certificate" as const, read: async () => vector.text };
    const gate = licenseGate({
      source, trust: { publicKeys: trust.publicKey }, audience, ...(isFile ? {} : { applicationSecret }), now: () => nowMs ?? now * 1000, elapsed: () => 0,
    });
    const { vector: _vector, name: _name, ...question } = { vector, ...ask };
    expect((await gate.check(licenseId, question)).code).toBe(answer);
  });
});

test("every reason to refuse has a vector, except a fault of the verifier itself", () => {
  const reasons = new Set(kinds.flatMap(vectorsOf).map(({ verdict }) => verdict));
  expect([...reasons].toSorted()).toEqual([
    "accepted", "armour", "audience", "claims", "decrypt", "expired", "header", "issued-in-future", "issuer", "key-denied", "key-unknown", "payload", "rollback", "secret-unknown",
    "shape", "signature", "size", "subject",
  ]);
});
