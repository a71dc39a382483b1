import type { Change, RenderOptions } from "./render/render.ts";

/**
 * Possible mistakes in the deployment, and the rules that each must break. A rule that no mistake breaks would check nothing.
 */
export type Mutation = {
  readonly mistake: string;
  readonly changes?: readonly Change[];
  readonly options?: Partial<RenderOptions>;
  /** Exactly the rules that it breaks, or the message that refuses the deployment. */
  readonly breaks?: readonly string[];
  readonly refused?: RegExp;
};

const change = (file: string, from: string, to: string): Change => ({ file, from, to });
const preview: Partial<RenderOptions> = { stage: "pr-7" };

const everyTouch = "touches.flatMap((touch) => permissionsOf[touch] ?? [])";
const secondEpoch = [change("infra/stages.ts", "databasePasswordEpoch: 1", "databasePasswordEpoch: 2")];
const published = "each function is published by version, and its alias names the newest";
const latency = "a route whose slowest hundredth is slow for a quarter of an hour raises an alarm, by the function's real name";
const database = "the database has the stage's organization, size, history and protection";
const accountBudget = "the account's budget warns the pager before it is spent, and exists in permanent stages alone";
const hints = "a hint that deliveries wait is encrypted, tried three times in its hour, hidden longer than its subscriber may run, and then a dead letter";
const deliverers = "hints start the deliverers alone, ten in a call, in a bounded number of calls at once";
const ownPermissions = "a function may use its row's permissions, and only on its own resources";
const starts = "the time of each start becomes a metric, in permanent stages";
const reachable = "a function's settings name only addresses that the table of exposure allows it";
const enough = "the pipeline may make, change and remove every kind of resource that the stage has";

const gateway: readonly Mutation[] = [
  {
    mistake: "a row of the table is lost",
    changes: [change("infra/routes.ts", '{ method: "POST", path: `${basePath}/licenses/{licenseId}/suspend`, function: "licenses/suspend", touches: changer },', "")],
    breaks: [
      "each route has its own integration, payload 2.0, with its own function",
      "only the gateway may invoke a route's function",
      "the gateway serves exactly the route table",
      "there are exactly the table's functions, the schedules' and the deployment's own",
    ],
  },
  {
    mistake: "all routes lead to one function",
    changes: [
      change("infra/api.ts", "import { createFunction, logicalName }", "import { createFunction, functions, logicalName }"),
      change("infra/api.ts", "api.route(routeKey, created.arn", "api.route(routeKey, functions[0].function.arn"),
    ],
    breaks: ["each route has its own integration, payload 2.0, with its own function", "only the gateway may invoke a route's function"],
  },
  {
    mistake: "the old payload is asked for",
    changes: [change("infra/api.ts", "created.arn, { name });", 'created.arn, { name, transform: { integration: { payloadFormatVersion: "1.0" } } });')],
    breaks: ["each route has its own integration, payload 2.0, with its own function"],
  },
  {
    mistake: "any caller may invoke a function",
    changes: [change("infra/api.ts", "  const { nodes } = api.route(", '  new aws.lambda.Permission(`${name}Open`, { action: "lambda:InvokeFunction", function: created.arn, principal: "*" });\n  const { nodes } = api.route(')],
    breaks: ["only the gateway may invoke a route's function"],
  },
  {
    mistake: "the gateway may not invoke the functions",
    changes: [change("infra/gateway.ts", "export const api = ", '$transform(aws.lambda.Permission, (args) => { args.principal = "sns.amazonaws.com"; });\nexport const api = ')],
    breaks: ["only the gateway may invoke a route's function"],
  },
  {
    mistake: "another API may invoke the functions",
    changes: [change("infra/gateway.ts", "export const api = ", '$transform(aws.lambda.Permission, (args) => { args.sourceArn = "arn:aws:execute-api:eu-central-1:123456789012:other/*"; });\nexport const api = ')],
    breaks: ["only the gateway may invoke a route's function"],
  },
  {
    mistake: "a function gets an address of its own",
    changes: [change("infra/functions.ts", "    runtime: ", "    url: true,\n    runtime: ")],
    breaks: ["only the gateway may invoke a route's function", "no function has an address of its own", enough],
  },
  {
    mistake: "CORS is left at SST's default",
    changes: [change("infra/gateway.ts", "      ? false\n", "      ? true\n")],
    options: { stage: "staging" },
    breaks: ["browsers of other origins are refused unless they are listed", "listed origins may use every method of the table and every header that is read, and never with cookies", "the API is served at the stage's domain, to the stage's origins"],
  },
  {
    mistake: "browsers can't change anything",
    changes: [change("core/http/cross-origin.ts", '"GET", "POST", "PUT", "PATCH", "DELETE"', '"GET", "POST"')],
    breaks: ["listed origins may use every method of the table and every header that is read, and never with cookies"],
  },
  {
    mistake: "browsers can't ask whether something has changed",
    changes: [change("core/http/cross-origin.ts", ' "if-none-match",', "")],
    breaks: ["listed origins may use every method of the table and every header that is read, and never with cookies"],
  },
  {
    mistake: "browsers send cookies",
    changes: [change("infra/gateway.ts", "allowCredentials: false", "allowCredentials: true")],
    breaks: ["listed origins may use every method of the table and every header that is read, and never with cookies"],
  },
  {
    mistake: "the throttle is lost",
    changes: [change("infra/gateway.ts", "throttlingRateLimit: throttle.requestsPerSecond,", "")],
    breaks: ["requests are throttled for all routes together", "the service's own limits come before production's throttle, and that before the account's"],
  },
  {
    mistake: "one address uses up the gateway's allowance before its own",
    changes: [change("infra/gateway.ts", "requestsPerSecond: 8000, requestsBurst: 4000", "requestsPerSecond: 500, requestsBurst: 1000")],
    breaks: ["the service's own limits come before production's throttle, and that before the account's"],
  },
  {
    mistake: "the gateway's throttle is larger than the account's",
    changes: [change("infra/gateway.ts", "requestsPerSecond: 8000, requestsBurst: 4000", "requestsPerSecond: 20000, requestsBurst: 4000")],
    breaks: ["the service's own limits come before production's throttle, and that before the account's"],
  },
  {
    mistake: "the access log holds the user agent",
    changes: [change("infra/gateway.ts", 'method: "$context.httpMethod",', 'method: "$context.httpMethod", agent: "$context.identity.userAgent",')],
    breaks: ["the access log is JSON for any request, kept for a bounded time, and names nothing of the caller's but the address"],
  },
  {
    mistake: "a number that may be absent loses its quotes in the access log",
    changes: [change("infra/gateway.ts", '    gatewayError: "$context.error.responseType",\n  });', '    gatewayError: "$context.error.responseType",\n  }).replace(/"(.context.responseLength)"/, "$1");')],
    breaks: ["the access log is JSON for any request, kept for a bounded time, and names nothing of the caller's but the address"],
  },
  {
    mistake: "the gateway's own message, which may hold quotes, is in the access log",
    changes: [change("infra/gateway.ts", "$context.error.responseType", "$context.error.message")],
    breaks: ["the access log is JSON for any request, kept for a bounded time, and names nothing of the caller's but the address"],
  },
  {
    mistake: "the access log has a random name",
    changes: [change("infra/gateway.ts", "      args.name = `/aws/vendedlogs/apis/${$app.name}-${$app.stage}`;\n", "")],
    breaks: ["the access log is JSON for any request, kept for a bounded time, and names nothing of the caller's but the address"],
  },
  {
    mistake: "the access log is kept for ever",
    changes: [change("infra/gateway.ts", "accessLog: { retention: logRetention }", 'accessLog: { retention: "forever" }')],
    breaks: ["the access log is JSON for any request, kept for a bounded time, and names nothing of the caller's but the address"],
  },
  {
    mistake: "the API stays reachable beside its domain",
    changes: [change("infra/gateway.ts", "settings.domain !== null;", "false;")],
    breaks: ["a stage with a domain is reached by it alone, over TLS 1.2"],
  },
];

