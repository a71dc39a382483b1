/**
 * What a deploy needs to be told, by the environment: all that production insists on, none of it real. Where a stage may
 * do without, most renders do.
 */
const bytes32 = (text: string) => Buffer.from(text).toString("base64");

export const applicationSecret = bytes32("application-secret-of-the-render");
export const previousSecret = bytes32("previous-secret-of-the-rendering");
export const keyPepper = "key-pepper-of-the-render";

export const told: Readonly<Record<string, string | undefined>> = {
  NEON_API_KEY: "neon-key",
  UPSTASH_EMAIL: "ops@example.com",
  UPSTASH_API_KEY: "upstash-key",
  LICENSING_NEON_PROJECT_ID: "shared-project",
  LICENSING_DATABASE_PASSWORD_EPOCH: "2",
  LICENSING_DOMAIN: "none",
  LICENSING_CORS_ORIGINS: "none",
  LICENSING_ALARM_EMAIL: "pager@example.com",
  LICENSING_RUNBOOK_URL: "https://git.example.com/licensing/infra/RUNBOOK.md",
  LICENSING_CERT_TTL_SECONDS: "43200",
  LICENSING_CERT_ISSUER: "https://licensing.example.com",
  LICENSING_CERT_AUDIENCE: "products",
  SST_SECRET_ApplicationSecret: applicationSecret,
  SST_SECRET_KeyPepper: keyPepper,
  SST_SECRET_IdentityJwksUrl: "https://identity.example.com/jwks.json",
  SST_SECRET_IdentityIssuer: "https://identity.example.com",
  SST_SECRET_IdentityAudience: "licensing",
};

/** A stage that is told nothing it can do without. */
export const untold: Readonly<Record<string, undefined>> = Object.fromEntries(
  Object.keys(told).filter((name) => name.startsWith("LICENSING_")).map((name) => [name, undefined]),
);
