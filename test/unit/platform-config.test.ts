import { describe, expect, test } from "vitest";
import { readConfig } from "@licensing/core/platform/config.ts";

const identity = { APP_ENV_IDENTITY_JWKS_URL: "https://identity.example.com/jwks.json", APP_ENV_IDENTITY_ISSUER: "i", APP_ENV_IDENTITY_AUDIENCE: "a" };

describe("a setting that goes into certificates is refused at the start if it is too long:", () => {
  test.each(["APP_ENV_LICENSING_CERT_ISSUER", "APP_ENV_LICENSING_CERT_AUDIENCE", "APP_ENV_IDENTITY_AUDIENCE", "APP_ENV_IDENTITY_ISSUER"])("%s", (name) => {
    expect(() => readConfig({ ...identity, [name]: "x".repeat(255) })).not.toThrow();
    expect(() => readConfig({ ...identity, [name]: "x".repeat(256) })).toThrow(`${name}: must have at most 255 characters`);
  });
});

describe("a setting that is sent in a header is refused at the start if it has other than visible ASCII characters:", () => {
  const [url, token] = ["APP_ENV_UPSTASH_REDIS_REST_URL", "APP_ENV_UPSTASH_REDIS_REST_TOKEN"];
  const databases = ["APP_ENV_DATABASE_URL", "APP_ENV_LICENSING_KEYRING_DATABASE_URL"];
  const refused = ["\n", "\r\n", "\t", " ", "\0", "\u007f", "é", "日"];
  test.each([token, ...databases])("%s", (name) => {
    const text = name === token ? "AbC=" : "postgres://app:secret@db.example.com/licensing";
    const read = (value: string) => readConfig({ ...(name === token ? { [url]: "https://redis.example.com" } : {}), [name]: value });
    expect(() => read(text)).not.toThrow();
    for (const character of refused) {
      for (const value of [`${text}${character}`, `${character}${text}`]) expect(() => read(value), JSON.stringify(value)).toThrow(`${name}: must be of visible ASCII characters`);
    }
  });
});

describe("the settings of a login", () => {
  const login = (environment: Readonly<Record<string, string>>) => readConfig(environment).login;
  const endpoints = { authorization: "https://identity.example.com/authorize", token: "https://login.example.com/token", endSession: "https://identity.example.com/logout" };

  test("have defaults, with which nobody can log in", () => {
    expect(login({})).toEqual({ scopes: ["openid"], authorizationParameters: {}, connectOrigins: [] });
  });

  test("are read from their variables", () => {
    expect(
      login({
        APP_ENV_IDENTITY_CLIENT_ID: "console",
        APP_ENV_IDENTITY_SCOPES: "openid  offline_access",
        APP_ENV_IDENTITY_AUTHORIZATION_PARAMETERS: '{"audience":"licensing"}',
        APP_ENV_IDENTITY_ENDPOINTS: JSON.stringify(endpoints),
        APP_ENV_IDENTITY_CONNECT_ORIGINS: "https://login.example.com,https://other.example.com",
      }),
    ).toEqual({
      clientId: "console",
      scopes: ["openid", "offline_access"],
      authorizationParameters: { audience: "licensing" },
      endpoints,
      connectOrigins: ["https://login.example.com", "https://other.example.com"],
    });
  });

  test.each([
    ["APP_ENV_IDENTITY_ENDPOINTS", JSON.stringify({ ...endpoints, introspection: "https://identity.example.com/i" })],
    ["APP_ENV_IDENTITY_ENDPOINTS", JSON.stringify({ authorization: endpoints.authorization })],
    ["APP_ENV_IDENTITY_ENDPOINTS", JSON.stringify({ ...endpoints, token: "javascript:alert(1)" })],
    ["APP_ENV_IDENTITY_AUTHORIZATION_PARAMETERS", "audience=licensing"],
    ["APP_ENV_IDENTITY_AUTHORIZATION_PARAMETERS", "null"],
    ["APP_ENV_IDENTITY_SCOPES", " "],
    ["APP_ENV_IDENTITY_CONNECT_ORIGINS", "https://login.example.com/"],
  ])("are refused at the start by their names: %s as %s", (name, text) => {
    expect(() => login({ [name]: text })).toThrow(new RegExp(`^${name}: must be `));
  });
});
