import { describe, expect, test } from "vitest";
import { readConfig } from "@licensing/core/platform/config.ts";

const identity = { APP_ENV_IDENTITY_JWKS_URL: "https://identity.example.com/jwks.json", APP_ENV_IDENTITY_ISSUER: "i", APP_ENV_IDENTITY_AUDIENCE: "a" };

describe("a setting that goes into certificates is refused at the start if it is too long:", () => {
  test.each(["APP_ENV_LICENSING_CERT_ISSUER", "APP_ENV_LICENSING_CERT_AUDIENCE", "APP_ENV_IDENTITY_AUDIENCE", "APP_ENV_IDENTITY_ISSUER"])("%s", (name) => {
    expect(() => readConfig({ ...identity, [name]: "x".repeat(255) })).not.toThrow();
    expect(() => readConfig({ ...identity, [name]: "x".repeat(256) })).toThrow(`${name}: must have at most 255 characters`);
  });
});
