import { permanent } from "./deployment.ts";
import type { PermanentStage } from "./stages.ts";

/**
 * The role by which a GitHub workflow deploys this stage, without a stored AWS credential: GitHub's identity token is exchanged
 * for one that lasts an hour. The token must be of the stage's repository and of the environment that is named as the stage, so
 * that GitHub's own rules for environments (reviewers, branches) hold.
 *
 * `permissions` are those that a deployment needs. The role can't change itself, nor the provider that it trusts, so a person
 * deploys a change of this file. The role may give permissions to the functions' roles, so everyone who may run the workflow is
 * trusted with the stage.
 */
const issuer = "token.actions.githubusercontent.com";
const sessionSeconds = 3600;

const pipeline = permanent?.pipeline ?? null;
if (pipeline !== null) createPipeline(pipeline);

function createPipeline({ repository, ownsIdentityProvider }: NonNullable<PermanentStage["pipeline"]>): void {
  const { partition } = aws.getPartitionOutput();
  const { region } = aws.getRegionOutput();
  const { accountId } = aws.getCallerIdentityOutput();
  const providerArn = $interpolate`arn:${partition}:iam::${accountId}:oidc-provider/${issuer}`;
  const provider = ownsIdentityProvider
    ? new aws.iam.OpenIdConnectProvider("PipelineIdentity", { url: `https://${issuer}`, clientIdLists: ["sts.amazonaws.com"] })
    : undefined;
  const role = new aws.iam.Role("Pipeline", {
    name: roleName,
    description: `Deploys ${$app.name} ${$app.stage} from ${repository}`,
    maxSessionDuration: sessionSeconds,
    assumeRolePolicy: $jsonStringify(trust(provider?.arn ?? providerArn, repository)),
  });
  const policy = $resolve({ partition, region, accountId }).apply((account) => JSON.stringify({ Version: "2012-10-17", Statement: permissions(account) }));
  new aws.iam.RolePolicy("PipelinePermissions", { name: "deploy", role: role.name, policy });
}

const prefix = `${$app.name}-${$app.stage}`;
/** SST cuts the app's name where a physical name would be longer than 64 characters. */
const cutPrefix = `${$app.name.slice(0, 3)}*-${$app.stage}`;
const roleName = `${prefix}-pipeline`;

function trust(providerArn: $util.Input<string>, repository: string): object {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: "sts:AssumeRoleWithWebIdentity",
        Principal: { Federated: providerArn },
        Condition: {
          StringEquals: {
            [`${issuer}:aud`]: "sts.amazonaws.com",
            [`${issuer}:sub`]: `repo:${repository}:environment:${$app.stage}`,
          },
        },
      },
    ],
  };
}

type Account = { readonly partition: string; readonly region: string; readonly accountId: string };
type Statement = {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: object;
};