const functions: readonly Mutation[] = [
  {
    mistake: "the processor architecture is SST's default",
    changes: [change("infra/functions.ts", '    architecture: "arm64",\n', "")],
    breaks: ["source maps stay out of the zip, and nothing else is built in", "every function runs Node 24 on arm64, minified, with sane memory and a bounded time"],
  },
  {
    mistake: "an older Node is asked for",
    changes: [change("infra/functions.ts", "nodejs24.x", "nodejs22.x")],
    breaks: ["the database is migrated before any function that uses it is deployed", "every function runs Node 24 on arm64, minified, with sane memory and a bounded time"],
  },
  {
    mistake: "a request may take longer than the gateway waits",
    changes: [change("infra/functions.ts", '"15 seconds"', '"60 seconds"')],
    breaks: ["every function runs Node 24 on arm64, minified, with sane memory and a bounded time"],
  },
  {
    mistake: "minification is left at SST's default",
    changes: [change("infra/functions.ts", "nodejs: { minify: true, ", "nodejs: { ")],
    breaks: ["source maps stay out of the zip, and nothing else is built in"],
  },
  {
    mistake: "former versions of functions aren't kept",
    changes: [change("infra/functions.ts", "{ versioning: true }", "{ versioning: false }")],
    breaks: [published],
  },
  {
    mistake: "the alias names the code that nobody published",
    changes: [change("infra/functions.ts", "functionVersion: created.nodes.function.version", 'functionVersion: "$LATEST"')],
    breaks: [published],
  },
  {
    mistake: "the gateway calls functions past their alias",
    changes: [change("infra/api.ts", "api.route(routeKey, created.arn", "api.route(routeKey, created.function.arn")],
    breaks: ["each route has its own integration, payload 2.0, with its own function", "only the gateway may invoke a route's function"],
  },
  {
    mistake: "schedules start functions past their alias",
    changes: [change("infra/schedules.ts", "    function: created.arn,\n", "    function: created.function.arn,\n")],
    breaks: ["each schedule of the table starts its own function at its own rate, is retried, and fails into the queue", "the scheduler may start its schedule's function and write to the queue, and no more"],
  },
  {
    mistake: "messages start the deliverers past their alias",
    changes: [change("infra/schedules.ts", "startByMessages(created.arn)", "startByMessages(created.function.arn)")],
    breaks: [deliverers],
  },
  {
    mistake: "failing runs are retried only when functions are called past their alias",
    changes: [change("infra/functions.ts", "...(qualifier === undefined ? {} : { qualifier }),", "")],
    breaks: ["a scheduled function that fails is retried, and then its event is kept"],
  },
  {
    mistake: "source maps are switched off, which puts them into the zip",
    changes: [change("infra/functions.ts", "nodejs: { minify: true, ", "nodejs: { sourcemap: false, minify: true, ")],
    breaks: ["source maps stay out of the zip, and nothing else is built in"],
  },
  {
    mistake: "the page of the contract has no scripts",
    changes: [change("infra/api.ts", 'to: "assets"', 'to: "scripts"')],
    breaks: ["each function ships the files of its row beside its code, and no others"],
  },
  {
    mistake: "functions keep their names, a twelfth of the bytes of a cold start",
    changes: [change("infra/functions.ts", ", esbuild: { keepNames: false }", "")],
    breaks: ["source maps stay out of the zip, and nothing else is built in"],
  },
  {
    mistake: "tracing is lost",
    changes: [change("infra/functions.ts", 'args.tracingConfig = { mode: "Active" };', "")],
    breaks: ["every function is traced"],
  },
  {
    mistake: "logs are kept for ever",
    changes: [change("infra/functions.ts", "retention: logRetention", 'retention: "forever"')],
    breaks: ["every function logs JSON to a group of its own that forgets"],
  },
  {
    mistake: "log groups are named at random",
    changes: [change("infra/functions.ts", "        args.name = `/aws/lambda/${$app.name}-${$app.stage}-${plan.name}`;\n", "")],
    breaks: ["a function's logs are found by its name alone"],
  },
  {
    mistake: "all functions log to one group",
    changes: [change("infra/functions.ts", "/aws/lambda/${$app.name}-${$app.stage}-${plan.name}", "/aws/lambda/${$app.name}-${$app.stage}")],
    breaks: ["a function's logs are found by its name alone"],
  },
  {
    mistake: "logs are removed before last month can be examined",
    changes: [change("infra/stage.ts", 'isPermanent ? "3 months"', 'isPermanent ? "1 week"')],
    breaks: [
      "every function logs JSON to a group of its own that forgets",
      "the access log is JSON for any request, kept for a bounded time, and names nothing of the caller's but the address",
    ],
  },
  {
    mistake: "logs are text",
    changes: [change("infra/functions.ts", 'format: "json"', 'format: "text"')],
    breaks: ["every function logs JSON to a group of its own that forgets"],
  },
  {
    mistake: "the variables of functions are stored in the clear",
    changes: [change("infra/resources.ts", "environment: $resolve([stage, ...parts])", "environment: $util.unsecret($resolve([stage, ...parts]))")],
    breaks: ["an environment is marked secret and fits Lambda's 4 KB"],
  },
];

