import { routes } from "../../../infra/routes.ts";
import type { Graph } from "../render/graph.ts";
import type { Deployed } from "./query.ts";
import { aliasOf, at, deployedFunctions, ofType, pascal, same, scheduledFunctions } from "./query.ts";
import type { Rule } from "./rule.ts";
import { isPermanent, logDays } from "./rule.ts";

const environmentBytesMax = 4096;
/** Secrets of a real stage are longer than the ones rendered with; this much is left for them. */
const environmentBytesSpare = 1024;

/** The settings of the deployment's own functions. */
const secondsOfOwn: Readonly<Record<string, number>> = { Migrate: 600, RedisSpend: 30 };

/** Rules about the way every function runs. */
export const functionRules: readonly Rule[] = [
  {
    name: "there are exactly the table's functions, the schedules' and the deployment's own",
    holdsInDev: true,
    faults: (graph) => {
      const wanted = [...[...routes, ...scheduledFunctions(graph)].map((row) => pascal(row.function)), "Migrate"].sort();
      const deployed = deployedFunctions(graph).map(({ name }) => name).sort();
      return same(wanted, deployed) ? [] : [`deployed are ${deployed.join(" ")}`];
    },
  },
  each("every function runs Node 24 on arm64, minified, with sane memory and a bounded time", false, shapeFaults),
  each("each function is published by version, and its alias names the newest", true, versionFaults),
  each("every function is traced", true, ({ name, lambda }) =>
    at(lambda, "tracingConfig", "mode") === "Active" ? [] : [`${name} is not traced`],
  ),
  each("every function logs JSON to a group of its own that forgets", true, ({ name, lambda, logGroup }, graph) => {
    return [
      ...(at(lambda, "loggingConfig", "logFormat") === "JSON" ? [] : [`${name} logs text`]),
      ...(at(lambda, "loggingConfig", "logGroup") === at(logGroup, "name") ? [] : [`${name} logs elsewhere`]),
      ...(at(logGroup, "retentionInDays") === logDays(graph) ? [] : [`${name} keeps its logs for ${String(at(logGroup, "retentionInDays"))} days`]),
    ];
  }),
  each("a function's logs are found by its name alone", true, ({ name, logGroup }, graph) => {
    const wanted = `/aws/lambda/licensing-${graph.stage}-${name}`;
    return at(logGroup, "name") === wanted ? [] : [`${name} logs to ${String(at(logGroup, "name"))}`];
  }),
  each("an environment is marked secret and fits Lambda's 4 KB", true, ({ name, lambda, environment }) => {
    const bytes = Object.entries(environment).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
    return [
      ...(bytes + environmentBytesSpare <= environmentBytesMax ? [] : [`${name} has ${bytes} bytes of environment`]),
      ...(isMarked(environment) && !(lambda?.secrets ?? []).some((path) => path.startsWith("environment")) ? [`${name} shows its secrets in the state`] : []),
    ];
  }),
  each("source maps stay out of the zip, and nothing else is built in", false, ({ name }, graph) => {
    const properties = graph.builds.find(({ functionID }) => functionID === name)?.properties ?? {};
    return same(properties, { minify: true, splitting: true, esbuild: { keepNames: false }, architecture: "arm64" }) ? [] : [`${name} is bundled with ${JSON.stringify(properties)}`];
  }),
  each("each function ships the files of its row beside its code, and no others", false, ({ name, row }, graph) => {
    const copied = graph.builds.find(({ functionID }) => functionID === name)?.copyFiles ?? [];
    const given = copied.map(({ from, to }) => [from.split("/checkout/").at(-1), to]);
    return same(given, shipped(name, row)) ? [] : [`${name} ships ${JSON.stringify(given)}`];
  }),
  {
    name: "a deploy keeps exactly the source maps of its code",
    holdsInDev: false,
    faults: (graph) => {
      const maps = ofType(graph, "aws:s3/bucketObjectv2:BucketObjectv2").filter(({ name }) => name.includes("Sourcemap"));
      const unmapped = deployedFunctions(graph).filter(({ name }) => !maps.some((map) => map.name === `${name}Sourcemap0`));
      return [
        ...unmapped.map(({ name }) => `the source maps of ${name} aren't kept`),
        ...maps.filter(({ retainOnDelete, protect }) => retainOnDelete || protect).map(({ name }) => `${name} stays for ever`),
      ];
    },
  },
  each("the time of each start becomes a metric, in permanent stages", true, startFaults),
];

/** Folders of the checkout, and their names beside the code. The console's assets are in its functions' code. */
function shipped(name: string, row: Deployed["row"]): readonly (readonly [string, string])[] {
  if (name === "Migrate") return [["migrations", "migrations"]];
  return row !== undefined && "assets" in row ? [[`functions/${row.assets}`, "assets"]] : [];
}

function each(name: string, holdsInDev: boolean, faultsOf: (deployed: Deployed, graph: Graph) => string[]): Rule {
  return { name, holdsInDev, faults: (graph) => deployedFunctions(graph).flatMap((deployed) => faultsOf(deployed, graph)) };
}

function shapeFaults({ name, lambda, row }: Deployed): string[] {
  const memory = Number(at(lambda, "memorySize"));
  const timeout = row === undefined ? secondsOfOwn[name] : "schedule" in row ? 300 : 15;
  return [
    ...(at(lambda, "runtime") === "nodejs24.x" ? [] : [`${name} runs ${String(at(lambda, "runtime"))}`]),
    ...(same(at(lambda, "architectures"), ["arm64"]) ? [] : [`${name} is not arm64`]),
    ...(memory >= 512 && memory <= 1024 ? [] : [`${name} has ${memory} MB`]),
    ...(at(lambda, "timeout") === timeout ? [] : [`${name} may take ${String(at(lambda, "timeout"))} s, not ${timeout}`]),
  ];
}

function versionFaults(deployed: Deployed, graph: Graph): string[] {
  const alias = aliasOf(deployed, graph);
  const given = ofType(graph, "aws:lambda/alias:Alias").filter(({ name }) => name === `${deployed.name}Live`).map(({ inputs }) => inputs);
  const wanted = alias === undefined ? [] : [{ name: alias, functionName: at(deployed.lambda, "name"), functionVersion: "1" }];
  return [
    ...(same(given, wanted) ? [] : [`${deployed.name} is called by ${JSON.stringify(given)}`]),
    ...((at(deployed.lambda, "publish") === true) === (alias !== undefined) ? [] : [`the versions of ${deployed.name} aren't kept`]),
  ];
}

function startFaults({ name, logGroup }: Deployed, graph: Graph): string[] {
  const given = ofType(graph, "aws:cloudwatch/logMetricFilter:LogMetricFilter").filter((filter) => filter.name === `${name}Starts`).map(({ inputs }) => inputs);
  const filter = {
    name: `licensing-${graph.stage}-${name}-starts`,
    logGroupName: at(logGroup, "name"),
    pattern: '{ $.type = "platform.report" && $.record.metrics.initDurationMs = * }',
    metricTransformation: { namespace: `Licensing/${graph.stage}`, name: "InitDurationMs", value: "$.record.metrics.initDurationMs", unit: "Milliseconds" },
  };
  return same(given, isPermanent(graph) ? [filter] : []) ? [] : [`starts of ${name} are counted by ${JSON.stringify(given)}`];
}

function isMarked(environment: Readonly<Record<string, string>>): boolean {
  return Object.keys(environment).some((key) => /SECRET|TOKEN|PEPPER|DATABASE_URL/.test(key));
}
