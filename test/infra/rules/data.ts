import { createHash } from "node:crypto";
import type { Graph } from "../render/graph.ts";
import { at, deployedFunctions, ofType, same } from "./query.ts";
import type { Rule } from "./rule.ts";
import { isPermanent } from "./rule.ts";

/** Resources that can't be made again from the source. The queue of hints holds none that the database doesn't know. */
const kept = [
  "neon:index/project:Project",
  "upstash:index/redisDatabase:RedisDatabase",
  "aws:kms/key:Key",
  "aws:kms/alias:Alias",
  "aws:sqs/queue:Queue",
  "aws:s3/bucket:Bucket",
];

/** Neon removes these with their branch, and not always one by one. */
const withBranch = ["neon:index/endpoint:Endpoint", "neon:index/role:Role", "neon:index/database:Database"];

/** The project of the previews' row, filled in. */
const sharedProject = "previews-acme-00000000";

/** Letters and digits, which a URL holds unescaped: some 256 bits. */
const passwordLength = 43;

/** The major version of Postgres in the suite and in `npm start`; a test compares them. */
export const postgresMajor = 18;

/** Rules about the stores, their protection and their migration. */
export const dataRules: readonly Rule[] = [
  {
    name: "production keeps its data under any deployment; other stages can be removed whole",
    holdsInDev: true,
    faults: (graph) =>
      graph.resources
        .filter(({ type, name }) => kept.includes(type) && name !== "WebhooksQueue")
        .filter(({ protect, retainOnDelete }) => protect !== (graph.stage === "production") || retainOnDelete !== (graph.stage === "production"))
        .map(({ name, protect, retainOnDelete }) => `${name}: protect ${protect}, retainOnDelete ${retainOnDelete}`),
  },
  {
    name: "production can't be removed by a command",
    holdsInDev: true,
    faults: ({ stage, app }) => {
      const wanted = stage === "production" ? { removal: "retain", protect: true } : { removal: "remove", protect: false };
      return same({ removal: app.removal, protect: app.protect }, wanted) ? [] : [`${stage}: removal ${app.removal}, protect ${app.protect}`];
    },
  },
  {
    name: "every provider has an exact version",
    holdsInDev: true,
    faults: ({ app }) =>
      Object.entries(app.providers)
        .filter(([, provider]) => !/^\d+\.\d+\.\d+$/.test(String(typeof provider === "object" && provider !== null ? (provider as { version?: unknown }).version : provider)))
        .map(([name]) => `${name} is not pinned`),
  },
  { name: "a permanent stage owns its database project; any other has a branch, made step by step", holdsInDev: true, faults: homeFaults },
  {
    name: "there is one Redis, encrypted in transit, that evicts nothing",
    holdsInDev: true,
    faults: (graph) => {
      const given = ofType(graph, "upstash:index/redisDatabase:RedisDatabase").map((redis) => [at(redis, "tls"), at(redis, "eviction")]);
      return same(given, [[true, false]]) ? [] : [`a certificate may be lost or shown: ${JSON.stringify(given)}`];
    },
  },
  {
    name: "production's database can be brought back to any moment of a week",
    holdsInDev: true,
    faults: (graph) =>
      ofType(graph, "neon:index/project:Project")
        .filter((project) => Number(at(project, "historyRetentionSeconds")) < (graph.stage === "production" ? 7 : 1) * 86_400)
        .map((project) => `${project.name} forgets after ${String(at(project, "historyRetentionSeconds"))} s`),
  },
  {
    name: "nothing reaches a database before it has its size",
    holdsInDev: true,
    faults: (graph) => {
      const commands = ofType(graph, "command:local:Command").map(({ urn }) => urn);
      const migrate = deployedFunctions(graph).find(({ name }) => name === "Migrate");
      return commands.every((urn) => migrate?.lambda?.dependencies.includes(urn) === true) ? [] : ["the migration may run while Neon is busy"];
    },
  },
  {
    name: "the passwords of the application and the key ring are made here, too long to guess, and made anew when the operator says so",
    holdsInDev: true,
    faults: (graph) => {
      const epoch = String(graph.told.databasePasswordEpoch);
      const given = ofType(graph, "random:index/randomPassword:RandomPassword").map(({ inputs, protect, retainOnDelete }) => ({ ...inputs, protect, retainOnDelete }));
      const wanted = { length: passwordLength, special: false, keepers: { epoch }, protect: false, retainOnDelete: false };
      return same(given, [wanted, wanted]) ? [] : [`the passwords are ${JSON.stringify(given)}`];
    },
  },
  {
    name: "a database has the major version of the tests",
    holdsInDev: true,
    faults: (graph) =>
      ofType(graph, "neon:index/project:Project")
        .filter((project) => at(project, "pgVersion") !== postgresMajor)
        .map((project) => `${project.name} is Postgres ${String(at(project, "pgVersion"))}`),
  },
  { name: "the database is migrated before any function that uses it is deployed", holdsInDev: true, faults: migrationFaults },
  { name: "the migration runs again whenever its files, its code, the database or a password changed, and shows no password", holdsInDev: true, faults: triggerFaults },
  {
    name: "a preview's roles and databases are removed with its branch",
    holdsInDev: true,
    faults: (graph) => [
      ...(isPermanent(graph) ? [] : withBranch.filter((type) => ofType(graph, type).length !== 1).map((type) => `there is no one ${type}`)),
      ...withBranch.flatMap((type) => ofType(graph, type)).filter(({ protect, retainOnDelete }) => protect || !retainOnDelete).map(({ name }) => `${name} is removed by itself`),
      ...ofType(graph, "neon:index/branch:Branch").filter(({ protect, retainOnDelete }) => protect || retainOnDelete).map(({ name }) => `${name} stays`),
    ],
  },
  { name: "a permanent stage seals its signing key with one key of its own, rotated, found by its alias", holdsInDev: true, faults: sealFaults },
  {
    name: "the signing key's value is no part of the deployment",
    holdsInDev: true,
    faults: (graph) => graph.resources.filter(({ type }) => type.startsWith("aws:ssm/")).map(({ name }) => `${name} would be in the state`),
  },
];

