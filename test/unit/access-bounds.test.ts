import { describe, expect, test } from "vitest";
import { readAuthorization } from "@licensing/core/access/license-caller.ts";
import { authorize } from "@licensing/core/access/authorize.store.ts";
import { parseBasic } from "@licensing/core/access/identify-service.store.ts";
import { licensePermissions, permissions } from "@licensing/core/access/permission.ts";
import type { Permission } from "@licensing/core/access/permission.ts";
import { createReach, type Asking } from "@licensing/core/access/reach.ts";
import { isTokenShaped as isShaped } from "@licensing/core/access/token-shape.ts";
import { verifyToken } from "@licensing/core/access/verify-token.store.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import { ProblemError } from "@licensing/core/problem/problem.ts";
import { startKeySetServer } from "../support/key-set-server.ts";
import { audience, createTokenKey, encode, issuer, makeToken } from "../support/token-issuer.ts";

const isTokenShaped = (text: string) => isShaped(text, ["ES256", "RS256"]);
const header = encode(JSON.stringify({ alg: "ES256", kid: "key-1" }));
const withHeader = (members: object) => `${encode(JSON.stringify({ alg: "ES256", kid: "key-1", ...members }))}.AAAA.AAAA`;

describe("the shape of a token", () => {
  test("is three non-empty segments of canonical base64url", () => {
    expect(isTokenShaped(`${header}.AAAA.AAAA`)).toBe(true);
    for (const text of ["", header, `${header}.AAAA`, `${header}.AAAA.AAAA.AAAA`, `${header}.AAAA.`, `${header}..AAAA`, `.AAAA.AAAA`, `${header}.AAAA.AAB`, `${header}.AAA=.AAAA`]) {
      expect(isTokenShaped(text)).toBe(false);
    }
  });

  test("is 8,192 characters long at most", () => {
    const tokenOf = (length: number) => {
      const rest = length - header.length - 2;
      // One symbol beyond a group holds no byte.
      const signature = rest % 4 === 1 ? "AA" : "AAAA";
      return `${header}.${"A".repeat(rest - signature.length)}.${signature}`;
    };
    expect(tokenOf(8_192)).toHaveLength(8_192);
    expect([tokenOf(8_191), tokenOf(8_192), tokenOf(8_193)].map((text) => isTokenShaped(text))).toEqual([true, true, false]);
  });

  const headers: readonly (readonly [object, object])[] = [
    [{ kid: "k".repeat(256) }, { kid: "k".repeat(257) }], [{ kid: "k" }, { kid: "" }], [{}, { kid: 7 }], [{}, { kid: undefined }], [{ alg: "RS256" }, { alg: "ES384" }], [{}, { alg: ["ES256"] }],
    [{ typ: "JWT" }, { typ: "JWTx" }], [{ typ: "application/jwt" }, { typ: "xapplication/jwt" }], [{ typ: "at+JWT" }, { typ: "at-jwt" }], [{ typ: "jwt" }, { typ: "" }],
    ...["crit", "b64", "jku", "jwk", "x5u", "x5c", "enc", "zip"].map((name) => [{ other: null }, { [name]: null }] as const),
  ];
  test.each(headers)("has a header with %j, not with %j", (good, bad) => {
    expect([isTokenShaped(withHeader(good)), isTokenShaped(withHeader(bad))]).toEqual([true, false]);
  });
});

describe("an Authorization header", () => {
  test("is one scheme, in any case, blanks and one credential", () => {
    expect(readAuthorization("BeaRer abc.def~!")).toEqual({ scheme: "bearer", credential: "abc.def~!" });
    expect(readAuthorization("License   a")).toEqual({ scheme: "license", credential: "a" });
    expect(readAuthorization("License a,")).toEqual({ scheme: "license", credential: "a" });
    expect(readAuthorization("License \u00ef\u00bf\u00bd\u00e2\u0080\u009ca")).toEqual({ scheme: "license", credential: "\ufffd“a" });
    expect(readAuthorization("License \u00e2\u0080a")).toEqual({ scheme: "license", credential: "\u00e2\u0080a" });
  });

  test.each([undefined, "", "Bearer", "Bearer ", " Bearer a", "Bearer a ", "Bearer a b", "Bearer\ta", "B2 a", "Bearer a,b", "Bearer a,", "License a,b", "License a,,", "License a, Basic b", "Bearer a, Basic b", "Bearer \u007f", "Bearer é", "Bearer a\n"])(
    "is refused as %j",
    (header) => expect(readAuthorization(header)).toBeUndefined(),
  );

  test("is 10,240 characters long at most", () => {
    const of = (length: number) => readAuthorization(`Bearer ${"x".repeat(length - "Bearer ".length)}`);
    expect([of(10_240)?.scheme, of(10_241)]).toEqual(["bearer", undefined]);
  });
});

