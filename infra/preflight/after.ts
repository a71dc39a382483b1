import { parsedJson } from "@licensing/core/base/parsed-json.ts";
import { licenseGate } from "@licensing/core/consumer/gate.ts";
import { jwksTrust } from "@licensing/core/consumer/jwks.ts";
import { upstashSource } from "@licensing/core/consumer/upstash.ts";
import { dumpName } from "@licensing/core/dump/state.ts";
import { basePath, jwksPath } from "@licensing/core/http/address.ts";
import { crossOrigin } from "@licensing/core/http/cross-origin.ts";
import type { Check, World } from "./check.ts";
import { answered, items, member, neon, onlyPermanent, permanentRow, readSecrets } from "./check.ts";

/** The metrics of a deployment that has run for an hour; alarms and the dashboard watch them. */
export const metricsOfAnHour: readonly string[] = [
  "ExpiryDriftSeconds", "SeatsMiscounted", "PublicationsPending", "WebhookOldestSeconds", "WebhooksDown", "DumpWhole", "ScheduleCompleted",
  "Licenses", "SeatsOpen", "LicensesFull", "LicensesExpiringSoon", "KeyFindings", "KeyAgeDays", "KeyCheckState", "RedisBudgetPercent",
];

const dayMs = 86_400_000;

function onlyWithAddress(world: World): string | undefined {
  return onlyPermanent(world) ?? (permanentRow(world)?.alarmEmail === null ? "the stage has no alarm address" : undefined);
}

