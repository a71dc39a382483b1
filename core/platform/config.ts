import * as z from "zod/mini";
import { parsedJson } from "../base/parsed-json.ts";
import { readSecretText } from "../base/secret-text.ts";
import { ServiceError } from "../base/service-error.ts";

/**
 * The only reader of the environment. A bad value stops the process; the error names the variable, never its value. An absent
 * value leaves its part unset, because a function gets only the settings of its route.
 */
export type Config = {
  readonly database?: { readonly url: string };
  readonly redis?: { readonly url: string; readonly token: string };
  readonly identity?: Identity;
  readonly login: Login;
  /** PKCS#8 PEM blocks, or the name of the parameter that holds them. */
  readonly signing: { readonly pem?: string; readonly parameter?: string };
  readonly applicationSecret?: { readonly current: string; readonly previous?: string };
  readonly keyPepper?: string;
  /** The secret that marks the key ring, and the database URL of the role that may write it. */
  readonly keyring: { readonly secret?: string; readonly databaseUrl?: string };
  readonly certificate: { readonly ttlSeconds: number; readonly issuer: string; readonly audience: string };
  /** The public origin, if the deployment has one. The check of the keys reads the JWKS there, as a consumer would. */
  readonly publicUrl?: string;
  /** The queue that gets a message when deliveries wait. Without a queue only the schedule of each minute finds them. */
  readonly webhookQueueUrl?: string;
  /** The origins whose pages may call the API from a browser. */
  readonly corsOrigins: readonly string[];
  readonly stage: string;
  /** The place of dumps, a bucket or a folder, and the secret that seals them. `region`: the bucket's; absent: the function's own. */
  readonly dump?: { readonly bucket: string; readonly secret: string; readonly region?: string };
  /** The function's own role, as Lambda provides it. */
  readonly aws?: {
    readonly region: string;
    /** The address of the parameter store, if it isn't AWS's own: `AWS_ENDPOINT_URL_SSM`, which AWS's clients read too. */
    readonly parameterStoreUrl?: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string };
  };
};

/** The identity provider, and how its tokens are read. */
export type Identity = {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  /** The algorithms that tokens may be signed by. */
  readonly algorithms: readonly TokenAlgorithm[];
  /** `client_id` for providers whose access tokens have no `aud`. */
  readonly audienceClaim: "aud" | "client_id";
  /** Names of claims: a whole name, or a dotted path. */
  readonly rolesClaim: string;
  readonly organizationClaim: string;
};

/** How the console and the command line log people in at the identity provider, by OpenID Connect. */
type Login = {
  /** The public client that is registered at the provider. Without one nobody can log in. */
  readonly clientId?: string;
  readonly scopes: readonly string[];
  /** More parameters of the authorization request, such as Auth0's `audience` or the `resource` of RFC 8707. */
  readonly authorizationParameters: Readonly<Record<string, string>>;
  /** The provider's endpoints. Absent: they are read from its discovery document. */
  readonly endpoints?: LoginEndpoints;
  /** The origins of the provider, beside its issuer's and its endpoints', to which the console's page may connect. */
  readonly connectOrigins: readonly string[];
};

/** URLs of a provider's endpoints by the names of RFC 8414, in camel case and without `_endpoint`. */
export type LoginEndpoints = { readonly authorization: string; readonly token: string } & {
  readonly [Name in "deviceAuthorization" | "revocation" | "endSession"]?: string;
};
const endpointNames: readonly string[] = ["authorization", "token", "deviceAuthorization", "revocation", "endSession"];

/** Asymmetric algorithms only: with a symmetric one, a verifier could also sign. */
export const tokenAlgorithms = ["ES256", "ES384", "RS256", "PS256", "EdDSA"] as const;
export type TokenAlgorithm = (typeof tokenAlgorithms)[number];