const access: readonly Mutation[] = [
  {
    mistake: "a function that seals is not told the application secret",
    changes: [change("infra/resources.ts", "APP_ENV_APPLICATION_SECRET: now", "APP_ENV_SECRET: now")],
    breaks: ["a function's environment holds exactly the variables of its row's touches"],
  },
  {
    mistake: "every function is told everything",
    changes: [change("infra/resources.ts", "touches.map((touch) => variables[touch])", "Object.values(variables)")],
    breaks: [reachable, "a function's environment holds exactly the variables of its row's touches"],
  },
  {
    mistake: "the console is never told how people log in",
    changes: [change("infra/resources.ts", "  login: login(),", "  login: {},")],
    breaks: ["a function's environment holds exactly the variables of its row's touches"],
  },
  {
    mistake: "tokens are read by the defaults, whatever the provider's settings say",
    changes: [change("infra/resources.ts", "      APP_ENV_IDENTITY_ROLES_CLAIM: told.IdentityRolesClaim,\n", "")],
    breaks: ["a function's environment holds exactly the variables of its row's touches"],
  },
  {
    mistake: "the console logs in with the organization's claim for its client id",
    changes: [change("infra/resources.ts", "APP_ENV_IDENTITY_CLIENT_ID: told.IdentityClientId", "APP_ENV_IDENTITY_CLIENT_ID: told.IdentityOrganizationClaim")],
    breaks: ["each variable has its own value and no other variable's"],
  },
  {
    mistake: "the owner's URL is given with the database",
    changes: [change("infra/resources.ts", "database: { ", "database: { APP_ENV_MIGRATION_DATABASE_URL: migratedDatabaseUrl, ")],
    breaks: ["a function's environment holds exactly the variables of its row's touches", "the application and the key ring connect pooled, each as the current role of its pair; the owner's URL is the migration's alone"],
  },
  {
    mistake: "the application connects past the pool",
    changes: [change("infra/database.ts", "${home.host.apply(pooled)}", "${home.host}")],
    breaks: ["the application and the key ring connect pooled, each as the current role of its pair; the owner's URL is the migration's alone"],
  },
  {
    mistake: "a new password is given to the role that functions use",
    changes: [change("infra/database.ts", 'settings.databasePasswordEpoch % 2 === 1 ? "" : "_2"', '""'), ...secondEpoch],
    breaks: ["the application and the key ring connect pooled, each as the current role of its pair; the owner's URL is the migration's alone"],
  },
  {
    mistake: "the service is given the Redis token that can only read",
    changes: [change("infra/redis.ts", "token: $util.secret(redisDatabase.restToken)", "token: $util.secret(redisDatabase.readOnlyRestToken)")],
    breaks: ["each variable has its own value and no other variable's"],
  },
  {
    mistake: "the pepper is taken for the application secret",
    changes: [change("infra/resources.ts", "KEY_PEPPER: secrets.KeyPepper", "KEY_PEPPER: secrets.ApplicationSecret")],
    breaks: ["each variable has its own value and no other variable's"],
  },
  {
    mistake: "with a domain, the probe asks the closed address",
    changes: [change("infra/gateway.ts", "  settings.domain === null ? api.nodes", "  settings.domain !== null ? api.nodes")],
    breaks: ["each variable has its own value and no other variable's"],
  },
  {
    mistake: "functions run as a role that was there before",
    changes: [change("infra/functions.ts", "      function: (args) => {\n", '      function: (args) => {\n        args.role = "arn:aws:iam::123456789012:role/other";\n')],
    breaks: ["each function runs its own code as its own role"],
  },
  {
    mistake: "a resource is linked",
    changes: [change("infra/functions.ts", "    environment: plan", '    link: [new sst.Linkable(`${plan.name}Link`, { properties: { a: "b" } })],\n    environment: plan')],
    breaks: ["nothing is linked: a link would put secrets into the code archive"],
  },
  {
    mistake: "SST's trust in the whole account is left as it is",
    changes: [change("infra/functions.ts", "if (!isStub) args.assumeRolePolicy", "if ($dev) args.assumeRolePolicy")],
    breaks: ["only Lambda may assume a function's role, and only the scheduler a schedule's"],
  },
  {
    mistake: "a signer may read every parameter",
    changes: [change("infra/signing-key.ts", 'actions: ["ssm:GetParameter"], resources: [parameterArn]', 'actions: ["ssm:GetParameter"], resources: ["*"]')],
    breaks: ["no inline policy has a star, but for the objects of one bucket", "a function may use its row's permissions, and only on its own resources"],
  },
  {
    mistake: "every function may read the signing key",
    changes: [change("infra/resources.ts", everyTouch, everyTouch.replace("touches", '[...new Set<Touch>([...touches, "signing-key"])]'))],
    breaks: ["a function may use its row's permissions, and only on its own resources"],
  },
  {
    mistake: "the seal opens for anything sealed with it",
    changes: [change("infra/signing-key.ts", 'conditions: [{ test: "StringEquals", variable: "kms:EncryptionContext:PARAMETER_ARN", values: [parameterArn] }],', "")],
    breaks: ["a function may use its row's permissions, and only on its own resources"],
  },
  {
    mistake: "a broad managed policy is attached",
    changes: [change("infra/functions.ts", "iam::aws:policy/AWSXRayDaemonWriteAccess", "iam::aws:policy/AdministratorAccess")],
    breaks: ["managed policies are those for logs and traces"],
  },
  {
    mistake: "the database URL is among the outputs",
    changes: [change("sst.config.ts", "return { publicUrl,", 'return { url: (await import("./infra/database.ts")).applicationUrl, publicUrl,')],
    breaks: ["the deployment prints no secret"],
  },
  {
    mistake: "the signing key is made by the deployment",
    changes: [change("infra/signing-key.ts", "const sealingKey = ", 'new aws.ssm.Parameter("SigningKey", { name: signingKeyParameterName, type: "SecureString", value: "PEM" });\nconst sealingKey = ')],
    breaks: ["the signing key's value is no part of the deployment"],
  },
];

const schedules: readonly Mutation[] = [
  {
    mistake: "a schedule that can't start its function leaves no trace",
    changes: [change("infra/schedules.ts", "    dlq: deadLetters.arn,\n", "")],
    breaks: [
      "each schedule of the table starts its own function at its own rate, is retried, and fails into the queue",
      "the scheduler may start its schedule's function and write to the queue, and no more",
    ],
  },
  {
    mistake: "a schedule is not retried",
    changes: [change("infra/schedules.ts", "    retries: 2,\n", "")],
    breaks: ["each schedule of the table starts its own function at its own rate, is retried, and fails into the queue"],
  },
  {
    mistake: "the scheduler may start nothing",
    changes: [change("infra/schedules.ts", "    function: created.arn,\n", "    function: created.arn,\n    transform: { role: (args) => { args.inlinePolicies = []; } },\n")],
    breaks: ["the scheduler may start its schedule's function and write to the queue, and no more"],
  },
  {
    mistake: "the scheduler runs as another role",
    changes: [change("infra/schedules.ts", "    function: created.arn,\n", '    function: created.arn,\n    transform: { schedule: (args) => { args.target.roleArn = "arn:aws:iam::123456789012:role/other"; } },\n')],
    breaks: ["the scheduler may start its schedule's function and write to the queue, and no more"],
  },
  {
    mistake: "a scheduled function that fails leaves no trace",
    changes: [change("infra/schedules.ts", "    failures: { queueArn: deadLetters.arn },\n", "")],
    breaks: ["a scheduled function that fails is retried, and then its event is kept"],
  },
  {
    mistake: "the failures of another function are kept",
    changes: [change("infra/functions.ts", 'EventInvokeConfig`, {\n    functionName: created.name,', 'EventInvokeConfig`, {\n    functionName: "other",')],
    breaks: ["a scheduled function that fails is retried, and then its event is kept"],
  },
  {
    mistake: "schedules run in previews",
    changes: [change("infra/schedules.ts", "enabled: isPermanent && !$dev", "enabled: true")],
    options: preview,
    breaks: ["schedules run in permanent stages alone"],
  },
  {
    mistake: "dead letters are stored in the clear",
    changes: [change("infra/queue.ts", "args.messageRetentionSeconds = deadLetterSeconds;\n        args.sqsManagedSseEnabled = true;", "args.messageRetentionSeconds = deadLetterSeconds;")],
    breaks: ["there is one dead-letter queue, encrypted, that keeps for two weeks"],
  },
  {
    mistake: "hints are stored in the clear",
    changes: [change("infra/queue.ts", "args.messageRetentionSeconds = hintSeconds;\n      args.sqsManagedSseEnabled = true;", "args.messageRetentionSeconds = hintSeconds;")],
    breaks: [hints],
  },
  {
    mistake: "a hint comes back while its subscriber may still run",
    changes: [change("infra/queue.ts", "hiddenMinutes = 15", "hiddenMinutes = 5")],
    breaks: [hints],
  },
  {
    mistake: "a hint that always fails leaves no trace",
    changes: [change("infra/queue.ts", "  dlq: { queue: deadLetters.arn, retry: attemptsMax },\n", "")],
    breaks: [hints],
  },
  {
    mistake: "old hints start deliverers for days",
    changes: [change("infra/queue.ts", "hintSeconds = 3600", "hintSeconds = 345_600")],
    breaks: [hints],
  },
  {
    mistake: "another function takes the hints",
    changes: [
      change("infra/schedules.ts", "if (schedule.queue !== undefined) startByMessages", 'if (schedule.name === "expire-licenses") startByMessages'),
      change("infra/schedules.ts", "schedule.queue === undefined ? []", 'schedule.name !== "expire-licenses" ? []'),
    ],
    breaks: [deliverers, ownPermissions],
  },
  {
    mistake: "deliverers are started without a bound",
    changes: [change("infra/queue.ts", "args.scalingConfig = { maximumConcurrency: subscribersMax };", "args.scalingConfig = undefined;")],
    breaks: [deliverers],
  },
  {
    mistake: "each hint starts a deliverer of its own",
    changes: [change("infra/queue.ts", "batch: { size: messagesOfCallMax }", "batch: { size: 1 }")],
    breaks: [deliverers],
  },
  {
    mistake: "functions that change licenses may read the hints",
    changes: [change("infra/queue.ts", 'sendPermissions = [{ actions: ["sqs:SendMessage"]', 'sendPermissions = [{ actions: ["sqs:SendMessage", "sqs:ReceiveMessage"]')],
    breaks: [ownPermissions],
  },
  {
    mistake: "functions that change licenses may do anything with the queue",
    changes: [change("infra/queue.ts", 'sendPermissions = [{ actions: ["sqs:SendMessage"]', 'sendPermissions = [{ actions: ["sqs:*"]')],
    breaks: [ownPermissions, "no inline policy has a star, but for the objects of one bucket"],
  },
  {
    mistake: "hints may be sent to every queue",
    changes: [change("infra/queue.ts", 'sendPermissions = [{ actions: ["sqs:SendMessage"], resources: [webhookQueue.arn] }]', 'sendPermissions = [{ actions: ["sqs:SendMessage"], resources: [webhookQueue.arn, deadLetters.arn] }]')],
    breaks: [ownPermissions],
  },
  {
    mistake: "changes send their hints to the dead letters",
    changes: [change("infra/resources.ts", "APP_ENV_WEBHOOK_QUEUE_URL: webhookQueue.url", "APP_ENV_WEBHOOK_QUEUE_URL: deadLetters.url"), change("infra/resources.ts", "sendPermissions, webhookQueue", "deadLetters, sendPermissions")],
    breaks: ["each variable has its own value and no other variable's"],
  },
  {
    mistake: "the deliverers may not take their messages",
    changes: [change("infra/schedules.ts", "schedule.queue === undefined ? []", "true ? []")],
    breaks: [ownPermissions],
  },
];