/** The conditions of a deployed stage. Nothing is changed to check them. */
export const checksAfter: readonly Check[] = [
  {
    name: "the service answers",
    remedy: "a name that isn't found: wait for DNS, some minutes after the first deployment; 403: the request reached another API; 404: `--url` isn't the service's origin; else deploy again",
    faults: async ({ origin, outside }) => {
      const { status } = await outside.send(`${origin}/healthz`);
      return status === 200 ? [] : [`/healthz answers ${status}`];
    },
  },
  {
    name: "every part of the service is ready",
    remedy: "`Ed25519 private key not configured`: add the signing key (step 6 of the first deploy); `Migrations have not been run.`: deploy again; a part that doesn't answer: see its section in infra/RUNBOOK.md under high-error-rate",
    faults: readyFaults,
  },
  {
    name: "the signing keys are sealed by the stage's own key",
    remedy: "put the parameter again with `--key-id` of step 6 and `--overwrite`",
    needless: onlyPermanent,
    faults: async ({ stage, outside }) => {
      const [parameter] = items(await outside.aws("ssm", "describe-parameters", "--parameter-filters", `Key=Name,Values=/licensing/${stage}/signing-key`), "Parameters");
      if (parameter === undefined) return ["there is no parameter"];
      const [type, keyId] = [member(parameter, "Type"), member(parameter, "KeyId")];
      return type === "SecureString" && keyId === `alias/licensing-${stage}-signing-key` ? [] : [`it is a ${String(type)} under ${String(keyId)}`];
    },
  },
  {
    name: "the service publishes its signing keys",
    remedy: "call `POST …/keys/check` as an administrator, or wait for the hourly check, which takes a new key into the ring",
    faults: async ({ origin, outside }) => (items(await answered(outside, jwksPath, [`${origin}${jwksPath}`]), "keys").length > 0 ? [] : ["the key set is empty"]),
  },
  {
    name: "what the service signs into Redis verifies for a consumer, whose token reads",
    remedy: "no beacon within two minutes: the log of ScheduledReconcileCertificates says why; another secret or key: the stage's secrets and this machine's are of two deployments, deploy again",
    faults: consumerFaults,
  },
  {
    name: "the consumers' token can't write",
    remedy: "give it to no consumer, and deploy again: `readOnlyToken` of the Redis database isn't the one that Upstash names so",
    faults: async (world) => {
      const { url, readOnlyToken } = await redisOf(world);
      const { status } = await world.outside.send(url, { method: "POST", headers: { authorization: `Bearer ${readOnlyToken}` }, body: '["DEL","licensing:preflight"]' });
      return [400, 401, 403].includes(status) ? [] : [`Redis answers ${status} to a command that writes`];
    },
  },
  {
    name: "only pages of the stage's origins may call",
    remedy: "deploy again; 405: the gateway doesn't pass preflights to `$default` as they came",
    faults: originFaults,
  },
  {
    name: "only Lambda and the scheduler may assume the functions' and schedules' roles",
    remedy: "stop here: the transform `role` in infra/functions.ts no longer reaches SST's role",
    faults: roleFaults,
  },
  {
    name: "no function holds a private key",
    remedy: "remove it from infra/resources.ts, deploy, and replace the key as infra/RUNBOOK.md says of a compromised one",
    faults: async ({ stage, outside }) => {
      const functions = items(await outside.aws("lambda", "list-functions"), "Functions").filter((each) => isOfStage(member(each, "FunctionName"), stage));
      if (functions.length === 0) return ["the stage has no functions"];
      const variables = functions.flatMap((each) => Object.entries(Object(member(each, "Environment", "Variables")) as object).map(([name, value]) => ({ of: String(member(each, "FunctionName")), name, value: String(value) })));
      return variables.filter(({ name, value }) => /PRIVATE_KEY$/.test(name) || value.includes("PRIVATE KEY-----")).map(({ of, name }) => `${of} has ${name}`);
    },
  },
  {
    name: "the database has the size and the protection of the stage's row",
    remedy: "deploy again, and see \"Make the database larger\" in infra/RUNBOOK.md",
    needless: onlyPermanent,
    faults: databaseFaults,
  },
  {
    name: "the account's budget is that of the stage's row",
    remedy: "deploy again; a budget that was changed by hand is set back",
    needless: onlyWithAddress,
    faults: async (world) => {
      const account = await accountOf(world);
      const budget = await world.outside.aws("budgets", "describe-budget", "--account-id", account, "--budget-name", `licensing-${world.stage}`);
      const dollars = Number(member(budget, "Budget", "BudgetLimit", "Amount"));
      return dollars === permanentRow(world)?.aws.budgetDollars ? [] : [`the budget is ${dollars} dollars`];
    },
  },
  {
    name: "the alarms' e-mail address is confirmed",
    remedy: "open the link in AWS's e-mail to `alarmEmail`; no e-mail: correct the address in infra/stages.ts and deploy",
    needless: onlyWithAddress,
    faults: async (world) => {
      const topic = `arn:aws:sns:${world.outside.region}:${await accountOf(world)}:licensing-${world.stage}-alarms`;
      const subscriptions = items(await world.outside.aws("sns", "list-subscriptions-by-topic", "--topic-arn", topic), "Subscriptions");
      return subscriptions.some((each) => String(member(each, "SubscriptionArn")).startsWith("arn:")) ? [] : ["nobody has confirmed it"];
    },
  },
  {
    name: "no alarm is raised",
    remedy: "each alarm names its section of infra/RUNBOOK.md; `licensingScheduleNotRun-check-keys` and `-redis-budget` are raised until the first hour is over",
    needless: onlyPermanent,
    faults: async ({ stage, outside }) => {
      const names = items(await outside.aws("cloudwatch", "describe-alarms", "--state-value", "ALARM", "--alarm-name-prefix", "licensing"), "MetricAlarms").map((each) => String(member(each, "AlarmName")));
      // Production's alarms have no stage in their names.
      return names.filter((name) => (stage === "production" ? !name.endsWith("-staging") : name.endsWith(`-${stage}`))).map((name) => `${name} is raised`);
    },
  },
  {
    name: "the functions' metrics arrive, with the time of starts",
    remedy: "wait for an hour after the first deployment; RedisBudgetPercent: the log of RedisSpend shows Upstash's answer; InitDurationMs: Lambda's line `platform.report` has another shape than the filter in infra/functions.ts expects; others: the log of the schedule that reports them",
    needless: onlyPermanent,
    faults: metricFaults,
  },
  {
    name: "the gateway's access log holds one JSON object a line",
    remedy: "wait for a minute and run this again; else read a line with `aws logs tail`, and compare it with infra/gateway.ts",
    faults: async ({ stage, outside }) => {
      const since = String(outside.now().getTime() - dayMs);
      const found = await outside.aws("logs", "filter-log-events", "--log-group-name", `/aws/vendedlogs/apis/licensing-${stage}`, "--filter-pattern", '{ $.status = "200" }', "--start-time", since, "--limit", "1");
      return items(found, "events").length > 0 ? [] : ["CloudWatch could read no line of the last day as JSON"];
    },
  },
  {
    name: "a whole dump of today or yesterday is in its bucket, in another region",
    remedy: "wait for half an hour after the deployment; then see dump-missing in infra/RUNBOOK.md",
    needless: onlyPermanent,
    faults: dumpFaults,
  },
];

