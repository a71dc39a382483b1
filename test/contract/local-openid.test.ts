import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import * as oauth from "oauth4webapi";
import { afterAll, expect, test } from "vitest";
import { startIssuer, type Issuer } from "../../infra/local/issuer/issuer.ts";
import { base } from "../support/service.ts";
import { createBrowser, formOf } from "./openid-browser.ts";

/** Logins at the local identity provider by a client of another author, with the requests that a browser would make. */
const folder = mkdtempSync(path.join(tmpdir(), "licensing-openid-"));
const keyFile = path.join(folder, "issuer-key.json");
const issuer = await startIssuer({ audience: "licensing", keyFile });
afterAll(async () => {
  await issuer.close();
  rmSync(folder, { recursive: true, force: true });
});

const insecure = { [oauth.allowInsecureRequests]: true } as const;
const redirectUri = `http://127.0.0.1:3456${base}/console`;

async function discover(from: Issuer): Promise<oauth.AuthorizationServer> {
  const name = new URL(from.issuer);
  return oauth.processDiscoveryResponse(name, await oauth.discoveryRequest(name, insecure));
}

type LoggedIn = { readonly server: oauth.AuthorizationServer; readonly client: oauth.Client; readonly tokens: oauth.TokenEndpointResponse };

/** Discovery, then authorization code with PKCE, as a public client does it. */
async function logIn(browse: ReturnType<typeof createBrowser>, { from = issuer, person }: { from?: Issuer; person?: Record<string, string> } = {}): Promise<LoggedIn> {
  const server = await discover(from);
  const client = { client_id: from.clientId };
  const [verifier, state, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), oauth.generateRandomNonce()];
  const address = new URL(server.authorization_endpoint ?? "");
  address.search = new URLSearchParams({
    client_id: client.client_id, redirect_uri: redirectUri, response_type: "code", scope: "openid", state, nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
  }).toString();
  const shown = await browse(address);
  const arrived = person === undefined ? shown : await browse((await formOf(shown)).action, person);
  const parameters = oauth.validateAuthResponse(server, client, new URL(arrived.headers.get("location") ?? ""), state);
  const response = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), parameters, redirectUri, verifier, insecure);
  return { server, client, tokens: await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: nonce, requireIdToken: true }) };
}

const verify = (token: string, from: Issuer = issuer) =>
  jwtVerify(token, createRemoteJWKSet(new URL(from.jwksUrl)), { issuer: from.issuer, audience: "licensing", typ: "at+jwt", algorithms: ["ES256"] });

test.each([
  [{ choice: "admin" }, { sub: "local-admin", roles: ["licensing-admin"] }],
  [{ choice: "operator" }, { sub: "local-operator", roles: ["licensing-operator"] }],
  [{ choice: "support" }, { sub: "local-support", roles: ["licensing-support"] }],
  [{ choice: "auditor" }, { sub: "local-auditor", roles: ["licensing-auditor"] }],
  [{ choice: "holder" }, { sub: "ada", roles: [] }],
  [{ choice: "organization" }, { sub: "grace", roles: [], org: "acme" }],
  [{ sub: "Åsa <b>", org: "other & co", role: "licensing-support" }, { sub: "Åsa <b>", roles: ["licensing-support"], org: "other & co" }],
  [{ sub: "mallory", role: "licensing-root" }, { sub: "mallory", roles: [] }],
] as const)("discovery and code with PKCE log in as %j, with the claims that the service reads", async (person, claims) => {
  const { tokens } = await logIn(createBrowser(), { person });
  const { payload } = await verify(tokens.access_token);
  expect(payload).toMatchObject(claims);
  expect("org" in payload).toBe("org" in claims);
  expect(payload.exp).toBe((payload.iat ?? 0) + 3_600);
  expect(decodeJwt(tokens.id_token ?? "")).toMatchObject({ iss: issuer.issuer, aud: issuer.clientId, sub: claims.sub });
});

