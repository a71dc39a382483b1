import type { Json } from "./graph.ts";

/**
 * The clouds' answers: the requested inputs plus made-up identifiers. Each identifier is derived from the resource's name, so that a
 * reference in one resource can be followed to another.
 */
export type Inputs = { readonly [key: string]: Json };

export const account = "123456789012";
export const region = "eu-central-1";

/** The state of a resource after it was made. */
export function created(type: string, name: string, inputs: Inputs): { id: string; state: Record<string, unknown> } {
  const physical = typeof inputs["name"] === "string" ? inputs["name"] : name;
  const made = identifiers[type]?.(physical, inputs) ?? {};
  const id = typeof made["id"] === "string" ? made["id"] : `${name}-id`;
  return { id, state: { name: physical, arn: `arn:aws:${service(type)}:${region}:${account}:${physical}`, ...inputs, ...made } };
}

/** The answer of a data source. */
export function looked(token: string, inputs: Inputs): Record<string, unknown> {
  switch (token) {
    case "aws:index/getRegion:getRegion":
      return { id: region, name: region, region };
    case "aws:index/getPartition:getPartition":
      return { id: "aws", partition: "aws", dnsSuffix: "amazonaws.com" };
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { id: account, accountId: account, arn: `arn:aws:iam::${account}:root` };
    case "aws:iam/getPolicyDocument:getPolicyDocument":
      return policyDocument(inputs);
    case "aws:route53/getZone:getZone":
      return { id: "zone", zoneId: "zone", name: "example.com" };
    default:
      return { ...inputs };
  }
}

type Identifiers = (physical: string, inputs: Inputs) => Record<string, unknown>;

const identifiers: Record<string, Identifiers> = {
  "aws:lambda/function:Function": (name) => {
    const arn = `arn:aws:lambda:${region}:${account}:function:${name}`;
    return { id: name, name, arn, qualifiedArn: `${arn}:1`, version: "1" };
  },
  "aws:lambda/alias:Alias": (name, inputs) => ({ arn: `arn:aws:lambda:${region}:${account}:function:${String(inputs["functionName"])}:${name}` }),
  "aws:lambda/invocation:Invocation": () => ({ result: "{}" }),
  "aws:iam/role:Role": (name) => ({ id: name, name, arn: `arn:aws:iam::${account}:role/${name}` }),
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": (_name, inputs) => ({
    arn: `arn:aws:iam::${account}:oidc-provider/${String(inputs["url"]).replace("https://", "")}`,
  }),
  "aws:apigatewayv2/api:Api": () => ({
    id: "api0000000",
    apiEndpoint: `https://api0000000.execute-api.${region}.amazonaws.com`,
    executionArn: `arn:aws:execute-api:${region}:${account}:api0000000`,
  }),
  "aws:apigatewayv2/domainName:DomainName": (_name, inputs) => ({
    id: inputs["domainName"],
    domainNameConfiguration: { ...(inputs["domainNameConfiguration"] as Inputs), targetDomainName: "target.invalid", hostedZoneId: "zone" },
  }),
  "aws:acm/certificate:Certificate": (_name, inputs) => ({
    domainValidationOptions: [
      { domainName: inputs["domainName"], resourceRecordName: "_proof.invalid", resourceRecordType: "CNAME", resourceRecordValue: "proof.invalid" },
    ],
  }),
  "aws:sqs/queue:Queue": (name) => ({
    id: `https://sqs.${region}.amazonaws.com/${account}/${name}`,
    url: `https://sqs.${region}.amazonaws.com/${account}/${name}`,
    arn: `arn:aws:sqs:${region}:${account}:${name}`,
  }),
  "aws:s3/bucket:Bucket": (_name, inputs) => ({ id: inputs["bucket"], arn: `arn:aws:s3:::${String(inputs["bucket"])}` }),
  "aws:kms/key:Key": (name) => ({ id: `key-${name}`, keyId: `key-${name}`, arn: `arn:aws:kms:${region}:${account}:key/key-${name}` }),
  "neon:index/project:Project": (_physical, inputs) => ({
    id: "project-DatabaseProject",
    defaultBranchId: "main-of-DatabaseProject",
    databaseHost: "ep-own-12345678.eu-central-1.aws.neon.tech",
    databaseName: (inputs["branch"] as Inputs)["databaseName"],
    databaseUser: (inputs["branch"] as Inputs)["roleName"],
    databasePassword: "owner/password",
    defaultEndpointId: "ep-own-12345678",
  }),
  "command:local:Command": () => ({ stdout: "applied" }),
  "neon:index/endpoint:Endpoint": () => ({ host: "ep-branch-12345678.eu-central-1.aws.neon.tech" }),
  "neon:index/role:Role": () => ({ password: "owner/password" }),
  "upstash:index/redisDatabase:RedisDatabase": () => ({
    databaseId: "known-redis-id",
    endpoint: "known-redis-1.upstash.io",
    restToken: "redis-token",
    readOnlyRestToken: "redis-read-token",
  }),
  "random:index/randomPassword:RandomPassword": () => ({ result: "application-password" }),
  "random:index/randomBytes:RandomBytes": () => ({ base64: Buffer.alloc(32).toString("base64") }),
};

function service(type: string): string {
  return type.split("/")[0]?.split(":")[1] ?? "unknown";
}

type Condition = { readonly test: string; readonly variable: string; readonly values: readonly string[] };
type Statement = {
  readonly effect?: string;
  readonly actions?: readonly string[];
  readonly resources?: readonly string[];
  readonly principals?: readonly { readonly type: string; readonly identifiers: readonly string[] }[];
  readonly conditions?: readonly Condition[];
};

/** As the provider answers: the statements, if there are any, and their JSON. */
function policyDocument(inputs: Inputs): Record<string, unknown> {
  const statements = (inputs["statements"] ?? []) as unknown as readonly Statement[];
  const json = JSON.stringify({ Version: "2012-10-17", Statement: statements.map(policyStatement) });
  return { id: "policy", json, ...(statements.length === 0 ? {} : { statements }) };
}

function policyStatement({ effect, actions, resources, principals, conditions }: Statement): object {
  const who = principals?.map(({ type, identifiers }) => [type, identifiers] as const);
  const when = conditions?.map(({ test, variable, values }) => [test, { [variable]: values }] as const);
  return {
    Effect: effect ?? "Allow",
    Action: actions,
    ...(resources === undefined ? {} : { Resource: resources }),
    ...(who === undefined ? {} : { Principal: Object.fromEntries(who) }),
    ...(when === undefined ? {} : { Condition: Object.fromEntries(when) }),
  };
}
