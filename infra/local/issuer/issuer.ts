import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT, type CryptoKey, type JWK } from "jose";
import { jsonReply, serveLoopback, type LoopbackReply, type LoopbackRequest } from "../wire/loopback.ts";

const bodyBytesMax = 16 * 1024;
const expiresInSeconds = 3_600;
const expiresInSecondsMax = 366 * 86_400;
const textMax = 256;
const rolesMax = 32;

/** Whom a token names, and for how long. */
type TokenRequest = {
  readonly sub: string;
  readonly roles?: readonly string[];
  readonly org?: string;
  /** Seconds, default an hour; negative makes a token that has expired already, to see it refused. */
  readonly expiresIn?: number;
};

type IssuerOptions = {
  /** 0, the default: any free one. */
  readonly port?: number;
  readonly audience: string;
  /** The claim `iss`; default: the server's own origin. */
  readonly issuer?: string;
  /** Where the private key is kept, so that tokens outlive a restart; null: nowhere. */
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
  /** `POST` it `{sub, roles?, org?, expiresIn?}` and get `{token}`. */
  readonly tokenUrl: string;
  readonly mint: (request: TokenRequest) => Promise<string>;
  readonly close: () => Promise<void>;
};

/**
 * Stands in for the identity provider on one machine: an ES256 key, its JWKS (RFC 7517) and an endpoint that gives
 * anyone on loopback a token (RFC 9068: `typ` `at+jwt`) for any name and roles.
 */
export async function startIssuer(options: IssuerOptions): Promise<Issuer> {
  const key = await openKey(options.keyFile);
  const claims = { issuer: options.issuer ?? "", audience: options.audience };
  const now = options.now ?? Date.now;
  const mint = (request: TokenRequest): Promise<string> => sign(key, { ...claims, ...request }, now());
  const server = await serveLoopback({
    port: options.port ?? 0,
    bodyBytesMax,
    refusal: failed,
    answer: (request) => answer(request, { jwks: { keys: [key.publicJwk] }, mint }),
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

type IssuerKey = {
  readonly kid: string;
  readonly privateKey: CryptoKey | Uint8Array;
  readonly publicJwk: JWK;
};

async function openKey(file: string | null): Promise<IssuerKey> {
  const jwk = file !== null && existsSync(file) ? readKey(file) : await createKey(file);
  const { kty = "", crv = "", x = "", y = "" } = jwk;
  const kid = await calculateJwkThumbprint({ kty, crv, x, y });
  const publicJwk = { kty, crv, x, y, kid, use: "sig", alg: "ES256" };
  return { kid, privateKey: await importJWK(jwk, "ES256"), publicJwk };
}

function readKey(file: string): JWK {
  const jwk = JSON.parse(readFileSync(file, "utf8")) as JWK;
  if (jwk.kty !== "EC" || jwk.crv !== "P-256" || jwk.d === undefined) throw new Error(`${file} holds no ES256 key.`);
  return jwk;
}

async function createKey(file: string | null): Promise<JWK> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = await exportJWK(privateKey);
  if (file === null) return jwk;
  // Whole or not at all: half a key file would stop every later start.
  const draft = `${file}.new`;
  writeFileSync(draft, JSON.stringify(jwk), { mode: 0o600 });
  renameSync(draft, file);
  return jwk;
}

function sign(
  key: IssuerKey,
  claims: TokenRequest & { issuer: string; audience: string },
  nowMs: number,
): Promise<string> {
  const issuedAt = Math.floor(nowMs / 1_000);
  const { sub, roles = [], org, expiresIn = expiresInSeconds } = claims;
  return new SignJWT({ roles: [...roles], ...(org === undefined ? {} : { org }) })
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: key.kid })
    .setIssuer(claims.issuer)
    .setAudience(claims.audience)
    .setSubject(sub)
    // A token that has expired was issued before it did.
    .setIssuedAt(issuedAt + Math.min(0, expiresIn - 1))
    .setExpirationTime(issuedAt + expiresIn)
    .setJti(crypto.randomUUID())
    .sign(key.privateKey);
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

const members: ReadonlySet<string> = new Set(["sub", "roles", "org", "expiresIn"]);

/** The request, or what is wrong with it. */
function parseTokenRequest(body: Buffer): TokenRequest | string {
  const content = parseJson(body);
  if (typeof content !== "object" || content === null || Array.isArray(content)) return "The body is not a JSON object.";
  const unknown = Object.keys(content).find((name) => !members.has(name));
  if (unknown !== undefined) return `The body has an unknown member ${unknown}.`;
  const { sub, roles, org, expiresIn } = content as Record<string, unknown>;
  if (!isText(sub)) return `sub is not a text of 1 to ${textMax} characters.`;
  if (roles !== undefined && !isRoles(roles)) return `roles is not a list of at most ${rolesMax} texts.`;
  if (org !== undefined && !isText(org)) return `org is not a text of 1 to ${textMax} characters.`;
  if (expiresIn !== undefined && !isLifetime(expiresIn)) return "expiresIn is not a number of seconds within a year.";
  return {
    sub,
    ...(roles === undefined ? {} : { roles }),
    ...(org === undefined ? {} : { org }),
    ...(expiresIn === undefined ? {} : { expiresIn }),
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

function isLifetime(value: unknown): value is number {
  return Number.isSafeInteger(value) && Math.abs(value as number) <= expiresInSecondsMax;
}
