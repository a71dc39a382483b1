import { createSecretKey, hkdfSync, webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cryptoNode, decryptPayload } from "@licensing/core/certificate/crypto-node.ts";
import { cryptoPortable, decryptPayloadAsync } from "@licensing/core/certificate/crypto-portable.ts";
import { splitSealed } from "@licensing/core/certificate/envelope.ts";

/** A group of cases: its sizes are bits, its texts hexadecimal. */
type Aead = {
  readonly ivSize: number;
  readonly keySize: number;
  readonly tagSize: number;
  readonly tests: readonly { tcId: number; key: string; iv: string; aad: string; msg: string; ct: string; tag: string; result: string }[];
};
type Hkdf = { readonly tests: readonly { tcId: number; ikm: string; salt: string; info: string; size: number; okm: string; result: string }[] };

function load<Group>(name: string): readonly Group[] {
  return JSON.parse(readFileSync(new URL(`../vectors/aesgcm/${name}.json`, import.meta.url), "utf8")).testGroups;
}

const groups = load<Aead>("wycheproof_aes_gcm_test");
const hex = (text: string) => Buffer.from(text, "hex");
const base64url = (text: string) => hex(text).toString("base64url");
const isOurs = (group: Aead) => group.keySize === 256 && group.ivSize === 96 && group.tagSize === 128;
const ours = groups.filter(isOurs).flatMap(({ tests }) => tests);

describe("both payload decryptors, on Wycheproof's AES-GCM,", () => {
  test("open every valid case and no invalid one, with a key of 256 bits, a nonce of 96 and a tag of 128", async () => {
    expect(ours.length).toBe(66);
    for (const item of ours) {
      // A JWE's additional data is ASCII, but a vector's may be any bytes: each byte becomes one character.
      const header = hex(item.aad).toString("latin1");
      const sealed = { header, iv: base64url(item.iv), ciphertext: base64url(item.ct), tag: base64url(item.tag) };
      const key = await webcrypto.subtle.importKey("raw", hex(item.key), "AES-GCM", false, ["decrypt"]);
      const native = decryptPayload(createSecretKey(hex(item.key)), sealed);
      const portable = await decryptPayloadAsync(key, sealed);
      const expected = item.result === "valid" ? item.msg : undefined;
      expect([item.tcId, native?.toString("hex")]).toEqual([item.tcId, expected]);
      expect([item.tcId, portable && Buffer.from(portable).toString("hex")]).toEqual([item.tcId, expected]);
    }
    expect(ours.filter(({ result }) => result === "invalid").length).toBeGreaterThan(0);
  });

  test("are never given a nonce of another size, because `splitSealed` refuses it first", () => {
    const others = groups.filter(({ ivSize }) => ivSize !== 96).flatMap(({ tests }) => tests);
    expect(others.length).toBeGreaterThan(100);
    for (const item of others) {
      const text = ["AAAA", "", base64url(item.iv), base64url(item.ct) || "AAAA", base64url(item.tag)].join(".");
      expect([item.tcId, splitSealed(text, cryptoNode.isCanonical), splitSealed(text, cryptoPortable.isCanonical)]).toEqual([item.tcId, undefined, undefined]);
    }
  });

  test("refuse a right tag that is cut to any shorter length", async () => {
    const item = ours.find(({ result, msg }) => result === "valid" && msg !== "");
    if (item === undefined) throw new Error("no case");
    const key = await webcrypto.subtle.importKey("raw", hex(item.key), "AES-GCM", false, ["decrypt"]);
    const whole = { header: hex(item.aad).toString("latin1"), iv: base64url(item.iv), ciphertext: base64url(item.ct) };
    for (let length = 0; length < 16; length += 1) {
      const tag = hex(item.tag).subarray(0, length).toString("base64url");
      expect(decryptPayload(createSecretKey(hex(item.key)), { ...whole, tag })).toBeUndefined();
      expect(await decryptPayloadAsync(key, { ...whole, tag })).toBeUndefined();
    }
  });
});

test("HKDF-SHA256 of both runtimes derives Wycheproof's 83 keys and refuses the 3 that are too long", async () => {
  const cases = load<Hkdf>("wycheproof_hkdf_sha256_test").flatMap(({ tests }) => tests);
  expect(cases.length).toBe(86);
  for (const { tcId, ikm, salt, info, size, okm, result } of cases) {
    const native = () => Buffer.from(hkdfSync("sha256", hex(ikm), hex(salt), hex(info), size)).toString("hex");
    const material = await webcrypto.subtle.importKey("raw", hex(ikm), "HKDF", false, ["deriveBits"]);
    const algorithm = { name: "HKDF", hash: "SHA-256", salt: hex(salt), info: hex(info) };
    const portable = async () => Buffer.from(await webcrypto.subtle.deriveBits(algorithm, material, size * 8)).toString("hex");
    if (result === "valid") {
      expect([tcId, native(), await portable()]).toEqual([tcId, okm, okm]);
    } else {
      expect(native).toThrow();
      await expect(portable()).rejects.toThrow();
    }
  }
});
