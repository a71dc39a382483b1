import type { SecretTexts } from "./secret-faults.ts";
import { secretFaults } from "./secret-faults.ts";

/**
 * What an operator tells a stage by `sst secret set <Name> <value> --stage <stage>`; a missing one stops the deploy
 * and is named, and so does one that no function would start with. The signing key is not here: it must not pass
 * through the deployment's state (see signing-key.ts).
 *
 * The identity provider's values are no secrets, but live here so that a stage has one place to be told things.
 */
const texts = $resolve({
  /** 32 bytes, base64 or hex: the root of the certificates' ciphers. */
  ApplicationSecret: new sst.Secret("ApplicationSecret").value,
  /** Its predecessor, while readers still hold certificates sealed under it; empty when there is none. */
  ApplicationSecretPrevious: new sst.Secret("ApplicationSecretPrevious", "").value,
  /** Keys the digests of license keys and credentials. Changing it makes every issued key unknown. */
  KeyPepper: new sst.Secret("KeyPepper").value,
  IdentityJwksUrl: new sst.Secret("IdentityJwksUrl").value,
  IdentityIssuer: new sst.Secret("IdentityIssuer").value,
  IdentityAudience: new sst.Secret("IdentityAudience").value,
  /** How its tokens are read; empty: as `core/platform/config.ts` has it. */
  IdentityAlgorithms: new sst.Secret("IdentityAlgorithms", "").value,
  IdentityAudienceClaim: new sst.Secret("IdentityAudienceClaim", "").value,
  IdentityRolesClaim: new sst.Secret("IdentityRolesClaim", "").value,
  IdentityOrganizationClaim: new sst.Secret("IdentityOrganizationClaim", "").value,
});

export const secrets: $util.Output<SecretTexts> = texts.apply((told) => {
  const faults = secretFaults(told);
  if (faults.length > 0) throw new Error(`Set again with \`sst secret set\` before deploying:\n${faults.join("\n")}`);
  return told;
});

/** Settles once they are known to be good; a bad one ends the program. Waited for before anything is touched. */
export const secretsChecked = new Promise<void>((checked) => secrets.apply(() => checked()));
