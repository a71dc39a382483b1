/** The environment of a deployment: invented credentials and secrets. */
const bytes32 = (text: string) => Buffer.from(text).toString("base64");

export const applicationSecret = bytes32("application-secret-of-the-render");
export const previousSecret = bytes32("previous-secret-of-the-rendering");
export const keyringSecret = bytes32("the-keyring-secret-of-the-render");
export const dumpSecret = bytes32("the-dumps-secret-of-the-renderer");
export const keyPepper = "key-pepper-of-the-render";

/** How people log in to the console. A stage without a console sets none of them. */
export const login: Readonly<Record<string, string>> = {
  SST_SECRET_IdentityClientId: "client-of-the-console",
  SST_SECRET_IdentityScopes: "openid offline_access",
  SST_SECRET_IdentityAuthorizationParameters: '{"audience":"licensing"}',
  SST_SECRET_IdentityEndpoints: '{"authorization":"https://identity.example.com/authorize","token":"https://identity.example.com/token"}',
  SST_SECRET_IdentityConnectOrigins: "https://tokens.example.com",
};

export const told: Readonly<Record<string, string | undefined>> = {
  NEON_API_KEY: "neon-key",
  UPSTASH_EMAIL: "ops@example.com",
  UPSTASH_API_KEY: "upstash-key",
  SST_SECRET_ApplicationSecret: applicationSecret,
  SST_SECRET_KeyPepper: keyPepper,
  SST_SECRET_KeyringSecret: keyringSecret,
  SST_SECRET_DumpSecret: dumpSecret,
  SST_SECRET_IdentityJwksUrl: "https://identity.example.com/jwks.json",
  SST_SECRET_IdentityIssuer: "https://identity.example.com",
  SST_SECRET_IdentityAudience: "licensing",
  SST_SECRET_IdentityAlgorithms: "RS256",
  SST_SECRET_IdentityAudienceClaim: "client_id",
  SST_SECRET_IdentityRolesClaim: "https://acme.example/roles",
  SST_SECRET_IdentityOrganizationClaim: "org_id",
  ...login,
  SST_SECRET_UpstashReadOnlyKey: "upstash-key-that-reads",
};