describe("a Basic credential", () => {
  test("is 2,048 characters long at most", () => {
    const longest = Buffer.from(`svc:${"x".repeat(1_532)}`).toString("base64");
    expect(longest).toHaveLength(2_048);
    expect(parseBasic(longest)?.secret).toHaveLength(1_532);
    expect(parseBasic(Buffer.from(`svc:${"x".repeat(1_535)}`).toString("base64"))).toBeUndefined();
  });
});

describe("a token's times", async () => {
  const key = createTokenKey("key-1");
  const server = await startKeySetServer([key.publicJwk]);
  const environment = { APP_ENV_IDENTITY_JWKS_URL: server.url, APP_ENV_IDENTITY_ISSUER: issuer, APP_ENV_IDENTITY_AUDIENCE: audience };
  const nowMs = Date.UTC(2026, 10, 23, 12);
  const seconds = nowMs / 1000;
  const verify = (claims: Readonly<Record<string, unknown>>) =>
    verifyToken(createRuntime({ environment, now: () => new Date(nowMs), print: () => undefined }), makeToken(key, nowMs, { claims }));

  test.each([["iat", seconds + 30, seconds + 30.5], ["exp", 253_402_300_799, 253_402_300_800], ["exp", seconds - 29.5, seconds - 30]])(
    "%s may be %d, not %d",
    async (claim, good, bad) => {
      expect(await verify({ [claim]: good })).toMatchObject({ id: "alice" });
      expect(await verify({ [claim]: bad })).toHaveProperty("fault");
    },
  );

  test("aren't checked without an identity provider: the missing setting is an error", async () => {
    const runtime = createRuntime({ environment: {}, now: () => new Date(nowMs), print: () => undefined });
    await expect(verifyToken(runtime, makeToken(key, nowMs))).rejects.toThrow("APP_ENV_IDENTITY_JWKS_URL: is not set");
  });
});

test("the roles ab and the roles a and b don't share a cached answer", async () => {
  const reachOf = await createReach([{ variant: "grant", subject: "role:ab", target: "key:read", effect: "allow" }]);
  const user = (...roles: readonly string[]): Asking => ({ actor: { type: "user", id: "u", roles, holders: [] }, assigned: [] });
  expect([reachOf(user("ab"), "key:read"), reachOf(user("a", "b"), "key:read"), reachOf(user("ab"), "key:read")]).toEqual(["all", "none", "all"]);
});

describe("without a look at the rules", () => {
  const runtime = createRuntime({ environment: {}, print: () => undefined });
  const asked = async (actor: Parameters<typeof authorize>[1], permission: Permission) => {
    try {
      return await authorize(runtime, actor, permission);
    } catch (error) {
      return error instanceof ProblemError ? error.problem : error;
    }
  };

  test.each(permissions)("a license is answered for itself or refused by the contract alone: %s", async (permission) => {
    const refusal = { kind: "problem", code: "permission-denied", detail: `This takes the permission ${permission}.` };
    const allowed = { kind: "license", licenseId: "20", keyDigest: "digest" };
    expect(await asked({ type: "license", id: "20", keyDigest: "digest" }, permission)).toEqual(licensePermissions.has(permission) ? allowed : refusal);
  });

  test("the service itself may do everything to every license", async () => {
    for (const permission of permissions) expect(await asked({ type: "system", id: "check-keys" }, permission)).toEqual({ kind: "all" });
  });
});