const data: readonly Mutation[] = [
  {
    mistake: "production's Redis goes with the stage",
    changes: [change("infra/redis.ts", "  keep,\n", "  {},\n")],
    breaks: ["production keeps its data under any deployment; other stages can be removed whole"],
  },
  {
    mistake: "production's database goes with the stage",
    changes: [change("infra/database.ts", "{ ...keep, ignoreChanges", "{ ignoreChanges")],
    breaks: ["production keeps its data under any deployment; other stages can be removed whole"],
  },
  {
    mistake: "a preview can't be removed",
    changes: [change("infra/stage.ts", "= isProduction\n  ? { protect", "= true\n  ? { protect")],
    options: preview,
    breaks: ["production keeps its data under any deployment; other stages can be removed whole"],
  },
  {
    mistake: "the alias of production's seal goes with the stage",
    changes: [change("infra/signing-key.ts", "targetKeyId: key.keyId },\n    keep,", "targetKeyId: key.keyId },\n    {},")],
    breaks: ["production keeps its data under any deployment; other stages can be removed whole"],
  },
  {
    mistake: "the alias of the seal names another key",
    changes: [change("infra/signing-key.ts", "targetKeyId: key.keyId", 'targetKeyId: "other"')],
    breaks: ["a permanent stage seals its signing key with one key of its own, rotated, found by its alias"],
  },
  {
    mistake: "the seal's key never changes",
    changes: [change("infra/signing-key.ts", "      enableKeyRotation: true,\n", "")],
    breaks: ["a permanent stage seals its signing key with one key of its own, rotated, found by its alias"],
  },
  {
    mistake: "production may be removed by a command",
    changes: [change("sst.config.ts", "protect: isProduction,", "protect: false,")],
    breaks: ["production can't be removed by a command"],
  },
  {
    mistake: "a provider's version floats",
    changes: [change("sst.config.ts", 'neon: "0.13.0"', 'neon: "^0.13.0"')],
    breaks: ["every provider has an exact version"],
  },
  {
    mistake: "a preview makes a project of its own",
    changes: [change("infra/database.ts", '"permanent" in settings ? ownProject(settings.permanent)', 'true ? ownProject({ neon: { organizationId: "org-acme", minimumUnits: 1, maximumUnits: 1, restoreDays: 1 }, network: null } as PermanentStage)')],
    options: preview,
    breaks: [
      "a permanent stage owns its database project; any other has a branch, made step by step",
      "a preview's roles and databases are removed with its branch",
      database,
      "the migration runs again whenever its files, its code, the database or a password changed, and shows no password",
    ],
  },
  {
    mistake: "Neon is asked for two things of a project at once",
    changes: [change("infra/database.ts", "{ ...goesWithBranch, dependsOn: [endpoint] }", "goesWithBranch")],
    options: preview,
    breaks: ["a permanent stage owns its database project; any other has a branch, made step by step"],
  },
  {
    mistake: "Redis evicts when it is full",
    changes: [change("infra/redis.ts", "eviction: false", "eviction: true")],
    breaks: ["there is one Redis, encrypted in transit, that evicts nothing"],
  },
  {
    mistake: "production's database forgets after a day",
    changes: [change("infra/stages.ts", "restoreDays: 7", "restoreDays: 1")],
    breaks: ["production's database can be brought back to any moment of a week"],
  },
  {
    mistake: "the application's password can be guessed",
    changes: [change("infra/database.ts", "length: 43", "length: 8")],
    breaks: ["the passwords of the application and the key ring are made here, too long to guess, and made anew when the operator says so"],
  },
  {
    mistake: "an operator can't have the application's password made anew",
    changes: [change("infra/database.ts", "    keepers: { epoch: String(settings.databasePasswordEpoch) },\n", "")],
    breaks: ["the passwords of the application and the key ring are made here, too long to guess, and made anew when the operator says so"],
  },
  {
    mistake: "production's password is protected from being made anew",
    changes: [change("infra/database.ts", "    keepers: { epoch: String(settings.databasePasswordEpoch) },\n  }", "    keepers: { epoch: String(settings.databasePasswordEpoch) },\n  }, keep")],
    breaks: ["the passwords of the application and the key ring are made here, too long to guess, and made anew when the operator says so"],
  },
  {
    mistake: "the key functions write the ring as the application",
    changes: [change("infra/resources.ts", "APP_ENV_LICENSING_KEYRING_DATABASE_URL: migratedKeyringUrl", "APP_ENV_LICENSING_KEYRING_DATABASE_URL: migratedDatabaseUrl")],
    breaks: ["the application and the key ring connect pooled, each as the current role of its pair; the owner's URL is the migration's alone"],
  },
  {
    mistake: "the ring is marked by the secret of the certificates",
    changes: [change("infra/resources.ts", "KEYRING_SECRET: secrets.KeyringSecret", "KEYRING_SECRET: secrets.ApplicationSecret")],
    breaks: ["each variable has its own value and no other variable's"],
  },
  {
    mistake: "production's database is an older Postgres than the tests'",
    changes: [change("infra/database.ts", "pgVersion: 18", "pgVersion: 17")],
    breaks: ["a database has the major version of the tests"],
  },
  {
    mistake: "functions are deployed beside the migration, not after it",
    changes: [change("infra/migration.ts", "$resolve([applicationUrl, invocation.result]).apply(([url]) => url)", "applicationUrl")],
    breaks: ["the database is migrated before any function that uses it is deployed"],
  },
  {
    mistake: "a new migration triggers nothing",
    changes: [change("infra/migration.ts", "    migrations: content,\n", "")],
    breaks: ["the migration runs again whenever its files, its code, the database or a password changed, and shows no password"],
  },
  {
    mistake: "new grants in the migration's code trigger nothing",
    changes: [change("infra/migration.ts", "    code: migrate.nodes.function.s3Key.apply((key) => key ?? \"\"),\n", "")],
    breaks: ["the migration runs again whenever its files, its code, the database or a password changed, and shows no password"],
  },
  {
    mistake: "another database triggers no migration",
    changes: [change("infra/migration.ts", "    database: databaseFingerprint,\n", "")],
    breaks: ["the migration runs again whenever its files, its code, the database or a password changed, and shows no password"],
  },
  {
    mistake: "a password that is made anew triggers no migration",
    changes: [change("infra/database.ts", "home.branchId, ownerUrl, applicationUrl, keyringUrl]", "home.branchId, ownerUrl, keyringUrl]")],
    breaks: ["the migration runs again whenever its files, its code, the database or a password changed, and shows no password"],
  },
  {
    mistake: "another branch triggers no migration",
    changes: [change("infra/database.ts", "home.branchId, ownerUrl, applicationUrl, keyringUrl]", "ownerUrl, applicationUrl, keyringUrl]")],
    options: preview,
    breaks: ["the migration runs again whenever its files, its code, the database or a password changed, and shows no password"],
  },
  {
    mistake: "the migration's trigger shows a password",
    changes: [change("infra/migration.ts", "database: databaseFingerprint", "database: $util.unsecret(applicationUrl)")],
    breaks: ["the migration runs again whenever its files, its code, the database or a password changed, and shows no password"],
  },
  {
    mistake: "a preview's database is removed by itself, before its branch",
    changes: [change("infra/database.ts", "ownerName: role.name }, goesWithBranch)", "ownerName: role.name })")],
    options: preview,
    breaks: ["a preview's roles and databases are removed with its branch"],
  },
  {
    mistake: "a preview's branch stays, and costs",
    changes: [change("infra/database.ts", "{ projectId, name: $app.stage })", "{ projectId, name: $app.stage }, goesWithBranch)")],
    options: preview,
    breaks: ["a preview's roles and databases are removed with its branch"],
  },
  {
    mistake: "the migrations are not beside the function that runs them",
    changes: [change("infra/migration.ts", "  copyFiles: [{ from: folder, to: folder }],\n", "")],
    breaks: ["each function ships the files of its row beside its code, and no others", "the database is migrated before any function that uses it is deployed"],
  },
  {
    mistake: "under sst dev the migration is a stub without an answer",
    changes: [change("infra/migration.ts", "  live: false,\n", "")],
    options: { stage: "dev", dev: true },
    breaks: [published, "the database is migrated before any function that uses it is deployed", "the migration runs again whenever its files, its code, the database or a password changed, and shows no password"],
  },
];

