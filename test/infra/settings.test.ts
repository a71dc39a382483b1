import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSettings, SettingsError } from "../../infra/settings.ts";

const credentials = { NEON_API_KEY: "key", UPSTASH_EMAIL: "ops@example.com", UPSTASH_API_KEY: "key" };
const production = { isPermanent: true, isProduction: true };
const permanent = { isPermanent: true, isProduction: false };
const preview = { isPermanent: false, isProduction: false };

/** All that production must be told. */
const said = {
  ...credentials,
  LICENSING_DOMAIN: "licensing.example.com",
  LICENSING_CORS_ORIGINS: "https://a.example.com,https://b.example.com",
  LICENSING_ALARM_EMAIL: "pager@example.com",
  LICENSING_RUNBOOK_URL: "https://git.example.com/licensing/infra/RUNBOOK.md",
  LICENSING_CERT_TTL_SECONDS: "3600",
  LICENSING_CERT_ISSUER: "https://licensing.example.com",
  LICENSING_CERT_AUDIENCE: "products",
};
const choices = ["LICENSING_DOMAIN", "LICENSING_CORS_ORIGINS", "LICENSING_ALARM_EMAIL", "LICENSING_RUNBOOK_URL"];

describe("what the deploying machine says", () => {
  test("staging needs the providers' credentials and nothing else", () => {
    expect(readSettings(credentials, permanent)).toEqual({
      corsOrigins: [],
      databasePasswordEpoch: "1",
      certificate: { ttlSeconds: "86400", issuer: "licensing", audience: "licensing" },
    });
  });

  test("production is told everything", () => {
    expect(readSettings(said, production)).toEqual({
      domain: "licensing.example.com",
      corsOrigins: ["https://a.example.com", "https://b.example.com"],
      alarmEmail: "pager@example.com",
      runbookUrl: "https://git.example.com/licensing/infra/RUNBOOK.md",
      databasePasswordEpoch: "1",
      certificate: { ttlSeconds: "3600", issuer: "https://licensing.example.com", audience: "products" },
    });
  });

  test.each(Object.keys(said))("production is not deployed by a machine that doesn't say %s", (name) => {
    expect(() => readSettings({ ...said, [name]: undefined }, production)).toThrow(new RegExp(`${name}: is not set \\(.+\\)`));
    expect(() => readSettings({ ...said, [name]: "" }, production)).toThrow(new RegExp(`${name}: is not set`));
  });

  test.each(choices)("production does without what %s names by saying none", (name) => {
    const { domain, alarmEmail, runbookUrl, corsOrigins } = readSettings({ ...said, [name]: "none" }, production);
    expect([domain, alarmEmail, runbookUrl].filter((value) => value === undefined).length + (corsOrigins.length === 0 ? 1 : 0)).toBe(1);
  });

  test.each(["LICENSING_CERT_TTL_SECONDS", "LICENSING_CERT_ISSUER", "LICENSING_CERT_AUDIENCE"])("there is no certificate without what %s names", (name) => {
    expect(() => readSettings({ ...said, [name]: "none" }, production)).toThrow(new RegExp(`${name}: must be`));
  });

  test("saying none elsewhere is saying nothing", () => {
    const without = Object.fromEntries(choices.map((name) => [name, "none"]));
    expect(readSettings({ ...credentials, ...without }, permanent)).toEqual(readSettings(credentials, permanent));
  });

  test("a preview also needs the project that its branch is made in", () => {
    expect(() => readSettings(credentials, preview)).toThrow(/LICENSING_NEON_PROJECT_ID: is not set/);
    expect(readSettings({ ...credentials, LICENSING_NEON_PROJECT_ID: "calm-sea-1" }, preview).neonProjectId).toBe("calm-sea-1");
  });

  test("the application's password is made anew for another epoch, which nobody has to name", () => {
    expect(readSettings({ ...said, LICENSING_DATABASE_PASSWORD_EPOCH: "2026-11-24" }, production).databasePasswordEpoch).toBe("2026-11-24");
  });

  test("all that is missing is named at once", () => {
    expect(() => readSettings({}, preview)).toThrow(
      /NEON_API_KEY: [^]*UPSTASH_EMAIL: [^]*UPSTASH_API_KEY: [^]*LICENSING_NEON_PROJECT_ID: /,
    );
  });

  test("an empty value counts as missing", () => {
    expect(() => readSettings({ ...credentials, NEON_API_KEY: "" }, permanent)).toThrow(/NEON_API_KEY: is not set/);
  });

  test.each([
    ["LICENSING_DOMAIN", "https://licensing.example.com"],
    ["LICENSING_DOMAIN", "localhost"],
    ["LICENSING_DOMAIN", "a..example.com"],
    ["LICENSING_CORS_ORIGINS", "*"],
    ["LICENSING_CORS_ORIGINS", "https://a.example.com/"],
    ["LICENSING_CORS_ORIGINS", "https://a.example.com, https://b.example.com"],
    ["LICENSING_CORS_ORIGINS", "http://a.example.com"],
    ["LICENSING_ALARM_EMAIL", "pager"],
    ["LICENSING_RUNBOOK_URL", "http://git.example.com/RUNBOOK.md"],
    ["LICENSING_RUNBOOK_URL", "https://git.example.com/RUNBOOK.md#top"],
    ["LICENSING_RUNBOOK_URL", "infra/RUNBOOK.md"],
    ["LICENSING_CERT_TTL_SECONDS", "59"],
    ["LICENSING_CERT_TTL_SECONDS", "2592001"],
    ["LICENSING_CERT_TTL_SECONDS", "1e5"],
    ["LICENSING_CERT_ISSUER", "two words"],
    ["LICENSING_DATABASE_PASSWORD_EPOCH", "the second"],
  ])("%s = %s is refused by name", (name, text) => {
    expect(() => readSettings({ ...credentials, [name]: text }, permanent)).toThrow(new RegExp(`${name}: must be`));
  });

  test("the bounds of a certificate's life are within them", () => {
    for (const ttl of ["60", "2592000"]) {
      expect(readSettings({ ...credentials, LICENSING_CERT_TTL_SECONDS: ttl }, permanent).certificate.ttlSeconds).toBe(ttl);
    }
  });

  test("a message never shows what a variable held", () => {
    const secret = fc.string({ minLength: 12 }).filter((text) => /[^\x21-\x7e]/.test(text) && !/must|set|before/i.test(text));
    fc.assert(
      fc.property(secret, (text) => {
        try {
          readSettings({ ...credentials, LICENSING_CERT_ISSUER: text, LICENSING_DOMAIN: text }, permanent);
          return false;
        } catch (fault) {
          return fault instanceof SettingsError && !fault.message.includes(text);
        }
      }),
    );
  });
});
