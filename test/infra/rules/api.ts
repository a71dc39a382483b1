import { callLimits } from "@licensing/core/http/limits.ts";
import { routes } from "../../../infra/routes.ts";
import type { Graph, Resource } from "../render/graph.ts";
import { aliasOf, at, calledArn, canonical, deployedFunctions, functionArn, ofType, pascal, same } from "./query.ts";
import type { Rule } from "./rule.ts";
import { logDays } from "./rule.ts";

/** An AWS account's throttle for all its HTTP APIs in a region. */
const accountPerSecond = 10_000;
const accountBurst = 5_000;

/** Request headers that the service reads and that a page may send only with permission. A test compares them with the sources. */
export const requestHeaders = ["authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "traceparent", "x-request-id"];

/** A route's keys at the gateway: HEAD is served wherever GET is. */
function keysOf({ method, path }: (typeof routes)[number]): readonly string[] {
  if (path === "$default") return [path];
  return method === "GET" ? [`GET ${path}`, `HEAD ${path}`] : [`${method} ${path}`];
}

/** Rules about the public side of the deployment. */
export const apiRules: readonly Rule[] = [
  {
    name: "the gateway serves exactly the route table",
    holdsInDev: true,
    faults: (graph) => {
      const served = ofType(graph, "aws:apigatewayv2/route:Route").map((route) => String(at(route, "routeKey")));
      const wanted = routes.flatMap(keysOf);
      return [
        ...wanted.filter((key) => served.filter((other) => other === key).length !== 1).map((key) => `${key} is not served once`),
        ...served.filter((key) => !wanted.includes(key)).map((key) => `${key} is served but not in the table`),
      ];
    },
  },
  {
    name: "each route has its own integration, payload 2.0, with its own function",
    holdsInDev: true,
    faults: (graph) => routes.flatMap((row) => keysOf(row).flatMap((key) => integrationFaults(graph, { row, key }))),
  },
  {
    name: "only the gateway may invoke a route's function",
    holdsInDev: true,
    faults: invokerFaults,
  },
  {
    name: "no function has an address of its own",
    holdsInDev: true,
    faults: (graph) => ofType(graph, "aws:lambda/functionUrl:FunctionUrl").map(({ name }) => `${name} is a way around the gateway`),
  },
  {
    name: "browsers of other origins are refused unless they are listed",
    holdsInDev: true,
    faults: (graph) => {
      const cors = at(api(graph), "corsConfiguration");
      return cors === undefined || JSON.stringify(cors).includes('"*"') ? ["CORS answers to anybody"] : [];
    },
  },
  {
    name: "listed origins may use every method of the table and every header that is read, and never with cookies",
    holdsInDev: true,
    faults: (graph) => {
      const cors = (name: string) => at(api(graph), "corsConfiguration", name);
      const origins = cors("allowOrigins");
      if (!Array.isArray(origins) || origins.length === 0) return [];
      const methods = [...new Set(routes.map(({ method }) => method).filter((method) => method !== "ANY"))].sort();
      return [
        ...(same([...(cors("allowMethods") as string[])].sort(), methods) ? [] : ["browsers can't use every method"]),
        ...(same([...(cors("allowHeaders") as string[])].sort(), requestHeaders) ? [] : [`browsers may send ${String(cors("allowHeaders"))}`]),
        ...(cors("allowCredentials") === false ? [] : ["browsers send cookies"]),
      ];
    },
  },
  {
    name: "requests are throttled for all routes together",
    holdsInDev: true,
    faults: (graph) => {
      const settings = ["throttlingRateLimit", "throttlingBurstLimit"].map((name) => at(stageOf(graph), "defaultRouteSettings", name));
      return settings.every((limit) => typeof limit === "number" && limit > 0) ? [] : ["the stage has no throttle"];
    },
  },
  {
    name: "the service's own limits come before production's throttle, and that before the account's",
    holdsInDev: true,
    faults: (graph) => {
      const [perSecond, burst] = ["throttlingRateLimit", "throttlingBurstLimit"].map((name) => Number(at(stageOf(graph), "defaultRouteSettings", name)));
      const own = graph.stage === "production" ? Object.values(callLimits) : [];
      const isWithin = (value: number | undefined, most: number) => value === undefined || Number.isNaN(value) || value <= most;
      return [
        ...own.filter(({ quota, windowSeconds }) => isWithin(perSecond, quota / windowSeconds) || isWithin(burst, quota / windowSeconds)).map(({ name }) => `the limit by ${name} is never reached`),
        ...(isWithin(perSecond, accountPerSecond) && isWithin(burst, accountBurst) ? [] : ["the account's throttle comes first"]),
      ];
    },
  },
  {
    name: "the access log is JSON for any request, kept for a bounded time, and names nothing of the caller's but the address",
    holdsInDev: true,
    faults: accessLogFaults,
  },
  {
    name: "a stage with a domain is reached by it alone, over TLS 1.2",
    holdsInDev: true,
    faults: (graph) => {
      const domains = ofType(graph, "aws:apigatewayv2/domainName:DomainName");
      const closed = at(api(graph), "disableExecuteApiEndpoint");
      if (domains.length === 0) return closed === true ? ["the API has no address at all"] : [];
      const weak = domains.filter((domain) => at(domain, "domainNameConfiguration", "securityPolicy") !== "TLS_1_2");
      return [...(closed === true ? [] : ["the API is reached beside its domain"]), ...weak.map(({ name }) => `${name} allows old TLS`)];
    },
  },
];

function api(graph: Graph): Resource | undefined {
  return ofType(graph, "aws:apigatewayv2/api:Api")[0];
}

function stageOf(graph: Graph): Resource | undefined {
  return ofType(graph, "aws:apigatewayv2/stage:Stage")[0];
}

/** Without its permission a route answers 500; with another's, another API could call it. */
function invokerFaults(graph: Graph): string[] {
  const given = ofType(graph, "aws:lambda/permission:Permission").map(({ inputs }) => canonical(inputs));
  const timesGiven = Map.groupBy(given, (permission) => permission);
  const wanted = new Map(routes.map((row) => [canonical(permissionOf(graph, row)), row]));
  return [
    ...[...wanted].filter(([permission]) => timesGiven.get(permission)?.length !== 1).map(([, row]) => `${row.function} isn't let in once by the gateway`),
    ...given.filter((permission) => !wanted.has(permission)).map((permission) => `${permission} is let in`),
  ];
}

function permissionOf(graph: Graph, row: (typeof routes)[number]): object {
  const target = deployedFunctions(graph).find(({ name }) => name === pascal(row.function));
  return {
    action: "lambda:InvokeFunction",
    function: target === undefined ? pascal(row.function) : functionArn(target),
    qualifier: target === undefined ? undefined : aliasOf(target, graph),
    principal: "apigateway.amazonaws.com",
    sourceArn: "arn:aws:execute-api:eu-central-1:123456789012:api0000000/*",
  };
}

function integrationFaults(graph: Graph, { row, key }: { readonly row: (typeof routes)[number]; readonly key: string }): string[] {
  const name = pascal(row.function);
  const route = ofType(graph, "aws:apigatewayv2/route:Route").find((candidate) => at(candidate, "routeKey") === key);
  const integration = ofType(graph, "aws:apigatewayv2/integration:Integration").find(
    (candidate) => at(route, "target") === `integrations/${candidate.name}-id`,
  );
  const target = deployedFunctions(graph).find((candidate) => candidate.name === name);
  if (integration === undefined || target === undefined) return [`${key} leads nowhere`];
  const build = graph.builds.find(({ functionID }) => functionID === name);
  return [
    ...(at(integration, "payloadFormatVersion") === "2.0" ? [] : [`${key} doesn't get payload 2.0`]),
    ...(at(integration, "integrationType") === "AWS_PROXY" ? [] : [`${key} is not proxied`]),
    ...(at(integration, "integrationUri") === calledArn(target, graph) ? [] : [`${key} leads to another function than ${name}`]),
    ...(at(route, "authorizationType") === "NONE" ? [] : [`${key} is authorized twice: the service does it`]),
    ...(build?.handler === `functions/${row.function}.handler` ? [] : [`${name} is built from ${String(build?.handler)}`]),
  ];
}

const formatBytesMax = 3072;

function accessLogFaults(graph: Graph): string[] {
  const format = String(at(stageOf(graph), "accessLogSettings", "format"));
  // The gateway's line for a request with no known values: each is a bare dash.
  const line = format.replace(/\$context\.[\w.]+/g, "-");
  const logGroup = ofType(graph, "aws:cloudwatch/logGroup:LogGroup").find(({ name }) => name === "ApiAccessLog");
  return [
    ...(isJson(line) ? [] : [`a line would read ${line}`]),
    ...(line.includes("$") || line === format ? [`a line would hold ${line}`] : []),
    ...(at(logGroup, "name") === `/aws/vendedlogs/apis/licensing-${graph.stage}` ? [] : ["the access log can't be found by the stage's name"]),
    ...(String(at(stageOf(graph), "accessLogSettings", "destinationArn")).endsWith(`:${String(at(logGroup, "name"))}`) ? [] : ["the access log is written elsewhere"]),
    ...(format.length <= formatBytesMax ? [] : ["the format is longer than the gateway takes"]),
    ...(/\$context\.(path|identity\.userAgent|authorizer|error\.message|integrationErrorMessage)|\$request/.test(format) ? ["the log holds text of the caller's"] : []),
    ...(at(logGroup, "retentionInDays") === logDays(graph) ? [] : [`the access log is kept for ${String(at(logGroup, "retentionInDays"))} days`]),
  ];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
