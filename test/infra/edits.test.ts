import { describe, expect, test } from "vitest";
import type { Graph, Json, Resource } from "./render/graph.ts";
import { renderGraph } from "./render/render.ts";
import { applicable, broken } from "./rules/all.ts";
import type { Rule } from "./rules/rule.ts";
import { patient } from "../support/slowness.ts";

/**
 * Proves that each edit of a guarding resource breaks a rule. The graph of production breaks no rule. In it one value at a time
 * is changed or removed, and one resource at a time is removed whole.
 */
const guards: Readonly<Record<string, (resource: Resource) => boolean>> = {
  alarms: ({ type, name }) => type === "aws:cloudwatch/metricAlarm:MetricAlarm" && isOneOfItsKind(name),
  "permissions to invoke": ({ type, name }) => type === "aws:lambda/permission:Permission" && name === "ApiRouteLicensesIssuePermissions",
  schedules: ({ type }) => type === "aws:scheduler/schedule:Schedule",
  "roles of schedules": ({ type, parent }) => type === "aws:iam/role:Role" && parent?.includes("sst:aws:CronV2::") === true,
  "the seal of the signing keys": ({ type }) => type.startsWith("aws:kms/"),
  "the pager": ({ type }) => type === "aws:sns/topicSubscription:TopicSubscription",
  "the retries of failing runs": ({ type }) => type === "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
  "logs of functions": ({ type, name }) => type === "aws:cloudwatch/logGroup:LogGroup" && ["LicensesIssueLogGroup", "ApiAccessLog"].includes(name),
  "the bucket of dumps": ({ type }) => type.startsWith("aws:s3/bucket") && !type.includes("bucketObject"),
  "the application's password": ({ type }) => type === "random:index/randomPassword:RandomPassword",
  "the alias of a function": ({ type, name }) => type === "aws:lambda/alias:Alias" && name === "HealthLiveLive",
  "the account's budget": ({ type }) => type === "aws:budgets/budget:Budget",
  "the filter that counts a function's starts": ({ type, name }) => type === "aws:cloudwatch/logMetricFilter:LogMetricFilter" && name === "HealthLiveStarts",
  "the invocation of the migration": ({ type }) => type === "aws:lambda/invocation:Invocation",
};

/** Texts for people, and values that equal a default. */
const indifferent = /^(alarmDescription|description|scheduleExpressionTimezone|target\.input|input|flexibleTimeWindow\.mode|assumeRolePolicy\.(Version|.*\.Sid)|.*\.retryPolicy\.maximumRetryAttempts|maximumRetryAttempts|inlinePolicies\.0\.name)$/;
const msMax = patient(120_000);

describe.each(Object.entries(guards))("%s", (_kind, isGuard) => {
  test("every edit breaks a rule", async () => {
    const graph = await renderGraph({ stage: "production" });
    const guarded = graph.resources.filter(isGuard);
    expect(guarded).not.toEqual([]);
    expect(broken(graph)).toEqual([]);
    const edits = guarded.flatMap((resource) => editsOf(resource).map((edited) => ({ resource, ...edited })));
    const notices = noticing();
    const unnoticed = edits.filter(({ resource, inputs }) => !notices(replaced(graph, resource, inputs)));
    expect(unnoticed.map(({ resource, edit }) => `${resource.name}: ${edit}`)).toEqual([]);
  }, msMax);
});

test("removing a kept resource's protection breaks a rule", async () => {
  const graph = await renderGraph({ stage: "production" });
  const held = graph.resources.filter(({ protect, retainOnDelete, custom, type }) => custom && protect && retainOnDelete && !type.startsWith("pulumi:"));
  expect(held.map(({ name }) => name).sort()).toEqual(
    ["DatabaseProject", "Dumps", "RedisDatabase", "ScheduleDeadLettersQueue", "SigningKeySeal", "SigningKeySealAlias"],
  );
  for (const resource of held) {
    for (const loss of [{ protect: false }, { retainOnDelete: false }]) {
      const resources = graph.resources.map((each) => (each === resource ? { ...each, ...loss } : each));
      expect(broken({ ...graph, resources }), resource.name).not.toEqual([]);
    }
  }
}, msMax);

/** One line of code makes the alarms of all functions, so one alarm of each kind is tested. */
function isOneOfItsKind(name: string): boolean {
  return !/^licensing(FunctionErrors|Latency)-/.test(name) || name.endsWith("-HealthLive");
}

/** SST makes a schedule's own name, and nothing refers to it. */
function isIndifferent({ type }: Resource, path: string): boolean {
  return indifferent.test(path) || (type.startsWith("aws:scheduler/") && path === "name");
}

/** Whether a graph breaks a rule. The rule that the last graph broke is asked first, since most edits of a resource break the same one. */
function noticing(): (graph: Graph) => boolean {
  let last: Rule | undefined;
  return (graph) => {
    const inTurn = [...(last === undefined ? [] : [last]), ...applicable(graph)];
    const breaks = inTurn.find((rule) => rule.faults(graph).length > 0);
    last = breaks ?? last;
    return breaks !== undefined;
  };
}

type Edit = { readonly edit: string; readonly inputs: Resource["inputs"] | undefined };

function editsOf(resource: Resource): readonly Edit[] {
  const paths = leaves(resource.inputs, []).filter((path) => !isIndifferent(resource, path.join(".")));
  return [
    { edit: "taken away", inputs: undefined },
    ...paths.flatMap((path): Edit[] => [
      { edit: `${path.join(".")} changed`, inputs: edited(resource.inputs, path, other) as Resource["inputs"] },
      { edit: `${path.join(".")} lost`, inputs: edited(resource.inputs, path, () => undefined) as Resource["inputs"] },
    ]),
  ];
}

function replaced(graph: Graph, resource: Resource, inputs: Resource["inputs"] | undefined): Graph {
  const resources = graph.resources.flatMap((each) => (each !== resource ? [each] : inputs === undefined ? [] : [{ ...each, inputs }]));
  return { ...graph, resources };
}

function leaves(value: Json, path: readonly string[]): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

function edited(value: Json, path: readonly string[], change: (leaf: Json) => Json | undefined): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return change(value);
  const inner = edited((value as { readonly [key: string]: Json })[key] ?? null, rest, change);
  if (Array.isArray(value)) return value.flatMap((each: Json, index) => (String(index) !== key ? [each] : inner === undefined ? [] : [inner]));
  const others = Object.entries(value as object).filter(([name]) => name !== key);
  return Object.fromEntries([...others, ...(inner === undefined ? [] : [[key, inner]])]) as Json;
}

/** Another value of the same kind. A policy is edited in its values, so that it stays a policy. */
function other(leaf: Json): Json {
  if (typeof leaf === "number") return leaf + 1;
  if (typeof leaf === "boolean") return !leaf;
  return typeof leaf === "string" && leaf.startsWith('{"') ? leaf.replace(/arn:aws:/g, "arn:aws:x") : `${String(leaf)}x`;
}
