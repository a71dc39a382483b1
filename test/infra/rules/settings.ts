import type { Graph } from "../render/graph.ts";
import { at, deployedFunctions, ofType, same } from "./query.ts";
import type { Rule } from "./rule.ts";
import { isPermanent } from "./rule.ts";

/** What the deploying machine says is what is deployed. */
export const settingRules: readonly Rule[] = [
  {
    name: "the pager that was named hears the alarms, and nobody else",
    holdsInDev: true,
    faults: (graph) => {
      const email = said(graph, "LICENSING_ALARM_EMAIL");
      const topic = `arn:aws:sns:eu-central-1:123456789012:licensing-${graph.stage}-alarms`;
      const wanted = isPermanent(graph) && email !== undefined ? [{ topic, protocol: "email", endpoint: email }] : [];
      const given = ofType(graph, "aws:sns/topicSubscription:TopicSubscription").map(({ inputs }) => inputs);
      return same(given, wanted) ? [] : [`the alarms are heard by ${JSON.stringify(given)}`];
    },
  },
  {
    name: "the API is served at the domain that was named, to the origins that were named",
    holdsInDev: true,
    faults: (graph) => {
      const given = {
        domains: ofType(graph, "aws:apigatewayv2/domainName:DomainName").map((domain) => at(domain, "domainName")),
        origins: at(ofType(graph, "aws:apigatewayv2/api:Api")[0], "corsConfiguration", "allowOrigins") ?? [],
      };
      const domain = said(graph, "LICENSING_DOMAIN");
      const wanted = { domains: domain === undefined ? [] : [domain], origins: said(graph, "LICENSING_CORS_ORIGINS")?.split(",") ?? [] };
      return same(given, wanted) ? [] : [`served is ${JSON.stringify(given)}`];
    },
  },
  {
    name: "every signer's certificates have the life, issuer and audience that were named",
    holdsInDev: true,
    faults: (graph) => {
      const wanted = [
        said(graph, "LICENSING_CERT_TTL_SECONDS") ?? "86400",
        said(graph, "LICENSING_CERT_ISSUER") ?? "licensing",
        said(graph, "LICENSING_CERT_AUDIENCE") ?? "licensing",
      ];
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
      const runbook = said(graph, "LICENSING_RUNBOOK_URL") ?? "infra/RUNBOOK.md";
      return ofType(graph, "aws:cloudwatch/metricAlarm:MetricAlarm")
        .filter((alarm) => !String(at(alarm, "alarmDescription")).includes(` Runbook: ${runbook}#`))
        .map(({ name }) => `${name} links elsewhere`);
    },
  },
];

const certificateVariables = ["APP_ENV_LICENSING_CERT_TTL_SECONDS", "APP_ENV_LICENSING_CERT_ISSUER", "APP_ENV_LICENSING_CERT_AUDIENCE"];

function said(graph: Graph, variable: string): string | undefined {
  const text = graph.said[variable];
  return text === "none" || text === "" ? undefined : text;
}