async function readyFaults({ origin, outside }: World): Promise<readonly string[]> {
  const { status, text } = await outside.send(`${origin}/readyz`);
  if (status === 200) return [];
  if (status !== 503) return [`/readyz answers ${status}`];
  const parts = Object.entries(Object(member(parsedJson(text), "checks")) as Readonly<Record<string, readonly unknown[]>>);
  return parts.filter(([, [part]]) => member(part, "status") !== "pass").map(([name, [part]]) => `${name}: ${String(member(part, "output"))}`);
}

/** As the consumers' package sees it: without a license by the beacon, with an administrator's TOKEN by a license's certificate too. */
async function consumerFaults(world: World): Promise<readonly string[]> {
  const { origin, row, environment, outside } = world;
  const { url, readOnlyToken } = await redisOf(world);
  const { audience, issuer } = row.certificate;
  const applicationSecret = (await readSecrets(world)).get("ApplicationSecret") ?? "";
  const gate = licenseGate({ source: upstashSource({ url, token: readOnlyToken }), trust: jwksTrust({ url: `${origin}${jwksPath}`, timeoutMs: 10_000 }), applicationSecret, audience, issuer });
  const token = environment["TOKEN"];
  const [license] = token === undefined ? [] : items(await answered(outside, "the list of licenses", [`${origin}${basePath}/licenses?limit=1`, { headers: { authorization: `Bearer ${token}` } }]), "data");
  try {
    for (const id of [undefined, ...(license === undefined ? [] : [String(member(license, "id"))])]) {
      const readiness = await gate.ready(id);
      if (!readiness.ok) return [readiness.problem];
    }
    return [];
  } finally {
    gate.close();
  }
}

/** Redis as consumers reach it. SST's own variable also holds the token that writes, which is neither kept nor shown. */
async function redisOf({ outside }: World): Promise<{ readonly url: string; readonly readOnlyToken: string }> {
  const text = await outside.sst("shell", "--", "printenv", "SST_RESOURCE_Redis");
  const found = parsedJson(text.split("\n").find((line) => line.startsWith("{")) ?? "");
  const [url, readOnlyToken] = [member(found, "url"), member(found, "readOnlyToken")];
  if (typeof url !== "string" || typeof readOnlyToken !== "string") throw new Error("the stage's deployment names no Redis");
  return { url, readOnlyToken };
}

/** A page of each listed origin may call, and no other. */
async function originFaults({ origin: service, row, outside }: World): Promise<readonly string[]> {
  const ask = async (page: string) => {
    const headers = { origin: page, "access-control-request-method": "POST", "access-control-request-headers": "authorization, content-type" };
    const { status, headers: given } = await outside.send(`${service}${basePath}/licenses`, { method: "OPTIONS", headers });
    const allowed = (given.get("access-control-allow-headers") ?? "").split(/, */);
    return { status, allows: given.get("access-control-allow-origin"), lacks: crossOrigin.requestHeaders.filter((name) => !allowed.includes(name)) };
  };
  const faults: string[] = [];
  for (const page of row.corsOrigins) {
    const { status, allows, lacks } = await ask(page);
    if (status !== 204 || allows !== page) faults.push(`a page of ${page} is answered ${status} and allowed ${allows ?? "nothing"}`);
    else if (lacks.length > 0) faults.push(`a page of ${page} may not send ${lacks.join(", ")}`);
  }
  const { allows } = await ask("https://stranger.example");
  return allows === null ? faults : [...faults, "a page of any origin may call"];
}

