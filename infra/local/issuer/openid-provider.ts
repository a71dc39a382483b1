import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { basePath } from "@licensing/core/http/address.ts";
import type { TokenAlgorithm } from "@licensing/core/platform/config.ts";
import { interactionPolicy, Provider } from "oidc-provider";
import type { ClientMetadata, Configuration, KoaContextWithOIDC } from "oidc-provider";
import { isLoopbackUrl, readBody } from "../wire/loopback.ts";
import type { IssuerKeys } from "./issuer-keys.ts";
import { paths } from "./issuer-paths.ts";
import { keptGrants } from "./kept-grants.ts";
import { choicePage, escaped, page, show, showLogout, showUserCodeConfirm, showUserCodeInput } from "./pages.ts";
import { createPeople, personOf } from "./people.ts";
import type { People } from "./people.ts";
import { tokenClaims } from "./token-claims.ts";
import type { ClaimNames } from "./token-claims.ts";

export type ProviderOptions = {
  /** The claim `iss`, and the provider's name if it is a URL, as OpenID Connect requires; else the name is the origin. */
  readonly issuer: string;
  readonly origin: string;
  readonly audience: string;
  readonly clientId: string;
  readonly keys: IssuerKeys;
  readonly shape: ClaimNames & { readonly algorithm: TokenAlgorithm };
  /** Tells this provider's cookies from those of another one on this machine: cookies know no port. */
  readonly port: number;
};

/** Answers a request to any endpoint of the provider. */
export type OpenIdProvider = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const tokenSeconds = 3_600;
const shortSeconds = 600;
const daySeconds = 86_400;
const formBytesMax = 4_096;
/** A resource has to be an absolute URI (RFC 8707 §2); the audience needn't be one. */
const resource = "urn:licensing";
/** The paths of the console, and of a command line that listens for its code. */
const redirectPaths = [`${basePath}/console`, "/callback"] as const;
const loopbackHosts = ["127.0.0.1", "localhost", "[::1]"] as const;

/**
 * An OpenID provider for one machine, in which everyone may log in as anyone: authorization code with PKCE, device code, refresh
 * tokens, logout, for one public client. Its access tokens are those that the service reads.
 */
export function createOpenIdProvider(options: ProviderOptions): OpenIdProvider {
  const people = createPeople();
  const provider = new Provider(URL.canParse(options.issuer) ? options.issuer : options.origin, configuration(options, people));
  provider.on("server_error", (_ctx, error) => console.error("Local identity provider failed", error));
  const answer = provider.callback();
  return async (request, response) => {
    const [path = ""] = (request.url ?? "").split("?", 1);
    await (path.startsWith("/login/") ? interact({ provider, people }, { request, response, path }) : answer(request, response));
  };
}

function configuration(options: ProviderOptions, people: People): Configuration {
  const { keys, port } = options;
  return {
    adapter: keptGrants(),
    clients: [client(options)],
    // A key's `alg` says which of two keys of one kind is used.
    jwks: { keys: Object.entries(keys).map(([alg, { kid, privateJwk }]) => ({ ...privateJwk, kid, alg, use: "sig" })) },
    cookies: {
      keys: [randomBytes(32).toString("base64url")],
      names: { session: `licensing_${port}_session`, interaction: `licensing_${port}_interaction`, resume: `licensing_${port}_resume` },
    },
    routes: {
      jwks: paths.jwks,
      authorization: paths.authorization,
      token: paths.token,
      device_authorization: paths.deviceAuthorization,
      code_verification: "/device",
      revocation: paths.revocation,
      end_session: paths.endSession,
    },
    interactions: { policy: policy(), url: (_ctx, { uid }) => `/login/${uid}` },
    clientBasedCORS: (_ctx, origin) => isLoopbackUrl(origin),
    findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    loadExistingGrant: grantEverything,
    issueRefreshToken: () => Promise.resolve(true),
    ttl: {
      AccessToken: tokenSeconds, IdToken: tokenSeconds, AuthorizationCode: shortSeconds, DeviceCode: shortSeconds, Interaction: shortSeconds,
      RefreshToken: daySeconds, Session: daySeconds, Grant: daySeconds,
    },
    features: features(options),
    formats: {
      customizers: {
        jwt: (_ctx, token, { payload }) => {
          if (!("accountId" in token)) return;
          Object.assign(payload, { iss: options.issuer }, tokenClaims(options.shape, { audience: options.audience, person: people.named(token.accountId) }));
        },
      },
    },
    renderError: (ctx, out) => {
      const texts = Object.values(out).filter((text) => typeof text === "string");
      show(ctx, { title: "The login can't go on", body: texts.map((text) => `<p>${escaped(text)}</p>`).join("") });
    },
  };
}

