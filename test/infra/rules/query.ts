import type { Route, Schedule } from "../../../infra/routes.ts";
import { routes, schedules } from "../../../infra/routes.ts";
import type { Graph, Json, Resource } from "../render/graph.ts";

/** Queries on a graph. */

export function ofType(graph: Graph, type: string): readonly Resource[] {
  return byType(graph).get(type) ?? [];
}

export function childOf(graph: Graph, parent: Resource, type: string): Resource | undefined {
  return byParent(graph).get(parent.urn)?.find((resource) => resource.type === type);
}

/** Grouped once for each graph: a graph never changes, and every rule asks. */
const byType = once(({ resources }) => Map.groupBy(resources, ({ type }) => type));
const byParent = once(({ resources }) => Map.groupBy(resources, ({ parent }) => parent ?? ""));

/** `find` with its result remembered for each graph. */
export function once<Found>(find: (graph: Graph) => Found): (graph: Graph) => Found {
  const known = new WeakMap<Graph, { readonly found: Found }>();
  return (graph) => {
    const { found } = known.get(graph) ?? { found: find(graph) };
    known.set(graph, { found });
    return found;
  };
}

/** The value at a path of an input, or undefined. */
export function at(resource: Resource | undefined, ...path: readonly string[]): Json | undefined {
  let value: Json | undefined = resource?.inputs;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as { readonly [key: string]: Json })[step];
  }
  return value;
}

export function same(left: unknown, right: unknown): boolean {
  return canonical(left) === canonical(right);
}

/** A text that is equal for equal values, whatever the order of their members. */
export function canonical(value: unknown): string {
  return JSON.stringify(sorted(value));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort().map(([key, inner]) => [key, sorted(inner)]));
}

/** `licenses/rotate-key` → `LicensesRotateKey`. */
export function pascal(text: string): string {
  return text.replace(/(^|[/-])([a-z])/g, (_match, _separator, letter: string) => letter.toUpperCase());
}

/** A scheduled function of the table or of the deployment itself. */
export type Scheduled = Pick<Schedule, "name" | "function" | "schedule">;

/** In permanent stages the deployment has a schedule of its own for Redis's budget. */
export function scheduledFunctions(graph: Graph): readonly Scheduled[] {
  const budget: Scheduled = { name: "redis-budget", function: "redis-spend", schedule: "rate(1 hour)" };
  return "lifeDays" in graph.told ? schedules : [...schedules, budget];
}

/** One deployed function with its own resources. */
export type Deployed = {
  readonly name: string;
  readonly component: Resource;
  readonly lambda: Resource | undefined;
  readonly role: Resource | undefined;
  readonly logGroup: Resource | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** The row of the table it is made from; the deployment's own functions have none. */
  readonly row: Route | Schedule | undefined;
};

export const deployedFunctions = once(findFunctions);

function findFunctions(graph: Graph): readonly Deployed[] {
  const rows = new Map<string, Route | Schedule>([...routes, ...schedules].map((row) => [pascal(row.function), row]));
  return ofType(graph, "sst:aws:Function").map((component) => {
    const lambda = childOf(graph, component, "aws:lambda/function:Function");
    return {
      name: component.name,
      component,
      lambda,
      role: childOf(graph, component, "aws:iam/role:Role"),
      logGroup: childOf(graph, component, "aws:cloudwatch/logGroup:LogGroup"),
      environment: (at(lambda, "environment", "variables") ?? {}) as Readonly<Record<string, string>>,
      row: rows.get(component.name),
    };
  });
}

export type Statement = {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Principal?: Readonly<Record<string, string | readonly string[]>>;
  readonly Condition?: Json;
};

/** The statements of a role's inline policies. */
export function inlineStatements(role: Resource | undefined): readonly Statement[] {
  const policies = (at(role, "inlinePolicies") ?? []) as readonly { readonly policy: Json }[];
  return policies.flatMap(({ policy }) => statements(policy));
}

/** The statements of a policy, which a resource may hold as text or as an object. */
export function statements(policy: Json | undefined): readonly Statement[] {
  const document = typeof policy === "string" ? (JSON.parse(policy) as { Statement: readonly Statement[] }) : policy;
  return ((document as { Statement?: readonly Statement[] } | undefined)?.Statement ?? []);
}

export function list(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : value;
}

/** The queue of a component. */
export function queueOf(graph: Graph, component: "ScheduleDeadLetters" | "Webhooks"): Resource | undefined {
  return ofType(graph, "aws:sqs/queue:Queue").find(({ name }) => name === `${component}Queue`);
}

export function queueArn(graph: Graph, component: "ScheduleDeadLetters" | "Webhooks"): string {
  return `arn:aws:sqs:eu-central-1:123456789012:${String(at(queueOf(graph, component), "name"))}`;
}

/** The alias by which a function is called; undefined: it has none, because SST deploys a stub in its place. */
export function aliasOf({ name }: Pick<Deployed, "name">, { dev }: Pick<Graph, "dev">): string | undefined {
  return dev && name !== "Migrate" ? undefined : "live";
}

/** The mock cloud's ARN of a function, without its alias. */
export function functionArn(deployed: Deployed): string {
  return `arn:aws:lambda:eu-central-1:123456789012:function:${String(at(deployed.lambda, "name"))}`;
}

/** The ARN by which a function is called. */
export function calledArn(deployed: Deployed, graph: Graph): string {
  const alias = aliasOf(deployed, graph);
  return alias === undefined ? functionArn(deployed) : `${functionArn(deployed)}:${alias}`;
}