test("the page to choose from runs no script and names every person", async () => {
  const server = await discover(issuer);
  const address = `${server.authorization_endpoint ?? ""}?${new URLSearchParams({
    client_id: issuer.clientId, redirect_uri: redirectUri, response_type: "code", scope: "openid", code_challenge: "x".repeat(43), code_challenge_method: "S256",
  }).toString()}`;
  const shown = await createBrowser()(address);
  expect(shown.headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'sha256-[^;]*; img-src data:; base-uri 'none'; frame-ancestors 'none'$/);
  const html = await shown.text();
  expect([...html.matchAll(/name="choice" value="([a-z]+)"/g)].map(([, choice]) => choice)).toEqual(["admin", "operator", "support", "auditor", "holder", "organization"]);
  expect(html).not.toContain("<script");
});

test("a second login in the same browser needs no choice, and none after a logout", async () => {
  const browse = createBrowser();
  const { server, tokens } = await logIn(browse, { person: { choice: "admin" } });
  expect(decodeJwt((await logIn(browse)).tokens.access_token).sub).toBe("local-admin");
  const address = new URL(server.end_session_endpoint ?? "");
  address.search = new URLSearchParams({ id_token_hint: tokens.id_token ?? "", post_logout_redirect_uri: redirectUri, state: "s" }).toString();
  const { action, fields } = await formOf(await browse(address));
  const left = await browse(action, { ...fields, logout: "yes" });
  expect(left.headers.get("location")).toBe(`${redirectUri}?state=s`);
  expect(decodeJwt((await logIn(browse, { person: { choice: "holder" } })).tokens.access_token).sub).toBe("ada");
});

test("a refresh token is renewed with the same person's claims, and a used or revoked one is refused", async () => {
  const { server, client, tokens } = await logIn(createBrowser(), { person: { choice: "organization" } });
  const refresh = async (token: string) =>
    oauth.processRefreshTokenResponse(server, client, await oauth.refreshTokenGrantRequest(server, client, oauth.None(), token, insecure));
  const renewed = await refresh(tokens.refresh_token ?? "");
  expect((await verify(renewed.access_token)).payload).toMatchObject({ sub: "grace", roles: [], org: "acme" });
  const last = await refresh(renewed.refresh_token ?? "");
  await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, oauth.None(), last.refresh_token ?? "", insecure));
  await expect(refresh(last.refresh_token ?? "")).rejects.toThrow(oauth.ResponseBodyError);
  await expect(refresh(tokens.refresh_token ?? "")).rejects.toThrow(oauth.ResponseBodyError);
});

test("a device's code is confirmed in a browser, and only then answered with a token", async () => {
  const server = await discover(issuer);
  const client = { client_id: issuer.clientId };
  const begun = await oauth.processDeviceAuthorizationResponse(
    server, client, await oauth.deviceAuthorizationRequest(server, client, oauth.None(), { scope: "openid" }, insecure),
  );
  const poll = async () => oauth.processDeviceCodeResponse(server, client, await oauth.deviceCodeGrantRequest(server, client, oauth.None(), begun.device_code, insecure));
  await expect(poll()).rejects.toMatchObject({ error: "authorization_pending" });
  const browse = createBrowser();
  const wrong = await formOf(await browse(begun.verification_uri));
  expect(await (await browse(wrong.action, { ...wrong.fields, user_code: "BBBB-BBBB" })).text()).toContain("isn&#39;t known".replace("&#39;", "'"));
  const input = await formOf(await browse(begun.verification_uri));
  const confirm = await formOf(await browse(input.action, { ...input.fields, user_code: begun.user_code }));
  const choose = await formOf(await browse(confirm.action, confirm.fields));
  expect(await (await browse(choose.action, { choice: "support" })).text()).toContain("Logged in");
  expect((await verify((await poll()).access_token)).payload).toMatchObject({ sub: "local-support", roles: ["licensing-support"] });
});

test("a cancelled login goes back with access_denied, and an ended one says so", async () => {
  const browse = createBrowser();
  await expect(logIn(browse, { person: { cancel: "yes" } })).rejects.toMatchObject({ error: "access_denied" });
  const ended = await browse(`${issuer.issuer}/login/nothing`);
  expect([ended.status, await ended.text()]).toEqual([400, expect.stringContaining("This login has ended")]);
});

