import { settings } from "./deployment.ts";
import { dumpPermissions, dumps } from "./dumps.ts";
import { publicUrl } from "./gateway.ts";
import { migratedDatabaseUrl, migratedKeyringUrl } from "./migration.ts";
import { sendPermissions, webhookQueue } from "./queue.ts";
import { redis } from "./redis.ts";
import type { Touch } from "./routes.ts";
import { secrets } from "./secrets.ts";
import { signerPermissions, signingKeyParameterName } from "./signing-key.ts";

/**
 * Translates a row's `touches` to its function's variables, which `core/platform/config.ts` reads, and permissions. Plain
 * variables, not SST's `Resource`: that costs 9–15 ms of every cold start.
 */
type Environment = Record<string, $util.Input<string>>;
export type Reach = {
  readonly environment: $util.Output<Record<string, string>>;
  readonly permissions: sst.aws.FunctionPermissionArgs[];
};

const variables: Record<Touch, $util.Input<Environment>> = {
  origins: settings.corsOrigins.length === 0 ? {} : { APP_ENV_LICENSING_CORS_ORIGINS: settings.corsOrigins.join(",") },
  database: { APP_ENV_DATABASE_URL: migratedDatabaseUrl },
  redis: {
    APP_ENV_UPSTASH_REDIS_REST_URL: redis.properties.url,
    APP_ENV_UPSTASH_REDIS_REST_TOKEN: redis.properties.token,
  },
  identity: identity(),
  login: login(),
  "key-pepper": { APP_ENV_LICENSING_KEY_PEPPER: secrets.KeyPepper },
  "keyring-secret": { APP_ENV_LICENSING_KEYRING_SECRET: secrets.KeyringSecret },
  "keyring-database": { APP_ENV_LICENSING_KEYRING_DATABASE_URL: migratedKeyringUrl },
  "application-secret": applicationSecret(),
  "signing-key": {
    APP_ENV_LICENSING_ED25519_PRIVATE_KEY_PARAMETER: signingKeyParameterName,
    APP_ENV_LICENSING_CERT_TTL_SECONDS: String(settings.certificate.ttlSeconds),
    APP_ENV_LICENSING_CERT_ISSUER: settings.certificate.issuer,
    APP_ENV_LICENSING_CERT_AUDIENCE: settings.certificate.audience,
    APP_ENV_LICENSING_PUBLIC_URL: publicUrl,
  },
  "webhook-queue": { APP_ENV_WEBHOOK_QUEUE_URL: webhookQueue.url },
  dumps: { APP_ENV_DUMP_BUCKET: dumps.bucketName, APP_ENV_DUMP_REGION: dumps.region, APP_ENV_DUMP_SECRET: secrets.DumpSecret },
};

const permissionsOf: Partial<Record<Touch, sst.aws.FunctionPermissionArgs[]>> = {
  "signing-key": signerPermissions,
  "webhook-queue": sendPermissions,
  dumps: dumpPermissions,
};

/** The environment and the permissions of a function that touches these. */
export function reach(touches: readonly Touch[]): Reach {
  const parts: $util.Input<Environment>[] = touches.map((touch) => variables[touch]);
  const stage: Environment = { APP_ENV_STAGE: $app.stage };
  return {
    environment: $resolve([stage, ...parts]).apply((all) => Object.assign({}, ...all) as Record<string, string>),
    permissions: touches.flatMap((touch) => permissionsOf[touch] ?? []),
  };
}

function identity(): $util.Output<Record<string, string>> {
  return secrets.apply((told): Record<string, string> => ({
    APP_ENV_IDENTITY_JWKS_URL: told.IdentityJwksUrl,
    APP_ENV_IDENTITY_ISSUER: told.IdentityIssuer,
    APP_ENV_IDENTITY_AUDIENCE: told.IdentityAudience,
    ...withoutEmpty({
      APP_ENV_IDENTITY_ALGORITHMS: told.IdentityAlgorithms,
      APP_ENV_IDENTITY_AUDIENCE_CLAIM: told.IdentityAudienceClaim,
      APP_ENV_IDENTITY_ROLES_CLAIM: told.IdentityRolesClaim,
      APP_ENV_IDENTITY_ORGANIZATION_CLAIM: told.IdentityOrganizationClaim,
    }),
  }));
}

function login(): $util.Output<Record<string, string>> {
  return secrets.apply((told) =>
    withoutEmpty({
      APP_ENV_IDENTITY_CLIENT_ID: told.IdentityClientId,
      APP_ENV_IDENTITY_SCOPES: told.IdentityScopes,
      APP_ENV_IDENTITY_AUTHORIZATION_PARAMETERS: told.IdentityAuthorizationParameters,
      APP_ENV_IDENTITY_ENDPOINTS: told.IdentityEndpoints,
      APP_ENV_IDENTITY_CONNECT_ORIGINS: told.IdentityConnectOrigins,
    }),
  );
}

/** A secret that wasn't set is an empty text, for which the function has a default. */
function withoutEmpty(variables: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).filter(([, text]) => text !== ""));
}

function applicationSecret(): $util.Output<Record<string, string>> {
  return secrets.apply(({ ApplicationSecret: now, ApplicationSecretPrevious: before }): Record<string, string> => ({
    APP_ENV_APPLICATION_SECRET: now,
    ...(before === "" ? {} : { APP_ENV_APPLICATION_SECRET_PREVIOUS: before }),
  }));
}
