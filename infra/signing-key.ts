import { isPermanent, keep } from "./stage.ts";

/**
 * The private signing keys: one parameter-store SecureString with one or more PKCS#8 PEM blocks, named here and filled by an
 * operator. The deployment never reads or writes its value, so that no key is in the state bucket, in a function's code or in its
 * environment, and a rotation needs no deploy and can't be undone by one.
 *
 * Permanent stages encrypt it by a key of their own: every role that may read parameters can use AWS's default key, and the
 * account's read-only roles are among them. Temporary stages share one parameter under the default key.
 */
export const signingKeyParameterName = `/${$app.name}/${isPermanent ? $app.stage : "preview"}/signing-key`;

const { partition } = aws.getPartitionOutput();
const { region } = aws.getRegionOutput();
const { accountId } = aws.getCallerIdentityOutput();
const parameterArn = $interpolate`arn:${partition}:ssm:${region}:${accountId}:parameter${signingKeyParameterName}`;

const sealingKey = isPermanent ? createSealingKey() : undefined;

/** The permissions of a signer: to read that one parameter and decrypt it. */
export const signerPermissions = [
  { actions: ["ssm:GetParameter"], resources: [parameterArn] },
  ...(sealingKey === undefined
    ? []
    : [
        {
          actions: ["kms:Decrypt"],
          resources: [sealingKey.arn],
          conditions: [{ test: "StringEquals", variable: "kms:EncryptionContext:PARAMETER_ARN", values: [parameterArn] }],
        },
      ]),
];

function createSealingKey(): aws.kms.Key {
  const key = new aws.kms.Key(
    "SigningKeySeal",
    {
      description: `Seals the license signing keys of ${$app.name} ${$app.stage}`,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
    },
    keep,
  );
  new aws.kms.Alias(
    "SigningKeySealAlias",
    { name: `alias/${$app.name}-${$app.stage}-signing-key`, targetKeyId: key.keyId },
    keep,
  );
  return key;
}
