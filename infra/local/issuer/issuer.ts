import { SignJWT, type JWK } from "jose";
import { tokenAlgorithms, type TokenAlgorithm } from "@licensing/core/platform/config.ts";
import { openIssuerKeys, type IssuerKeys } from "./issuer-keys.ts";
import { jsonReply, serveLoopback, type LoopbackReply, type LoopbackRequest } from "../wire/loopback.ts";

const bodyBytesMax = 16 * 1024;
const expiresInSeconds = 3_600;
const expiresInSecondsMax = 366 * 86_400;
const textMax = 256;
const rolesMax = 32;

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

/** The service's settings for reading tokens, by which they are made. */
type TokenShape = {
  readonly algorithm: TokenAlgorithm;
  readonly audienceClaim: string;
  readonly rolesClaim: string;
  readonly organizationClaim: string;
};

export type IssuerOptions = {
  /** 0, the default: any free port. */
  readonly port?: number;
  readonly audience: string;
  /** The claim `iss`; default: the server's own origin. */
  readonly issuer?: string;
  readonly shape?: Partial<TokenShape>;
  /** The file of the private keys, so that tokens survive a restart; null: in memory. */
  readonly keyFile: string | null;
  /** Milliseconds since 1970; default: the clock. */
  readonly now?: () => number;
};

export type Issuer = {
  readonly port: number;
  /** The claim `iss`. */
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
  /** `POST {sub, roles?, org?, expiresIn?, claims?, alg?}` is answered with `{token}`. */
  readonly tokenUrl: string;
  readonly mint: (request: TokenRequest) => Promise<string>;
  readonly close: () => Promise<void>;
};

/**
 * Stands in for the identity provider on one machine: a key for each algorithm, their JWKS (RFC 7517) and an endpoint that gives
 * anyone on loopback a token (RFC 9068: `typ` `at+jwt`) for any name, roles and claims.
 */
export async function startIssuer(options: IssuerOptions): Promise<Issuer> {
  const keys = await openIssuerKeys(options.keyFile);
  const shape = { algorithm: "ES256" as const, audienceClaim: "aud", rolesClaim: "roles", organizationClaim: "org", ...options.shape };
  const claims = { issuer: options.issuer ?? "", audience: options.audience, shape };
  const now = options.now ?? Date.now;
  const mint = (request: TokenRequest): Promise<string> => sign(keys, { ...claims, request }, now());
  const server = await serveLoopback({
    port: options.port ?? 0,
    bodyBytesMax,
    refusal: failed,
    answer: (request) => answer(request, { jwks: { keys: Object.values(keys).map(({ publicJwk }) => publicJwk) }, mint }),
  });
  if (options.issuer === undefined) claims.issuer = server.origin;
  return {
    port: server.port,
    issuer: claims.issuer,
    audience: options.audience,
    jwksUrl: `${server.origin}/.well-known/jwks.json`,
    tokenUrl: `${server.origin}/token`,
    mint,
    close: server.close,
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
    sub,
    // An expired token was issued before its expiry.
    iat: issuedAt + Math.min(0, expiresIn - 1),
    exp: issuedAt + expiresIn,
    jti: crypto.randomUUID(),
    ...claimAt(shape.audienceClaim, audience),
    ...claimAt(shape.rolesClaim, [...roles]),
    ...(org === undefined ? {} : claimAt(shape.organizationClaim, org)),
    ...claims,
  };
  return new SignJWT(payload).setProtectedHeader({ alg, typ: "at+jwt", kid }).sign(privateKey);
}

/** A claim by its name; a dotted path names members of nested objects. */
function claimAt(name: string, value: unknown): Record<string, unknown> {
  const [first = name, ...rest] = name.includes("://") ? [name] : name.split(".");
  return { [first]: rest.length === 0 ? value : claimAt(rest.join("."), value) };
}

type IssuerService = {
  readonly jwks: { keys: JWK[] };
  readonly mint: (request: TokenRequest) => Promise<string>;
};

async function answer(request: LoopbackRequest, service: IssuerService): Promise<LoopbackReply> {
  const { method, path } = request;
  if (path === "/.well-known/jwks.json" && (method === "GET" || method === "HEAD")) return jsonReply(200, service.jwks);
  if (path !== "/token" || method !== "POST") return jsonReply(404, failed("Only the JWKS and POST /token are here."));
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
  if (alg !== undefined && !isAlgorithm(alg)) return `alg is none of ${tokenAlgorithms.join(", ")}.`;
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
