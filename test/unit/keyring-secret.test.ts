import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { KeyFault } from "@licensing/core/keyring/key-fault.ts";
import { parseSecretAsync } from "@licensing/core/keyring/portable.ts";
import { parseSecret, secretRing } from "@licensing/core/keyring/secret.ts";

const bytes = Buffer.from(Array.from({ length: 32 }, (_, index) => 255 - index));
const hex = bytes.toString("hex");
/** HKDF-SHA256 (RFC 5869) of the bytes for `licensing/secret-id/v1`, computed independently of this code. */
const id = "asIkOQg6ppw";

describe("an application secret", () => {
  test.each([
    ["hex", hex],
    ["hex in capitals", hex.toUpperCase()],
    ["base64", bytes.toString("base64")],
    ["base64 without its padding", bytes.toString("base64").replace("=", "")],
    ["base64url", bytes.toString("base64url")],
    ["base64url with padding", `${bytes.toString("base64url")}=`],
    ["blanks around it", ` \n${hex}\n`],
  ])("is the same 32 bytes and the same id in %s, on every runtime", async (_name, text) => {
    const secret = parseSecret(text);
    expect(Buffer.from(secret.bytes)).toEqual(bytes);
    expect(secret.id).toBe(id);
    const portable = await parseSecretAsync(text);
    expect([portable.id, Buffer.from(portable.bytes)]).toEqual([secret.id, bytes]);
  });

  test("of 64 hex characters is read as hex, not as 48 bytes of base64", () => {
    expect(parseSecret("0123456789abcdef".repeat(4)).bytes.length).toBe(32);
  });

  test.each([
    ["nothing", ""],
    ["a password", "correct horse battery staple"],
    ["31 bytes", bytes.subarray(1).toString("base64")],
    ["33 bytes", Buffer.alloc(33, 1).toString("base64")],
    ["16 bytes", bytes.subarray(16).toString("base64")],
    ["48 bytes", Buffer.alloc(48, 1).toString("base64")],
    ["64 bytes", Buffer.alloc(64, 1).toString("base64")],
    ["63 hex characters", hex.slice(1)],
    ["65 hex characters", `${hex}a`],
    ["64 characters, one not hex", `${hex.slice(1)}g`],
    ["two alphabets", `-+${bytes.toString("base64").slice(2)}`],
    ["stray bits", "A".repeat(42) + "B"],
    ["a blank inside", `${hex.slice(0, 32)} ${hex.slice(32)}`],
    ["more padding", `${bytes.toString("base64")}=`],
    ["a megabyte", "a".repeat(1_000_000)],
  ])("is refused for %s, by a fault that shows nothing of it", async (_name, text) => {
    const parse = () => parseSecret(text);
    expect(parse).toThrow(KeyFault);
    await expect(parseSecretAsync(text)).rejects.toThrow(KeyFault);
    try {
      parse();
    } catch (error) {
      if (text.length > 8) expect(inspect(error)).not.toContain(text.slice(0, 8));
    }
  });

  test("is neither printed nor serialised", () => {
    const secret = parseSecret(hex);
    const shown = [inspect(secret), inspect(secretRing(secret), { depth: 9 }), JSON.stringify(secret), JSON.stringify({ ...secret })];
    expect(shown.join(" ")).not.toMatch(/255|254|fffe|bytes/i);
    expect(JSON.stringify(secret)).toBe(`{"id":"${secret.id}"}`);
  });

  test("has an id that differs from another secret's and shows nothing of the secret", () => {
    const ids = Array.from({ length: 256 }, (_, index) => parseSecret(Buffer.alloc(32, index).toString("hex")).id);
    expect(new Set(ids).size).toBe(256);
    expect(bytes.toString("base64url")).not.toContain(parseSecret(hex).id.slice(0, 4));
  });
});

describe("a secret ring", () => {
  const [current, previous] = [parseSecret(hex), parseSecret("00".repeat(32))];
  test("seals with the current secret and opens with both", () => {
    expect(secretRing(current, previous).current).toBe(current);
    expect([...secretRing(current, previous).byId]).toEqual([[current.id, current], [previous.id, previous]]);
  });
  test("has one entry if there is one secret", () => {
    expect(secretRing(current).byId.size).toBe(1);
    expect(secretRing(current, parseSecret(hex)).byId.get(current.id)).toBe(current);
  });
});
