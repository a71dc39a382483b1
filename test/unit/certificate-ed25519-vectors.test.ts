import { createPublicKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cryptoNode } from "@licensing/core/certificate/crypto-node.ts";
import { cryptoPortable } from "@licensing/core/certificate/crypto-portable.ts";
import { parsePrivateKeys } from "@licensing/core/keyring/signing-key.ts";
import { verifyKeyOf } from "@licensing/core/keyring/verify-key.ts";
import { only, pemOfSeed } from "../support/certificate-fixture.ts";
import { patient } from "../support/slowness.ts";

/** Hex texts. */
type Case = { readonly id: string; readonly publicKey: string; readonly message: string; readonly signature: string };

function load<Content>(name: string): Content {
  return JSON.parse(readFileSync(new URL(`../vectors/ed25519/${name}.json`, import.meta.url), "utf8"));
}

type Wycheproof = {
  readonly testGroups: readonly {
    readonly publicKey: { readonly pk: string };
    readonly tests: readonly { readonly tcId: number; readonly msg: string; readonly sig: string; readonly result: string }[];
  }[];
};
const wycheproof = load<Wycheproof>("wycheproof_ed25519_test").testGroups.flatMap(({ publicKey, tests }) =>
  tests.map(({ tcId, msg, sig, result }) => ({ id: String(tcId), publicKey: publicKey.pk, message: msg, signature: sig, valid: result === "valid" })),
);
const cctv = load<readonly { number: number; key: string; msg: string; sig: string }[]>("cctv_ed25519vectors").map(
  ({ number, key, msg, sig }) => ({ id: String(number), publicKey: key, message: Buffer.from(msg).toString("hex"), signature: sig }),
);
const zip215 = load<readonly { vk_bytes: string; sig_bytes: string }[]>("zip215").map(({ vk_bytes, sig_bytes }, index) => ({
  id: String(index), publicKey: vk_bytes, message: Buffer.from("Zcash").toString("hex"), signature: sig_bytes,
}));
const speccheck = load<readonly { message: string; pub_key: string; signature: string }[]>("speccheck_cases").map(
  ({ message, pub_key, signature }, index) => ({ id: String(index), publicKey: pub_key, message, signature }),
);
type Signed = { readonly seed: string; readonly pub: string; readonly msg: string; readonly sig: string };
const rfc8032 = load<readonly (Omit<Signed, "seed"> & { priv: string })[]>("rfc8032-ed25519").map((row) => ({ ...row, seed: row.priv }));
const djb = load<readonly Signed[]>("djb_sign_input_1024");

/** Both verifiers on one case, with a key that was not checked when loaded. */
async function verdicts(item: Case): Promise<{ readonly native: boolean; readonly portable: boolean }> {
  const raw = Buffer.from(item.publicKey, "hex");
  const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") }, format: "jwk" });
  const signingInput = Buffer.from(item.message, "hex").toString("latin1");
  const signature = Buffer.from(item.signature, "hex").toString("base64url");
  const ask = { key: { kid: "", raw, publicKey }, signingInput, signature };
  return { native: cryptoNode.verify(ask), portable: await cryptoPortable.verify(ask) };
}

async function survey(cases: readonly Case[]) {
  const native: string[] = [];
  const portable: string[] = [];
  for (const item of cases) {
    const verdict = await verdicts(item);
    if (verdict.native) native.push(item.id);
    if (verdict.portable) portable.push(item.id);
  }
  return { native, portable, differ: native.filter((id) => !portable.includes(id)).length + portable.filter((id) => !native.includes(id)).length };
}

function loads(publicKey: string): boolean {
  try {
    return verifyKeyOf(Buffer.from(publicKey, "hex")).raw.length === 32;
  } catch {
    return false;
  }
}

describe("both verifiers", () => {
  test("agree with Wycheproof on every one of its 151 signatures", async () => {
    const valid = wycheproof.filter((item) => item.valid).map(({ id }) => id);
    expect([wycheproof.length, valid.length]).toEqual([151, 88]);
    expect(await survey(wycheproof)).toEqual({ native: valid, portable: valid, differ: 0 });
  });

  test("refuse all 196 signatures that only ZIP-215 accepts", async () => {
    expect(zip215.length).toBe(196);
    expect(await survey(zip215)).toEqual({ native: [], portable: [], differ: 0 });
  });

  test.each([
    ["RFC 8032 §7.1", rfc8032, 4],
    ["the sign.input of the authors", djb, 1_024],
  ])("accept %s, and our keys make the same signatures byte for byte", { timeout: patient(60_000) }, async (_name, rows, count) => {
    expect(rows.length).toBe(count);
    for (const [index, { seed, pub, msg, sig }] of rows.entries()) {
      const key = only(parsePrivateKeys(pemOfSeed(Buffer.from(seed, "hex"))));
      expect(Buffer.from(key.raw).toString("hex")).toBe(pub);
      expect(sign(null, Buffer.from(msg, "hex"), key.privateKey).toString("hex")).toBe(sig);
      const verdict = await verdicts({ id: String(index), publicKey: pub, message: msg, signature: sig });
      expect(verdict).toEqual({ native: true, portable: true });
    }
  });
});

describe("keys on which the verifiers could differ", () => {
  /** OpenSSL 3.5.8, noble 3.2.0. OpenSSL 3.0 took 208 of CCTV; no version is wrong, so a change isn't a fault. */
  const recorded = { cctv: { native: 43, portable: 15, differ: 42 }, speccheck: { native: ["3"], portable: ["5"], differ: 2 } };

  test("make the recorded differences if the key isn't checked", async () => {
    const found = await survey(cctv);
    expect(cctv.length).toBe(914);
    expect({ ...found, native: found.native.length, portable: found.portable.length }).toEqual(recorded.cctv);
    expect(await survey(speccheck)).toEqual(recorded.speccheck);
  });

  test("are refused at loading: 21 of the 22 of CCTV, all 14 of ZIP-215", () => {
    const keys = (cases: readonly Case[]) => [...new Set(cases.map(({ publicKey }) => publicKey))];
    expect([keys(cctv).length, keys(cctv).filter(loads).length]).toEqual([22, 1]);
    expect([keys(zip215).length, keys(zip215).filter(loads).length]).toEqual([14, 0]);
  });

  test("are refused, so the verifiers agree on every signature by a loaded key", async () => {
    const loaded = [...cctv, ...speccheck].filter(({ publicKey }) => loads(publicKey));
    expect(loaded.length).toBe(30);
    const { differ, native } = await survey(cctv.filter(({ publicKey }) => loads(publicKey)));
    expect({ differ, native }).toEqual({ differ: 0, native: ["305"] });
    expect(await survey(speccheck.filter(({ publicKey }) => loads(publicKey)))).toEqual({ native: [], portable: [], differ: 0 });
  });

  test.each([
    ["an unset key", new Uint8Array(32)],
    ["the identity", Uint8Array.of(1, ...new Uint8Array(31))],
    ["y = p, not reduced", Uint8Array.of(0xed, ...new Uint8Array(30).fill(0xff), 0x7f)],
    ["no point of the curve", Uint8Array.of(2, ...new Uint8Array(31))],
    ["31 bytes", new Uint8Array(31).fill(9)],
    ["33 bytes", new Uint8Array(33).fill(9)],
  ])("are refused at loading: %s", (_name, raw) => expect(() => verifyKeyOf(raw)).toThrow());
});