const alarms: readonly Mutation[] = [
  {
    mistake: "previews have a pager",
    changes: [change("infra/alarms.ts", "if (permanent !== undefined) watch(permanent);", 'watch({ alarmEmail: "oncall@acme.com", runbookUrl: null } as PermanentStage);')],
    options: preview,
    breaks: ["alarms and the dashboard exist in permanent stages alone", "only the stage's pager gets the alarms"],
  },
  {
    mistake: "production's alarms are renamed",
    changes: [change("infra/alarms.ts", "isProduction ? name", "false ? name")],
    breaks: ["each of the service's promises has its alarm, by the name that pagers know"],
  },
  {
    mistake: "an alarm names a section that the runbook doesn't have",
    changes: [change("infra/alarms.ts", 'section: "key-age"', 'section: "keyage"')],
    breaks: ["every alarm tells the topic and names its section of the runbook"],
  },
  {
    mistake: "alarms have no receiver",
    changes: [change("infra/alarms.ts", "    alarmActions: [topic.arn],\n", "")],
    breaks: ["every alarm tells the topic and names its section of the runbook"],
  },
  {
    mistake: "errors are looked for under a name that no function has",
    changes: [change("infra/alarms.ts", "FunctionName: created.function.name", "FunctionName: created.name")],
    breaks: ["each function's errors are watched, by the function's real name"],
  },
  {
    mistake: "a schedule's silence is taken for health",
    changes: [change("infra/alarms.ts", 'treatMissingData: "breaching"', 'treatMissingData: "notBreaching"')],
    breaks: [
      "a day without a whole dump raises an alarm, though nothing is reported",
      "a schedule that doesn't run is noticed, though nothing is reported",
      "a cost of Redis that nobody reports is noticed",
    ],
  },
  {
    mistake: "a cost of nothing counts as one that nobody reports",
    changes: [change("infra/alarms.ts", 'statistic: "SampleCount"', 'statistic: "Maximum"')],
    breaks: ["a cost of Redis that nobody reports is noticed"],
  },
  {
    mistake: "the callers' errors count as ours",
    changes: [change("infra/alarms.ts", 'ofApi("5xx")', 'ofApi("4xx")')],
    breaks: ["the error rate is a rate, and silence isn't an error"],
  },
  {
    mistake: "a stage's metric sets off another stage's alarm",
    changes: [change("infra/metrics.ts", "{ Stage: stage, ...dimensions }", "dimensions")],
    breaks: [
      "one skipped certificate raises an alarm",
      "a sweep five minutes behind raises an alarm, once that lasts",
      "publications that never touch zero in a quarter of an hour raise an alarm",
      "a signing key past its age raises an alarm",
      "a key check that pages raises an alarm",
      "a schedule that doesn't run is noticed, though nothing is reported",
      "Redis raises an alarm before its budget is spent",
      "a cost of Redis that nobody reports is noticed",
      "a day without a whole dump raises an alarm, though nothing is reported",
      "an address that fails for an hour raises an alarm",
      "deliverers five minutes behind raise an alarm, once that lasts",
      "one wrong number of open seats raises an alarm",
    ],
  },
  {
    mistake: "an alarm has a window that CloudWatch refuses",
    changes: [change("infra/metrics.ts", "const runsMissed = 3;", "const runsMissed = 30;"), change("infra/metrics.ts", "> 86_400)", "> Infinity)")],
    breaks: [
      "CloudWatch takes each alarm's window",
      "a schedule that doesn't run is noticed, though nothing is reported",
      "a cost of Redis that nobody reports is noticed",
    ],
  },
  {
    mistake: "alarms are switched off",
    changes: [change("infra/alarms.ts", "    okActions: [topic.arn],", "    okActions: [topic.arn], actionsEnabled: false,")],
    breaks: ["every alarm tells the topic and names its section of the runbook"],
  },
  {
    mistake: "the end of an alarm isn't reported",
    changes: [change("infra/alarms.ts", "    okActions: [topic.arn],\n", "")],
    breaks: ["every alarm tells the topic and names its section of the runbook"],
  },
  {
    mistake: "an empty dead-letter queue raises an alarm, and a full one doesn't",
    changes: [change("infra/alarms.ts", 'dimensions: { QueueName: deadLetters.nodes.queue.name },\n    statistic: "Maximum",\n    period: 300,\n    ...above(0, 1),', 'dimensions: { QueueName: deadLetters.nodes.queue.name },\n    statistic: "Maximum",\n    period: 300,\n    ...above(0, 1), comparisonOperator: "LessThanThreshold",')],
    breaks: ["one dead letter raises an alarm"],
  },
  {
    mistake: "dead letters are counted by messages in flight",
    changes: [change("infra/alarms.ts", "ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible")],
    breaks: ["one dead letter raises an alarm"],
  },
  {
    mistake: "another queue's dead letters are counted",
    changes: [change("infra/alarms.ts", "QueueName: deadLetters.nodes.queue.name", 'QueueName: "other"')],
    breaks: ["one dead letter raises an alarm"],
  },
  {
    mistake: "one failing run of an address raises an alarm",
    changes: [change("infra/alarms.ts", '"WebhooksDown"),\n    // The minimum, because one run that finds no such address ends the alarm.\n    statistic: "Minimum"', '"WebhooksDown"),\n    statistic: "Maximum"')],
    breaks: ["an address that fails for an hour raises an alarm"],
  },
  {
    mistake: "deliverers that are an hour behind don't raise an alarm",
    changes: [change("infra/alarms.ts", "deliveryDelaySeconds: 300", "deliveryDelaySeconds: 7200")],
    breaks: ["deliverers five minutes behind raise an alarm, once that lasts"],
  },
  {
    mistake: "skipped certificates never raise an alarm",
    changes: [change("infra/alarms.ts", '"CertificatesSkipped"),\n    statistic: "Sum",\n    period: 300,\n    ...above(0, 1)', '"CertificatesSkipped"),\n    statistic: "Sum",\n    period: 300,\n    ...above(1e9, 1)')],
    breaks: ["one skipped certificate raises an alarm"],
  },
  {
    mistake: "skipped certificates are looked for under a misspelt name",
    changes: [change("infra/alarms.ts", '"CertificatesSkipped"', '"CertificateSkipped"')],
    breaks: ["one skipped certificate raises an alarm"],
  },
  {
    mistake: "the alarm of skipped certificates watches a namespace without reports",
    changes: [change("infra/alarms.ts", '...ownMetric($app.stage, "CertificatesSkipped"),', '...ownMetric($app.stage, "CertificatesSkipped"), namespace: "Licenses",')],
    breaks: ["one skipped certificate raises an alarm"],
  },
  {
    mistake: "a wrong number of open seats never raises an alarm",
    changes: [change("infra/alarms.ts", '"SeatsMiscounted"),\n    statistic: "Sum"', '"SeatsMiscounted"),\n    statistic: "Minimum"')],
    breaks: ["one wrong number of open seats raises an alarm"],
  },
  {
    mistake: "a sweep that keeps up raises an alarm, and one that lags doesn't",
    changes: [change("infra/alarms.ts", "...above(thresholds.expiryDriftSeconds, 2),", '...above(thresholds.expiryDriftSeconds, 2), comparisonOperator: "LessThanThreshold",')],
    breaks: ["a sweep five minutes behind raises an alarm, once that lasts"],
  },
  {
    mistake: "pending publications never raise an alarm",
    changes: [change("infra/alarms.ts", "...above(0, 3)", "...above(1e9, 3)")],
    breaks: ["publications that never touch zero in a quarter of an hour raise an alarm"],
  },
  {
    mistake: "the key's age never raises an alarm",
    changes: [change("infra/alarms.ts", "keyAgeDays: 104", "keyAgeDays: 1040")],
    breaks: ["a signing key past its age raises an alarm"],
  },
  {
    mistake: "a key check that pages doesn't raise an alarm",
    changes: [change("infra/alarms.ts", "...above(1, 1)", "...above(5, 1)")],
    breaks: ["a key check that pages raises an alarm"],
  },
  {
    mistake: "a function may fail a million times unseen",
    changes: [change("infra/alarms.ts", 'FunctionName: created.function.name },\n    statistic: "Sum",\n    period: 300,\n    ...above(0, 1)', 'FunctionName: created.function.name },\n    statistic: "Sum",\n    period: 300,\n    ...above(1e6, 1)')],
    breaks: ["each function's errors are watched, by the function's real name"],
  },
  {
    mistake: "few errors raise an alarm, and many don't",
    changes: [change("infra/alarms.ts", 'comparisonOperator: "GreaterThanThreshold",\n    threshold: thresholds.errorRatePercent', 'comparisonOperator: "LessThanThreshold",\n    threshold: thresholds.errorRatePercent')],
    breaks: ["the error rate is a rate, and silence isn't an error"],
  },
  {
    mistake: "the error rate is upside down",
    changes: [change("infra/alarms.ts", "100 * FILL(errors, 0) / requests", "requests / errors")],
    breaks: ["the error rate is a rate, and silence isn't an error"],
  },
  {
    mistake: "another API's errors are counted",
    changes: [change("infra/alarms.ts", "ApiId: api.nodes.api.id", 'ApiId: "other"')],
    breaks: ["the error rate is a rate, and silence isn't an error"],
  },
  {
    mistake: "a schedule may miss a day of runs",
    changes: [change("infra/alarms.ts", "...silentFor(window)", "...silentFor({ ...window, count: window.count * 8 })")],
    breaks: ["a schedule that doesn't run is noticed, though nothing is reported"],
  },
  {
    mistake: "the dashboard forgets a function",
    changes: [change("infra/dashboard.ts", "functions.map(({ name }, index)", "functions.slice(1).map(({ name }, index)")],
    breaks: ["the dashboard shows the API, every function, every schedule and all that the service reports"],
  },
  {
    mistake: "the dashboard lacks the service's own metrics",
    changes: [change("infra/dashboard.ts", 'MetricName="KeyCertificates"', 'MetricName="Certificates"')],
    breaks: ["the dashboard shows the API, every function, every schedule and all that the service reports"],
  },
];

