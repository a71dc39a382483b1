import { ConfigError, readConfig } from "@licensing/core/platform/config.ts";

export type SecretName = keyof typeof variableOf;
export type SecretTexts = Readonly<Record<SecretName, string>>;

/**
 * The faults of a stage's secrets, by the rules of the functions that read them: a value that would stop every start stops the
 * deployment instead. One line for each refused secret names the secret, its variable and the rule, never its value. This file
 * knows nothing of SST, so that it can be tested as it is.
 */
export function secretFaults(texts: SecretTexts): readonly string[] {
  return secretNames.flatMap((name) => {
    const fault = texts[name] === "" ? emptyFault(name) : shapeFault(name, texts[name]);
    return fault === undefined ? [] : [`${name}: ${fault}`];
  });
}

const variableOf = {
  ApplicationSecret: "APP_ENV_APPLICATION_SECRET",
  ApplicationSecretPrevious: "APP_ENV_APPLICATION_SECRET_PREVIOUS",
  KeyPepper: "APP_ENV_LICENSING_KEY_PEPPER",
  KeyringSecret: "APP_ENV_LICENSING_KEYRING_SECRET",
  DumpSecret: "APP_ENV_DUMP_SECRET",
  IdentityJwksUrl: "APP_ENV_IDENTITY_JWKS_URL",
  IdentityIssuer: "APP_ENV_IDENTITY_ISSUER",
  IdentityAudience: "APP_ENV_IDENTITY_AUDIENCE",
  IdentityAlgorithms: "APP_ENV_IDENTITY_ALGORITHMS",
  IdentityAudienceClaim: "APP_ENV_IDENTITY_AUDIENCE_CLAIM",
  IdentityRolesClaim: "APP_ENV_IDENTITY_ROLES_CLAIM",
  IdentityOrganizationClaim: "APP_ENV_IDENTITY_ORGANIZATION_CLAIM",
  IdentityClientId: "APP_ENV_IDENTITY_CLIENT_ID",
  IdentityScopes: "APP_ENV_IDENTITY_SCOPES",
  IdentityAuthorizationParameters: "APP_ENV_IDENTITY_AUTHORIZATION_PARAMETERS",
  IdentityEndpoints: "APP_ENV_IDENTITY_ENDPOINTS",
  IdentityConnectOrigins: "APP_ENV_IDENTITY_CONNECT_ORIGINS",
} as const;

export const secretNames = Object.keys(variableOf) as readonly SecretName[];

/**
 * These may be empty: before the first change there is no previous secret, most providers need no settings for their tokens, and a
 * stage may have no console.
 */
const optional: readonly SecretName[] = [
  "ApplicationSecretPrevious",
  "IdentityAlgorithms", "IdentityAudienceClaim", "IdentityRolesClaim", "IdentityOrganizationClaim",
  "IdentityClientId", "IdentityScopes", "IdentityAuthorizationParameters", "IdentityEndpoints", "IdentityConnectOrigins",
];

function emptyFault(name: SecretName): string | undefined {
  return optional.includes(name) ? undefined : `${variableOf[name]}: is empty`;
}

/** Each is checked alone, so that all faults are named; valid values stand in for the others of its group. */
function shapeFault(name: SecretName, text: string): string | undefined {
  try {
    readConfig({ ...others, [variableOf[name]]: text });
    return undefined;
  } catch (fault) {
    if (fault instanceof ConfigError) return fault.message;
    throw fault;
  }
}

const others = {
  APP_ENV_DUMP_BUCKET: "dumps",
  APP_ENV_DUMP_SECRET: "0".repeat(64),
  APP_ENV_IDENTITY_JWKS_URL: "https://identity.example.com/jwks.json",
  APP_ENV_IDENTITY_ISSUER: "https://identity.example.com",
  APP_ENV_IDENTITY_AUDIENCE: "licensing",
};
