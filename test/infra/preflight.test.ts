import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { checksAfter, metricsOfAnHour } from "../../infra/preflight/after.ts";
import { checksBefore } from "../../infra/preflight/before.ts";
import type { Check, Outside, World } from "../../infra/preflight/check.ts";
import { faultIn } from "../../infra/preflight/outside.ts";
import { preflight, resultOf } from "../../infra/preflight/preflight.ts";
import { secretNames } from "../../infra/secret-faults.ts";
import type { PermanentStage } from "../../infra/stages.ts";
import { permanentStages, previewStage } from "../../infra/stages.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { startService } from "../support/service.ts";
import type { Service } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { filledIn } from "./render/render.ts";

/** The answers of the clouds, by the beginning of the call or of the address: a status with a body, or an error. */
type Answers = Readonly<Record<string, unknown>>;

const production = JSON.parse(filledIn(JSON.stringify(permanentStages.production))) as PermanentStage;
const bytes = "5e".repeat(32);
const jwk = { ...generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" }), kid: "one" };
const secrets = `ApplicationSecret=${bytes}
KeyPepper=a pepper of a test run
KeyringSecret=${bytes}
DumpSecret=${bytes}
IdentityJwksUrl=https://identity.acme.com/jwks.json
IdentityIssuer=https://identity.acme.com/
IdentityAudience=licensing
IdentityClientId=console
UpstashReadOnlyKey=the-key-that-reads`;

/** An outside in which every condition of a deployment's start holds. */
const ready: Answers = {
  "aws sts get-caller-identity": { Account: "123456789012" },
  "aws lambda get-account-settings": { AccountLimit: { ConcurrentExecutions: 1000 } },
  "aws ssm get-service-setting --setting-id /ssm/parameter-store/high-throughput-enabled": { ServiceSetting: { SettingValue: "true" } },
  "https://console.neon.tech/api/v2/organizations/org-acme-00000000": { plan: "launch" },
  "https://api.upstash.com/v2/redis/databases": [],
  "https://identity.acme.com/jwks.json": { keys: [jwk] },
  "https://identity.acme.com/.well-known/openid-configuration": { issuer: "https://identity.acme.com/" },
  "ns acme.com": ["ns-1.awsdns-00.com", "ns-2.awsdns-11.net"],
  "sst secret list": `# fallback\nIdentityAudience=another\n# licensing/production\n${secrets}\n`,
};

const environment = { AWS_REGION: "eu-central-1", NEON_API_KEY: "neon-key", UPSTASH_EMAIL: "ops@acme.com", UPSTASH_API_KEY: "upstash-key" };

/** An outside with these answers, of which those of `others` replace the ones whose calls they begin. */
function outsideOf(usual: Answers, others: Answers): Outside {
  const kept = Object.entries(usual).filter(([call]) => !Object.keys(others).some((start) => call.startsWith(start)));
  const answers: Answers = { ...Object.fromEntries(kept), ...others };
  const found = (call: string): unknown => {
    const [name] = Object.keys(answers).filter((each) => call.startsWith(each)).sort((left, right) => right.length - left.length);
    const answer = name === undefined ? undefined : answers[name];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return {
    aws: async (...args) => found(["aws", ...args].join(" ")),
    sst: async (...args) => String(found(["sst", ...args].join(" "))),
    send: async (url, request) => {
      const answer = found(url);
      if (answer === undefined) return live(url, request);
      return typeof answer === "number" ? { status: answer, headers: new Headers(), text: "" } : { status: 200, headers: new Headers(), text: typeof answer === "string" ? answer : JSON.stringify(answer) };
    },
    nameServers: async (name) => (found(`ns ${name}`) ?? []) as readonly string[],
    region: "eu-central-1",
    now: () => new Date("2026-11-30T09:00:00.000Z"),
  };
}

/** The service on this machine. */
async function live(url: string, request: Parameters<Outside["send"]>[1]): ReturnType<Outside["send"]> {
  if (!url.startsWith("http://127.0.0.1")) throw new Error(`${url} wasn't expected`);
  // A token that only reads: this machine's Redis has none.
  if (request?.body?.includes("DEL") === true) return { status: 400, headers: new Headers(), text: "NOPERM" };
  const answer = await fetch(url, request);
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

type Mistake = {
  readonly mistake: string;
  readonly answers?: Answers;
  readonly row?: Partial<PermanentStage>;
  readonly environment?: World["environment"];
  readonly origin?: () => string;
  /** The beginnings of the names of exactly the checks that notice it, with the fault that each names. */
  readonly noticed: Readonly<Record<string, RegExp>>;
};

async function failed(checks: readonly Check[], world: World): Promise<Record<string, string>> {
  const results = await Promise.all(checks.map(async (check) => ({ check, result: await resultOf(check, world) })));
  return Object.fromEntries(results.filter(({ result }) => result.state === "fails").map(({ check, result }) => [check.name, result.text]));
}

function expectNoticed(found: Readonly<Record<string, string>>, { noticed }: Mistake, checks: readonly Check[]): void {
  const wanted = checks.map(({ name }) => name).filter((name) => Object.keys(noticed).some((start) => name.startsWith(start)));
  expect(Object.keys(found).sort()).toEqual([...wanted].sort());
  for (const [start, fault] of Object.entries(noticed)) {
    const [name = "", text = ""] = Object.entries(found).find(([each]) => each.startsWith(start)) ?? [];
    expect(text).toMatch(fault);
    expect(text).toContain(`→ ${checks.find((check) => check.name === name)?.remedy ?? "no remedy"}`);
    for (const secret of [bytes, "upstash-key", "neon-key", "the-key-that-reads"]) expect(text).not.toContain(secret);
  }
}

const without = (name: string) => ({ "sst secret list": secrets.split("\n").filter((line) => !line.startsWith(name)).join("\n") });

const beforeMistakes: readonly Mistake[] = [
  { mistake: "a value is still the example", row: { alarmEmail: "oncall@example.com" }, noticed: { "the stage's row": /infra\/stages\.ts alarmEmail: is still the example/ } },
  { mistake: "a credential isn't set", environment: { ...environment, UPSTASH_EMAIL: "" }, noticed: { "the stage's row": /UPSTASH_EMAIL: is not set/ } },
  { mistake: "the CLI uses another region", environment: { ...environment, AWS_REGION: "us-east-1" }, noticed: { "the AWS CLI uses": /AWS_REGION is us-east-1, and sst\.config\.ts deploys to eu-central-1/ } },
  { mistake: "dumps go to the deployment's region", row: { dumps: { region: "eu-central-1", keepDays: 35 } }, noticed: { "the AWS CLI uses": /dumps\.region is eu-central-1 too/ } },
  { mistake: "nobody is logged in", answers: { "aws sts": new Error("aws sts get-caller-identity fails: Unable to locate credentials") }, noticed: { "AWS knows": /it can't be checked: .*Unable to locate credentials/ } },
  { mistake: "the account is new", answers: { "aws lambda get-account-settings": { AccountLimit: { ConcurrentExecutions: 10 } } }, noticed: { "1000 functions": /the account's limit is 10/ } },
  { mistake: "an account's limit isn't named", answers: { "aws lambda get-account-settings": {} }, noticed: { "1000 functions": /NaN/ } },
  { mistake: "the parameter store is slow", answers: { "aws ssm get-service-setting": { ServiceSetting: { SettingValue: "false" } } }, noticed: { "the parameter store": /40 reads a second/ } },
  { mistake: "Neon doesn't know the key", answers: { "https://console.neon.tech/api/v2/organizations/org-acme-00000000": 401 }, noticed: { Neon: /Neon answers 401/ } },
  { mistake: "Neon's plan is Free", answers: { "https://console.neon.tech/api/v2/organizations/org-acme-00000000": { plan: "free_v3" } }, noticed: { Neon: /plan is Free/ } },
  {
    mistake: "Neon's plan has no allow list",
    row: { network: { subnets: ["subnet-0123456789abcdef0"], securityGroups: ["sg-0123456789abcdef0"], addresses: ["198.51.100.7"], readers: [] } },
    noticed: { Neon: /no IP allow list/ },
  },
  { mistake: "Upstash doesn't know the account", answers: { "https://api.upstash.com": 401 }, noticed: { "Upstash accepts the key": /Upstash answers 401/, "Upstash accepts the key that only reads": /Upstash answers 401/ } },
  { mistake: "Upstash answers a page for people", answers: { "https://api.upstash.com": "<html>" }, noticed: { "Upstash accepts the key": /no JSON/, "Upstash accepts the key that only reads": /no JSON/ } },
  { mistake: "the domain's zone is elsewhere", answers: { "ns acme.com": ["ns1.registrar.net"] }, noticed: { "the domain's zone": /the zone acme\.com is served by ns1\.registrar\.net/ } },
  { mistake: "a nearer zone is elsewhere", answers: { "ns licensing.acme.com": ["ns1.registrar.net"] }, noticed: { "the domain's zone": /licensing\.acme\.com/ } },
  { mistake: "the domain is nobody's", answers: { "ns acme.com": [] }, noticed: { "the domain's zone": /no zone of licensing\.acme\.com/ } },
  ...["ApplicationSecret", "KeyPepper", "KeyringSecret", "DumpSecret"].map((name): Mistake => ({ mistake: `${name} isn't set`, answers: without(name), noticed: { "every secret": new RegExp(`${name}: .*is empty`) } })),
  { mistake: "a secret is too short", answers: { "sst secret list": secrets.replace(`DumpSecret=${bytes}`, "DumpSecret=short") }, noticed: { "every secret": /DumpSecret: .*32 bytes/ } },
  { mistake: "the key that only reads isn't set", answers: { ...without("UpstashReadOnlyKey") }, noticed: { "every secret": /UpstashReadOnlyKey: is empty/ } },
  { mistake: "the key set's address isn't set", answers: without("IdentityJwksUrl"), noticed: { "every secret": /IdentityJwksUrl/, "the identity provider publishes": /it can't be checked/ } },
  { mistake: "the provider signs by another algorithm", answers: { "sst secret list": `${secrets}\nIdentityAlgorithms=RS256` }, noticed: { "the identity provider publishes": /no public key for RS256/ } },
  { mistake: "the key set's address is a page's", answers: { "https://identity.acme.com/jwks.json": { page: 1 } }, noticed: { "the identity provider publishes": /answers no key set/ } },
  { mistake: "the issuer lacks its slash", answers: { "sst secret list": secrets.replace("acme.com/\n", "acme.com\n") }, noticed: { "the identity provider's discovery": /names https:\/\/identity\.acme\.com\// } },
];

const worldBefore = ({ answers = {}, row = {}, environment: set = environment }: Partial<Mistake>): World => ({
  stage: "production",
  row: { ...production, ...row },
  environment: set,
  origin: "https://licensing.acme.com",
  outside: outsideOf(ready, answers),
});

describe("before a deployment", () => {
  test("every condition holds in an account that is ready", async () => {
    expect(await failed(checksBefore, worldBefore({}))).toEqual({});
  });

  test.each(beforeMistakes.map((mistake) => [mistake.mistake, mistake] as const))("one condition fails, and says what to do, if %s", async (_name, mistake) => {
    expectNoticed(await failed(checksBefore, worldBefore(mistake)), mistake, checksBefore);
  });

  test("each condition is failed by a mistake", () => {
    expect(checksBefore.map(({ name }) => name).filter((name) => !beforeMistakes.some(({ noticed }) => Object.keys(noticed).some((start) => name.startsWith(start))))).toEqual([]);
  });

  test("a preview needs its shared project, and neither a domain nor the key that only reads", async () => {
    const row = JSON.parse(filledIn(JSON.stringify(previewStage))) as typeof previewStage;
    const world: World = { ...worldBefore({}), stage: "pr-7", row, outside: outsideOf(ready, { ...without("UpstashReadOnlyKey"), [`https://console.neon.tech/api/v2/projects/${row.neonProjectId}`]: { project: { id: row.neonProjectId } } }) };
    expect(await failed(checksBefore, world)).toEqual({});
    const lost = { ...world, outside: outsideOf(ready, { "https://console.neon.tech/api/v2/projects/": 404 }) };
    expect(Object.values(await failed(checksBefore, lost))).toEqual([expect.stringContaining("Neon answers 404")]);
  });

  test("the secrets that it looks for are those of the deployment", () => {
    expect([...secretNames].filter((name) => !/^Identity|Previous$/.test(name)).sort()).toEqual(["ApplicationSecret", "DumpSecret", "KeyPepper", "KeyringSecret"]);
  });
});

const role = (name: string, principal: object) => ({ RoleName: `licensing-production-${name}`, AssumeRolePolicyDocument: { Statement: [{ Principal: principal }] } });
const functionOf = (variables: object) => ({ FunctionName: "licensing-production-LicensesIssueFunction-abcdefgh", Environment: { Variables: variables } });
const metrics = (names: readonly string[]) => ({ Metrics: names.map((MetricName) => ({ MetricName })) });
const neonProject = "https://console.neon.tech/api/v2/projects";

/** The clouds after a deployment; the service, its keys and its Redis are real. */
const deployed: Answers = {
  ...ready,
  "aws ssm describe-parameters": { Parameters: [{ Type: "SecureString", KeyId: "alias/licensing-production-signing-key" }] },
  "aws iam list-roles": { Roles: [role("LicensesIssueRole-abcdefgh", { Service: "lambda.amazonaws.com" }), role("pipeline", { Federated: "arn:…" }), { RoleName: "somebody-else", AssumeRolePolicyDocument: { Statement: [{ Principal: "*" }] } }] },
  "aws lambda list-functions": { Functions: [functionOf({ APP_ENV_LICENSING_ED25519_PRIVATE_KEY_PARAMETER: "/licensing/production/signing-key" })] },
  [`${neonProject}?`]: { projects: [{ id: "calm-sea", name: "licensing-production" }] },
  [`${neonProject}/calm-sea/endpoints`]: { endpoints: [{ autoscaling_limit_min_cu: 0.25, autoscaling_limit_max_cu: 4 }] },
  [`${neonProject}/calm-sea/branches`]: { branches: [{ name: "main", protected: true }] },
  "aws budgets describe-budget --account-id 123456789012 --budget-name licensing-production": { Budget: { BudgetLimit: { Amount: "500.0" } } },
  "aws sns list-subscriptions-by-topic --topic-arn arn:aws:sns:eu-central-1:123456789012:licensing-production-alarms": { Subscriptions: [{ SubscriptionArn: "arn:aws:sns:…" }] },
  "aws cloudwatch describe-alarms": { MetricAlarms: [{ AlarmName: "licensingDeadLetters-staging" }] },
  "aws cloudwatch list-metrics --namespace Licensing --dimensions Name=Stage,Value=production": metrics(metricsOfAnHour),
  "aws cloudwatch list-metrics --namespace Licensing/production": metrics(["InitDurationMs"]),
  "aws logs filter-log-events --log-group-name /aws/vendedlogs/apis/licensing-production": { events: [{}] },
  "aws s3api list-objects-v2 --region eu-west-1 --bucket licensing-production-dumps-123456789012 --prefix 2026-11-29/manifest": { Contents: [{}] },
};

describe("a deployed stage", () => {
  const origins = ["https://console.acme.com", "https://admin.acme.com"];
  let service: Service;
  let keyless: Service;
  let token: string;
  let readable: Answers;

  beforeAll(async () => {
    const settings = { APP_ENV_LICENSING_CORS_ORIGINS: origins.join(","), APP_ENV_LICENSING_CERT_ISSUER: "licensing-of-acme", APP_ENV_LICENSING_CERT_AUDIENCE: "licensing" };
    service = await startService({ environment: settings });
    keyless = await startService({ environment: { ...settings, APP_ENV_LICENSING_ED25519_PRIVATE_KEY: undefined } });
    await service.call("POST", "/v1/api/licensing/keys/check");
    await issueLicense(service, await createPolicy(service));
    await reconcile(service.runtime);
    token = await service.token("admin");
    readable = {
      "sst shell -- printenv SST_RESOURCE_Redis": JSON.stringify({ url: service.upstash.url, readOnlyToken: service.environment["APP_ENV_UPSTASH_REDIS_REST_TOKEN"], token: "the-token-that-writes" }),
      "sst secret list": secrets,
    };
  });

  const worldAfter = ({ answers = {}, row = {}, environment: set = { ...environment, TOKEN: token }, origin = () => service.origin }: Partial<Mistake>): World => ({
    stage: "production",
    row: { ...production, certificate: { ttlSeconds: 86_400, issuer: "licensing-of-acme", audience: "licensing" }, ...row },
    environment: set,
    origin: origin(),
    outside: outsideOf({ ...deployed, ...readable }, answers),
  });

  const seal = "the signing keys are sealed";
  const consumer = "what the service signs";
  const mistakes: readonly Mistake[] = [
    { mistake: "the address is another server's", answers: { "http://127.0.0.1": 404 }, noticed: { "the service answers": /answers 404/, "every part": /answers 404/, "the service publishes": /answers 404/, [consumer]: /404/, "the consumers' token": /^/, "only pages": /is answered 404/ } },
    { mistake: "no signing key was added", origin: () => keyless.origin, environment, noticed: { "every part": /signing-key: Ed25519 private key not configured/, "the service publishes": /the key set is empty/, [consumer]: /(source|trust): / } },
    { mistake: "the parameter is sealed by AWS's default key", answers: { "aws ssm describe-parameters": { Parameters: [{ Type: "SecureString", KeyId: "alias/aws/ssm" }] } }, noticed: { [seal]: /SecureString under alias\/aws\/ssm/ } },
    { mistake: "there is no parameter", answers: { "aws ssm describe-parameters": { Parameters: [] } }, noticed: { [seal]: /there is no parameter/ } },
    { mistake: "consumers expect another issuer", row: { certificate: { ...production.certificate, issuer: "another" } }, noticed: { [consumer]: /issuer/ } },
    { mistake: "the application secret is another deployment's", answers: { "sst secret list": secrets.replace(bytes, "4b".repeat(32)) }, noticed: { [consumer]: /applicationSecret/ } },
    { mistake: "the reading token is refused", answers: { "sst shell": JSON.stringify({ url: "http://127.0.0.1:9", readOnlyToken: "another" }) }, noticed: { [consumer]: /source/ } },
    { mistake: "the deployment names no Redis", answers: { "sst shell": "nothing of the-token-that-writes" }, noticed: { [consumer]: /names no Redis/, "the consumers' token": /names no Redis/ } },
    { mistake: "an origin isn't the deployment's", row: { corsOrigins: [...origins, "https://new.acme.com"] }, noticed: { "only pages": /a page of https:\/\/new\.acme\.com is answered 204 and allowed nothing/ } },
    { mistake: "anybody of the account may assume a role", answers: { "aws iam list-roles": { Roles: [role("LicensesIssueRole-abcdefgh", { AWS: "arn:aws:iam::123456789012:root" })] } }, noticed: { "only Lambda": /LicensesIssueRole-abcdefgh may be assumed by \{"AWS":/ } },
    { mistake: "the roles aren't listed", answers: { "aws iam list-roles": {} }, noticed: { "only Lambda": /no roles/ } },
    { mistake: "a function is told a private key by its name", answers: { "aws lambda list-functions": { Functions: [functionOf({ APP_ENV_LICENSING_ED25519_PRIVATE_KEY: "…" })] } }, noticed: { "no function": /has APP_ENV_LICENSING_ED25519_PRIVATE_KEY/ } },
    { mistake: "a function is told a private key by another name", answers: { "aws lambda list-functions": { Functions: [functionOf({ SIGNER: "-----BEGIN PRIVATE KEY-----\n" })] } }, noticed: { "no function": /has SIGNER/ } },
    { mistake: "the functions aren't listed", answers: { "aws lambda list-functions": {} }, noticed: { "no function": /no functions/ } },
    { mistake: "the database was resized by hand", answers: { [`${neonProject}/calm-sea/endpoints`]: { endpoints: [{ autoscaling_limit_min_cu: 0.25, autoscaling_limit_max_cu: 1 }] } }, noticed: { "the database": /0\.25 to 1 units/ } },
    { mistake: "the branch isn't protected", answers: { [`${neonProject}/calm-sea/branches`]: { branches: [{ name: "main", protected: false }] } }, noticed: { "the database": /isn't protected/ } },
    { mistake: "the project is gone", answers: { [`${neonProject}?`]: { projects: [] } }, noticed: { "the database": /no project/ } },
    { mistake: "the budget was changed", answers: { "aws budgets describe-budget --account-id 123456789012 --budget-name licensing-production": { Budget: { BudgetLimit: { Amount: "5.0" } } } }, noticed: { "the account's budget": /5 dollars/ } },
    { mistake: "nobody confirmed the alarms' address", answers: { "aws sns list-subscriptions-by-topic --topic-arn arn:aws:sns:eu-central-1:123456789012:licensing-production-alarms": { Subscriptions: [{ SubscriptionArn: "PendingConfirmation" }] } }, noticed: { "the alarms' e-mail": /nobody/ } },
    { mistake: "an alarm is raised", answers: { "aws cloudwatch describe-alarms": { MetricAlarms: [{ AlarmName: "licensingDeadLetters" }] } }, noticed: { "no alarm": /licensingDeadLetters is raised/ } },
    { mistake: "a metric is missing", answers: { "aws cloudwatch list-metrics --namespace Licensing --dimensions Name=Stage,Value=production": metrics(metricsOfAnHour.slice(1)) }, noticed: { "the functions' metrics": /ExpiryDriftSeconds hasn't arrived/ } },
    { mistake: "starts aren't measured", answers: { "aws cloudwatch list-metrics --namespace Licensing/production": metrics([]) }, noticed: { "the functions' metrics": /InitDurationMs hasn't arrived/ } },
    { mistake: "the access log is no JSON", answers: { "aws logs filter-log-events": { events: [] } }, noticed: { "the gateway's access log": /no line/ } },
    { mistake: "the last whole dump is older", answers: { "aws s3api list-objects-v2 --region eu-west-1 --bucket licensing-production-dumps-123456789012 --prefix 2026-11-29/manifest": {} }, noticed: { "a whole dump": /no whole dump of 2026-11-30 or 2026-11-29/ } },
  ];

  test("every condition holds, with the service's own keys, beacon and certificate", async () => {
    expect(await failed(checksAfter, worldAfter({}))).toEqual({});
  });

  test.each(mistakes.map((mistake) => [mistake.mistake, mistake] as const))("is found wrong, with what to do, if %s", async (_name, mistake) => {
    expectNoticed(await failed(checksAfter, worldAfter(mistake)), mistake, checksAfter);
  });

  test("is found wrong if the consumers' token writes, and if every page may call", async () => {
    const { outside, ...rest } = worldAfter({});
    const open = new Headers({ "access-control-allow-origin": "*", "access-control-allow-headers": "*" });
    const send: Outside["send"] = async (url, request) => (request?.body?.includes("DEL") === true || request?.method === "OPTIONS" ? { status: 200, headers: open, text: "" } : outside.send(url, request));
    const found = await failed(checksAfter, { ...rest, outside: { ...outside, send } });
    expect(Object.keys(found)).toEqual(["the consumers' token can't write", "only pages of the stage's origins may call"]);
    expect(Object.values(found).join("")).toMatch(/answers 200 to a command that writes[^]*a page of any origin may call/);
  });

  test("each condition is failed by a mistake", () => {
    expect(checksAfter.map(({ name }) => name).filter((name) => !mistakes.some(({ noticed }) => Object.keys(noticed).some((start) => name.startsWith(start))))).toEqual([]);
  });

  test("that is a preview has fewer conditions", async () => {
    const { row, ...rest } = worldAfter({});
    const results = await Promise.all(checksAfter.map((check) => resultOf(check, { ...rest, stage: "pr-7", row: { ...previewStage, certificate: row.certificate } })));
    expect(results.filter(({ state }) => state === "needless").length).toBeGreaterThan(5);
  });
});

describe("the command", () => {
  const work = mkdtempSync(join(tmpdir(), "licensing-preflight-"));
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  test("prints each condition, what is wrong and what to do, and counts them", async () => {
    let printed = "";
    const code = await preflight(["--stage", "production"], environment, { print: (text) => (printed += text), tell: () => undefined, watched: false, outside: outsideOf(ready, { "ns example.com": ["ns1.registrar.net"] }) });
    expect(code).toBe(1);
    expect(printed).toMatch(/^NOT {2}the stage's row is complete[^]*alarmEmail: is still the example[^]*\n {5}→ correct the named values/);
    expect(printed).toMatch(/^ok {3}AWS knows the machine's credentials$/m);
    expect(printed).toMatch(/\d+ hold, \d+ don't, 0 aren't needed\.\n$/);
  });

  test.each([
    [[], /--stage: names the stage/],
    [["--stage", "staging", "--deployed"], /--url: is needed/],
    [["--stage", "staging", "--url", "https://acme.com/v1"], /--url: must be an origin/],
    [["--stage", "staging", "--deploied"], /Unknown option/],
  ])("refuses %j with the usage", async (args, says) => {
    let told = "";
    expect(await preflight(args, {}, { print: () => undefined, tell: (text) => (told += text), watched: false })).toBe(2);
    expect(told).toMatch(says);
    expect(told).toContain("Usage: npm run preflight");
  });

  test.each([
    ["sst's own", "posthog: sending\n✕  Could not install pulumi\n   Get \"https://github.com/…\": no such host\nposthog: 2 messages dropped\n", '✕  Could not install pulumi Get "https://github.com/…": no such host'],
    ["version 1 of the AWS CLI", "usage: aws [options]\n\nUnknown options: --no-cli-pager\n", "it is version 1 of the AWS CLI, and version 2 is needed"],
    ["a last line", "warning\nAn error occurred (AccessDenied)\n", "An error occurred (AccessDenied)"],
    ["nothing", "", ""],
  ])("names the fault in a program's error output: %s", (_which, err, fault) => {
    expect(faultIn(err)).toBe(fault);
  });

  test("asks the AWS CLI of this machine, and shows why it can't", () => {
    writeFileSync(join(work, "aws"), `#!/bin/sh\n[ "$1 $2" = "sts get-caller-identity" ] && echo '{"Account":"123456789012"}' && exit 0\necho secret; echo "An error occurred (AccessDenied)" >&2; exit 254\n`, { mode: 0o755 });
    const PATH = [work, dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
    const { stdout, status } = spawnSync(process.execPath, ["infra/preflight/preflight.ts", "--stage", "production"], { cwd: join(import.meta.dirname, "../.."), encoding: "utf8", env: { PATH, HOME: work, AWS_REGION: "eu-central-1", AWS_EC2_METADATA_DISABLED: "true", SST_TELEMETRY_DISABLED: "1" }, timeout: patient(100_000) });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^ok {3}AWS knows the machine's credentials$/m);
    expect(stdout).toContain("it can't be checked: aws lambda get-account-settings fails: An error occurred (AccessDenied)");
    expect(stdout).not.toMatch(/^ *secret$/m);
  }, patient(120_000));
});