/** Grouped by resource: SST's own state, the stage's resources by name, and resources that AWS names only when it makes them. */
function permissions({ partition, region, accountId }: Account): readonly Statement[] {
  const named = (service: string, name: string) => `arn:${partition}:${service}:${region}:${accountId}:${name}`;
  const allow = (Sid: string, Action: readonly string[], Resource: readonly string[]): Statement => ({ Sid, Effect: "Allow", Action, Resource });
  const roles = `arn:${partition}:iam::${accountId}:role/${cutPrefix}-*`;
  return [
    allow("State", ["s3:GetObject*", "s3:PutObject*", "s3:DeleteObject*", "s3:ListBucket", "s3:GetBucket*"], [`arn:${partition}:s3:::sst-asset-*`, `arn:${partition}:s3:::sst-state-*`]),
    allow("Bootstrap", ["ssm:GetParameter", "ssm:GetParameters", "ssm:PutParameter"], [named("ssm", "parameter/sst/*")]),
    allow("Functions", ["lambda:*"], [named("lambda", `function:${cutPrefix}-*`)]),
    allow("Roles", roleActions, [roles]),
    {
      ...allow("Attach", ["iam:AttachRolePolicy", "iam:DetachRolePolicy"], [roles]),
      Condition: { ArnEquals: { "iam:PolicyARN": managedPolicies.map((name) => `arn:${partition}:iam::aws:policy/${name}`) } },
    },
    {
      ...allow("PassRoles", ["iam:PassRole"], [roles]),
      Condition: { StringEquals: { "iam:PassedToService": ["lambda.amazonaws.com", "scheduler.amazonaws.com"] } },
    },
    allow("Gateway", ["apigateway:GET", "apigateway:POST", "apigateway:PUT", "apigateway:PATCH", "apigateway:DELETE", "apigateway:TagResource"], [`arn:${partition}:apigateway:${region}::/*`]),
    allow("Logs", ["logs:*"], [named("logs", `log-group:/aws/lambda/${prefix}-*`), named("logs", `log-group:/aws/vendedlogs/apis/${prefix}*`)]),
    allow("Alarms", ["cloudwatch:*Alarm*", "cloudwatch:*Tag*"], [named("cloudwatch", "alarm:licensing*")]),
    allow("Dashboard", ["cloudwatch:*Dashboard*"], [`arn:${partition}:cloudwatch::${accountId}:dashboard/${prefix}`]),
    allow("Topic", ["sns:*"], [named("sns", `${prefix}-alarms`)]),
    allow("Queues", ["sqs:*"], [named("sqs", `${prefix}-*`)]),
    allow("Dumps", dumpActions, [`arn:${partition}:s3:::${prefix}-dumps-*`]),
    // AWS chooses a mapping's identifier, but knows its function.
    { ...allow("Subscriptions", ["lambda:CreateEventSourceMapping", "lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"], ["*"]), Condition: { ArnLike: { "lambda:FunctionArn": named("lambda", `function:${cutPrefix}-*`) } } },
    allow("Schedules", ["scheduler:*"], [named("scheduler", `schedule/default/${cutPrefix}-*`)]),
    allow("Budget", ["budgets:*"], [`arn:${partition}:budgets::${accountId}:budget/${prefix}`]),
    allow("Seal", ["kms:DescribeKey", "kms:EnableKeyRotation", "kms:Get*", "kms:List*", "kms:CreateAlias", "kms:UpdateAlias", "kms:TagResource"], [named("kms", "key/*"), named("kms", `alias/${prefix}-*`)]),
    allow("Domain", ["route53:ChangeResourceRecordSets", "route53:GetHostedZone", "route53:ListResourceRecordSets"], [`arn:${partition}:route53:::hostedzone/*`]),
    allow("Unnamed", unnamedActions, ["*"]),
    {
      Sid: "NotItself",
      Effect: "Deny",
      Action: ["iam:AttachRolePolicy", "iam:DeleteRole*", "iam:DetachRolePolicy", "iam:PutRolePolicy", "iam:Update*"],
      Resource: [`arn:${partition}:iam::${accountId}:role/${roleName}`],
    },
  ];
}

const roleActions = [
  "iam:CreateRole",
  "iam:DeleteRole",
  "iam:GetRole*",
  "iam:ListRole*",
  "iam:ListAttachedRolePolicies",
  "iam:ListInstanceProfilesForRole",
  "iam:PutRolePolicy",
  "iam:DeleteRolePolicy",
  "iam:UpdateRole*",
  "iam:UpdateAssumeRolePolicy",
  "iam:TagRole",
  "iam:UntagRole",
];

/** The bucket and its settings, but no dump. */
const dumpActions = ["s3:CreateBucket", "s3:DeleteBucket*", "s3:ListBucket", "s3:GetBucket*", "s3:PutBucket*", "s3:Get*Configuration", "s3:Put*Configuration"];

/** The only AWS-managed policies of functions' and schedules' roles. */
const managedPolicies = ["AWSXRayDaemonWriteAccess", "service-role/AWSLambdaVPCAccessExecutionRole", "service-role/AWSLambdaBasicExecutionRole"];

/** These actions can't be restricted to a name: they list, or AWS chooses the identifier of the new resource. */
const unnamedActions = [
  "acm:AddTagsToCertificate",
  "acm:DeleteCertificate",
  "acm:DescribeCertificate",
  "acm:ListTagsForCertificate",
  "acm:RequestCertificate",
  "cloudwatch:DescribeAlarms",
  "ec2:DescribeSecurityGroups",
  "ec2:DescribeSubnets",
  "ec2:DescribeVpcs",
  "iam:GetOpenIDConnectProvider",
  "kms:CreateKey",
  "kms:ListAliases",
  "lambda:GetEventSourceMapping",
  "lambda:ListTags",
  "logs:CreateLogDelivery",
  "logs:DeleteLogDelivery",
  "logs:DescribeLogGroups",
  "logs:DescribeResourcePolicies",
  "logs:GetLogDelivery",
  "logs:ListLogDeliveries",
  "logs:ListTagsForResource",
  "logs:PutResourcePolicy",
  "logs:UpdateLogDelivery",
  "route53:GetChange",
  "route53:ListHostedZones",
  "sns:GetSubscriptionAttributes",
  "sns:Unsubscribe",
  "sts:GetCallerIdentity",
];