const settings: readonly Mutation[] = [
  {
    mistake: "the pager is unsubscribed",
    changes: [change("infra/alarms.ts", "if (stage.alarmEmail !== null) {", 'if (stage.alarmEmail === "") {')],
    breaks: ["only the stage's pager gets the alarms"],
  },
  {
    mistake: "the domain is removed",
    changes: [change("infra/gateway.ts", "...(settings.domain === null ? {} :", "...(settings.domain !== null ? {} :")],
    breaks: ["the API is served at the stage's domain, to the stage's origins", "a stage with a domain is reached by it alone, over TLS 1.2"],
  },
  {
    mistake: "one of the browsers' origins is forgotten",
    changes: [change("infra/gateway.ts", "[...settings.corsOrigins]", "settings.corsOrigins.slice(1)")],
    breaks: ["the API is served at the stage's domain, to the stage's origins"],
  },
  {
    mistake: "a preflight that the gateway leaves to the service is refused",
    changes: [change("infra/resources.ts", "APP_ENV_LICENSING_CORS_ORIGINS: settings", "APP_ENV_CORS_ORIGINS: settings")],
    breaks: [reachable, "a function's environment holds exactly the variables of its row's touches", "the API is served at the stage's domain, to the stage's origins"],
  },
  {
    mistake: "certificates have an issuer of the code's own",
    changes: [change("infra/resources.ts", "settings.certificate.issuer", '"licensing"')],
    breaks: ["every signer's certificates have the stage's lifetime, issuer and audience"],
  },
  {
    mistake: "alarms link to a file, which no e-mail can open",
    changes: [change("infra/alarms.ts", 'stage.runbookUrl ?? "infra/RUNBOOK.md"', '"infra/RUNBOOK.md"')],
    breaks: ["an alarm's link to the runbook can be followed from an e-mail"],
  },
];