export class ConfigError extends ServiceError {
  override readonly name = "ConfigError";
  readonly variable: string;
  constructor(variable: string, fault: string) {
    super(`${variable}: ${fault}`);
    this.variable = variable;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

const ttlSecondsDefault = 86_400;

const httpUrl = z.string().check(z.refine(isHttpUrl, "must be an https URL (http only on loopback) without user and password"));
/** For values that are sent in a header as they are. */
const visible = z.regex(/^[\x21-\x7e]+$/, "must be of visible ASCII characters");
/** Neon's driver sends it in a header. */
const databaseUrl = z.string().check(
  visible,
  z.refine((text) => {
    const url = URL.parse(text);
    return url !== null && /^postgres(ql)?:$/.test(url.protocol) && url.username !== "" && url.pathname.length > 1;
  }, "must be a postgres:// URL with user, password and database"),
);
const bounded = z.string().check(z.maxLength(2048, "must have at most 2048 characters"));
const token = bounded.check(visible);
const origins = z.string().check(
  z.maxLength(2048, "must have at most 2048 characters"),
  z.refine((text) => text.split(",").every(isOrigin), "must be https origins, separated by commas (http only on loopback)"),
);
/** For values that every certificate holds: the bound keeps certificates below 8 KB. */
const word = z.string().check(z.maxLength(255, "must have at most 255 characters"));
/**
 * For values that are compared with a token's claims, character by character. The identity's audience is also the certificate's
 * audience by default.
 */
const claim = word.check(visible);
const algorithms = z.string().check(
  z.refine((text) => algorithmsOf(text).length > 0 && algorithmsOf(text).every(isAlgorithm), `must be some of ${tokenAlgorithms.join(", ")}`),
);
const audienceClaim = z.string().check(z.refine((text) => text === "aud" || text === "client_id", "must be aud or client_id"));
const scopes = z.string().check(
  z.maxLength(255, "must have at most 255 characters"),
  // RFC 6749 §3.3.
  z.refine((text) => wordsOf(text).length > 0 && wordsOf(text).every((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope)), "must be scopes, separated by blanks"),
);
// Read by hand: zod's objects would weigh on every function.
const authorizationParameters = bounded.check(z.refine((text) => isRecordOfTexts(parsedJson(text)), "must be a JSON object of texts"));
const loginEndpoints = bounded.check(
  z.refine(
    (text) => isEndpoints(parsedJson(text)),
    "must be a JSON object with the https URLs authorization and token, and possibly deviceAuthorization, revocation and endSession",
  ),
);
const pepper = z.string().check(z.minLength(16, "must have at least 16 characters"), z.maxLength(1024, "must have at most 1024 characters"));
const secret = z.string().check(z.refine(isSecret, "must be exactly 32 bytes in base64 or hex"));
/** A bucket of S3 by its name, or a folder by its absolute path. */
const bucket = z.string().check(z.regex(/^(?:[a-z0-9][a-z0-9-]{1,61}[a-z0-9]|(?:file:\/\/)?\/.{1,1000})$/, "must be the name of a bucket, or a folder's absolute path"));
const region = z.string().check(z.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be the name of an AWS region"));
const pem = z.string().check(z.regex(/-----BEGIN PRIVATE KEY-----/, "must hold PKCS#8 PEM blocks"), z.maxLength(65_536, "must have at most 65536 characters"));
const ttlSeconds = z.string().check(
  z.regex(/^[0-9]{1,7}$/, "must be a whole number of seconds"),
  z.refine((text) => Number(text) >= 60 && Number(text) <= 2_592_000, "must be from 60 to 2592000"),
);

/** Reads the configuration from `environment`. Throws ConfigError, which names the variable and the rule, never the value. */
export function readConfig(environment: Environment): Config {
  const read = (name: string, schema: z.ZodMiniType<string>) => readVariable(environment, name, schema);
  const database = read("APP_ENV_DATABASE_URL", databaseUrl);
  const ttl = read("APP_ENV_LICENSING_CERT_TTL_SECONDS", ttlSeconds);
  const identity = readIdentity(environment);
  const redis = readGroup(environment, {
    url: ["APP_ENV_UPSTASH_REDIS_REST_URL", httpUrl],
    token: ["APP_ENV_UPSTASH_REDIS_REST_TOKEN", token],
  });
  const dump = readGroup(environment, { bucket: ["APP_ENV_DUMP_BUCKET", bucket], secret: ["APP_ENV_DUMP_SECRET", secret] });
  const dumpRegion = read("APP_ENV_DUMP_REGION", region);
  const current = read("APP_ENV_APPLICATION_SECRET", secret);
  const previous = read("APP_ENV_APPLICATION_SECRET_PREVIOUS", secret);
  return compact({
    database: database === undefined ? undefined : { url: database },
    redis,
    identity,
    login: readLogin(environment),
    signing: compact({
      pem: read("APP_ENV_LICENSING_ED25519_PRIVATE_KEY", pem),
      parameter: read("APP_ENV_LICENSING_ED25519_PRIVATE_KEY_PARAMETER", bounded),
    }),
    applicationSecret: current === undefined ? undefined : compact({ current, previous }),
    keyPepper: read("APP_ENV_LICENSING_KEY_PEPPER", pepper),
    keyring: compact({
      secret: read("APP_ENV_LICENSING_KEYRING_SECRET", secret),
      databaseUrl: read("APP_ENV_LICENSING_KEYRING_DATABASE_URL", databaseUrl),
    }),
    certificate: {
      ttlSeconds: ttl === undefined ? ttlSecondsDefault : Number(ttl),
      issuer: read("APP_ENV_LICENSING_CERT_ISSUER", word) ?? "licensing",
      audience: read("APP_ENV_LICENSING_CERT_AUDIENCE", word) ?? identity?.audience ?? "licensing",
    },
    publicUrl: read("APP_ENV_LICENSING_PUBLIC_URL", httpUrl),
    webhookQueueUrl: read("APP_ENV_WEBHOOK_QUEUE_URL", httpUrl),
    corsOrigins: read("APP_ENV_LICENSING_CORS_ORIGINS", origins)?.split(",") ?? [],
    stage: read("APP_ENV_STAGE", bounded) ?? "local",
    dump: dump === undefined ? undefined : compact({ ...dump, region: dumpRegion }),
    aws: readRole(environment),
  });
}

function readIdentity(environment: Environment): Identity | undefined {
  const provider = readGroup(environment, {
    jwksUrl: ["APP_ENV_IDENTITY_JWKS_URL", httpUrl],
    issuer: ["APP_ENV_IDENTITY_ISSUER", claim],
    audience: ["APP_ENV_IDENTITY_AUDIENCE", claim],
  });
  const read = (name: string, schema: z.ZodMiniType<string>) => readVariable(environment, name, schema);
  const claims = {
    algorithms: algorithmsOf(read("APP_ENV_IDENTITY_ALGORITHMS", algorithms) ?? "ES256").filter(isAlgorithm),
    audienceClaim: read("APP_ENV_IDENTITY_AUDIENCE_CLAIM", audienceClaim) === "client_id" ? ("client_id" as const) : ("aud" as const),
    rolesClaim: read("APP_ENV_IDENTITY_ROLES_CLAIM", claim) ?? "roles",
    organizationClaim: read("APP_ENV_IDENTITY_ORGANIZATION_CLAIM", claim) ?? "org",
  };
  return provider === undefined ? undefined : { ...provider, ...claims };
}

function readLogin(environment: Environment): Login {
  const read = (name: string, schema: z.ZodMiniType<string>) => readVariable(environment, name, schema);
  const parameters = read("APP_ENV_IDENTITY_AUTHORIZATION_PARAMETERS", authorizationParameters);
  const endpoints = read("APP_ENV_IDENTITY_ENDPOINTS", loginEndpoints);
  return compact({
    clientId: read("APP_ENV_IDENTITY_CLIENT_ID", claim),
    scopes: wordsOf(read("APP_ENV_IDENTITY_SCOPES", scopes) ?? "openid"),
    authorizationParameters: parameters === undefined ? {} : (JSON.parse(parameters) as Record<string, string>),
    endpoints: endpoints === undefined ? undefined : (JSON.parse(endpoints) as LoginEndpoints),
    connectOrigins: read("APP_ENV_IDENTITY_CONNECT_ORIGINS", origins)?.split(",") ?? [],
  });
}

function isRecordOfTexts(value: unknown): value is Record<string, string> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every((text) => typeof text === "string");
}

function isEndpoints(value: unknown): value is LoginEndpoints {
  if (!isRecordOfTexts(value)) return false;
  const entries = Object.entries(value);
  return "authorization" in value && "token" in value && entries.every(([name, text]) => endpointNames.includes(name) && isHttpUrl(text));
}

function algorithmsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((name) => name !== "");
}

function wordsOf(text: string): string[] {
  return text.split(" ").filter((word) => word !== "");
}

function isAlgorithm(name: string): name is TokenAlgorithm {
  return tokenAlgorithms.some((algorithm) => algorithm === name);
}

function readVariable(environment: Environment, name: string, schema: z.ZodMiniType<string>): string | undefined {
  const text = environment[name];
  if (text === undefined || text === "") return undefined;
  const parsed = schema.safeParse(text);
  if (!parsed.success) throw new ConfigError(name, parsed.error.issues[0]?.message ?? "is not usable");
  return parsed.data;
}

/** Reads all variables of a group, or none: half a group is a mistake that should stop the process, not the first request. */
function readGroup<Key extends string>(
  environment: Environment,
  group: Readonly<Record<Key, readonly [string, z.ZodMiniType<string>]>>,
): Readonly<Record<Key, string>> | undefined {
  const entries = Object.entries<readonly [string, z.ZodMiniType<string>]>(group).map(
    ([key, [name, schema]]) => [key, readVariable(environment, name, schema), name] as const,
  );
  if (entries.every(([, value]) => value === undefined)) return undefined;
  const missing = entries.find(([, value]) => value === undefined);
  if (missing !== undefined) throw new ConfigError(missing[2], "is not set, though others of its group are");
  return Object.fromEntries(entries.map(([key, value]) => [key, value])) as Record<Key, string>;
}

function readRole(environment: Environment): Config["aws"] {
  const { AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  if (region === undefined || accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  const parameterStoreUrl = readVariable(environment, "AWS_ENDPOINT_URL_SSM", httpUrl);
  return { region, ...(parameterStoreUrl === undefined ? {} : { parameterStoreUrl }), credentials: { accessKeyId, secretAccessKey, sessionToken: environment["AWS_SESSION_TOKEN"] ?? "" } };
}

type Defined<Shape> = { [Key in keyof Shape as undefined extends Shape[Key] ? never : Key]: Shape[Key] } & {
  [Key in keyof Shape as undefined extends Shape[Key] ? Key : never]?: Exclude<Shape[Key], undefined>;
};

function compact<Shape extends object>(shape: Shape): Defined<Shape> {
  return Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as Defined<Shape>;
}

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  const isSafe = url !== null && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)));
  return isSafe && url.username + url.password === "";
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.origin === text && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)));
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.[0-9]{1,3}){3}$/.test(hostname);
}

/** Whether the text is a secret without surrounding whitespace. */
function isSecret(text: string): boolean {
  return text === text.trim() && !("fault" in readSecretText(text));
}

/** The setting's value. Throws ConfigError, which names the variable, if the function was given none. */
export function required<Value>(value: Value | undefined, variable: string): Value {
  if (value === undefined) throw new ConfigError(variable, "is not set");
  return value;
}
