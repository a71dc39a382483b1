import { SignJWT, type JWK } from "jose";
import { tokenAlgorithms, type LoginEndpoints, type TokenAlgorithm } from "@licensing/core/platform/config.ts";
import { jsonReply, serveLoopback, type LoopbackOptions, type LoopbackReply, type LoopbackRequest, type LoopbackServer } from "../wire/loopback.ts";
import { openIssuerKeys, type IssuerKeys } from "./issuer-keys.ts";
import { endpointsAt, mintPath, paths } from "./issuer-paths.ts";
import type { OpenIdProvider, ProviderOptions } from "./openid-provider.ts";
import { tokenClaims, type ClaimNames } from "./token-claims.ts";

const bodyBytesMax = 16 * 1024;
const expiresInSeconds = 3_600;
const expiresInSecondsMax = 366 * 86_400;
const textMax = 256;
const rolesMax = 32;
const clientIdDefault = "licensing-console";
/** Pages read the key set from any origin; the server answers those on loopback alone. */
const anyOrigin = { "Access-Control-Allow-Origin": "*" };

/** The subject, roles and lifetime of a token. */
type TokenRequest = {
  readonly sub: string;
  readonly roles?: readonly string[];
  readonly org?: string;
  /** Seconds, default an hour; negative for a token that has expired, to see it refused. */
  readonly expiresIn?: number;
  /** Additional claims, which override all others, also `iss` or `aud`, to see a token refused. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** The signing algorithm; default: the first that the service accepts. */
  readonly alg?: TokenAlgorithm;
};

/** The service's settings for reading tokens. Tokens are made to fit them. */
type TokenShape = ClaimNames & { readonly algorithm: TokenAlgorithm };

export type IssuerOptions = {
  /** 0, the default: any free port. */
  readonly port?: number;
  readonly audience: string;
  /** The claim `iss`; default: the server's own origin. */
  readonly issuer?: string;
  readonly shape?: Partial<TokenShape>;
  /** The id of the public client that logs people in. */
  readonly clientId?: string;
  /** The file of the private keys, so that tokens survive a restart; null: in memory. */
  readonly keyFile: string | null;
  /** Milliseconds since 1970; default: the clock. A login's tokens have the clock's time. */
  readonly now?: () => number;
};

export type Issuer = {
  readonly port: number;
  /** The claim `iss`. */
  readonly issuer: string;
  readonly audience: string;
  readonly clientId: string;
  /** The endpoints, if the issuer's name isn't its address: then no discovery document can be found by the name. */
  readonly endpoints: LoginEndpoints | undefined;
  readonly jwksUrl: string;
  /** `POST {sub, roles?, org?, expiresIn?, claims?, alg?}` is answered with `{token}`. */
  readonly tokenUrl: string;
  readonly mint: (request: TokenRequest) => Promise<string>;
  readonly close: () => Promise<void>;
};

/**
 * Stands in for the identity provider on one machine: a key for each algorithm, their JWKS (RFC 7517), an endpoint that gives
 * anyone on loopback a token (RFC 9068: `typ` `at+jwt`) for any name, roles and claims, and an OpenID provider in which everyone may
 * log in as anyone.
 */
export async function startIssuer(options: IssuerOptions): Promise<Issuer> {
  const { audience, now = Date.now } = options;
  const keys = await openIssuerKeys(options.keyFile);
  const shape = { algorithm: "ES256" as const, audienceClaim: "aud", rolesClaim: "roles", organizationClaim: "org", ...options.shape };
  // A provider whose access tokens have no `aud` is recognized by its client.
  const clientId = options.clientId ?? (shape.audienceClaim === "client_id" ? audience : clientIdDefault);
  const claims = { issuer: options.issuer ?? "", audience, shape };
  const mint = (request: TokenRequest): Promise<string> => sign(keys, { ...claims, request }, now());
  const jwks = { keys: Object.values(keys).map(({ publicJwk }) => publicJwk) };
  const server: LoopbackServer = await serveLoopback({
    port: options.port ?? 0,
    bodyBytesMax,
    refusal: failed,
    takeOver: openIdOnDemand(() => ({ ...claims, origin: server.origin, port: server.port, clientId, keys })),
    answer: (request) => answer(request, { jwks, mint }),
  });
  if (options.issuer === undefined) claims.issuer = server.origin;
  return {
    port: server.port,
    issuer: claims.issuer,
    audience,
    clientId,
    endpoints: claims.issuer === server.origin ? undefined : endpointsAt(server.origin),
    jwksUrl: `${server.origin}${paths.jwks}`,
    tokenUrl: `${server.origin}${mintPath}`,
    mint,
    close: server.close,
  };
}