test.each([
  ["a redirect address elsewhere", { redirect_uri: "https://evil.example/console" }],
  ["a path that isn't the client's", { redirect_uri: "http://127.0.0.1:3456/other" }],
  ["another client", { client_id: "another" }],
])("%s is refused on a page, without a redirect", async (_case, changed) => {
  const { authorization_endpoint: address = "" } = await discover(issuer);
  const asked = { client_id: issuer.clientId, redirect_uri: redirectUri, response_type: "code", scope: "openid", code_challenge: "x".repeat(43), code_challenge_method: "S256", ...changed };
  const refused = await createBrowser()(`${address}?${new URLSearchParams(asked).toString()}`);
  expect([refused.status, refused.headers.get("location")]).toEqual([400, null]);
  expect(await refused.text()).toContain("can't go on");
});

test("a login without PKCE is refused", async () => {
  const { authorization_endpoint: address = "" } = await discover(issuer);
  const refused = await createBrowser()(`${address}?${new URLSearchParams({ client_id: issuer.clientId, redirect_uri: redirectUri, response_type: "code", scope: "openid" }).toString()}`);
  expect(new URL(refused.headers.get("location") ?? "").searchParams.get("error")).toBe("invalid_request");
});

test("a page on loopback may call discovery, the key set and the token endpoint; one from elsewhere may not", async () => {
  const server = await discover(issuer);
  const discovery = `${issuer.issuer}/.well-known/openid-configuration`;
  const allowed = async (url: string, origin: string) => {
    const preflight = await fetch(url, { method: "OPTIONS", headers: { origin, "access-control-request-method": "GET" } });
    const answer = await fetch(url, { headers: { origin } });
    return [preflight.status, answer.headers.get("access-control-allow-origin")];
  };
  expect(await allowed(discovery, "http://127.0.0.1:3000")).toEqual([204, "http://127.0.0.1:3000"]);
  expect(await allowed(discovery, "http://localhost:3000")).toEqual([204, "http://localhost:3000"]);
  expect(await allowed(discovery, "https://evil.example")).toEqual([403, null]);
  expect((await fetch(issuer.jwksUrl, { headers: { origin: "http://localhost:3000" } })).headers.get("access-control-allow-origin")).toBe("*");
  const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token: "none", client_id: issuer.clientId });
  const answer = await fetch(server.token_endpoint ?? "", { method: "POST", body, headers: { origin: "http://127.0.0.1:3000" } });
  expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([400, "http://127.0.0.1:3000"]);
});

test("a login's tokens verify after a restart with the same keys and port", async () => {
  const first = await startIssuer({ audience: "licensing", keyFile });
  const { tokens } = await logIn(createBrowser(), { from: first, person: { choice: "auditor" } });
  await first.close();
  const again = await startIssuer({ audience: "licensing", keyFile, port: first.port });
  expect((await verify(tokens.access_token, again)).payload).toMatchObject({ iss: first.issuer, sub: "local-auditor" });
  await again.close();
});

test("tokens of a login are shaped as the service reads them, and a name that isn't the address has its endpoints told", async () => {
  const shape = { algorithm: "RS256", audienceClaim: "client_id", rolesClaim: "realm.roles", organizationClaim: "realm.org" } as const;
  const shaped = await startIssuer({ audience: "licensing", issuer: "https://identity.example/", keyFile: null, shape });
  const { endpoints } = shaped;
  const server = { issuer: shaped.issuer, authorization_endpoint: endpoints?.authorization ?? "", token_endpoint: endpoints?.token ?? "" };
  const client = { client_id: shaped.clientId };
  const verifier = oauth.generateRandomCodeVerifier();
  const address = new URL(server.authorization_endpoint);
  address.search = new URLSearchParams({
    client_id: client.client_id, redirect_uri: redirectUri, response_type: "code", scope: "openid",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
  }).toString();
  const browse = createBrowser();
  const arrived = await browse((await formOf(await browse(address))).action, { sub: "ada", org: "acme", role: "licensing-admin" });
  const parameters = oauth.validateAuthResponse(server, client, new URL(arrived.headers.get("location") ?? ""), oauth.expectNoState);
  const response = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), parameters, redirectUri, verifier, insecure);
  const { access_token: token } = await oauth.processAuthorizationCodeResponse(server, client, response);
  await shaped.close();
  expect(decodeProtectedHeader(token).alg).toBe("RS256");
  expect(decodeJwt(token)).toMatchObject({ iss: "https://identity.example/", client_id: "licensing", realm: { roles: ["licensing-admin"], org: "acme" } });
});
