import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import { isOldSeal, openOldSeal, openSecret, sealSecret } from "@licensing/core/platform/vault.ts";
import type { Place } from "@licensing/core/platform/vault.ts";

const runtimeWith = (pepper: string) => createRuntime({ environment: { APP_ENV_LICENSING_KEY_PEPPER: pepper }, print: () => undefined });
const pepper = "a pepper of the vault's tests";
const runtime = runtimeWith(pepper);
const place: Place = { purpose: "license-key", names: ["user:ada", "POST /licenses", "key-1"] };
const sealed = sealSecret(runtime, "LIC-SECRET", place);

describe("a sealed secret", () => {
  test("opens for its purpose and place", () => expect(openSecret(runtime, sealed, place)).toBe("LIC-SECRET"));
  test("differs at every sealing", () => expect(sealSecret(runtime, "LIC-SECRET", place)).not.toBe(sealed));
  test.each<readonly [string, Place]>([
    ["another purpose", { ...place, purpose: "credential-secret" }],
    ["another principal", { ...place, names: ["user:eve", "POST /licenses", "key-1"] }],
    ["another route", { ...place, names: ["user:ada", "POST /credentials", "key-1"] }],
    ["another key", { ...place, names: ["user:ada", "POST /licenses", "key-2"] }],
    ["other names that are the same text without their separators", { ...place, names: ["user:ada", "POST /licenseskey-1"] }],
    ["no place", { ...place, names: [] }],
  ])("doesn't open for %s", (_, other) => expect(openSecret(runtime, sealed, other)).toBeUndefined());
  test("is sealed and opened by a key that is derived once for each purpose", () => {
    let derived = 0;
    const get = () => {
      derived += 1;
      return runtime.keyPepper;
    };
    const counting = Object.create(runtime, { keyPepper: { get } }) as Runtime;
    for (const purpose of ["license-key", "webhook-secret", "license-key"] as const) {
      expect(openSecret(counting, sealSecret(counting, "LIC-SECRET", { ...place, purpose }), { ...place, purpose })).toBe("LIC-SECRET");
    }
    expect(derived).toBe(2);
  });
  test("doesn't open under another pepper", () => expect(openSecret(runtimeWith("another pepper, as long"), sealed, place)).toBeUndefined());
  test("doesn't open as a seal of the older form", () => expect(openOldSeal(runtime, sealed.slice(2))).toBeUndefined());
  test("doesn't open if a bit has changed or a part is missing", () => {
    const bytes = Buffer.from(sealed.slice(2), "base64url");
    for (let index = 0; index < bytes.length; index += 1) {
      const other = Buffer.from(bytes);
      other[index] = (other[index] ?? 0) ^ 1;
      expect(openSecret(runtime, `2.${other.toString("base64url")}`, place)).toBeUndefined();
      expect(openSecret(runtime, `2.${bytes.subarray(0, index).toString("base64url")}`, place)).toBeUndefined();
    }
  });
});

/** A key of the vault, derived without the vault's code. Its input is the pepper's text. */
const keyOf = (info: string) => Buffer.from(hkdfSync("sha256", pepper, "", info, 32));

describe("the form of a seal is fixed:", () => {
  test("version 2, then IV, ciphertext and tag; by a key of its purpose, with purpose and place as authenticated data", () => {
    for (const purpose of ["license-key", "credential-secret"] as const) {
      const text = sealSecret(runtime, "LIC-SECRET-é", { ...place, purpose });
      expect(text).toMatch(/^2\.[\w-]+$/);
      const bytes = Buffer.from(text.slice(2), "base64url");
      expect(bytes).toHaveLength(12 + Buffer.byteLength("LIC-SECRET-é") + 16);
      const decipher = createDecipheriv("aes-256-gcm", keyOf(`licensing/vault/v2/${purpose}`), bytes.subarray(0, 12), { authTagLength: 16 });
      decipher.setAAD(Buffer.from(JSON.stringify([purpose, ...place.names]))).setAuthTag(bytes.subarray(-16));
      expect(Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString("utf8")).toBe("LIC-SECRET-é");
    }
  });

  test("an empty secret is sealed and opened; a text without the version, or with another, doesn't open", () => {
    expect(openSecret(runtime, sealSecret(runtime, "", place), place)).toBe("");
    for (const text of ["", "2.", sealed.slice(2), `1.${sealed.slice(2)}`, `xx${sealed.slice(2)}`]) expect(openSecret(runtime, text, place), text).toBeUndefined();
  });

  test("a seal of the older form has no version and no place, and opens by its own key", () => {
    const iv = Buffer.alloc(12, 7);
    const cipher = createCipheriv("aes-256-gcm", keyOf("licensing/vault/v1"), iv, { authTagLength: 16 });
    const old = Buffer.concat([iv, cipher.update("OLD-SECRET", "utf8"), cipher.final(), cipher.getAuthTag()]).toString("base64url");
    expect(openOldSeal(runtimeWith(pepper), old)).toBe("OLD-SECRET");
    expect(openSecret(runtime, `2.${old}`, place)).toBeUndefined();
    expect([old, "a", "_-"].map(isOldSeal)).toEqual([true, true, true]);
    expect([sealed, "", "a.b", ".a", "a.", "a b", " a", "a\n."].map(isOldSeal)).toEqual(Array<boolean>(8).fill(false));
  });
});
