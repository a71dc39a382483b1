import type { Touch } from "../../../infra/routes.ts";
import type { Graph } from "../render/graph.ts";
import { applicationSecret, dumpSecret, keyPepper, keyringSecret } from "../render/told.ts";
import type { Deployed, Statement } from "./query.ts";
import { dumpBucketName } from "./dumps.ts";
import { at, deployedFunctions, inlineStatements, list, ofType, pascal, queueArn, same, scheduledFunctions, statements } from "./query.ts";
import type { Rule } from "./rule.ts";
import { isPermanent } from "./rule.ts";

const keyringUrl = "APP_ENV_LICENSING_KEYRING_DATABASE_URL";
/** The variables of each touch, written a second time, since the rule must not share the code that it checks. */
const variablesOf: Readonly<Record<Touch, readonly string[]>> = {
  // A stage without one has none.
  origins: [],
  database: ["APP_ENV_DATABASE_URL"],
  redis: ["APP_ENV_UPSTASH_REDIS_REST_TOKEN", "APP_ENV_UPSTASH_REDIS_REST_URL"],
  identity: [
    "APP_ENV_IDENTITY_ALGORITHMS",
    "APP_ENV_IDENTITY_AUDIENCE",
    "APP_ENV_IDENTITY_AUDIENCE_CLAIM",
    "APP_ENV_IDENTITY_ISSUER",
    "APP_ENV_IDENTITY_JWKS_URL",
    "APP_ENV_IDENTITY_ORGANIZATION_CLAIM",
    "APP_ENV_IDENTITY_ROLES_CLAIM",
  ],
  login: [
    "APP_ENV_IDENTITY_AUTHORIZATION_PARAMETERS",
    "APP_ENV_IDENTITY_CLIENT_ID",
    "APP_ENV_IDENTITY_CONNECT_ORIGINS",
    "APP_ENV_IDENTITY_ENDPOINTS",
    "APP_ENV_IDENTITY_SCOPES",
  ],
  "key-pepper": ["APP_ENV_LICENSING_KEY_PEPPER"],
  "keyring-secret": ["APP_ENV_LICENSING_KEYRING_SECRET"],
  "keyring-database": [keyringUrl],
  "webhook-queue": ["APP_ENV_WEBHOOK_QUEUE_URL"],
  dumps: ["APP_ENV_DUMP_BUCKET", "APP_ENV_DUMP_REGION", "APP_ENV_DUMP_SECRET"],
  "application-secret": ["APP_ENV_APPLICATION_SECRET"],
  "signing-key": [
    "APP_ENV_LICENSING_CERT_AUDIENCE",
    "APP_ENV_LICENSING_CERT_ISSUER",
    "APP_ENV_LICENSING_CERT_TTL_SECONDS",
    "APP_ENV_LICENSING_ED25519_PRIVATE_KEY_PARAMETER",
    "APP_ENV_LICENSING_PUBLIC_URL",
  ],
};
const always = ["APP_ENV_STAGE", "SST_KEY", "SST_KEY_FILE", "SST_RESOURCE_App"];
const originsVariable = "APP_ENV_LICENSING_CORS_ORIGINS";
const ownerUrl = "APP_ENV_MIGRATION_DATABASE_URL";
/** The variables of the deployment's own functions. */
const variablesOfOwn: Readonly<Record<string, readonly string[]>> = {
  Migrate: ["APP_ENV_DATABASE_URL", keyringUrl, ownerUrl],
  RedisSpend: ["UPSTASH_BUDGET_DOLLARS", "UPSTASH_DATABASE_ID", "UPSTASH_EMAIL", "UPSTASH_READ_ONLY_KEY"],
};

const managedPolicies = [
  "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess",
  "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
];

/** For functions in a network: their interfaces in its subnets. */
const ofNetwork = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole";
const hasNetwork = ({ told }: Graph): boolean => !("lifeDays" in told) && told.network !== null;

