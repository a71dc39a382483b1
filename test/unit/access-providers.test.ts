import { constants, generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { readTokenKeys } from "@licensing/core/access/token-key.ts";
import { verifyToken } from "@licensing/core/access/verify-token.store.ts";
import { createRuntime, type Runtime } from "@licensing/core/platform/runtime.ts";
import { startKeySetServer } from "../support/key-set-server.ts";
import { encode } from "../support/token-issuer.ts";

/**
 * Tokens shaped like those of identity providers, by the claims that they document: Auth0 (auth0.com/docs/secure/tokens/access-tokens),
 * Amazon Cognito (docs.aws.amazon.com/cognito, "Understanding the access token"), Keycloak (Server Administration Guide, "Client scopes"),
 * Microsoft Entra ID (learn.microsoft.com/entra/identity-platform/access-token-claims-reference) and WorkOS (workos.com/docs/user-management/sessions).
 */
const nowMs = Date.UTC(2026, 10, 23, 12);
const seconds = nowMs / 1000;
const server = await startKeySetServer([]);
const runtimes: Runtime[] = [];
afterAll(() => runtimes.forEach(({ transport }) => transport.close()));

type Algorithm = "ES256" | "ES384" | "RS256" | "PS256" | "EdDSA";
type Pair = { readonly privateKey: KeyObject; readonly jwk: Readonly<Record<string, unknown>> };

const pairs: Readonly<Record<"ec" | "p384" | "rsa" | "rsa1024" | "ed25519", Pair>> = {
  ec: pairOf(generateKeyPairSync("ec", { namedCurve: "P-256" })),
  p384: pairOf(generateKeyPairSync("ec", { namedCurve: "P-384" })),
  rsa: pairOf(generateKeyPairSync("rsa", { modulusLength: 2_048 })),
  rsa1024: pairOf(generateKeyPairSync("rsa", { modulusLength: 1_024 })),
  ed25519: pairOf(generateKeyPairSync("ed25519")),
};

function pairOf({ privateKey, publicKey }: { readonly privateKey: KeyObject; readonly publicKey: KeyObject }): Pair {
  return { privateKey, jwk: { ...publicKey.export({ format: "jwk" }) } };
}

const pairFor = { ES256: pairs.ec, ES384: pairs.p384, RS256: pairs.rsa, PS256: pairs.rsa, EdDSA: pairs.ed25519 } as const;

function signed(alg: Algorithm, input: string, { privateKey }: Pair): Buffer {
  const data = Buffer.from(input);
  switch (alg) {
    case "ES256":
      return sign("sha256", data, { key: privateKey, dsaEncoding: "ieee-p1363" });
    case "ES384":
      return sign("sha384", data, { key: privateKey, dsaEncoding: "ieee-p1363" });
    case "RS256":
      return sign("sha256", data, privateKey);
    case "PS256":
      return sign("sha256", data, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
    case "EdDSA":
      return sign(null, data, privateKey);
  }
}

type Made = { readonly alg?: Algorithm; readonly pair?: Pair; readonly header?: Readonly<Record<string, unknown>>; readonly claims: Readonly<Record<string, unknown>> };

function make({ alg = "RS256", pair = pairFor[alg], header = {}, claims }: Made): string {
  const input = `${encode(JSON.stringify({ alg, kid: "k", ...header }))}.${encode(JSON.stringify({ iat: seconds, exp: seconds + 600, ...claims }))}`;
  return `${input}.${signed(alg, input, pair).toString("base64url")}`;
}

const serve = (...keys: readonly unknown[]) => (server.answer = { status: 200, body: JSON.stringify({ keys }) });
const rsaJwk = { ...pairs.rsa.jwk, kid: "k", use: "sig", alg: "RS256" };
beforeEach(() => serve(rsaJwk));

function ask(token: string, environment: Readonly<Record<string, string>>) {
  const runtime = createRuntime({
    environment: { APP_ENV_IDENTITY_JWKS_URL: server.url, APP_ENV_IDENTITY_AUDIENCE: "licensing", APP_ENV_IDENTITY_ALGORITHMS: "RS256", ...environment },
    now: () => new Date(nowMs),
    print: () => undefined,
  });
  runtimes.push(runtime);
  return verifyToken(runtime, token);
}

type Provider = {
  readonly environment: Readonly<Record<string, string>>;
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly jwk: Readonly<Record<string, unknown>>;
  readonly user: { readonly id: string; readonly roles: readonly string[]; readonly org: string | undefined };
  /** Claims that make it a token for another audience. */
  readonly foreign: Readonly<Record<string, unknown>>;
};

const providers: Readonly<Record<string, Provider>> = {
  Auth0: {
    environment: {
      APP_ENV_IDENTITY_ISSUER: "https://acme.eu.auth0.com/",
      APP_ENV_IDENTITY_AUDIENCE: "https://licensing.acme.example",
      APP_ENV_IDENTITY_ROLES_CLAIM: "https://acme.example/roles",
      APP_ENV_IDENTITY_ORGANIZATION_CLAIM: "org_id",
    },
    header: { typ: "at+jwt" },
    claims: {
      iss: "https://acme.eu.auth0.com/", sub: "auth0|6543210abcdef", aud: ["https://licensing.acme.example", "https://acme.eu.auth0.com/userinfo"],
      azp: "mYcLiEnTiD", scope: "openid profile", org_id: "org_Acme1", permissions: ["read:licenses"], "https://acme.example/roles": ["licensing-operator", "Sales Lead"],
    },
    jwk: { ...rsaJwk, x5t: "t", x5c: ["MIIC"] },
    user: { id: "auth0|6543210abcdef", roles: ["licensing-operator"], org: "org_Acme1" },
    foreign: { aud: ["https://acme.eu.auth0.com/userinfo"] },
  },
  "Amazon Cognito": {
    environment: {
      APP_ENV_IDENTITY_ISSUER: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example",
      APP_ENV_IDENTITY_AUDIENCE: "xxxxxxxxxxxxexample",
      APP_ENV_IDENTITY_AUDIENCE_CLAIM: "client_id",
      APP_ENV_IDENTITY_ROLES_CLAIM: "cognito:groups",
      APP_ENV_IDENTITY_ORGANIZATION_CLAIM: "custom:org",
    },
    header: {},
    claims: {
      iss: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example", sub: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", version: 2, client_id: "xxxxxxxxxxxxexample",
      origin_jti: "o", event_id: "e", token_use: "access", scope: "openid", auth_time: seconds, jti: "j", username: "ada", "cognito:groups": ["licensing-support", "eu-central-1_Example_Google"],
    },
    jwk: { ...rsaJwk },
    user: { id: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", roles: ["eu-central-1_Example_Google", "licensing-support"], org: undefined },
    foreign: { client_id: "another" },
  },
  Keycloak: {
    environment: {
      APP_ENV_IDENTITY_ISSUER: "https://sso.acme.example/realms/acme",
      APP_ENV_IDENTITY_ROLES_CLAIM: "resource_access.licensing.roles",
      APP_ENV_IDENTITY_ORGANIZATION_CLAIM: "organization",
    },
    header: { typ: "JWT" },
    claims: {
      iss: "https://sso.acme.example/realms/acme", sub: "f:1:ada", aud: ["licensing", "account"], typ: "Bearer", azp: "console", sid: "s", acr: "1", scope: "openid profile", organization: ["acme"],
      realm_access: { roles: ["default-roles-acme", "offline_access", "uma_authorization"] }, resource_access: { licensing: { roles: ["licensing-auditor"] }, account: { roles: ["manage-account"] } },
    },
    jwk: { ...rsaJwk, x5t: "t", "x5t#S256": "t", x5c: ["MIIC"] },
    user: { id: "f:1:ada", roles: ["licensing-auditor"], org: "acme" },
    foreign: { aud: "account" },
  },
  "Microsoft Entra ID": {
    environment: {
      APP_ENV_IDENTITY_ISSUER: "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0",
      APP_ENV_IDENTITY_AUDIENCE: "6e74172b-be56-4843-9ff4-e66a39bb12e3",
      APP_ENV_IDENTITY_ORGANIZATION_CLAIM: "tid",
    },
    header: { typ: "JWT", x5t: "t" },
    claims: {
      iss: "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0", sub: "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ", aud: "6e74172b-be56-4843-9ff4-e66a39bb12e3",
      aio: "a", azp: "c", azpacr: "0", name: "Ada", oid: "o", preferred_username: "ada@acme.example", rh: "r", roles: ["licensing-admin", "Daemon.Read All"], scp: "access", tid: "11111111-2222-3333-4444-555555555555", uti: "u", ver: "2.0",
    },
    // Entra's keys name no algorithm.
    jwk: { ...rsaJwk, alg: undefined, x5t: "t", x5c: ["MIIC"], issuer: "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0" },
    user: { id: "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ", roles: ["licensing-admin"], org: "11111111-2222-3333-4444-555555555555" },
    foreign: { aud: "00000003-0000-0000-c000-000000000000" },
  },
  WorkOS: {
    environment: {
      APP_ENV_IDENTITY_ISSUER: "https://api.workos.com/user_management/client_01Example",
      APP_ENV_IDENTITY_AUDIENCE: "client_01Example",
      APP_ENV_IDENTITY_AUDIENCE_CLAIM: "client_id",
      APP_ENV_IDENTITY_ROLES_CLAIM: "role",
      APP_ENV_IDENTITY_ORGANIZATION_CLAIM: "org_id",
    },
    header: {},
    claims: { iss: "https://api.workos.com/user_management/client_01Example", sub: "user_01Ada", client_id: "client_01Example", sid: "session_01", org_id: "org_01Acme", role: "licensing-operator", permissions: ["posts:read"], jti: "j" },
    jwk: { ...rsaJwk, x5c: ["MIIC"], "x5t#S256": "t" },
    user: { id: "user_01Ada", roles: ["licensing-operator"], org: "org_01Acme" },
    foreign: { client_id: undefined },
  },
};

describe.each(Object.entries(providers))("a token shaped like those of %s", (_name, { environment, header, claims, jwk, user, foreign }) => {
  beforeEach(() => serve(jwk));
  test("names its user, roles and organization", async () => {
    const organization = user.org === undefined ? [] : [{ type: "organization", id: user.org }];
    expect(await ask(make({ header, claims }), environment)).toEqual({ type: "user", id: user.id, roles: user.roles, holders: [{ type: "user", id: user.id }, ...organization] });
  });
  test("for another audience, by another issuer, expired, by another key, or with a changed signature is refused with that reason", async () => {
    expect(await ask(make({ header, claims: { ...claims, ...foreign } }), environment)).toEqual({ fault: "wrong audience" });
    expect(await ask(make({ header, claims: { ...claims, iss: "https://evil.example" } }), environment)).toEqual({ fault: "wrong issuer" });
    expect(await ask(make({ header, claims: { ...claims, exp: seconds - 31 } }), environment)).toEqual({ fault: "expired" });
    expect(await ask(make({ header, claims: { ...claims, nbf: seconds + 31 } }), environment)).toEqual({ fault: "not yet valid" });
    expect(await ask(make({ header, claims: { ...claims, iat: seconds + 31 } }), environment)).toEqual({ fault: "not yet valid" });
    expect(await ask(make({ header: { ...header, kid: "another" }, claims }), environment)).toEqual({ fault: "unknown key" });
    expect(await ask(make({ header, claims, pair: pairOf(generateKeyPairSync("rsa", { modulusLength: 2_048 })) }), environment)).toEqual({ fault: "bad signature" });
  });
  test("as an ID token is refused", async () => {
    for (const more of [{ nonce: "n" }, { at_hash: "h" }, { token_use: "id" }]) expect(await ask(make({ header, claims: { ...claims, ...more } }), environment)).toEqual({ fault: "not a token" });
  });
  test("of an algorithm that isn't configured is refused, even by a key in the set; control: configured, it is accepted", async () => {
    serve({ ...pairs.ec.jwk, kid: "k" });
    const token = make({ alg: "ES256", header, claims });
    expect(await ask(token, environment)).toEqual({ fault: "not a token" });
    expect(await ask(token, { ...environment, APP_ENV_IDENTITY_ALGORITHMS: "RS256 ES256" })).toMatchObject({ id: user.id });
  });
});

const plain = { APP_ENV_IDENTITY_ISSUER: "https://i.example" };
const claims = { iss: "https://i.example", aud: "licensing", sub: "ada" };

describe("algorithms:", () => {
  test.each(["ES256", "ES384", "RS256", "PS256", "EdDSA"] as const)("a token by %s is accepted only if that algorithm is configured", async (alg) => {
    serve({ ...pairFor[alg].jwk, kid: "k", alg });
    expect(await ask(make({ alg, claims }), { ...plain, APP_ENV_IDENTITY_ALGORITHMS: alg })).toMatchObject({ id: "ada" });
    const others = (["ES256", "ES384", "RS256", "PS256", "EdDSA"] as const).filter((other) => other !== alg);
    expect(await ask(make({ alg, claims }), { ...plain, APP_ENV_IDENTITY_ALGORITHMS: others.join(",") })).toEqual({ fault: "not a token" });
  });

  test("RS256 by a key whose alg is PS256 is refused, and the other way round", async () => {
    for (const [alg, of] of [["RS256", "PS256"], ["PS256", "RS256"]] as const) {
      serve({ ...pairs.rsa.jwk, kid: "k", alg: of });
      expect(await ask(make({ alg, claims }), { ...plain, APP_ENV_IDENTITY_ALGORITHMS: "RS256,PS256" })).toEqual({ fault: "bad signature" });
    }
    // Control: a key without an alg.
    serve({ ...pairs.rsa.jwk, kid: "k" });
    for (const alg of ["RS256", "PS256"] as const) expect(await ask(make({ alg, claims }), { ...plain, APP_ENV_IDENTITY_ALGORITHMS: "RS256,PS256" })).toMatchObject({ id: "ada" });
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ["an RSA key of 1024 bits", { ...pairs.rsa1024.jwk, kid: "k" }],
    ["an RSA key whose exponent is 1", { ...pairs.rsa.jwk, e: "AQ", kid: "k" }],
    ["an RSA key without exponent", { ...pairs.rsa.jwk, e: undefined, kid: "k" }],
    ["an RSA key of 16384 bits", { kty: "RSA", n: Buffer.alloc(2_048, 255).toString("base64url"), e: "AQAB", kid: "k" }],
    ["an RSA key for encryption", { ...rsaJwk, use: "enc" }],
    ["a P-384 point called P-256", { ...pairs.p384.jwk, crv: "P-256", kid: "k" }],
    ["an X25519 key", { ...pairs.ed25519.jwk, crv: "X25519", kid: "k" }],
    ["a private RSA key", { ...pairs.rsa.privateKey.export({ format: "jwk" }), kid: "k" }],
    ["a symmetric key", { kty: "oct", k: "AAAA", kid: "k", alg: "HS256" }],
  ])("%s isn't a key", (_name, jwk) => {
    expect(readTokenKeys({ keys: [jwk] }, ["ES256", "ES384", "RS256", "PS256", "EdDSA"])?.size).toBe(0);
  });
});

describe("roles", () => {
  const rolesOf = async (roles: unknown, claim = "roles") => ask(make({ claims: { ...claims, [claim]: roles } }), { ...plain, APP_ENV_IDENTITY_ROLES_CLAIM: claim });
  test("may be one text with blanks between, or a list", async () => {
    expect(await rolesOf("openid  licensing-admin profile")).toMatchObject({ roles: ["licensing-admin", "openid", "profile"] });
    expect(await rolesOf(Array.from({ length: 200 }, (_role, index) => `r${index}`))).toMatchObject({ roles: { length: 200 } });
    expect(await rolesOf("")).toMatchObject({ roles: [] });
  });
  test("with characters that no role of ours has are ignored", async () => {
    expect(await rolesOf(["a,licensing-admin", "Größe", "a b", "", "\u0000", "x".repeat(129), "licensing-support"])).toMatchObject({ roles: ["licensing-support"] });
  });
  test.each([[7], [true], [{ a: "licensing-admin" }], [["licensing-admin", 7]], [null]])("that aren't texts make a token malformed: %j", async (roles) => {
    expect(await rolesOf(roles)).toEqual({ fault: "not a token" });
  });
  test("are found by the claim's whole name before its path, and in own members only", async () => {
    const found = async (name: string, more: Readonly<Record<string, unknown>>) => ask(make({ claims: { ...claims, ...more } }), { ...plain, APP_ENV_IDENTITY_ROLES_CLAIM: name });
    expect(await found("a.b", { "a.b": ["whole"], a: { b: ["path"] } })).toMatchObject({ roles: ["whole"] });
    expect(await found("a.b", { a: { b: ["path"] } })).toMatchObject({ roles: ["path"] });
    expect(await found("https://a.example/b", { "https://a": { "example/b": ["path"] } })).toMatchObject({ roles: [] });
    for (const name of ["constructor.name", "__proto__", "a.b.c.d"]) expect(await found(name, { a: { b: "text" } })).toMatchObject({ roles: [] });
  });
});
