/**
 * What an operator tells a stage by `sst secret set <Name> <value> --stage <stage>`; a missing one stops the deploy
 * and is named. The signing key is not here: it must not pass through the deployment's state (see signing-key.ts).
 *
 * The identity provider's three values are no secrets, but live here so that a stage has one place to be told things.
 */
export const secrets = {
  /** 32 bytes, base64 or hex: the root of the certificates' ciphers. */
  applicationSecret: new sst.Secret("ApplicationSecret"),
  /** Its predecessor, while readers still hold certificates sealed under it; empty when there is none. */
  applicationSecretPrevious: new sst.Secret("ApplicationSecretPrevious", ""),
  /** Keys the digests of license keys and credentials. Changing it makes every issued key unknown. */
  keyPepper: new sst.Secret("KeyPepper"),
  identityJwksUrl: new sst.Secret("IdentityJwksUrl"),
  identityIssuer: new sst.Secret("IdentityIssuer"),
  identityAudience: new sst.Secret("IdentityAudience"),
};
