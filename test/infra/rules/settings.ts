import type { PermanentStage } from "../../../infra/stages.ts";
import type { Graph } from "../render/graph.ts";
import { at, deployedFunctions, ofType, same } from "./query.ts";
import type { Rule } from "./rule.ts";
import { isPermanent } from "./rule.ts";

/** Rules that the deployment equals the stage's row of infra/stages.ts. */
export const settingRules: readonly Rule[] = [
  {
    name: "only the stage's pager gets the alarms",
    holdsInDev: true,
    faults: (graph) => {
      const email = permanentRow(graph)?.alarmEmail ?? undefined;
      const topic = `arn:aws:sns:eu-central-1:123456789012:licensing-${graph.stage}-alarms`;
      const wanted = isPermanent(graph) && email !== undefined ? [{ topic, protocol: "email", endpoint: email }] : [];
      const given = ofType(graph, "aws:sns/topicSubscription:TopicSubscription").map(({ inputs }) => inputs);
      return same(given, wanted) ? [] : [`the alarms go to ${JSON.stringify(given)}`];
    },
  },
  {
    name: "the API is served at the stage's domain, to the stage's origins",
    holdsInDev: true,
    faults: (graph) => {
      const given = {
        domains: ofType(graph, "aws:apigatewayv2/domainName:DomainName").map((domain) => at(domain, "domainName")),
        origins: at(ofType(graph, "aws:apigatewayv2/api:Api")[0], "corsConfiguration", "allowOrigins") ?? [],
        // The function that answers preflights which the gateway leaves to the service.
        preflights: deployedFunctions(graph).find(({ name }) => name === "ReferenceUnmatched")?.environment["APP_ENV_LICENSING_CORS_ORIGINS"]?.split(",") ?? [],
      };
      const { domain, corsOrigins } = graph.told;
      const wanted = { domains: domain === null ? [] : [domain], origins: corsOrigins, preflights: corsOrigins };
      return same(given, wanted) ? [] : [`served is ${JSON.stringify(given)}`];
    },
  },
  {
    name: "every signer's certificates have the stage's lifetime, issuer and audience",
    holdsInDev: true,
    faults: (graph) => {
      const { ttlSeconds, issuer, audience } = graph.told.certificate;
      const wanted = [String(ttlSeconds), issuer, audience];
      return deployedFunctions(graph)
        .filter(({ row }) => row?.touches.includes("signing-key") === true)
        .map(({ name, environment }) => ({ name, given: certificateVariables.map((variable) => environment[variable]) }))
        .filter(({ given }) => !same(given, wanted))
        .map(({ name, given }) => `${name} signs by ${given.join(", ")}`);
    },
  },
  {
    name: "an alarm's link to the runbook can be followed from an e-mail",
    holdsInDev: true,
    faults: (graph) => {
      const runbook = permanentRow(graph)?.runbookUrl ?? "infra/RUNBOOK.md";
      return ofType(graph, "aws:cloudwatch/metricAlarm:MetricAlarm")
        .filter((alarm) => !String(at(alarm, "alarmDescription")).includes(` Runbook: ${runbook}#`))
        .map(({ name }) => `${name} links elsewhere`);
    },
  },
  {
    name: "Redis stops at the stage's budget, not at Upstash's own",
    holdsInDev: true,
    faults: (graph) => {
      const given = ofType(graph, "upstash:index/redisDatabase:RedisDatabase").map((redis) => at(redis, "budget"));
      return same(given, [permanentRow(graph)?.redis.budgetDollars]) ? [] : [`the budget is ${JSON.stringify(given)}`];
    },
  },
  {
    name: "the account's budget warns the pager before it is spent, and exists in permanent stages alone",
    holdsInDev: true,
    faults: (graph) => {
      const row = permanentRow(graph);
      const given = ofType(graph, "aws:budgets/budget:Budget").map(({ inputs }) => inputs);
      return same(given, row === undefined || row.alarmEmail === null ? [] : [budget(graph, row, row.alarmEmail)]) ? [] : [`the budget is ${JSON.stringify(given)}`];
    },
  },
  {
    name: "the database has the stage's organization, size, history and protection",
    holdsInDev: true,
    faults: databaseFaults,
  },
];

const certificateVariables = ["APP_ENV_LICENSING_CERT_TTL_SECONDS", "APP_ENV_LICENSING_CERT_ISSUER", "APP_ENV_LICENSING_CERT_AUDIENCE"];


function budget(graph: Graph, row: PermanentStage, email: string): object {
  const warning = { thresholdType: "PERCENTAGE", comparisonOperator: "GREATER_THAN", subscriberEmailAddresses: [email] };
  return {
    name: `licensing-${graph.stage}`,
    budgetType: "COST",
    timeUnit: "MONTHLY",
    limitAmount: String(row.aws.budgetDollars),
    limitUnit: "USD",
    notifications: [
      { ...warning, notificationType: "FORECASTED", threshold: 100 },
      { ...warning, notificationType: "ACTUAL", threshold: 80 },
    ],
  };
}

/** A command sets the size of the serving compute, since the provider's project doesn't reach it. */
function databaseFaults(graph: Graph): string[] {
  const row = permanentRow(graph);
  const projects = ofType(graph, "neon:index/project:Project").map((project) => ["orgId", "historyRetentionSeconds"].map((name) => at(project, name)));
  const commands = ofType(graph, "command:local:Command").map(({ inputs: { stdin, create } }) => ({ create, stdin: JSON.parse(String(stdin)) as unknown }));
  const wanted = row === undefined ? [[], []] : [[[row.neon.organizationId, row.neon.restoreDays * 86_400]], [{ create: "node_modules/.bin/node infra/database-settings.ts", stdin: applied(graph, row) }]];
  return same([projects, commands], wanted) ? [] : [`the database is ${JSON.stringify([projects, commands])}`];
}

function applied(graph: Graph, { neon: { minimumUnits, maximumUnits } }: PermanentStage): object {
  const ids = { projectId: "project-DatabaseProject", branchId: "main-of-DatabaseProject", endpointId: "ep-own-12345678" };
  return { ...ids, minimumUnits, maximumUnits, isProtected: graph.stage === "production" };
}

function permanentRow({ told }: Graph): PermanentStage | undefined {
  return "lifeDays" in told ? undefined : told;
}
