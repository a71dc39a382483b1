import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SecretName } from "../../infra/secret-faults.ts";
import { secretFaults } from "../../infra/secret-faults.ts";
import "../support/seeded-properties.ts";

const good = {
  ApplicationSecret: randomBytes(32).toString("base64"),
  ApplicationSecretPrevious: "",
  KeyPepper: "a pepper of some length",
  KeyringSecret: randomBytes(32).toString("base64"),
  DumpSecret: randomBytes(32).toString("base64"),
  IdentityJwksUrl: "https://identity.example.com/jwks.json",
  IdentityIssuer: "https://identity.example.com",
  IdentityAudience: "licensing",
  IdentityAlgorithms: "",
  IdentityAudienceClaim: "",
  IdentityRolesClaim: "",
  IdentityOrganizationClaim: "",
  IdentityClientId: "",
  IdentityScopes: "",
  IdentityAuthorizationParameters: "",
  IdentityEndpoints: "",
  IdentityConnectOrigins: "",
};

describe("secrets at a deploy:", () => {
  test("valid ones are accepted, in base64 or hex, with a predecessor or without", () => {
    expect(secretFaults(good)).toEqual([]);
    expect(secretFaults({ ...good, ApplicationSecret: randomBytes(32).toString("hex"), ApplicationSecretPrevious: good.ApplicationSecret })).toEqual([]);
  });

  test.each<[SecretName, string, RegExp]>([
    ["ApplicationSecret", randomBytes(31).toString("base64"), /exactly 32 bytes/],
    ["ApplicationSecret", "", /is empty/],
    ["ApplicationSecret", `${"A".repeat(42)}B`, /exactly 32 bytes/],
    // Both alphabets at once: the secret's own reader accepts one or the other.
    ["ApplicationSecret", `+_${"A".repeat(41)}=`, /exactly 32 bytes/],
    ["ApplicationSecret", `${good.ApplicationSecret}\n`, /exactly 32 bytes/],
    ["IdentityIssuer", "https://identity.example.com\n", /visible/],
    ["IdentityAudience", " ", /visible/],
    ["ApplicationSecretPrevious", randomBytes(33).toString("hex"), /exactly 32 bytes/],
    ["KeyPepper", "fifteen letters", /at least 16/],
    ["KeyPepper", "", /is empty/],
    ["KeyringSecret", randomBytes(31).toString("base64"), /exactly 32 bytes/],
    ["KeyringSecret", "", /is empty/],
    ["DumpSecret", randomBytes(31).toString("base64"), /exactly 32 bytes/],
    ["DumpSecret", "", /is empty/],
    ["IdentityJwksUrl", "http://identity.example.com/jwks.json", /https/],
    ["IdentityIssuer", "i".repeat(256), /at most 255/],
    ["IdentityAudience", "", /is empty/],
    ["IdentityAlgorithms", "HS256", /some of ES256/],
    ["IdentityAlgorithms", "RS256 none", /some of ES256/],
    ["IdentityAudienceClaim", "azp", /aud or client_id/],
    ["IdentityRolesClaim", "my roles", /visible/],
    ["IdentityClientId", "my console", /visible/],
    ["IdentityScopes", 'openid "email"', /scopes/],
    ["IdentityAuthorizationParameters", '["audience"]', /JSON object of texts/],
    ["IdentityAuthorizationParameters", '{"max_age": 5}', /JSON object of texts/],
    ["IdentityEndpoints", '{"authorization": "https://identity.example.com/authorize"}', /JSON object with/],
    ["IdentityEndpoints", '{"authorization": "http://identity.example.com/a", "token": "https://identity.example.com/t"}', /JSON object with/],
    ["IdentityEndpoints", "none", /JSON object with/],
    ["IdentityConnectOrigins", "https://identity.example.com/path", /https origins/],
  ])("%s: %j is refused with its name and the rule", (name, text, rule) => {
    const faults = secretFaults({ ...good, [name]: text });
    expect(faults).toEqual([expect.stringMatching(new RegExp(`^${name}: APP_ENV_[A-Z_]+: `))]);
    expect(faults[0]).toMatch(rule);
  });

  test("all faults are named at once", () => {
    expect(secretFaults({ ...good, ApplicationSecret: "short", KeyPepper: "short", IdentityJwksUrl: "short" })).toHaveLength(3);
  });

  test("a message never shows a secret", () => {
    const secret = fc.string({ minLength: 12 }).filter((text) => /[^\x20-\x7e]|[#%^]/.test(text));
    fc.assert(fc.property(secret, (text) => !secretFaults({ ...good, ApplicationSecret: text, KeyPepper: text.slice(0, 15), IdentityJwksUrl: text }).join().includes(text)));
  });
});
