import type { Graph } from "../render/graph.ts";
import { applicationSecret, dumpSecret, keyPepper, keyringSecret, previousSecret, told } from "../render/told.ts";
import type { Deployed } from "./query.ts";
import { dumpBucketName } from "./dumps.ts";
import { at, deployedFunctions, queueOf } from "./query.ts";
import type { Rule } from "./rule.ts";
import { isPermanent } from "./rule.ts";

/** Rules about the values of functions' variables: a right name with another variable's value is worse than none. */
export const valueRules: readonly Rule[] = [
  {
    name: "each variable has its own value and no other variable's",
    holdsInDev: true,
    faults: (graph) => deployedFunctions(graph).flatMap((deployed) => valueFaults(deployed, contents(graph))),
  },
  {
    name: "each function runs its own code as its own role",
    holdsInDev: false,
    faults: (graph) =>
      deployedFunctions(graph)
        .filter(({ name, lambda, role }) => {
          const isItsRole = at(lambda, "role") === `arn:aws:iam::123456789012:role/${String(at(role, "name"))}`;
          return !isItsRole || at(lambda, "handler") !== "bundle.handler" || !String(at(lambda, "s3Key")).startsWith(`assets/${name}-code-`);
        })
        .map(({ name, lambda }) => `${name} runs ${String(at(lambda, "s3Key"))} as ${String(at(lambda, "role"))}`),
  },
];

/** The values of the mock clouds and the render's environment. Database URLs and certificates' names have rules of their own. */
function contents(graph: Graph): Readonly<Record<string, string | undefined>> {
  const { domain } = graph.told;
  return {
    APP_ENV_STAGE: graph.stage,
    UPSTASH_DATABASE_ID: "known-redis-id",
    UPSTASH_EMAIL: told["UPSTASH_EMAIL"],
    UPSTASH_READ_ONLY_KEY: told["SST_SECRET_UpstashReadOnlyKey"],
    UPSTASH_BUDGET_DOLLARS: "lifeDays" in graph.told ? undefined : String(graph.told.redis.budgetDollars),
    APP_ENV_UPSTASH_REDIS_REST_URL: "https://known-redis-1.upstash.io",
    APP_ENV_UPSTASH_REDIS_REST_TOKEN: "redis-token",
    APP_ENV_IDENTITY_JWKS_URL: told["SST_SECRET_IdentityJwksUrl"],
    APP_ENV_IDENTITY_ISSUER: told["SST_SECRET_IdentityIssuer"],
    APP_ENV_IDENTITY_AUDIENCE: told["SST_SECRET_IdentityAudience"],
    APP_ENV_IDENTITY_ALGORITHMS: told["SST_SECRET_IdentityAlgorithms"],
    APP_ENV_IDENTITY_AUDIENCE_CLAIM: told["SST_SECRET_IdentityAudienceClaim"],
    APP_ENV_IDENTITY_ROLES_CLAIM: told["SST_SECRET_IdentityRolesClaim"],
    APP_ENV_IDENTITY_ORGANIZATION_CLAIM: told["SST_SECRET_IdentityOrganizationClaim"],
    APP_ENV_IDENTITY_CLIENT_ID: told["SST_SECRET_IdentityClientId"],
    APP_ENV_IDENTITY_SCOPES: told["SST_SECRET_IdentityScopes"],
    APP_ENV_IDENTITY_AUTHORIZATION_PARAMETERS: told["SST_SECRET_IdentityAuthorizationParameters"],
    APP_ENV_IDENTITY_ENDPOINTS: told["SST_SECRET_IdentityEndpoints"],
    APP_ENV_IDENTITY_CONNECT_ORIGINS: told["SST_SECRET_IdentityConnectOrigins"],
    APP_ENV_WEBHOOK_QUEUE_URL: `https://sqs.eu-central-1.amazonaws.com/123456789012/${String(at(queueOf(graph, "Webhooks"), "name"))}`,
    APP_ENV_LICENSING_KEY_PEPPER: keyPepper,
    APP_ENV_LICENSING_KEYRING_SECRET: keyringSecret,
    APP_ENV_DUMP_BUCKET: dumpBucketName(graph),
    APP_ENV_DUMP_REGION: graph.told.dumps.region,
    APP_ENV_DUMP_SECRET: dumpSecret,
    APP_ENV_APPLICATION_SECRET: applicationSecret,
    APP_ENV_APPLICATION_SECRET_PREVIOUS: previousSecret,
    APP_ENV_LICENSING_ED25519_PRIVATE_KEY_PARAMETER: `/licensing/${isPermanent(graph) ? graph.stage : "preview"}/signing-key`,
    APP_ENV_LICENSING_PUBLIC_URL: domain === null ? "https://api0000000.execute-api.eu-central-1.amazonaws.com" : `https://${domain}`,
  };
}

function valueFaults({ name, environment }: Deployed, wanted: ReturnType<typeof contents>): string[] {
  return Object.entries(environment)
    .filter(([variable, value]) => variable in wanted && value !== wanted[variable])
    .map(([variable]) => `${name} has something else in ${variable}`);
}
