import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startIssuer, type Issuer } from "../../infra/local/issuer/issuer.ts";
import { postRaw, type RawReply } from "./raw-http.ts";

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
  test("name their caller, and the published key verifies them", async () => {
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

  test("for a name alone have no roles, no organization, and an hour", async () => {
    const payload = decodeJwt(await tokenOf({ sub: "ada" }));
    expect(payload).toMatchObject({ roles: [], exp: NOW / 1_000 + 3_600 });
    expect(payload).not.toHaveProperty("org");
  });

  test("for the same caller differ", async () => {
    expect(decodeJwt(await tokenOf({ sub: "ada" })).jti).not.toBe(decodeJwt(await tokenOf({ sub: "ada" })).jti);
  });

  test.each(["ES256", "ES384", "RS256", "PS256", "EdDSA"] as const)("are signed by %s if it is asked for, and the published key names the algorithm", async (alg) => {
    const token = await tokenOf({ sub: "ada", alg });
    const { protectedHeader } = await jwtVerify(token, createRemoteJWKSet(new URL(issuer.jwksUrl)), { algorithms: [alg], currentDate: new Date(NOW) });
    expect(protectedHeader.alg).toBe(alg);
  });

  test("carry additional claims, which override the others", async () => {
    const token = await tokenOf({ sub: "ada", roles: ["a"], claims: { roles: ["b"], aud: "other", realm_access: { roles: ["c"] } } });
    expect(decodeJwt(token)).toMatchObject({ sub: "ada", roles: ["b"], aud: "other", realm_access: { roles: ["c"] } });
  });

  test("are shaped as the service reads them", async () => {
    const shape = { algorithm: "RS256", audienceClaim: "client_id", rolesClaim: "realm_access.roles", organizationClaim: "https://acme.example/org" } as const;
    const shaped = await startIssuer({ audience, keyFile: null, shape, now: () => NOW });
    const token = await shaped.mint({ sub: "ada", roles: ["licensing-admin"], org: "acme" });
    await shaped.close();
    expect(decodeProtectedHeader(token).alg).toBe("RS256");
    expect(decodeJwt(token)).toMatchObject({ client_id: audience, realm_access: { roles: ["licensing-admin"] }, "https://acme.example/org": "acme" });
    expect(decodeJwt(token)).not.toHaveProperty("aud");
  });

  test("with a negative lifetime have expired", async () => {
    await expect(verify(await tokenOf({ sub: "ada", expiresIn: -10 }))).rejects.toThrow('"exp" claim timestamp check failed');
  });

  test("made in the process are like those made over HTTP", async () => {
    const { payload } = await verify(await issuer.mint({ sub: "operator", roles: ["licensing-operator"] }));
    expect(payload).toMatchObject({ sub: "operator", roles: ["licensing-operator"] });
  });

  test("have a key set of public halves alone, one for each algorithm", async () => {
    const reply = await fetch(issuer.jwksUrl);
    const { keys } = (await reply.json()) as { keys: Record<string, string>[] };
    const [ec, rsa] = [["alg", "crv", "kid", "kty", "use", "x", "y"], ["alg", "e", "kid", "kty", "n", "use"]];
    expect(keys.map((key) => Object.keys(key).toSorted())).toEqual([ec, ec, rsa, rsa, ["alg", "crv", "kid", "kty", "use", "x"]]);
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(5);
    const header = decodeProtectedHeader(await issuer.mint({ sub: "ada" }));
    expect(keys[0]).toMatchObject({ kid: header.kid, kty: "EC", crv: "P-256", alg: "ES256", use: "sig" });
  });
});

describe("the key", () => {
  test("survives a restart, and only its owner can read it", async () => {
    const token = await issuer.mint({ sub: "ada" });
    const next = await startIssuer({ audience, keyFile, issuer: issuer.issuer, now: () => NOW });
    expect((await verify(token, next)).payload.sub).toBe("ada");
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    await next.close();
  });

  test("of an older file, which has one for ES256 alone, stays, and keys for the other algorithms are added", async () => {
    const file = path.join(folder, "before.json");
    const { keys } = JSON.parse(readFileSync(keyFile, "utf8")) as { keys: Record<string, string>[] };
    const { alg: _, ...es256 } = keys[0] ?? {};
    writeFileSync(file, JSON.stringify(es256));
    const next = await startIssuer({ audience, keyFile: file, issuer: issuer.issuer, now: () => NOW });
    expect((await verify(await issuer.mint({ sub: "ada" }), next)).payload.sub).toBe("ada");
    await next.close();
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ keys: [es256, {}, {}, {}, {}] });
  });

  test("of another issuer does not verify a token", async () => {
    const other = await startIssuer({ audience, keyFile: null, issuer: issuer.issuer, now: () => NOW });
    await expect(verify(await other.mint({ sub: "ada" }))).rejects.toThrow("no applicable key found");
    await other.close();
  });

  test("that can't be parsed is refused by an error that names the file", async () => {
    const file = path.join(folder, "none.json");
    writeFileSync(file, '{"kty":"oct","k":"AA"}');
    await expect(startIssuer({ audience, keyFile: file })).rejects.toThrow(`${file} can't be read: it is damaged`);
  });
});

describe("requests", () => {
  test.each([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["null", "null"],
    ["no sub", {}],
    ["an empty sub", { sub: "" }],
    ["a sub that isn't a text", { sub: 1 }],
    ["a long sub", { sub: "x".repeat(257) }],
    ["an unknown member", { sub: "ada", admin: true }],
    ["roles that aren't a list", { sub: "ada", roles: "licensing-admin" }],
    ["a role that isn't a text", { sub: "ada", roles: [null] }],
    ["too many roles", { sub: "ada", roles: Array.from({ length: 33 }, () => "r") }],
    ["an org that isn't a text", { sub: "ada", org: {} }],
    ["claims that aren't an object", { sub: "ada", claims: [] }],
    ["an alg that the service never takes", { sub: "ada", alg: "HS256" }],
    ["a lifetime that isn't a number", { sub: "ada", expiresIn: "60" }],
    ["a lifetime that is not whole", { sub: "ada", expiresIn: 0.5 }],
    ["a lifetime beyond a year", { sub: "ada", expiresIn: 400 * 86_400 }],
  ])("with %s are 400", async (_case, body) => {
    expect(await ask(body)).toEqual({ status: 400, body: { error: expect.any(String) } });
  });

  test.each([
    [{ Host: "issuer.example" }],
    [{ Origin: "https://example.com" }],
    [{ Origin: "null" }],
  ])("from another origin get no token: %o", async (headers) => {
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
