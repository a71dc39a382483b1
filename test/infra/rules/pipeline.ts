import type { Graph, Resource } from "../render/graph.ts";
import type { Statement } from "./query.ts";
import { at, list, ofType, same, statements } from "./query.ts";
import type { Rule } from "./rule.ts";

/** Rules about the permissions of a deploying workflow, and about the workflows that may have them. */
export const pipelineRules: readonly Rule[] = [
  {
    name: "only the stage's own repository, in the environment of the stage's name, deploys without a person's credentials",
    holdsInDev: true,
    faults: (graph) => {
      const repository = pipelineOf(graph)?.repository;
      const given = ofType(graph, "aws:iam/role:Role").filter(({ name }) => name === "Pipeline").map((role) => statements(at(role, "assumeRolePolicy")));
      return same(given, repository === undefined ? [] : [[trust(graph, repository)]]) ? [] : [`the pipeline trusts ${JSON.stringify(given)}`];
    },
  },
  {
    name: "the identity provider is GitHub's, for AWS, and made by one stage of an account",
    holdsInDev: true,
    faults: (graph) => {
      const given = ofType(graph, "aws:iam/openIdConnectProvider:OpenIdConnectProvider").map(({ inputs }) => inputs);
      const wanted = [{ url: `https://${issuer}`, clientIdLists: ["sts.amazonaws.com"] }];
      return same(given, pipelineOf(graph)?.ownsIdentityProvider === true ? wanted : []) ? [] : [`the provider is ${JSON.stringify(given)}`];
    },
  },
  {
    name: "the pipeline may make, change and remove every kind of resource that the stage has",
    holdsInDev: false,
    faults: (graph) => {
      if (pipelineOf(graph) === undefined) return [];
      const policy = permissionsOf(graph);
      return graph.resources.filter(({ type, name }) => type.startsWith("aws:") && !ownTypes.includes(type) && name !== "Pipeline").flatMap((resource) => needFaults(resource, policy, graph));
    },
  },
  {
    name: "the pipeline can't widen itself, read a signing key or reach another stage",
    holdsInDev: true,
    faults: (graph) => {
      const policy = permissionsOf(graph);
      return forbiddenOf(graph).filter(([action, arn]) => isAllowed(policy, action, arn)).map(([action, arn]) => `the pipeline may ${action} on ${arn}`);
    },
  },
  {
    name: "the pipeline's permissions fit a role",
    holdsInDev: true,
    faults: (graph) =>
      ofType(graph, "aws:iam/rolePolicy:RolePolicy").flatMap((policy) => (String(at(policy, "policy")).length <= inlineCharactersMax ? [] : [`${policy.name} is longer than AWS takes`])),
  },
];

const issuer = "token.actions.githubusercontent.com";
const account = "123456789012";
const region = "eu-central-1";
const inlineCharactersMax = 10_240;

/** Stages that a person deploys. */
const ownTypes = ["aws:iam/openIdConnectProvider:OpenIdConnectProvider", "aws:iam/rolePolicy:RolePolicy"];

function pipelineOf({ told }: Graph): { readonly repository: string; readonly ownsIdentityProvider: boolean } | undefined {
  return "lifeDays" in told ? undefined : (told.pipeline ?? undefined);
}