/** Rules about access. */
export const accessRules: readonly Rule[] = [
  {
    name: "a function's environment holds exactly the variables of its row's touches",
    holdsInDev: false,
    faults: (graph) => deployedFunctions(graph).flatMap(environmentFaults),
  },
  {
    name: "the application and the key ring connect pooled, each as the current role of its pair; the owner's URL is the migration's alone",
    holdsInDev: true,
    faults: (graph) => deployedFunctions(graph).flatMap((deployed) => connectionFaults(deployed, graph)),
  },
  {
    name: "nothing is linked: a link would put secrets into the code archive",
    holdsInDev: true,
    faults: (graph) => graph.builds.filter(({ links }) => Object.keys(links).length > 0).map(({ functionID }) => `${functionID} is linked`),
  },
  {
    name: "only Lambda may assume a function's role, and only the scheduler a schedule's",
    holdsInDev: false,
    faults: (graph) => ofType(graph, "aws:iam/role:Role").filter(({ name }) => name !== "Pipeline").flatMap((role) => trustFaults(role.name, at(role, "assumeRolePolicy"), graph)),
  },
  {
    name: "no inline policy has a star, but for the objects of one bucket",
    holdsInDev: false,
    faults: (graph) =>
      ofType(graph, "aws:iam/role:Role").flatMap((role) =>
        inlineStatements(role)
          .filter((statement) => [...list(statement.Action), ...list(statement.Resource)].some((text) => text.includes("*") && !/^arn:aws:s3:::[a-z0-9-]+\/\*$/.test(text)))
          .map((statement) => `${role.name} may ${JSON.stringify(statement)}`),
      ),
  },
  {
    name: "a function may use its row's permissions, and only on its own resources",
    holdsInDev: false,
    faults: (graph) => deployedFunctions(graph).flatMap((deployed) => permissionFaults(deployed, graph)),
  },
  {
    name: "managed policies are those for logs and traces",
    holdsInDev: true,
    faults: (graph) =>
      deployedFunctions(graph)
        .filter(({ role }) => !same([...(at(role, "managedPolicyArns") as string[])].sort(), [...managedPolicies, ...(hasNetwork(graph) ? [ofNetwork] : [])]))
        .map(({ name, role }) => `${name} has ${JSON.stringify(at(role, "managedPolicyArns"))}`),
  },
  {
    name: "the deployment prints no secret",
    holdsInDev: true,
    faults: (graph) => {
      const outputs = graph.resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
      const text = JSON.stringify(outputs);
      return secretsRendered.filter((secret) => text.includes(secret)).map((secret) => `${secret} is among the outputs`);
    },
  },
];

const secretsRendered = [applicationSecret, dumpSecret, keyPepper, keyringSecret, "application-password", "owner/password", "redis-token", "redis-read-token", "upstash-key"];

function environmentFaults({ name, environment, row }: Deployed): string[] {
  const given = Object.keys(environment).sort();
  const touched = row === undefined ? (variablesOfOwn[name] ?? []) : row.touches.flatMap((touch) => variablesOf[touch]);
  const wanted = [...new Set([...always, ...touched])].sort();
  const optional = ["APP_ENV_APPLICATION_SECRET_PREVIOUS", ...(row?.touches.includes("origins") === true ? [originsVariable] : [])];
  const surplus = given.filter((key) => !wanted.includes(key) && !optional.includes(key));
  const missing = wanted.filter((key) => !given.includes(key));
  const stray = "APP_ENV_APPLICATION_SECRET_PREVIOUS" in environment && !("APP_ENV_APPLICATION_SECRET" in environment);
  return [
    ...surplus.map((key) => `${name} is given ${key}`),
    ...missing.map((key) => `${name} lacks ${key}`),
    ...(stray ? [`${name} is given the previous secret without the current`] : []),
    ...Object.keys(environment).filter((key) => environment[key] === "" || environment[key] === undefined).map((key) => `${name} has an empty ${key}`),
  ];
}