/** Loads and makes the OpenID provider at the first request for it: it takes longer than all else here, and most starts need none. */
function openIdOnDemand(options: () => ProviderOptions): NonNullable<LoopbackOptions["takeOver"]> {
  let made: Promise<OpenIdProvider> | undefined;
  return (request, response) => {
    const [path] = (request.url ?? "/").split("?", 1);
    if (path === mintPath || path === paths.jwks) return undefined;
    made ??= import("./openid-provider.ts").then(({ createOpenIdProvider }) => createOpenIdProvider(options()));
    return made.then((provider) => provider(request, response));
  };
}

type Signing = {
  readonly issuer: string;
  readonly audience: string;
  readonly shape: TokenShape;
  readonly request: TokenRequest;
};

function sign(keys: IssuerKeys, { issuer, audience, shape, request }: Signing, nowMs: number): Promise<string> {
  const issuedAt = Math.floor(nowMs / 1_000);
  const { sub, roles = [], org, expiresIn = expiresInSeconds, claims = {}, alg = shape.algorithm } = request;
  const { kid, privateKey } = keys[alg];
  const payload = {
    iss: issuer,
    // An expired token was issued before its expiry.
    iat: issuedAt + Math.min(0, expiresIn - 1),
    exp: issuedAt + expiresIn,
    jti: crypto.randomUUID(),
    ...tokenClaims(shape, { audience, person: { sub, roles, ...(org === undefined ? {} : { org }) } }),
    ...claims,
  };
  return new SignJWT(payload).setProtectedHeader({ alg, typ: "at+jwt", kid }).sign(privateKey);
}

type IssuerService = {
  readonly jwks: { keys: JWK[] };
  readonly mint: (request: TokenRequest) => Promise<string>;
};

async function answer(request: LoopbackRequest, service: IssuerService): Promise<LoopbackReply> {
  const { method, path } = request;
  if (path === paths.jwks && (method === "GET" || method === "HEAD")) return { ...jsonReply(200, service.jwks), headers: anyOrigin };
  if (path !== mintPath || method !== "POST") return jsonReply(404, failed(`${mintPath} takes POST, and ${paths.jwks} takes GET.`));
  const asked = parseTokenRequest(request.body);
  return typeof asked === "string"
    ? jsonReply(400, failed(asked))
    : jsonReply(200, { token: await service.mint(asked) });
}

function failed(message: string): { error: string } {
  return { error: message };
}

const members: ReadonlySet<string> = new Set(["sub", "roles", "org", "expiresIn", "claims", "alg"]);

/** The request, or its fault. */
function parseTokenRequest(body: Buffer): TokenRequest | string {
  const content = parseJson(body);
  if (typeof content !== "object" || content === null || Array.isArray(content)) return "The body is not a JSON object.";
  const unknown = Object.keys(content).find((name) => !members.has(name));
  if (unknown !== undefined) return `The body has an unknown member ${unknown}.`;
  const { sub, roles, org, expiresIn, claims, alg } = content as Record<string, unknown>;
  if (!isText(sub)) return `sub is not a text of 1 to ${textMax} characters.`;
  if (roles !== undefined && !isRoles(roles)) return `roles is not a list of at most ${rolesMax} texts.`;
  if (org !== undefined && !isText(org)) return `org is not a text of 1 to ${textMax} characters.`;
  if (expiresIn !== undefined && !isLifetime(expiresIn)) return "expiresIn is not a number of seconds within a year.";
  if (claims !== undefined && !isClaims(claims)) return "claims is not an object.";
  if (alg !== undefined && !isAlgorithm(alg)) return `alg is not one of ${tokenAlgorithms.join(", ")}.`;
  return {
    sub,
    ...(roles === undefined ? {} : { roles }),
    ...(org === undefined ? {} : { org }),
    ...(expiresIn === undefined ? {} : { expiresIn }),
    ...(claims === undefined ? {} : { claims }),
    ...(alg === undefined ? {} : { alg }),
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= textMax;
}

function isRoles(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= rolesMax && value.every(isText);
}

function isClaims(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isAlgorithm(value: unknown): value is TokenAlgorithm {
  return tokenAlgorithms.some((algorithm) => algorithm === value);
}

function isLifetime(value: unknown): value is number {
  return Number.isSafeInteger(value) && Math.abs(value as number) <= expiresInSecondsMax;
}
