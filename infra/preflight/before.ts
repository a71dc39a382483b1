import { readConfig } from "@licensing/core/platform/config.ts";
import { readTokenKeys } from "@licensing/core/access/token-key.ts";
import { secretFaults, secretNames } from "../secret-faults.ts";
import { readSettings, rowFaults, SettingsError } from "../settings.ts";
import type { Check, World } from "./check.ts";
import { answered, member, neon, onlyPermanent, permanentRow, readSecrets } from "./check.ts";

const concurrencyMin = 1000;

/** The conditions of a deployment's start, in the order of infra/README.md. */
export const checksBefore: readonly Check[] = [
  {
    name: "the stage's row is complete, and the credentials of Neon and Upstash are set",
    remedy: "correct the named values in infra/stages.ts and commit them, or export the named credential",
    faults: async ({ stage, row, environment }) => [...rowFaults(row), ...machineFaults(stage, environment)],
  },
  {
    name: "the AWS CLI uses the region of the deployment, and dumps go to another",
    remedy: "export AWS_REGION with the region of sst.config.ts, and take another region for `dumps.region` in infra/stages.ts",
    faults: async ({ environment, row, outside: { region } }) => [
      ...(environment["AWS_REGION"] === region ? [] : [`AWS_REGION is ${environment["AWS_REGION"] ?? "not set"}, and sst.config.ts deploys to ${region}`]),
      ...(row.dumps.region === region ? [`dumps.region is ${region} too`] : []),
    ],
  },
  {
    name: "AWS knows the machine's credentials",
    remedy: "install version 2 of the AWS CLI if it is missing, and log in to the stage's account (`aws sso login`, AWS_PROFILE), or export its keys",
    faults: async ({ outside }) => (typeof member(await outside.aws("sts", "get-caller-identity"), "Account") === "string" ? [] : ["AWS names no account"]),
  },
  {
    name: `${concurrencyMin} functions may run at once`,
    remedy: `aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value ${concurrencyMin}; AWS takes hours to days`,
    faults: async ({ outside }) => {
      const most = Number(member(await outside.aws("lambda", "get-account-settings"), "AccountLimit", "ConcurrentExecutions"));
      return most >= concurrencyMin ? [] : [`the account's limit is ${most}`];
    },
  },
  {
    name: "the parameter store answers many signers at once",
    remedy: "aws ssm update-service-setting --setting-id /ssm/parameter-store/high-throughput-enabled --setting-value true; without it certificates are `skipped` for a minute when many functions start",
    faults: async ({ outside }) => {
      const setting = member(await outside.aws("ssm", "get-service-setting", "--setting-id", "/ssm/parameter-store/high-throughput-enabled"), "ServiceSetting", "SettingValue");
      return setting === "true" ? [] : ["it answers 40 reads a second"];
    },
  },
  {
    name: "Neon accepts the key, and its plan can hold the stage",
    remedy: "make an API key of the organization that infra/stages.ts names, and take the plan Launch; with `network` take Scale",
    faults: neonFaults,
  },
  {
    name: "Upstash accepts the key",
    remedy: "make a management API key at Upstash (Account, Management API) of a native account, and export UPSTASH_EMAIL and UPSTASH_API_KEY",
    faults: async (world) => upstashFaults(world, world.environment["UPSTASH_API_KEY"] ?? ""),
  },
  {
    name: "the domain's zone is in Route 53",
    remedy: "make a hosted zone in Route 53, and enter its four name servers at the registrar of the domain or in the parent zone",
    needless: ({ row }) => (row.domain === null ? "the stage has no domain" : undefined),
    faults: async ({ row, outside }) => zoneFaults(row.domain ?? "", outside.nameServers),
  },
  {
    name: "every secret is set, and functions can start with it",
    remedy: "set each named secret with `npx sst secret set <name> <value> --stage <stage>`, as step 4 of the first deploy shows; DumpSecret is one of them",
    faults: async (world) => {
      const secrets = await readSecrets(world);
      const texts = Object.fromEntries(secretNames.map((name) => [name, secrets.get(name) ?? ""])) as Parameters<typeof secretFaults>[0];
      const lacksReader = permanentRow(world) !== undefined && (secrets.get("UpstashReadOnlyKey") ?? "") === "";
      return [...secretFaults(texts), ...(lacksReader ? ["UpstashReadOnlyKey: is empty"] : [])];
    },
  },
  {
    name: "Upstash accepts the key that only reads",
    remedy: "make a management API key at Upstash as `Read Only`, and set it as the secret UpstashReadOnlyKey",
    needless: onlyPermanent,
    faults: async (world) => upstashFaults(world, (await readSecrets(world)).get("UpstashReadOnlyKey") ?? ""),
  },
  {
    name: "the identity provider publishes a key that can check its tokens",
    remedy: "compare IdentityJwksUrl with `jwks_uri` of the provider's discovery document, and IdentityAlgorithms with the table of providers in infra/README.md",
    faults: identityFaults,
  },
  {
    name: "the identity provider's discovery document names the issuer of its tokens",
    remedy: "set IdentityIssuer to the document's `issuer`, to the letter (often with a slash at the end), or set IdentityEndpoints",
    faults: issuerFaults,
  },
];

