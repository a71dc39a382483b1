import type { Route, Schedule, Touch } from "../../routes.ts";

/** A function as deployed: its bundle, settings and limits. A test compares this with the rendered deployment. */
export type LambdaFunction = {
  /** The file below functions/, without its ending. */
  readonly name: string;
  /** The folder of `bundle.mjs`, and its working directory. */
  readonly folder: string;
  /** Only the variables of its row's touches: least privilege holds on one machine, too. */
  readonly environment: Readonly<Record<string, string>>;
  /** The role's variables that Lambda itself adds. Here only functions that use the parameter store or the queue have a role. */
  readonly role: Readonly<Record<string, string>>;
  readonly memoryMegabytes: number;
  readonly timeoutMs: number;
};

/** The variables of each touch. */
export const variablesOf: Readonly<Record<Touch, readonly string[]>> = {
  origins: ["APP_ENV_LICENSING_CORS_ORIGINS"],
  database: ["APP_ENV_DATABASE_URL"],
  redis: ["APP_ENV_UPSTASH_REDIS_REST_URL", "APP_ENV_UPSTASH_REDIS_REST_TOKEN"],
  identity: [
    "APP_ENV_IDENTITY_JWKS_URL",
    "APP_ENV_IDENTITY_ISSUER",
    "APP_ENV_IDENTITY_AUDIENCE",
    "APP_ENV_IDENTITY_ALGORITHMS",
    "APP_ENV_IDENTITY_AUDIENCE_CLAIM",
    "APP_ENV_IDENTITY_ROLES_CLAIM",
    "APP_ENV_IDENTITY_ORGANIZATION_CLAIM",
  ],
  login: [
    "APP_ENV_IDENTITY_CLIENT_ID",
    "APP_ENV_IDENTITY_SCOPES",
    "APP_ENV_IDENTITY_AUTHORIZATION_PARAMETERS",
    "APP_ENV_IDENTITY_ENDPOINTS",
    "APP_ENV_IDENTITY_CONNECT_ORIGINS",
  ],
  "key-pepper": ["APP_ENV_LICENSING_KEY_PEPPER"],
  "webhook-queue": ["APP_ENV_WEBHOOK_QUEUE_URL"],
  dumps: ["APP_ENV_DUMP_BUCKET", "APP_ENV_DUMP_REGION", "APP_ENV_DUMP_SECRET"],
  "keyring-secret": ["APP_ENV_LICENSING_KEYRING_SECRET"],
  "keyring-database": ["APP_ENV_LICENSING_KEYRING_DATABASE_URL"],
  "application-secret": ["APP_ENV_APPLICATION_SECRET", "APP_ENV_APPLICATION_SECRET_PREVIOUS"],
  "signing-key": [
    "APP_ENV_LICENSING_ED25519_PRIVATE_KEY_PARAMETER",
    "APP_ENV_LICENSING_CERT_TTL_SECONDS",
    "APP_ENV_LICENSING_CERT_ISSUER",
    "APP_ENV_LICENSING_CERT_AUDIENCE",
    "APP_ENV_LICENSING_PUBLIC_URL",
  ],
};

type Machine = {
  readonly bundles: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Lambda's variables of a role. */
  readonly role?: Readonly<Record<string, string>>;
};

const requestTimeoutMs = 15_000;
const scheduleTimeoutMs = 300_000;

/** Touches that are permissions of a role. */
const ofRole: readonly Touch[] = ["signing-key", "webhook-queue"];

/** The function of a row of the tables. */
export function lambdaFunction(row: Route | Schedule, { bundles, environment, role = {} }: Machine): LambdaFunction {
  return {
    name: row.function,
    folder: `${bundles}/${row.function}`,
    environment: granted(row.touches, environment),
    role: row.touches.some((touch) => ofRole.includes(touch)) ? role : {},
    memoryMegabytes: row.touches.every((touch) => touch === "origins") ? 512 : 1024,
    timeoutMs: "schedule" in row ? scheduleTimeoutMs : requestTimeoutMs,
  };
}

function granted(touches: readonly Touch[], environment: Machine["environment"]): Record<string, string> {
  const names = ["APP_ENV_STAGE", ...touches.flatMap((touch) => variablesOf[touch])];
  const set = names.map((name) => [name, environment[name]] as const);
  return Object.fromEntries(set.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
}
