import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { spawn } from "node:child_process";
import * as oauth from "oauth4webapi";
import { createClient } from "../client/client.ts";
import { exitCodes, Failure } from "./failure.ts";
import { isOver, keepProfile, lockProfiles, readProfiles, unlockProfiles } from "./profile.ts";
import type { Profile } from "./profile.ts";
import type { World } from "./world.ts";

type Provider = { readonly server: oauth.AuthorizationServer; readonly client: oauth.Client; readonly scope: string; readonly more: Readonly<Record<string, string>> };

const waitMaxMs = 10 * 60_000;

/** Logs a person in, in a browser on this machine (RFC 8252) or on another device (RFC 8628). Rejects with a Failure. */
export async function login(world: World, { url, device }: { readonly url: string; readonly device: boolean }): Promise<Profile> {
  const provider = await providerOf(world, url);
  const tokens = device ? await byDevice(world, provider) : await byBrowser(world, provider);
  return profileOf(world, url, tokens);
}

/** The pauses, and their number, in which a command line waits for another one's renewal: 30 s. */
const lockPauseMs = 100;
const lockPausesMax = 300;

/**
 * The kept login with a new access token. Rejects with a Failure if the provider gives none, or if the login was removed. Providers
 * revoke a login whose refresh token is used twice, so command lines that share the file renew one after another, and each first looks
 * whether another one has renewed the login.
 */
export async function renewed(world: World, { name, profile }: { readonly name: string; readonly profile: Profile }): Promise<Profile> {
  // After the last pause the lock is one that a killed process left.
  for (let pauses = 0; !lockProfiles(world) && pauses < lockPausesMax; pauses += 1) await (world.client?.sleep ?? pause)(lockPauseMs, world.signal);
  try {
    const kept = readProfiles(world)[name];
    if (kept?.url !== profile.url) throw new Failure(exitCodes.notAllowed, `The login to ${profile.url} was removed. Log in again with \`licensing login\`.`);
    if (kept.accessToken !== profile.accessToken && !isOver(world, kept)) return kept;
    const next = await refreshed(world, kept);
    keepProfile(world, name, next);
    return next;
  } finally {
    unlockProfiles(world);
  }
}

async function refreshed(world: World, profile: Profile): Promise<Profile> {
  const { server, client } = await providerOf(world, profile.url);
  const ask = async () => oauth.processRefreshTokenResponse(server, client, await oauth.refreshTokenGrantRequest(server, client, oauth.None(), profile.refreshToken ?? "", sending(world, server)));
  const tokens = await ask().catch((error: unknown) => {
    const isExpired = error instanceof oauth.ResponseBodyError && error.error === "invalid_grant";
    throw isExpired ? new Failure(exitCodes.notAllowed, `The login to ${profile.url} has expired. Log in again with \`licensing login\`.`) : troubleOf(server);
  });
  return { ...profile, ...profileOf(world, profile.url, tokens) };
}

function profileOf(world: World, url: string, tokens: oauth.TokenEndpointResponse): Profile {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: seconds } = tokens;
  const expiresAtMs = seconds === undefined ? {} : { expiresAtMs: world.now().getTime() + seconds * 1_000 };
  return { url: new URL(url).origin, accessToken, ...(refreshToken === undefined ? {} : { refreshToken }), ...expiresAtMs };
}

/** The service says how to log in; its identity provider's own document says where. */
async function providerOf(world: World, url: string): Promise<Provider> {
  const { issuer, clientId, scopes, authorizationParameters, endpoints } = await createClient({ url, credentials: () => undefined }).console.config({ signal: world.signal });
  if (clientId === null) throw new Failure(exitCodes.failed, `${url} has no login for people. Set LICENSING_TOKEN, or LICENSING_CLIENT_ID and LICENSING_CLIENT_SECRET.`);
  const client = { client_id: clientId };
  const scope = [...new Set([...scopes, "offline_access"])].join(" ");
  const at = new URL(issuer);
  if (endpoints !== undefined) {
    const device = endpoints.deviceAuthorization === undefined ? {} : { device_authorization_endpoint: endpoints.deviceAuthorization };
    return { server: { issuer, authorization_endpoint: endpoints.authorization, token_endpoint: endpoints.token, ...device }, client, scope, more: authorizationParameters };
  }
  const ask = async () => oauth.processDiscoveryResponse(at, await oauth.discoveryRequest(at, { algorithm: "oidc", ...sending(world, { issuer }) }));
  const server = await ask().catch(() => {
    throw troubleOf({ issuer });
  });
  return { server, client, scope, more: authorizationParameters };
}

type Issuer = Pick<oauth.AuthorizationServer, "issuer">;

