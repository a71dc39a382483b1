import { permanent } from "./deployment.ts";
import { startMetric, startNamespace } from "./metrics.ts";
import { isPermanent, logRetention } from "./stage.ts";

/**
 * How every function of the service is deployed. Its caller gives a function its environment and permissions, and nothing else;
 * the settings that all functions share are made here, once.
 */
export type FunctionPlan = {
  /** The logical name, from the file: `licenses/rotate-key` → `LicensesRotateKey`. */
  readonly name: string;
  /** The file without ending, a dot, and the export. */
  readonly handler: string;
  readonly description: string;
  readonly memory?: `${number} MB`;
  readonly timeout?: `${number} seconds` | `${number} minutes`;
  readonly environment?: $util.Input<Record<string, $util.Input<string>>>;
  readonly permissions?: sst.aws.FunctionArgs["permissions"];
  /** Files to copy beside the bundle. */
  readonly copyFiles?: { from: string; to: string }[];
  /** For a function that is invoked asynchronously: the queue for an event whose attempts all failed. */
  readonly failures?: { readonly queueArn: $util.Input<string> };
  /** `false`: deployed for real even in `sst dev`. */
  readonly live?: false;
};

type Deployed = {
  readonly name: string;
  readonly function: sst.aws.Function;
  /** The alias by which the function is called. It names the version that serves. `sst dev` has neither versions nor an alias. */
  readonly arn: $util.Output<string>;
};

/** Every function made so far, so that the alarms can't forget one. */
export const functions: Deployed[] = [];

// SST keeps each source map forever, some 200 for each deployment. Those of former versions can be made again from their commits.
$transform(aws.s3.BucketObjectv2, (_args, options, name) => {
  if (/Sourcemap\d+$/.test(name)) options.retainOnDelete = false;
});

const network = permanent?.network ?? null;
const vpc = network === null ? undefined : { privateSubnets: [...network.subnets], securityGroups: [...network.securityGroups] };

const attemptsAfterFailure = 2;
const eventAgeSecondsMax = 3600;

/** The alias by which a function is called. A deployment moves it to a new version, and `npm run switch` back to a former one. */
const aliasName = "live";

export function createFunction(plan: FunctionPlan): Deployed {
  const isStub = $dev && plan.live !== false;
  const created = new sst.aws.Function(plan.name, {
    handler: plan.handler,
    description: plan.description,
    runtime: "nodejs24.x",
    architecture: "arm64",
    memory: plan.memory ?? "1024 MB",
    timeout: plan.timeout ?? "15 seconds",
    // Split: code behind an `import()` is a separate file, which a cold start doesn't read. Functions and classes don't keep
    // their names: the wrappers for that are a twelfth of a bundle, and nothing here needs them.
    nodejs: { minify: true, splitting: true, esbuild: { keepNames: false } },
    logging: { format: "json", retention: logRetention },
    environment: plan.environment ?? {},
    permissions: plan.permissions ?? [],
    policies: ["arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"],
    ...(plan.copyFiles === undefined ? {} : { copyFiles: plan.copyFiles }),
    ...(plan.live === false ? { dev: false as const } : {}),
    ...(isStub ? {} : { versioning: true }),
    ...(vpc === undefined ? {} : { vpc }),
    transform: {
      function: (args) => {
        args.tracingConfig = { mode: "Active" };
      },
      logGroup: (args) => {
        // SST gives the log group a random ending of its own; this name can be derived from the function's.
        args.name = `/aws/lambda/${$app.name}-${$app.stage}-${plan.name}`;
      },
      role: (args) => {
        // SST 4.17 lets any principal of the account assume a deployed function's role; only Lambda needs to.
        if (!isStub) args.assumeRolePolicy = aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" });
      },
    },
  });
  const alias = isStub ? undefined : new aws.lambda.Alias(`${plan.name}Live`, { name: aliasName, functionName: created.name, functionVersion: created.nodes.function.version });
  if (plan.failures !== undefined) retry(created, { name: plan.name, qualifier: alias?.name, queueArn: plan.failures.queueArn });
  if (isPermanent) countStarts(created, plan.name);
  const deployed = { name: plan.name, function: created, arn: alias?.arn ?? created.arn };
  functions.push(deployed);
  return deployed;
}

type Retries = { readonly name: string; readonly qualifier: $util.Output<string> | undefined; readonly queueArn: $util.Input<string> };

/** Lambda keeps this for each alias: SST's own would be for calls without one. */
function retry(created: sst.aws.Function, { name, qualifier, queueArn }: Retries): void {
  new aws.lambda.FunctionEventInvokeConfig(`${name}EventInvokeConfig`, {
    functionName: created.name,
    ...(qualifier === undefined ? {} : { qualifier }),
    maximumRetryAttempts: attemptsAfterFailure,
    maximumEventAgeInSeconds: eventAgeSecondsMax,
    destinationConfig: { onFailure: { destination: queueArn } },
  });
}

/** Lambda reports the time of a start only in its own line of the log. */
function countStarts(created: sst.aws.Function, name: string): void {
  new aws.cloudwatch.LogMetricFilter(`${name}Starts`, {
    name: `${$app.name}-${$app.stage}-${name}-starts`,
    logGroupName: created.nodes.logGroup.apply((group) => $util.output(group?.name ?? "")),
    pattern: '{ $.type = "platform.report" && $.record.metrics.initDurationMs = * }',
    metricTransformation: { namespace: startNamespace($app.stage), name: startMetric, value: "$.record.metrics.initDurationMs", unit: "Milliseconds" },
  });
}

/** `licenses/rotate-key` → `LicensesRotateKey`. */
export function logicalName(file: string): string {
  return file
    .split(/[/-]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}