function features({ audience, shape, keys }: ProviderOptions): Configuration["features"] {
  return {
    devInteractions: { enabled: false },
    deviceFlow: {
      enabled: true,
      charset: "base-20",
      mask: "****-****",
      userCodeInputSource: (ctx, form, _out, fault) => showUserCodeInput(ctx, form, fault),
      userCodeConfirmSource: (ctx, form, _client, _device, userCode) => showUserCodeConfirm(ctx, form, userCode),
      successSource: (ctx) => show(ctx, { title: "Logged in", body: "<p>Go back to your device: it is logged in.</p>" }),
    },
    revocation: { enabled: true, allowedPolicy: (_ctx, asking, token) => token.clientId === asking.clientId },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: showLogout,
      postLogoutSuccessSource: (ctx) => show(ctx, { title: "Logged out", body: "<p>You can close this page.</p>" }),
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: "",
        audience,
        accessTokenTTL: tokenSeconds,
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: shape.algorithm, kid: keys[shape.algorithm].kid } },
      }),
    },
  };
}

/** One public client for the console and the command line. As a native one it may listen on any port of loopback (RFC 8252 §7.3). */
function client({ clientId }: ProviderOptions): ClientMetadata {
  const addresses = loopbackHosts.flatMap((host) => redirectPaths.map((path) => `http://${host}${path}`));
  return {
    client_id: clientId,
    client_name: "Licensing",
    application_type: "native",
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
    response_types: ["code"],
    redirect_uris: addresses,
    post_logout_redirect_uris: addresses,
    id_token_signed_response_alg: "RS256",
  };
}

function policy(): ReturnType<typeof interactionPolicy.base> {
  const base = interactionPolicy.base();
  // A native client would be asked for consent at every login.
  base.get("consent")?.checks.remove("native_client_prompt");
  return base;
}

/** Grants the application every scope that it asks for, without a consent page. */
async function grantEverything(ctx: KoaContextWithOIDC) {
  const { session, provider, client: asking, requestParamOIDCScopes } = ctx.oidc;
  if (session?.accountId === undefined || asking === undefined) return undefined;
  const known = session.grantIdFor(asking.clientId);
  const found = known === undefined ? undefined : await provider.Grant.find(known);
  const grant = found ?? new provider.Grant({ clientId: asking.clientId, accountId: session.accountId });
  grant.addOIDCScope([...requestParamOIDCScopes].join(" "));
  await grant.save();
  return grant;
}

type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse; readonly path: string };

/** Shows the page on which a developer chooses a person to log in as, and handles its form. */
async function interact({ provider, people }: { readonly provider: Provider; readonly people: People }, { request, response, path }: Exchange): Promise<void> {
  const details = await provider.interactionDetails(request, response).catch(() => undefined);
  if (details === undefined) {
    return send(response, 400, page({ title: "This login has ended", body: "<p>Begin it again where you came from.</p>" }));
  }
  // An application may ask for consent by `prompt`; everything is granted.
  if (details.prompt.name === "consent") return provider.interactionFinished(request, response, { consent: {} });
  if (request.method !== "POST") return send(response, 200, page(choicePage(path)));
  const body = await readBody(request, formBytesMax);
  const form = new URLSearchParams(typeof body === "string" ? "" : body.toString("utf8"));
  if (form.has("cancel")) {
    return provider.interactionFinished(request, response, { error: "access_denied", error_description: "The login was cancelled." });
  }
  const person = personOf(form);
  if (person === undefined) return send(response, 400, page(choicePage(path)));
  people.remember(person);
  return provider.interactionFinished(request, response, { login: { accountId: person.sub } });
}

function send(response: ServerResponse, status: number, { html, headers }: ReturnType<typeof page>): void {
  response.writeHead(status, headers);
  response.end(html);
}
