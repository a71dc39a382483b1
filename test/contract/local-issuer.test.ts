import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startIssuer, type Issuer } from "../../infra/local/issuer/issuer.ts";
import { postRaw, type RawReply } from "../support/raw-http.ts";

const NOW = 1_800_000_000_000;
const audience = "licensing";

let folder: string;
let keyFile: string;
let issuer: Issuer;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "licensing-issuer-"));
  keyFile = path.join(folder, "issuer-key.json");
  issuer = await startIssuer({ audience, keyFile, now: () => NOW });
});

afterAll(async () => {
  await issuer.close();
  rmSync(folder, { recursive: true, force: true });
});

const ask = (body: unknown, headers: Record<string, string> = {}): Promise<RawReply> =>
  postRaw(issuer.tokenUrl, headers, typeof body === "string" ? body : JSON.stringify(body));

async function tokenOf(body: unknown): Promise<string> {
  const reply = await ask(body);
  expect(reply.status).toBe(200);
  return (reply.body as { token: string }).token;
}

const verify = (token: string, from: Issuer = issuer) =>
  jwtVerify(token, createRemoteJWKSet(new URL(from.jwksUrl)), {
    issuer: from.issuer,
    audience,
    algorithms: ["ES256"],
    typ: "at+jwt",
    currentDate: new Date(NOW),
  });

describe("tokens", () => {
  test("a token names its caller, and the published key verifies it", async () => {
    const token = await tokenOf({ sub: "ada", roles: ["licensing-admin"], org: "acme", expiresIn: 60 });
    const { payload, protectedHeader } = await verify(token);
    expect(payload).toEqual({
      iss: issuer.issuer,
      aud: audience,
      sub: "ada",
      roles: ["licensing-admin"],
      org: "acme",
      iat: NOW / 1_000,
      exp: NOW / 1_000 + 60,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(protectedHeader).toEqual({ alg: "ES256", typ: "at+jwt", kid: expect.any(String) });
  });

  test("without more than a name it has no roles, no organization, and an hour", async () => {
    const payload = decodeJwt(await tokenOf({ sub: "ada" }));
    expect(payload).toMatchObject({ roles: [], exp: NOW / 1_000 + 3_600 });
    expect(payload).not.toHaveProperty("org");
  });

  test("two tokens for the same caller are two", async () => {
    expect(decodeJwt(await tokenOf({ sub: "ada" })).jti).not.toBe(decodeJwt(await tokenOf({ sub: "ada" })).jti);
  });

  test("a negative lifetime makes a token that has expired", async () => {
    await expect(verify(await tokenOf({ sub: "ada", expiresIn: -10 }))).rejects.toThrow('"exp" claim timestamp check failed');
  });

  test("a token minted in the process is like one over HTTP", async () => {
    const { payload } = await verify(await issuer.mint({ sub: "operator", roles: ["licensing-operator"] }));
    expect(payload).toMatchObject({ sub: "operator", roles: ["licensing-operator"] });
  });

  test("the key set holds the public half alone", async () => {
    const reply = await fetch(issuer.jwksUrl);
    const { keys } = (await reply.json()) as { keys: Record<string, string>[] };
    expect(keys.map((key) => Object.keys(key).toSorted())).toEqual([["alg", "crv", "kid", "kty", "use", "x", "y"]]);
    const header = decodeProtectedHeader(await issuer.mint({ sub: "ada" }));
    expect(keys[0]).toMatchObject({ kid: header.kid, kty: "EC", crv: "P-256", alg: "ES256", use: "sig" });
  });
});

describe("the key", () => {
  test("outlives a restart, and only its owner can read it", async () => {
    const token = await issuer.mint({ sub: "ada" });
    const next = await startIssuer({ audience, keyFile, issuer: issuer.issuer, now: () => NOW });
    expect((await verify(token, next)).payload.sub).toBe("ada");
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    await next.close();
  });

  test("of another issuer does not verify", async () => {
    const other = await startIssuer({ audience, keyFile: null, issuer: issuer.issuer, now: () => NOW });
    await expect(verify(await other.mint({ sub: "ada" }))).rejects.toThrow("no applicable key found");
    await other.close();
  });

  test("that is none is refused, naming the file", async () => {
    const file = path.join(folder, "none.json");
    writeFileSync(file, '{"kty":"oct","k":"AA"}');
    await expect(startIssuer({ audience, keyFile: file })).rejects.toThrow(`${file} holds no ES256 key.`);
  });
});

describe("requests", () => {
  test.each([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["null", "null"],
    ["no sub", {}],
    ["an empty sub", { sub: "" }],
    ["a sub that is no text", { sub: 1 }],
    ["a long sub", { sub: "x".repeat(257) }],
    ["an unknown member", { sub: "ada", admin: true }],
    ["roles that are no list", { sub: "ada", roles: "licensing-admin" }],
    ["a role that is no text", { sub: "ada", roles: [null] }],
    ["too many roles", { sub: "ada", roles: Array.from({ length: 33 }, () => "r") }],
    ["an org that is no text", { sub: "ada", org: {} }],
    ["a lifetime that is no number", { sub: "ada", expiresIn: "60" }],
    ["a lifetime that is not whole", { sub: "ada", expiresIn: 0.5 }],
    ["a lifetime beyond a year", { sub: "ada", expiresIn: 400 * 86_400 }],
  ])("with %s are 400", async (_case, body) => {
    expect(await ask(body)).toEqual({ status: 400, body: { error: expect.any(String) } });
  });

  test.each([
    [{ Host: "issuer.example" }],
    [{ Origin: "https://example.com" }],
    [{ Origin: "null" }],
  ])("from elsewhere get no token: %o", async (headers) => {
    expect((await ask({ sub: "ada" }, headers)).status).toBe(403);
  });

  test("to another path or with another method are 404", async () => {
    expect((await fetch(issuer.tokenUrl)).status).toBe(404);
    expect((await fetch(issuer.jwksUrl, { method: "POST", body: "{}" })).status).toBe(404);
  });

  test("over sixteen kilobytes are 413", async () => {
    expect((await ask({ sub: "ada", org: "x".repeat(20_000) })).status).toBe(413);
  });
});