function trust(graph: Graph, repository: string): object {
  return {
    Effect: "Allow",
    Action: "sts:AssumeRoleWithWebIdentity",
    Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${issuer}` },
    Condition: { StringEquals: { [`${issuer}:aud`]: "sts.amazonaws.com", [`${issuer}:sub`]: `repo:${repository}:environment:${graph.stage}` } },
  };
}

function permissionsOf(graph: Graph): readonly Statement[] {
  return ofType(graph, "aws:iam/rolePolicy:RolePolicy").flatMap((policy) => statements(at(policy, "policy")));
}

/** The IAM actions for making, changing and removing each kind of resource, and its name. Source: AWS's service authorization reference. */
type Need = { readonly actions: readonly string[]; readonly arn: (physical: string, resource: Resource, graph: Graph) => string };

const inRegion = (service: string, kind: string) => (physical: string) => `arn:aws:${service}:${region}:${account}:${kind}${physical}`;
const gateway: Need = { actions: ["apigateway:POST", "apigateway:PATCH", "apigateway:DELETE", "apigateway:GET"], arn: () => `arn:aws:apigateway:${region}::/apis/abc` };
const ofFunction = (_physical: string, resource: Resource, graph: Graph) => inRegion("lambda", "function:")(functionNameOf(resource, graph));

const needs: Readonly<Record<string, Need>> = {
  "aws:acm/certificate:Certificate": { actions: ["acm:RequestCertificate", "acm:DescribeCertificate", "acm:DeleteCertificate"], arn: inRegion("acm", "certificate/") },
  "aws:acm/certificateValidation:CertificateValidation": { actions: ["acm:DescribeCertificate"], arn: inRegion("acm", "certificate/") },
  "aws:apigatewayv2/api:Api": gateway,
  "aws:apigatewayv2/apiMapping:ApiMapping": gateway,
  "aws:apigatewayv2/domainName:DomainName": gateway,
  "aws:apigatewayv2/integration:Integration": gateway,
  "aws:apigatewayv2/route:Route": gateway,
  "aws:apigatewayv2/stage:Stage": gateway,
  "aws:budgets/budget:Budget": { actions: ["budgets:ModifyBudget", "budgets:ViewBudget"], arn: (physical) => `arn:aws:budgets::${account}:budget/${physical}` },
  "aws:cloudwatch/dashboard:Dashboard": { actions: ["cloudwatch:PutDashboard", "cloudwatch:DeleteDashboards"], arn: (_physical, resource) => `arn:aws:cloudwatch::${account}:dashboard/${String(at(resource, "dashboardName"))}` },
  "aws:cloudwatch/logGroup:LogGroup": { actions: ["logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:DeleteLogGroup"], arn: inRegion("logs", "log-group:") },
  "aws:cloudwatch/logMetricFilter:LogMetricFilter": { actions: ["logs:PutMetricFilter", "logs:DescribeMetricFilters", "logs:DeleteMetricFilter"], arn: (_physical, resource) => inRegion("logs", "log-group:")(String(at(resource, "logGroupName"))) },
  "aws:cloudwatch/metricAlarm:MetricAlarm": { actions: ["cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"], arn: inRegion("cloudwatch", "alarm:") },
  "aws:iam/role:Role": { actions: ["iam:CreateRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:AttachRolePolicy", "iam:PassRole", "iam:DeleteRole"], arn: (physical) => `arn:aws:iam::${account}:role/${physical}` },
  "aws:kms/alias:Alias": { actions: ["kms:CreateAlias", "kms:UpdateAlias"], arn: inRegion("kms", "") },
  "aws:kms/key:Key": { actions: ["kms:CreateKey", "kms:DescribeKey", "kms:EnableKeyRotation", "kms:GetKeyPolicy"], arn: inRegion("kms", "key/") },
  "aws:lambda/alias:Alias": { actions: ["lambda:CreateAlias", "lambda:GetAlias", "lambda:UpdateAlias", "lambda:DeleteAlias"], arn: ofFunction },
  "aws:lambda/eventSourceMapping:EventSourceMapping": { actions: ["lambda:CreateEventSourceMapping", "lambda:GetEventSourceMapping", "lambda:UpdateEventSourceMapping", "lambda:DeleteEventSourceMapping"], arn: inRegion("lambda", "event-source-mapping:") },
  "aws:lambda/function:Function": { actions: ["lambda:CreateFunction", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:PublishVersion", "lambda:DeleteFunction"], arn: inRegion("lambda", "function:") },
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": { actions: ["lambda:PutFunctionEventInvokeConfig"], arn: ofFunction },
  "aws:lambda/invocation:Invocation": { actions: ["lambda:InvokeFunction"], arn: ofFunction },
  "aws:lambda/permission:Permission": { actions: ["lambda:AddPermission", "lambda:RemovePermission"], arn: (_physical, resource) => String(at(resource, "function")) },
  "aws:route53/record:Record": { actions: ["route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"], arn: () => "arn:aws:route53:::hostedzone/zone" },
  "aws:s3/bucketObjectv2:BucketObjectv2": { actions: ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"], arn: () => "arn:aws:s3:::sst-asset-abcdefgh/assets/x.zip" },
  "aws:s3/bucket:Bucket": bucketNeed(["s3:CreateBucket", "s3:DeleteBucket", "s3:GetBucketLocation", "s3:ListBucket"]),
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": bucketNeed(["s3:PutLifecycleConfiguration", "s3:GetLifecycleConfiguration"]),
  "aws:s3/bucketPolicy:BucketPolicy": bucketNeed(["s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:DeleteBucketPolicy"]),
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": bucketNeed(["s3:PutBucketPublicAccessBlock", "s3:GetBucketPublicAccessBlock"]),
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": bucketNeed(["s3:PutEncryptionConfiguration", "s3:GetEncryptionConfiguration"]),
  "aws:s3/bucketVersioning:BucketVersioning": bucketNeed(["s3:PutBucketVersioning", "s3:GetBucketVersioning"]),
  "aws:scheduler/schedule:Schedule": { actions: ["scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule"], arn: inRegion("scheduler", "schedule/default/") },
  "aws:sns/topic:Topic": { actions: ["sns:CreateTopic", "sns:SetTopicAttributes"], arn: inRegion("sns", "") },
  "aws:sns/topicSubscription:TopicSubscription": { actions: ["sns:Subscribe"], arn: (_physical, resource) => String(at(resource, "topic")) },
  "aws:sqs/queuePolicy:QueuePolicy": { actions: ["sqs:SetQueueAttributes", "sqs:GetQueueAttributes"], arn: (_physical, resource) => inRegion("sqs", "")(String(at(resource, "queueUrl")).split("/").at(-1) ?? "") },
  "aws:sqs/queue:Queue": { actions: ["sqs:CreateQueue", "sqs:SetQueueAttributes", "sqs:DeleteQueue"], arn: inRegion("sqs", "") },
};

function bucketNeed(actions: readonly string[]): Need {
  return { actions, arn: (_physical, resource) => `arn:aws:s3:::${String(at(resource, "bucket"))}` };
}

function functionNameOf(resource: Resource, graph: Graph): string {
  const named = String(at(resource, "functionName"));
  const known = ofType(graph, "aws:lambda/function:Function").map((lambda) => String(at(lambda, "name")));
  return known.find((name) => named.includes(name)) ?? named;
}

function needFaults(resource: Resource, policy: readonly Statement[], graph: Graph): string[] {
  const need = needs[resource.type];
  if (need === undefined) return [`the table lacks the actions for ${resource.type}`];
  const arn = need.arn(String(at(resource, "name") ?? resource.name), resource, graph);
  return need.actions.filter((action) => !isAllowed(policy, action, arn)).map((action) => `the pipeline may not ${action} on ${arn}`);
}

function forbiddenOf({ stage }: Graph): readonly (readonly [string, string])[] {
  const role = `arn:aws:iam::${account}:role/licensing-${stage}-pipeline`;
  const other = stage === "production" ? "staging" : "production";
  return [
    ...["iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:DeleteRolePolicy", "iam:DeleteRole"].map((action) => [action, role] as const),
    ["iam:UpdateOpenIDConnectProviderThumbprint", `arn:aws:iam::${account}:oidc-provider/${issuer}`],
    ["iam:CreateUser", `arn:aws:iam::${account}:user/x`],
    ["iam:PutRolePolicy", `arn:aws:iam::${account}:role/somebody`],
    ["iam:PutRolePolicy", `arn:aws:iam::${account}:role/licensing-${other}-LicensesIssueRole-abc`],
    ["lambda:UpdateFunctionCode", `arn:aws:lambda:${region}:${account}:function:licensing-${other}-LicensesIssueFunction-abc`],
    ["ssm:GetParameter", `arn:aws:ssm:${region}:${account}:parameter/licensing/${stage}/signing-key`],
    ["kms:Decrypt", `arn:aws:kms:${region}:${account}:key/abc`],
    ["kms:PutKeyPolicy", `arn:aws:kms:${region}:${account}:key/abc`],
    ["kms:ScheduleKeyDeletion", `arn:aws:kms:${region}:${account}:key/abc`],
    ["s3:DeleteObject", "arn:aws:s3:::somebodys-bucket/x"],
    ["s3:GetObject", `arn:aws:s3:::licensing-${stage}-dumps-${account}/2027-03-01/part-000001`],
    ["s3:DeleteObject", `arn:aws:s3:::licensing-${stage}-dumps-${account}/2027-03-01/part-000001`],
    ["s3:PutBucketPolicy", `arn:aws:s3:::licensing-${other}-dumps-${account}`],
  ];
}

/** IAM's decision without conditions: a denial wins, and an action that no statement allows is refused. */
function isAllowed(policy: readonly Statement[], action: string, arn: string): boolean {
  const fits = ({ Action, Resource: resources }: Statement) => list(Action).some((pattern) => matches(pattern, action)) && list(resources).some((pattern) => matches(pattern, arn));
  return policy.some((statement) => statement.Effect === "Allow" && fits(statement)) && !policy.some((statement) => statement.Effect === "Deny" && fits(statement));
}

const patterns = new Map<string, RegExp>();

function matches(pattern: string, text: string): boolean {
  const known = patterns.get(pattern) ?? new RegExp(`^${pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*")}$`);
  patterns.set(pattern, known);
  return known.test(text);
}
