import { describe, expect, test } from "vitest";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import { openOldSeal, openSecret, sealSecret } from "@licensing/core/platform/vault.ts";
import type { Place } from "@licensing/core/platform/vault.ts";

const runtimeWith = (pepper: string) => createRuntime({ environment: { APP_ENV_LICENSING_KEY_PEPPER: pepper }, print: () => undefined });
const runtime = runtimeWith("a pepper of the vault's tests");
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
    ["names that run together the same way", { ...place, names: ["user:ada", "POST /licenseskey-1"] }],
    ["no place", { ...place, names: [] }],
  ])("doesn't open for %s", (_, other) => expect(openSecret(runtime, sealed, other)).toBeUndefined());
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
