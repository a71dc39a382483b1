import { addressesOnly, exposure } from "../../../infra/exposure.ts";
import type { Deployed } from "./query.ts";
import { at, deployedFunctions, ofType, queueArn, queueOf, same } from "./query.ts";
import type { Rule } from "./rule.ts";

/** Rules about what may reach what. */
export const exposureRules: readonly Rule[] = [
  {
    name: "a function's settings name only addresses that the table of exposure allows it",
    holdsInDev: true,
    faults: (graph) => deployedFunctions(graph).flatMap((deployed) => addressFaults(deployed, graph.dev)),
  },
  {
    name: "with addresses of its own, a stage's functions run behind them, and its stores answer to them alone",
    holdsInDev: false,
    faults: (graph) => {
      const network = "lifeDays" in graph.told ? null : graph.told.network;
      const vpc = network === null ? undefined : { subnetIds: network.subnets, securityGroupIds: network.securityGroups };
      const stores = [
        ofType(graph, "neon:index/project:Project").map((project) => at(project, "allowedIps")),
        ofType(graph, "upstash:index/redisDatabase:RedisDatabase").map((redis) => at(redis, "ipAllowlists")),
      ];
      const wanted = network === null ? stores.map((each) => each.map(() => undefined)) : [[network.addresses], [[...network.addresses, ...network.readers]]];
      return [
        ...(same(stores, wanted) ? [] : [`the stores answer to ${JSON.stringify(stores)}`]),
        ...deployedFunctions(graph).filter(({ lambda }) => !same(at(lambda, "vpcConfig"), vpc)).map(({ name }) => `${name} calls from another address`),
      ];
    },
  },
  {
    name: "the queues answer over TLS alone, and their policies allow nothing",
    holdsInDev: true,
    faults: (graph) =>
      (["ScheduleDeadLetters", "Webhooks"] as const).flatMap((component) => {
        const given = ofType(graph, "aws:sqs/queuePolicy:QueuePolicy").filter(({ name }) => name === `${component}OverTls`).map(({ inputs }) => ({ queueUrl: inputs["queueUrl"], policy: JSON.parse(String(inputs["policy"] ?? "null")) as unknown }));
        const statement = { Sid: "OverTlsAlone", Effect: "Deny", Principal: "*", Action: "sqs:*", Resource: queueArn(graph, component), Condition: { Bool: { "aws:SecureTransport": "false" } } };
        const wanted = [{ queueUrl: `https://sqs.eu-central-1.amazonaws.com/123456789012/${String(at(queueOf(graph, component), "name"))}`, policy: { Version: "2012-10-17", Statement: [statement] } }];
        return same(given, wanted) ? [] : [`${component} answers by ${JSON.stringify(given)}`];
      }),
  },
];

/** Under `sst dev` a deployed stub holds none of the service's code: it passes each call through SST's bridge to the developer's machine. */
const bridge = /^SST_APPSYNC_(HTTP|REALTIME)$/;

function addressFaults({ name, environment, row }: Deployed, dev: boolean): string[] {
  const checked = Object.entries(environment).filter(([variable]) => !addressesOnly.test(variable) && !(dev && bridge.test(variable)));
  return checked.flatMap(([variable, value]) =>
    (value.match(/[a-z]+:\/\/[^\s"',]+/g) ?? []).flatMap((text) => {
      const host = URL.parse(text)?.hostname ?? "";
      const allowed = exposure.some(({ touches, functions, variables, hosts }) => variables.test(variable) && hosts.test(host) && (functions.includes(name) || touches.some((touch) => row?.touches.includes(touch) === true)));
      return allowed ? [] : [`${name} may reach ${host} by ${variable}`];
    }),
  );
}
