import type { Reply } from "@licensing/client";
import * as oauth from "oauth4webapi";

/**
 * The login at the identity provider: OpenID Connect with code and PKCE. Tokens are in memory alone; a reload comes back through the provider's own
 * session. The session storage keeps verifier, state, nonce and screen until the provider redirects back; then they are removed.
 */
export type Config = Reply<"consoleConfig">;

export type Session = {
  /** A token for the next call. `refused`: the service didn't accept this one. */
  readonly token: (refused?: string) => Promise<string>;
  /** Ends the provider's session too, and leaves the page. */
  readonly logOut: () => Promise<void>;
  /** Whether an earlier login ended while somebody worked, so that what they were doing was cut off. */
  readonly wasCut: boolean;
};

const wayKey = "licensing-console-login";
const leftKey = "licensing-console-left";
/** The answer of a server that is too busy to answer. */
const busyStatus = 429;
/** A token is renewed this long before it ends. */
const renewMs = 30_000;

type Way = { readonly verifier: string; readonly state: string; readonly nonce: string; readonly hash: string; readonly isCut: boolean };
type Tokens = { readonly access: string; readonly endsAtMs: number; readonly refresh: string | undefined; readonly id: string | undefined };
type Provider = { readonly server: oauth.AuthorizationServer; readonly client: oauth.Client; readonly config: Config };

const http = { [oauth.allowInsecureRequests]: true } as const;
const auth = oauth.None();
const page = () => `${location.origin}${location.pathname}`;

/** Whether somebody logged out here: then nobody is logged in again unasked. */
export function hasLeft(): boolean {
  return sessionStorage.getItem(leftKey) !== null;
}

/** Comes back from the provider, if the address says so. Undefined: nobody is logged in. */
export async function resumeSession(config: Config): Promise<Session | undefined> {
  const url = new URL(location.href);
  const kept = sessionStorage.getItem(wayKey);
  if (kept === null || !(url.searchParams.has("code") || url.searchParams.has("error"))) return undefined;
  sessionStorage.removeItem(wayKey);
  const way = JSON.parse(kept) as Way;
  history.replaceState(null, "", `${location.pathname}${way.hash}`);
  const provider = await providerOf(config);
  const parameters = oauth.validateAuthResponse(provider.server, provider.client, url, way.state);
  const response = await oauth.authorizationCodeGrantRequest(provider.server, provider.client, auth, parameters, page(), way.verifier, http);
  const tokens = tokensOf(await oauth.processAuthorizationCodeResponse(provider.server, provider.client, response, { expectedNonce: way.nonce }));
  sessionStorage.removeItem(leftKey);
  return sessionFrom(provider, { tokens, wasCut: way.isCut });
}

/** Goes to the provider, which sends people back to this page. `isCut`: from the middle of their work. */
export async function logIn(config: Config, isCut = false): Promise<void> {
  const { server, client } = await providerOf(config);
  const way: Way = { verifier: oauth.generateRandomCodeVerifier(), state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce(), hash: location.hash, isCut };
  sessionStorage.setItem(wayKey, JSON.stringify(way));
  const address = new URL(server.authorization_endpoint ?? "");
  const parameters = {
    ...config.authorizationParameters,
    client_id: client.client_id,
    redirect_uri: page(),
    response_type: "code",
    scope: config.scopes.join(" "),
    code_challenge: await oauth.calculatePKCECodeChallenge(way.verifier),
    code_challenge_method: "S256",
    state: way.state,
    nonce: way.nonce,
  };
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
  location.assign(address);
}

async function providerOf(config: Config): Promise<Provider> {
  const client = { client_id: config.clientId ?? "" };
  return { server: config.endpoints === undefined ? await discover(config.issuer) : serverOf(config.issuer, config.endpoints), client, config };
}

async function discover(issuer: string): Promise<oauth.AuthorizationServer> {
  const address = new URL(issuer);
  const response = await oauth.discoveryRequest(address, http).catch((error: unknown) => {
    throw new Error("The identity provider doesn't answer. Try again.", { cause: error });
  });
  return oauth.processDiscoveryResponse(address, response);
}

function serverOf(issuer: string, { authorization, token, revocation, endSession }: NonNullable<Config["endpoints"]>): oauth.AuthorizationServer {
  return {
    issuer,
    authorization_endpoint: authorization,
    token_endpoint: token,
    ...(revocation === undefined ? {} : { revocation_endpoint: revocation }),
    ...(endSession === undefined ? {} : { end_session_endpoint: endSession }),
  };
}

function tokensOf({ access_token: access, expires_in: seconds = 300, refresh_token: refresh, id_token: id }: oauth.TokenEndpointResponse): Tokens {
  return { access, endsAtMs: Date.now() + seconds * 1000, refresh, id };
}

const nobody: Tokens = { access: "", endsAtMs: 0, refresh: undefined, id: undefined };

function sessionFrom(provider: Provider, { tokens: first, wasCut }: { readonly tokens: Tokens; readonly wasCut: boolean }): Session {
  let tokens = first;
  // A logout ends the session in every tab.
  const tabs = new BroadcastChannel(leftKey);
  const leave = () => {
    tokens = nobody;
    sessionStorage.setItem(leftKey, "yes");
  };
  tabs.onmessage = () => {
    leave();
    location.reload();
  };
  let renewal: Promise<void> | undefined;
  const renew = async () => {
    if (tokens.refresh === undefined) return logIn(provider.config, true);
    try {
      const response = await oauth.refreshTokenGrantRequest(provider.server, provider.client, auth, tokens.refresh, http);
      const renewed = tokensOf(await oauth.processRefreshTokenResponse(provider.server, provider.client, response));
      tokens = { ...renewed, refresh: renewed.refresh ?? tokens.refresh, id: renewed.id ?? tokens.id };
    } catch (error) {
      // Anything but a refusal may be over in a moment, and mustn't take away what somebody has typed.
      if (!(error instanceof oauth.ResponseBodyError) || error.status === busyStatus) throw new Error("The login can't be renewed now, because the identity provider doesn't answer. Try again.", { cause: error });
      await logIn(provider.config, true);
    }
  };
  return {
    wasCut,
    token: async (refused) => {
      const isOver = Date.now() > tokens.endsAtMs - renewMs || refused === tokens.access;
      // One renewal at a time: a refresh token may be used once.
      if (isOver) await (renewal ??= renew().finally(() => (renewal = undefined)));
      return tokens.access;
    },
    logOut: async () => {
      const { server, client } = provider;
      const { refresh, id } = tokens;
      leave();
      tabs.postMessage("left");
      if (refresh !== undefined && server.revocation_endpoint !== undefined) await oauth.revocationRequest(server, client, auth, refresh, http).catch(() => undefined);
      if (server.end_session_endpoint === undefined) return location.reload();
      const address = new URL(server.end_session_endpoint);
      if (id !== undefined) address.searchParams.set("id_token_hint", id);
      address.searchParams.set("client_id", client.client_id);
      address.searchParams.set("post_logout_redirect_uri", page());
      location.assign(address);
    },
  };
}