function connectionFaults({ name, environment, row }: Deployed, { told }: Graph): string[] {
  const ending = told.databasePasswordEpoch % 2 === 1 ? "" : "_2";
  const pooled = (role: string) => new RegExp(`^postgresql://${role}${ending}:[^@]+@ep-[a-z]+-\\d+-pooler\\.[^/]+/licensing\\?sslmode=require$`);
  const application = environment["APP_ENV_DATABASE_URL"];
  const owner = environment[ownerUrl];
  const isPooledRole = application === undefined || pooled("licensing_application").test(application);
  const keyring = environment[keyringUrl];
  const isKeyringRole = keyring === undefined || pooled("licensing_keyring").test(keyring);
  const isDirectOwner = owner === undefined || /^postgresql:\/\/licensing_owner:owner%2Fpassword@ep-[a-z]+-\d+\.[^/]+\/licensing\?sslmode=require$/.test(owner);
  return [
    ...(isPooledRole ? [] : [`${name} connects by ${application}`]),
    ...(isKeyringRole ? [] : [`${name} writes the key ring by ${keyring}`]),
    ...(isDirectOwner ? [] : [`${name} migrates by ${owner}`]),
    ...(owner !== undefined && row !== undefined ? [`${name} holds the owner's URL`] : []),
  ];
}

function trustFaults(name: string, policy: Parameters<typeof statements>[0], graph: Graph): string[] {
  const isOfFunction = deployedFunctions(graph).some(({ role }) => role?.name === name);
  const wanted = isOfFunction ? "lambda.amazonaws.com" : "scheduler.amazonaws.com";
  const given = statements(policy).map(({ Effect, Action, Principal, Condition }) => ({ Effect, Action: list(Action), Principal, Condition }));
  const trust = { Effect: "Allow", Action: ["sts:AssumeRole"], Principal: { Service: wanted } };
  return same(given, [trust]) ? [] : [`${name} trusts ${JSON.stringify(given)}`];
}

function permissionFaults({ name, role, row }: Deployed, graph: Graph): string[] {
  const wanted: Statement[] = [];
  const parameter = `arn:aws:ssm:eu-central-1:123456789012:parameter/licensing/${isPermanent(graph) ? graph.stage : "preview"}/signing-key`;
  if (row?.touches.includes("signing-key") === true) {
    wanted.push({ Effect: "Allow", Action: ["ssm:GetParameter"], Resource: [parameter] });
    if (isPermanent(graph)) wanted.push(openSeal(parameter));
  }
  const send = (queue: Parameters<typeof queueArn>[1]) => ({ Effect: "Allow", Action: ["sqs:SendMessage"], Resource: [queueArn(graph, queue)] });
  if (row?.touches.includes("webhook-queue") === true) wanted.push(send("Webhooks"));
  if (row?.touches.includes("dumps") === true) {
    const bucket = `arn:aws:s3:::${dumpBucketName(graph)}`;
    wanted.push({ Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: [`${bucket}/*`] });
    wanted.push({ Effect: "Allow", Action: ["s3:ListBucket"], Resource: [bucket] });
  }
  if (scheduledFunctions(graph).some((scheduled) => pascal(scheduled.function) === name)) wanted.push(send("ScheduleDeadLetters"));
  if (row !== undefined && "queue" in row) {
    const Action = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"];
    wanted.push({ Effect: "Allow", Action, Resource: [queueArn(graph, "Webhooks")] });
  }
  const given = inlineStatements(role);
  return same(given, wanted) ? [] : [`${name} may ${JSON.stringify(given)}`];
}

function openSeal(parameter: string): Statement {
  return {
    Effect: "Allow",
    Action: ["kms:Decrypt"],
    Resource: ["arn:aws:kms:eu-central-1:123456789012:key/key-SigningKeySeal"],
    Condition: { StringEquals: { "kms:EncryptionContext:PARAMETER_ARN": [parameter] } },
  };
}