/** The faults of the stage's name and of the machine's credentials. */
function machineFaults(stage: string, environment: World["environment"]): readonly string[] {
  try {
    readSettings(stage, environment);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.message.split("\n").slice(1).filter((line) => !line.startsWith("infra/stages.ts "));
  }
}

async function neonFaults(world: World): Promise<readonly string[]> {
  const { row } = world;
  if ("lifeDays" in row) {
    const id = member(await neon(world, `/projects/${encodeURIComponent(row.neonProjectId)}`), "project", "id");
    return id === row.neonProjectId ? [] : [`there is no project ${row.neonProjectId}`];
  }
  const plan = String(member(await neon(world, `/organizations/${encodeURIComponent(row.neon.organizationId)}`), "plan"));
  if (plan.startsWith("free")) return ["the organization's plan is Free, which stops the database within the month"];
  return row.network !== null && plan.startsWith("launch") ? ["the organization's plan is Launch, which has no IP allow list"] : [];
}

/** Upstash's keys are passwords of its developer API. */
async function upstashFaults({ outside, environment }: World, key: string): Promise<readonly string[]> {
  const authorization = `Basic ${Buffer.from(`${environment["UPSTASH_EMAIL"] ?? ""}:${key}`).toString("base64")}`;
  return Array.isArray(await answered(outside, "Upstash", ["https://api.upstash.com/v2/redis/databases", { headers: { authorization } }])) ? [] : ["Upstash lists no databases"];
}

/** Certificates and addresses of the domain are made in the nearest zone above it. */
async function zoneFaults(domain: string, nameServers: World["outside"]["nameServers"]): Promise<readonly string[]> {
  const labels = domain.split(".");
  for (let from = 0; from < labels.length - 1; from += 1) {
    const zone = labels.slice(from).join(".");
    const servers = await nameServers(zone);
    if (servers.length === 0) continue;
    return servers.every((server) => /\.awsdns-\d+\./.test(server)) ? [] : [`the zone ${zone} is served by ${servers.join(", ")}`];
  }
  return [`no zone of ${domain} is delegated`];
}

async function identityFaults(world: World): Promise<readonly string[]> {
  const secrets = await readSecrets(world);
  const url = secrets.get("IdentityJwksUrl") ?? "";
  const algorithms = secrets.get("IdentityAlgorithms") ?? "";
  const { identity } = readConfig({
    APP_ENV_IDENTITY_JWKS_URL: url,
    APP_ENV_IDENTITY_ISSUER: "issuer",
    APP_ENV_IDENTITY_AUDIENCE: "audience",
    ...(algorithms === "" ? {} : { APP_ENV_IDENTITY_ALGORITHMS: algorithms }),
  });
  if (identity === undefined) return ["IdentityJwksUrl: is empty"];
  const keys = readTokenKeys(await answered(world.outside, url, [url]), identity.algorithms);
  if (keys === undefined) return [`${url} answers no key set`];
  return keys.size === 0 ? [`${url} has no public key for ${identity.algorithms.join(" ")}`] : [];
}

/** Only the console and the command line read the document. */
async function issuerFaults(world: World): Promise<readonly string[]> {
  const secrets = await readSecrets(world);
  const issuer = secrets.get("IdentityIssuer") ?? "";
  const isRead = (secrets.get("IdentityClientId") ?? "") !== "" && (secrets.get("IdentityEndpoints") ?? "") === "";
  if (!isRead) return [];
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const named = member(await answered(world.outside, url, [url]), "issuer");
  return named === issuer ? [] : [`IdentityIssuer is ${issuer}, and ${url} names ${String(named)}`];
}
