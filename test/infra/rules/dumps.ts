import type { Graph, Resource } from "../render/graph.ts";
import { ofType, same } from "./query.ts";
import type { Rule } from "./rule.ts";

/** Names of buckets are shared by all accounts. */
export function dumpBucketName({ stage }: Pick<Graph, "stage">): string {
  return `licensing-${stage}-dumps-123456789012`;
}

/** Rules about the place of the database's copies. */
export const dumpRules: readonly Rule[] = [
  {
    name: "dumps are in one bucket of their own, in another region than the database",
    holdsInDev: true,
    faults: (graph) => {
      const { region } = graph.told.dumps;
      const given = kind(graph, "bucket:Bucket");
      const wanted = [{ bucket: dumpBucketName(graph), region, forceDestroy: graph.stage !== "production" }];
      return [...(same(given, wanted) ? [] : [`dumps are in ${JSON.stringify(given)}`]), ...(region === "eu-central-1" ? ["the loss of the region takes the dumps too"] : [])];
    },
  },
  only("nobody outside the account reads a dump, whatever a policy says", "bucketPublicAccessBlock:BucketPublicAccessBlock", () => ({
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  })),
  {
    name: "the bucket of dumps answers over TLS alone, and its policy allows nothing",
    holdsInDev: true,
    faults: (graph) => {
      const arn = `arn:aws:s3:::${dumpBucketName(graph)}`;
      const statement = { Sid: "OverTlsAlone", Effect: "Deny", Principal: "*", Action: "s3:*", Resource: [arn, `${arn}/*`], Condition: { Bool: { "aws:SecureTransport": "false" } } };
      const given = kind(graph, "bucketPolicy:BucketPolicy").map(({ policy, ...rest }) => ({ ...rest, policy: policy === undefined ? undefined : (JSON.parse(String(policy)) as unknown) }));
      return same(given, [{ ...placeOf(graph), policy: { Version: "2012-10-17", Statement: [statement] } }]) ? [] : [`its policy is ${JSON.stringify(given)}`];
    },
  },
  only("S3 encrypts the sealed dumps once more", "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", () => ({
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
  })),
  only("a dump that is overwritten stays as a former version", "bucketVersioning:BucketVersioning", () => ({ versioningConfiguration: { status: "Enabled" } })),
  only("dumps and their former versions are removed after the stage's days", "bucketLifecycleConfiguration:BucketLifecycleConfiguration", ({ told: { dumps } }) => ({
    rules: [
      {
        id: "forget",
        status: "Enabled",
        filter: {},
        expiration: { days: dumps.keepDays },
        noncurrentVersionExpiration: { noncurrentDays: dumps.keepDays },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
      },
    ],
  })),
];

function kind(graph: Graph, type: string): readonly Resource["inputs"][] {
  return ofType(graph, `aws:s3/${type}`).map(({ inputs }) => inputs);
}

function placeOf(graph: Graph): object {
  return { bucket: dumpBucketName(graph), region: graph.told.dumps.region };
}

/** The only resource of its type is of the dumps' bucket, and has exactly these inputs. */
function only(name: string, type: string, inputs: (graph: Graph) => object): Rule {
  return {
    name,
    holdsInDev: true,
    faults: (graph) => (same(kind(graph, type), [{ ...placeOf(graph), ...inputs(graph) }]) ? [] : [`${type} is ${JSON.stringify(kind(graph, type))}`]),
  };
}