function homeFaults(graph: Graph): string[] {
  const count = (type: string) => ofType(graph, `neon:index/${type}`).length;
  const made = { projects: count("project:Project"), branches: count("branch:Branch"), roles: count("role:Role"), databases: count("database:Database") };
  if (isPermanent(graph)) return same(made, { projects: 1, branches: 0, roles: 0, databases: 0 }) ? [] : [JSON.stringify(made)];
  const chain = [
    ["neon:index/endpoint:Endpoint", "neon:index/branch:Branch"],
    ["neon:index/role:Role", "neon:index/endpoint:Endpoint"],
    ["neon:index/database:Database", "neon:index/role:Role"],
  ] as const;
  return [
    ...(same(made, { projects: 0, branches: 1, roles: 1, databases: 1 }) ? [] : [JSON.stringify(made)]),
    ...chain
      .filter(([later, earlier]) => !ofType(graph, later)[0]?.dependencies.includes(ofType(graph, earlier)[0]?.urn ?? "none"))
      .map(([later, earlier]) => `${later} doesn't wait for ${earlier}`),
    ...ofType(graph, "neon:index/branch:Branch").filter((branch) => at(branch, "projectId") !== sharedProject).map(() => "the branch is in another project"),
  ];
}

function triggerFaults(graph: Graph): string[] {
  const invocation = ofType(graph, "aws:lambda/invocation:Invocation")[0];
  const migrate = deployedFunctions(graph).find(({ name }) => name === "Migrate");
  const home = isPermanent(graph) ? ["project-DatabaseProject", "main-of-DatabaseProject"] : [sharedProject, "DatabaseBranch-id"];
  const { APP_ENV_MIGRATION_DATABASE_URL: owner, APP_ENV_DATABASE_URL: application, APP_ENV_LICENSING_KEYRING_DATABASE_URL: keyring } = migrate?.environment ?? {};
  const database = createHash("sha256").update(JSON.stringify([...home, owner, application, keyring])).digest("hex");
  const { migrations, ...others } = (at(invocation, "triggers") ?? {}) as Readonly<Record<string, string>>;
  const shown = JSON.stringify(invocation?.inputs ?? {});
  return [
    ...(/^[0-9a-f]{64}$/.test(migrations ?? "") ? [] : ["a change of the migrations triggers nothing"]),
    ...(same(others, { code: at(migrate?.lambda, "s3Key"), database }) ? [] : [`the migration runs again by ${JSON.stringify(others)}`]),
    ...(/^assets\/Migrate-code-[0-9a-f]{64}\.zip$/.test(others["code"] ?? "") ? [] : ["the code's place says nothing of its content"]),
    ...(["application-password", "owner/password", "owner%2Fpassword"].some((password) => shown.includes(password)) ? ["a password is shown"] : []),
    ...(invocation?.secrets.includes("triggers.database") === true ? [] : ["the database's digest is not marked secret"]),
  ];
}

function sealFaults(graph: Graph): string[] {
  const given = ["aws:kms/key:Key", "aws:kms/alias:Alias"].map((type) => ofType(graph, type).map(({ inputs }) => inputs));
  const key = { description: `Seals the license signing keys of licensing ${graph.stage}`, enableKeyRotation: true, deletionWindowInDays: 30 };
  const alias = { name: `alias/licensing-${graph.stage}-signing-key`, targetKeyId: "key-SigningKeySeal" };
  return same(given, isPermanent(graph) ? [[key], [alias]] : [[], []]) ? [] : [`the seal is ${JSON.stringify(given)}`];
}

function migrationFaults(graph: Graph): string[] {
  const invocation = ofType(graph, "aws:lambda/invocation:Invocation")[0];
  const migrate = deployedFunctions(graph).find(({ name }) => name === "Migrate");
  const build = graph.builds.find(({ functionID }) => functionID === "Migrate");
  const early = deployedFunctions(graph)
    .filter(({ name, environment }) => name !== "Migrate" && "APP_ENV_DATABASE_URL" in environment)
    .filter(({ lambda }) => lambda?.dependencies.includes(invocation?.urn ?? "none") !== true);
  return [
    ...(at(invocation, "functionName") === at(migrate?.lambda, "name") ? [] : ["nothing migrates"]),
    ...(at(migrate?.lambda, "runtime") === "nodejs24.x" ? [] : ["the migration is a stub"]),
    ...(build?.copyFiles.some(({ from, to }) => from.endsWith("/migrations") && to === "migrations") === true ? [] : ["the migration has no files to run"]),
    ...early.map(({ name }) => `${name} doesn't wait for the migration`),
  ];
}
