import type { SecretTexts } from "./secret-faults.ts";
import { secretFaults } from "./secret-faults.ts";

/**
 * The secrets that an operator sets by `sst secret set <Name> <value> --stage <stage>`. A missing one, or one with which no
 * function would start, stops the deployment, which names it. The signing key is not here: it must not pass through the
 * deployment's state (see signing-key.ts).
 *
 * The identity provider's values aren't secret, but they are set in the same way.
 */
const texts = $resolve({
  /** 32 bytes in base64 or hex, from which the keys that encrypt certificates are derived. */
  ApplicationSecret: new sst.Secret("ApplicationSecret").value,
  /** The previous secret, while readers still have certificates under it; empty if there is none. */
  ApplicationSecretPrevious: new sst.Secret("ApplicationSecretPrevious", "").value,
  /** The key of the digests of license keys and credentials. Changing it makes every issued key unknown. */
  KeyPepper: new sst.Secret("KeyPepper").value,
  /** 32 bytes in base64 or hex, which mark the ring of signing keys. After a change: `npm run keys -- confirm`. */
  KeyringSecret: new sst.Secret("KeyringSecret").value,
  /** 32 bytes in base64 or hex, which seal the database's dumps. After a change, only the former secret opens the former dumps. */
  DumpSecret: new sst.Secret("DumpSecret").value,
  IdentityJwksUrl: new sst.Secret("IdentityJwksUrl").value,
  IdentityIssuer: new sst.Secret("IdentityIssuer").value,
  IdentityAudience: new sst.Secret("IdentityAudience").value,
  /** How the provider's tokens are read; empty: the defaults of `core/platform/config.ts`. */
  IdentityAlgorithms: new sst.Secret("IdentityAlgorithms", "").value,
  IdentityAudienceClaim: new sst.Secret("IdentityAudienceClaim", "").value,
  IdentityRolesClaim: new sst.Secret("IdentityRolesClaim", "").value,
  IdentityOrganizationClaim: new sst.Secret("IdentityOrganizationClaim", "").value,
  /** The login of the console and the command line. With an empty client id nobody can log in. */
  IdentityClientId: new sst.Secret("IdentityClientId", "").value,
  IdentityScopes: new sst.Secret("IdentityScopes", "").value,
  IdentityAuthorizationParameters: new sst.Secret("IdentityAuthorizationParameters", "").value,
  IdentityEndpoints: new sst.Secret("IdentityEndpoints", "").value,
  IdentityConnectOrigins: new sst.Secret("IdentityConnectOrigins", "").value,
});

export const secrets: $util.Output<SecretTexts> = texts.apply((told) => {
  const faults = secretFaults(told);
  if (faults.length > 0) throw new Error(`Set again with \`sst secret set\` before deploying:\n${faults.join("\n")}`);
  return told;
});

/** Resolves when all secrets were checked; a bad one ends the program. Awaited before anything is changed. */
export const secretsChecked = new Promise<void>((checked) => secrets.apply(() => checked()));
