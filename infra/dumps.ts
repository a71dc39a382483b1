import { settings } from "./deployment.ts";
import { isProduction, keep } from "./stage.ts";

/**
 * The bucket of the database's dumps. It is in another region than the service and its database, so that the loss of one region
 * leaves the dump. Its objects are sealed by the service before S3 sees them, and S3 encrypts them once more.
 *
 * The dumping function may read and write objects, and never remove one. An object that was overwritten stays as a former version
 * until its time is over.
 */
const { accountId } = aws.getCallerIdentityOutput();
const { region, keepDays } = settings.dumps;

const bucket = new aws.s3.Bucket(
  "Dumps",
  // Names of buckets are shared by all accounts.
  { bucket: $interpolate`${$app.name}-${$app.stage.toLowerCase()}-dumps-${accountId}`, region, forceDestroy: !isProduction },
  keep,
);
const place = { bucket: bucket.bucket, region };

const closed = new aws.s3.BucketPublicAccessBlock("DumpsClosed", {
  ...place,
  blockPublicAcls: true,
  blockPublicPolicy: true,
  ignorePublicAcls: true,
  restrictPublicBuckets: true,
});

new aws.s3.BucketPolicy(
  "DumpsPolicy",
  {
    ...place,
    policy: $jsonStringify({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "OverTlsAlone",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: [bucket.arn, $interpolate`${bucket.arn}/*`],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ],
    }),
  },
  // S3 refuses two changes of one bucket's access at once.
  { dependsOn: [closed] },
);

new aws.s3.BucketServerSideEncryptionConfiguration("DumpsEncryption", {
  ...place,
  rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
});

const versions = new aws.s3.BucketVersioning("DumpsVersions", { ...place, versioningConfiguration: { status: "Enabled" } });

new aws.s3.BucketLifecycleConfiguration(
  "DumpsLife",
  {
    ...place,
    rules: [
      {
        id: "forget",
        status: "Enabled",
        filter: {},
        expiration: { days: keepDays },
        noncurrentVersionExpiration: { noncurrentDays: keepDays },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
      },
    ],
  },
  // Rules for former versions need versions.
  { dependsOn: [versions] },
);

export const dumps = { bucketName: bucket.bucket, region };

/** The permissions of the dumping function. Without the list S3 answers 403 for an object that isn't there. */
export const dumpPermissions = [
  { actions: ["s3:GetObject", "s3:PutObject"], resources: [$interpolate`${bucket.arn}/*`] },
  { actions: ["s3:ListBucket"], resources: [bucket.arn] },
];