/** Budgets and alarms on spending. */
const spending: readonly Mutation[] = [
  {
    mistake: "Redis stops at Upstash's own budget",
    changes: [change("infra/redis.ts", "...(permanent === undefined ? {} : { budget: permanent.redis.budgetDollars }),", "")],
    breaks: ["Redis stops at the stage's budget, not at Upstash's own"],
  },
  {
    mistake: "Redis's budget raises an alarm when it is spent",
    changes: [change("infra/alarms.ts", "redisBudgetPercent: 70", "redisBudgetPercent: 100")],
    breaks: ["Redis raises an alarm before its budget is spent"],
  },
  {
    mistake: "no schedule reads the cost of Redis",
    changes: [change("infra/redis-budget.ts", "if (permanent !== undefined) watchBudget", "if (permanent === undefined) watchBudget")],
    options: { stage: "staging" },
    breaks: [
      "there are exactly the table's functions, the schedules' and the deployment's own",
      "each schedule of the table starts its own function at its own rate, is retried, and fails into the queue",
      "the scheduler may start its schedule's function and write to the queue, and no more",
      "a scheduled function that fails is retried, and then its event is kept",
    ],
  },
  {
    mistake: "the cost of Redis is read with a key that can also write",
    changes: [change("infra/redis-budget.ts", 'new sst.Secret("UpstashReadOnlyKey").value', 'process.env["UPSTASH_API_KEY"] ?? ""')],
    breaks: ["each variable has its own value and no other variable's"],
  },
  {
    mistake: "a function of the API is given the key to the Upstash account",
    changes: [change("infra/resources.ts", "  redis: {\n", '  redis: {\n    UPSTASH_EMAIL: process.env["UPSTASH_EMAIL"] ?? "",\n')],
    breaks: ["a function's environment holds exactly the variables of its row's touches"],
  },
  {
    mistake: "the account's budget warns when it is spent",
    changes: [change("infra/budget.ts", "percentSpent = 80", "percentSpent = 100")],
    breaks: [accountBudget],
  },
  {
    mistake: "a preview has a budget of the account's",
    changes: [change("infra/budget.ts", "if (permanent !== undefined && permanent.alarmEmail !== null) warn(permanent, permanent.alarmEmail);", 'warn({ aws: { budgetDollars: 1 } } as PermanentStage, "oncall@acme.com");')],
    options: preview,
    breaks: [accountBudget],
  },
  {
    mistake: "source maps stay for ever",
    changes: [change("infra/functions.ts", "options.retainOnDelete = false;", "options.retainOnDelete = true;")],
    breaks: ["a deploy keeps exactly the source maps of its code"],
  },
  {
    mistake: "a project is made outside the organization, which a personal key may not",
    changes: [change("infra/database.ts", "      orgId: neonSettings.organizationId,\n", "")],
    breaks: [database],
  },
  {
    mistake: "a larger database is left to the provider, which doesn't reach the compute that serves",
    changes: [change("infra/database.ts", "minimumUnits,\n      maximumUnits,\n      // A", "minimumUnits: 0.25,\n      maximumUnits: 1,\n      // A")],
    breaks: [database],
  },
  {
    mistake: "production's branch may be deleted",
    changes: [change("infra/database.ts", "isProtected: isProduction", "isProtected: false")],
    breaks: [database],
  },
  {
    mistake: "staging's branch may not be deleted with its stage",
    changes: [change("infra/database.ts", "isProtected: isProduction", "isProtected: true")],
    options: { stage: "staging" },
    breaks: [database],
  },
  {
    mistake: "the migration runs while the database is resized",
    changes: [change("infra/database.ts", "$resolve([project.databaseHost, applied.stdout]).apply(([host]) => host)", "project.databaseHost")],
    breaks: ["nothing reaches a database before it has its size"],
  },
  {
    mistake: "slow validations don't raise an alarm",
    changes: [change("infra/metrics.ts", 'if (file === "licenses/validate") return 500;', "")],
    breaks: [latency],
  },
  {
    mistake: "latency is an average",
    changes: [change("infra/alarms.ts", 'extendedStatistic: "p99"', 'statistic: "Average"')],
    breaks: [latency],
  },
  {
    mistake: "one slow call of a quiet night raises an alarm",
    changes: [change("infra/alarms.ts", '    evaluateLowSampleCountPercentiles: "ignore",\n', "")],
    breaks: [latency],
  },
  {
    mistake: "the duration of starts isn't measured",
    changes: [change("infra/functions.ts", "  if (isPermanent) countStarts(created, plan.name);\n", "")],
    breaks: [starts],
  },
  {
    mistake: "starts are counted from another line of the log",
    changes: [change("infra/functions.ts", "platform.report", "platform.start")],
    breaks: [starts],
  },
];

const trusted = "only the stage's own repository, in the environment of the stage's name, deploys without a person's credentials";
const narrow = "the pipeline can't widen itself, read a signing key or reach another stage";

const pipeline: readonly Mutation[] = [
  {
    mistake: "any branch and any pull request of the repository deploys",
    changes: [change("infra/pipeline.ts", ":environment:${$app.stage}`", ":*`")],
    breaks: [trusted],
  },
  {
    mistake: "GitHub's token for any audience is accepted",
    changes: [change("infra/pipeline.ts", '            [`${issuer}:aud`]: "sts.amazonaws.com",\n', "")],
    breaks: [trusted],
  },
  {
    mistake: "two stages of an account each make the identity provider",
    changes: [change("infra/stages.ts", "ownsIdentityProvider: true", "ownsIdentityProvider: false"), change("infra/pipeline.ts", "const provider = ownsIdentityProvider", "const provider = !ownsIdentityProvider")],
    options: { stage: "staging" },
    breaks: ["the identity provider is GitHub's, for AWS, and made by one stage of an account"],
  },
  {
    mistake: "the pipeline may give itself more permissions",
    changes: [change("infra/pipeline.ts", '      Effect: "Deny",', '      Effect: "Allow",')],
    breaks: [narrow],
  },
  {
    mistake: "the pipeline may read every parameter",
    changes: [change("infra/pipeline.ts", '"parameter/sst/*"', '"parameter/*"')],
    breaks: [narrow],
  },
  {
    mistake: "the pipeline reaches the functions of every stage",
    changes: [change("infra/pipeline.ts", "`function:${cutPrefix}-*`", '"function:*"')],
    breaks: [narrow],
  },
  {
    mistake: "the pipeline knows functions by names that SST cuts",
    changes: [change("infra/pipeline.ts", "`function:${cutPrefix}-*`", "`function:${prefix}-*`")],
    breaks: [enough],
  },
  {
    mistake: "the pipeline may make alarms and not change the logs' filters",
    changes: [change("infra/pipeline.ts", 'allow("Logs", ["logs:*"]', 'allow("Logs", ["logs:CreateLogGroup"]')],
    breaks: [enough],
  },
  {
    mistake: "the pipeline's permissions are longer than a role allows",
    changes: [change("infra/pipeline.ts", "Statement: permissions(account) })", "Statement: permissions(account) }, null, 20)")],
    breaks: ["the pipeline's permissions fit a role"],
  },
];