/** SST cuts the app's name where a name would be too long. */
function isOfStage(name: unknown, stage: string): boolean {
  return new RegExp(`^lic[a-z]*-${stage}-`).test(String(name));
}

async function roleFaults({ stage, outside }: World): Promise<readonly string[]> {
  const roles = items(await outside.aws("iam", "list-roles"), "Roles").filter((role) => isOfStage(member(role, "RoleName"), stage) && member(role, "RoleName") !== `licensing-${stage}-pipeline`);
  if (roles.length === 0) return ["the stage has no roles"];
  return roles.flatMap((role) => {
    const principals = items(member(role, "AssumeRolePolicyDocument"), "Statement").map((statement) => JSON.stringify(member(statement, "Principal")));
    const others = principals.filter((principal) => !/^\{"Service":"(lambda|scheduler)\.amazonaws\.com"\}$/.test(principal));
    return others.map((principal) => `${String(member(role, "RoleName"))} may be assumed by ${principal}`);
  });
}

async function databaseFaults(world: World): Promise<readonly string[]> {
  const row = permanentRow(world)?.neon;
  const projects = items(await neon(world, `/projects?limit=100&search=licensing-${world.stage}&org_id=${row?.organizationId ?? ""}`), "projects");
  const id = projects.find((project) => member(project, "name") === `licensing-${world.stage}`);
  if (row === undefined || id === undefined) return [`Neon has no project licensing-${world.stage}`];
  const path = `/projects/${String(member(id, "id"))}`;
  const sizes = items(await neon(world, `${path}/endpoints`), "endpoints").map((each) => `${String(member(each, "autoscaling_limit_min_cu"))} to ${String(member(each, "autoscaling_limit_max_cu"))}`);
  const isProtected = items(await neon(world, `${path}/branches`), "branches").some((branch) => member(branch, "name") === "main" && member(branch, "protected") === true);
  return [
    ...(sizes.includes(`${row.minimumUnits} to ${row.maximumUnits}`) ? [] : [`the computes have ${sizes.join(", ")} units`]),
    ...(isProtected || world.stage !== "production" ? [] : ["the branch main isn't protected"]),
  ];
}

async function metricFaults({ stage, outside }: World): Promise<readonly string[]> {
  const names = async (...scope: readonly string[]) => items(await outside.aws("cloudwatch", "list-metrics", ...scope), "Metrics").map((metric) => String(member(metric, "MetricName")));
  const own = await names("--namespace", "Licensing", "--dimensions", `Name=Stage,Value=${stage}`);
  const starts = await names("--namespace", `Licensing/${stage}`);
  return [...metricsOfAnHour.filter((name) => !own.includes(name)), ...(starts.includes("InitDurationMs") ? [] : ["InitDurationMs"])].map((name) => `${name} hasn't arrived`);
}

async function dumpFaults(world: World): Promise<readonly string[]> {
  const { stage, row, outside } = world;
  const bucket = `licensing-${stage}-dumps-${await accountOf(world)}`;
  const days = [0, 1].map((daysAgo) => dumpName(new Date(outside.now().getTime() - daysAgo * dayMs)));
  for (const day of days) {
    const found = await outside.aws("s3api", "list-objects-v2", "--region", row.dumps.region, "--bucket", bucket, "--prefix", `${day}/manifest`);
    if (items(found, "Contents").length > 0) return [];
  }
  return [`${bucket} has no whole dump of ${days.join(" or ")}`];
}

async function accountOf({ outside }: World): Promise<string> {
  return String(member(await outside.aws("sts", "get-caller-identity"), "Account"));
}