/** The end of an answer that says nothing about the login: it may be another one later. */
function troubleOf({ issuer }: Issuer): Failure {
  return new Failure(exitCodes.later, `The identity provider ${issuer} didn't answer as it should.`);
}

/** How a request is sent: until the interruption, and without TLS only on this machine. */
function sending({ signal }: World, { issuer }: Issuer): { readonly signal: AbortSignal; readonly [oauth.allowInsecureRequests]?: boolean } {
  return { signal, ...(/^(localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(issuer).hostname) ? { [oauth.allowInsecureRequests]: true } : {}) };
}

async function byDevice(world: World, { server, client, scope, more }: Provider): Promise<oauth.TokenEndpointResponse> {
  const asked = await oauth.deviceAuthorizationRequest(server, client, oauth.None(), { scope, ...more }, sending(world, server));
  const device = await oauth.processDeviceAuthorizationResponse(server, client, asked);
  world.err(`Open ${device.verification_uri_complete ?? device.verification_uri} and confirm the code ${device.user_code}.\n`);
  const endsAtMs = world.now().getTime() + device.expires_in * 1_000;
  for (let pauseSeconds = device.interval ?? 5; world.now().getTime() < endsAtMs; ) {
    await (world.client?.sleep ?? pause)(pauseSeconds * 1_000, world.signal);
    const response = await oauth.deviceCodeGrantRequest(server, client, oauth.None(), device.device_code, sending(world, server));
    try {
      return await oauth.processDeviceCodeResponse(server, client, response);
    } catch (error) {
      if (!(error instanceof oauth.ResponseBodyError)) throw error;
      if (error.error === "slow_down") pauseSeconds += 5;
      else if (error.error !== "authorization_pending") throw new Failure(exitCodes.notAllowed, `The login was refused: ${error.error_description ?? error.error}.`);
    }
  }
  throw new Failure(exitCodes.notAllowed, "The code has expired. Log in again.");
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    onInterruption(signal, () => {
      clearTimeout(timer);
      reject(new Failure(exitCodes.interrupted, "Interrupted."));
    });
  });
}

/** Calls `end` at the interruption, or at once if the interruption came before. */
function onInterruption(signal: AbortSignal, end: () => void): void {
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
}

async function byBrowser(world: World, { server, client, scope, more }: Provider): Promise<oauth.TokenEndpointResponse> {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const redirect = await listen();
  try {
    const address = new URL(server.authorization_endpoint ?? "");
    const challenge = { code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" };
    const asked = { ...more, response_type: "code", client_id: client.client_id, redirect_uri: redirect.uri, scope, state, ...challenge };
    for (const [name, value] of Object.entries(asked)) address.searchParams.set(name, value);
    world.err(`Log in at ${address.href}\n`);
    openBrowser(world, address.href);
    const came = await redirect.arrival(world.signal);
    const parameters = oauth.validateAuthResponse(server, client, came, state);
    const response = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), parameters, redirect.uri, verifier, sending(world, server));
    return await oauth.processAuthorizationCodeResponse(server, client, response);
  } catch (error) {
    if (error instanceof oauth.AuthorizationResponseError) throw new Failure(exitCodes.notAllowed, `The login was refused: ${error.error_description ?? error.error}.`);
    throw error;
  } finally {
    redirect.close();
  }
}

type Redirect = { readonly uri: string; readonly arrival: (signal: AbortSignal) => Promise<URL>; readonly close: () => void };

/** A page on loopback, to which the provider redirects the browser once. */
async function listen(): Promise<Redirect> {
  const { promise, resolve, reject } = Promise.withResolvers<URL>();
  const server = createServer((request, response) => {
    const at = new URL(request.url ?? "/", "http://127.0.0.1");
    const isAnswer = at.pathname === "/callback";
    response.writeHead(isAnswer ? 200 : 404, { "content-type": "text/plain; charset=utf-8", connection: "close" });
    response.end(isAnswer ? "You can close this window and go back to the terminal.\n" : "Not found.\n");
    if (isAnswer) resolve(at);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const timer = setTimeout(() => reject(new Failure(exitCodes.notAllowed, "Nobody logged in within ten minutes.")), waitMaxMs);
  return {
    uri: `http://127.0.0.1:${port}/callback`,
    arrival: (signal) => {
      onInterruption(signal, () => reject(new Failure(exitCodes.interrupted, "Interrupted.")));
      return promise;
    },
    close: () => {
      clearTimeout(timer);
      server.close();
    },
  };
}

/** Opens a browser if this machine has one; the address is printed, too. */
function openBrowser({ isTerminal }: World, address: string): void {
  if (!isTerminal) return;
  const program = { darwin: "open", win32: "explorer" }[process.platform as string] ?? "xdg-open";
  spawn(program, [address], { stdio: "ignore", detached: true }).on("error", () => undefined).unref();
}