const dumps: readonly Mutation[] = [
  {
    mistake: "dumps are lost with the region of the database",
    changes: [change("infra/stages.ts", 'region: "eu-west-1"', 'region: "eu-central-1"')],
    breaks: ["dumps are in one bucket of their own, in another region than the database"],
  },
  {
    mistake: "anybody may be given the dumps",
    changes: [change("infra/dumps.ts", "  restrictPublicBuckets: true,\n", "")],
    breaks: ["nobody outside the account reads a dump, whatever a policy says"],
  },
  {
    mistake: "dumps travel in the clear",
    changes: [change("infra/dumps.ts", '"aws:SecureTransport": "false"', '"aws:SecureTransport": "true"')],
    breaks: ["the bucket of dumps answers over TLS alone, and its policy allows nothing"],
  },
  {
    mistake: "the bucket's policy lets another account read",
    changes: [change("infra/dumps.ts", 'Effect: "Deny",\n          Principal: "*",\n          Action: "s3:*"', 'Effect: "Allow",\n          Principal: { AWS: "arn:aws:iam::210987654321:root" },\n          Action: "s3:GetObject"')],
    breaks: ["the bucket of dumps answers over TLS alone, and its policy allows nothing"],
  },
  {
    mistake: "S3 stores dumps as they come",
    changes: [change("infra/dumps.ts", 'sseAlgorithm: "AES256"', 'sseAlgorithm: "aws:kms"')],
    breaks: ["S3 encrypts the sealed dumps once more"],
  },
  {
    mistake: "a dump that is overwritten is destroyed",
    changes: [change("infra/dumps.ts", 'status: "Enabled" } });', 'status: "Suspended" } });')],
    breaks: ["a dump that is overwritten stays as a former version"],
  },
  {
    mistake: "dumps are kept for ever",
    changes: [change("infra/dumps.ts", "expiration: { days: keepDays },", "")],
    breaks: ["dumps and their former versions are removed after the stage's days"],
  },
  {
    mistake: "the function that writes dumps may remove them",
    changes: [change("infra/dumps.ts", '"s3:GetObject", "s3:PutObject"', '"s3:GetObject", "s3:PutObject", "s3:DeleteObject"')],
    breaks: [ownPermissions],
  },
  {
    mistake: "every function may read dumps",
    changes: [change("infra/resources.ts", everyTouch, everyTouch.replace("touches", '[...new Set<Touch>([...touches, "dumps"])]'))],
    breaks: [ownPermissions],
  },
  {
    mistake: "dumps are sealed with the secret of certificates, which readers have",
    changes: [change("infra/resources.ts", "APP_ENV_DUMP_SECRET: secrets.DumpSecret", "APP_ENV_DUMP_SECRET: secrets.ApplicationSecret")],
    breaks: ["each variable has its own value and no other variable's"],
  },
  {
    mistake: "production's dumps go with its stage",
    changes: [change("infra/dumps.ts", "  keep,\n);\nconst place", "  {},\n);\nconst place")],
    breaks: ["production keeps its data under any deployment; other stages can be removed whole"],
  },
  {
    mistake: "a dump that never becomes whole is no alarm",
    changes: [change("infra/alarms.ts", '"DumpWhole"', '"KeyFindings"')],
    breaks: ["a day without a whole dump raises an alarm, though nothing is reported"],
  },
  {
    mistake: "the pipeline may read dumps",
    changes: [change("infra/pipeline.ts", 'const dumpActions = ["s3:CreateBucket"', 'const dumpActions = ["s3:GetObject", "s3:CreateBucket"')],
    breaks: [narrow],
  },
  {
    mistake: "the pipeline may not make the bucket of dumps",
    changes: [change("infra/pipeline.ts", '"s3:CreateBucket", ', "")],
    breaks: [enough],
  },
];

const ownAddresses = change("infra/stages.ts", "network: null", 'network: { subnets: ["subnet-0123456789abcdef0"], securityGroups: ["sg-0123456789abcdef0"], addresses: ["198.51.100.7"], readers: ["203.0.113.0/24"] }');
const behind = "with addresses of its own, a stage's functions run behind them, and its stores answer to them alone";

const reaching: readonly Mutation[] = [
  {
    mistake: "the service's Redis is somewhere else",
    changes: [change("infra/redis.ts", "https://${redisDatabase.endpoint}", "https://redis.elsewhere.net")],
    breaks: [reachable, "each variable has its own value and no other variable's"],
  },
  {
    mistake: "the database answers to any address though the stage has its own",
    changes: [change("infra/database.ts", "...(network === null ? {} : { allowedIps: [...network.addresses] }),", ""), ownAddresses],
    breaks: [behind],
  },
  {
    mistake: "readers of certificates are shut out of Redis",
    changes: [change("infra/redis.ts", ", ...network.readers]", "]"), ownAddresses],
    breaks: [behind],
  },
  {
    mistake: "functions call from any address though the stores answer to the stage's own",
    changes: [change("infra/functions.ts", "    ...(vpc === undefined ? {} : { vpc }),\n", ""), ownAddresses],
    breaks: [behind, "managed policies are those for logs and traces"],
  },
  {
    mistake: "a queue takes messages in the clear",
    changes: [change("infra/queue.ts", 'closeWithoutTls("Webhooks", webhookQueue);\n', "")],
    breaks: ["the queues answer over TLS alone, and their policies allow nothing"],
  },
];

const refusals: readonly Mutation[] = [
  {
    mistake: "two rows name one function",
    changes: [change("infra/routes.ts", 'function: "licenses/suspend"', 'function: "licenses/revoke"')],
    refused: /Component name LicensesRevoke is not unique/,
  },
  {
    mistake: "a row has a method that HTTP APIs don't have",
    changes: [change("infra/routes.ts", '{ method: "GET", path: "/healthz"', '{ method: "FETCH", path: "/healthz"')],
    refused: /Invalid method FETCH in route FETCH \/healthz/,
  },
  {
    mistake: "a row names a file that isn't there",
    changes: [change("infra/routes.ts", 'function: "health/live"', 'function: "health/alive"')],
    refused: /handler not found: functions\/health\/alive\.handler/,
  },
  {
    mistake: "sst.config.ts imports at its top",
    changes: [change("sst.config.ts", "export default $config", 'import "./infra/routes.ts";\nexport default $config')],
    refused: /must not import at the top level/,
  },
  {
    mistake: "a secret was never set",
    options: { environment: { SST_SECRET_KeyPepper: undefined } },
    refused: /Set a value for KeyPepper with `sst secret set KeyPepper <value>`/,
  },
  {
    mistake: "secrets have shapes that no function starts with",
    options: {
      environment: {
        SST_SECRET_ApplicationSecret: "c2hvcnQ=",
        SST_SECRET_ApplicationSecretPrevious: "0123456789abcdef",
        SST_SECRET_KeyPepper: "fifteen letters",
        SST_SECRET_IdentityJwksUrl: "http://identity.example.com/jwks.json",
        SST_SECRET_IdentityAudience: "",
      },
    },
    refused:
      /ApplicationSecret: APP_ENV_APPLICATION_SECRET: must be exactly 32 bytes[^]*ApplicationSecretPrevious: [^]*32 bytes[^]*KeyPepper: [^]*16 characters[^]*IdentityJwksUrl: [^]*https[^]*IdentityAudience: [^]*empty/,
  },
  {
    mistake: "production is deployed with an example in its row",
    changes: [change("infra/stages.ts", "licensing.acme.com", "licensing.example.com"), change("infra/stages.ts", "oncall@acme.com", "oncall@example.com")],
    refused: /stages\.ts domain: is still the example[^]*certificate\.issuer: is still the example[^]*alarmEmail: is still the example/,
  },
  {
    mistake: "a budget is nothing",
    changes: [change("infra/stages.ts", "redis: { budgetDollars: 360 }", "redis: { budgetDollars: 0 }")],
    refused: /stages\.ts redis\.budgetDollars: must be whole dollars from 1/,
  },
  {
    mistake: "the key that reads the cost of Redis is missing",
    options: { environment: { SST_SECRET_UpstashReadOnlyKey: undefined } },
    refused: /Set a value for UpstashReadOnlyKey with `sst secret set UpstashReadOnlyKey <value>`/,
  },
  {
    mistake: "the deploying machine has no credentials",
    options: { stage: "pr-7", environment: { NEON_API_KEY: undefined, UPSTASH_EMAIL: undefined } },
    refused: /NEON_API_KEY: is not set[^]*UPSTASH_EMAIL: is not set/,
  },
];

export const mutations: readonly Mutation[] = [...gateway, ...functions, ...access, ...schedules, ...data, ...alarms, ...settings, ...spending, ...pipeline, ...dumps, ...reaching, ...refusals];
