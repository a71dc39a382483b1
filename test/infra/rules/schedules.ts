import { schedules } from "../../../infra/routes.ts";
import type { Graph, Resource } from "../render/graph.ts";
import type { Scheduled } from "./query.ts";
import { aliasOf, at, calledArn, deployedFunctions, inlineStatements, ofType, pascal, queueArn, queueOf, same, scheduledFunctions } from "./query.ts";
import type { Rule } from "./rule.ts";
import { isPermanent } from "./rule.ts";

const dayseconds = 86_400;

/** Rules about scheduled work. */
export const scheduleRules: readonly Rule[] = [
  {
    name: "each schedule of the table starts its own function at its own rate, is retried, and fails into the queue",
    holdsInDev: true,
    faults: (graph) => [
      ...scheduledFunctions(graph).flatMap((row) => scheduleFaults(graph, row)),
      ...(ofType(graph, "aws:scheduler/schedule:Schedule").length === scheduledFunctions(graph).length ? [] : ["there are schedules outside the table"]),
    ],
  },
  {
    name: "the scheduler may start its schedule's function and write to the queue, and no more",
    holdsInDev: true,
    faults: (graph) => scheduledFunctions(graph).flatMap((row) => roleFaults(graph, row)),
  },
  {
    name: "a scheduled function that fails is retried, and then its event is kept",
    holdsInDev: true,
    faults: (graph) => scheduledFunctions(graph).flatMap((row) => invokeFaults(graph, pascal(row.function))),
  },
  {
    name: "schedules run in permanent stages alone",
    holdsInDev: true,
    faults: (graph) => {
      const wanted = isPermanent(graph) && !graph.dev ? "ENABLED" : "DISABLED";
      return ofType(graph, "aws:scheduler/schedule:Schedule")
        .filter((schedule) => at(schedule, "state") !== wanted)
        .map((schedule) => `${schedule.name} is ${String(at(schedule, "state"))}`);
    },
  },
  {
    name: "there is one dead-letter queue, encrypted, that keeps for two weeks",
    holdsInDev: true,
    faults: (graph) => {
      const queues = ofType(graph, "aws:sqs/queue:Queue");
      const queue = queueOf(graph, "ScheduleDeadLetters");
      return [
        ...(queues.length === 2 ? [] : [`there are ${queues.length} queues`]),
        ...(at(queue, "messageRetentionSeconds") === 14 * dayseconds ? [] : ["letters are lost early"]),
        ...(at(queue, "sqsManagedSseEnabled") === true ? [] : ["letters are stored in the clear"]),
      ];
    },
  },
  {
    name: "a hint that deliveries wait is encrypted, tried three times in its hour, hidden longer than its subscriber may run, and then a dead letter",
    holdsInDev: true,
    faults: (graph) => {
      const { messageRetentionSeconds, sqsManagedSseEnabled, visibilityTimeoutSeconds, redrivePolicy } = Object(queueOf(graph, "Webhooks")?.inputs) as Readonly<Record<string, unknown>>;
      const given = { messageRetentionSeconds, sqsManagedSseEnabled, visibilityTimeoutSeconds, redrivePolicy: JSON.parse(String(redrivePolicy ?? "null")) as unknown };
      const wanted = { messageRetentionSeconds: 3600, sqsManagedSseEnabled: true, visibilityTimeoutSeconds: 900, redrivePolicy: { deadLetterTargetArn: queueArn(graph, "ScheduleDeadLetters"), maxReceiveCount: 3 } };
      const subscribers = schedules.filter(({ queue }) => queue !== undefined).map((row) => deployedFunctions(graph).find(({ name }) => name === pascal(row.function)));
      return [
        ...(same(given, wanted) ? [] : [`hints are kept by ${JSON.stringify(given)}`]),
        ...subscribers.filter((subscriber) => Number(at(subscriber?.lambda, "timeout")) * 2 > Number(visibilityTimeoutSeconds)).map((subscriber) => `${String(subscriber?.name)} may run while its messages come back`),
      ];
    },
  },
  {
    name: "hints start the deliverers alone, ten in a call, in a bounded number of calls at once",
    holdsInDev: true,
    faults: (graph) => {
      const given = ofType(graph, "aws:lambda/eventSourceMapping:EventSourceMapping").map(({ inputs }) => inputs);
      const wanted = schedules
        .filter(({ queue }) => queue !== undefined)
        .map((row) => deployedFunctions(graph).find(({ name }) => name === pascal(row.function)))
        .map((subscriber) => ({
          eventSourceArn: queueArn(graph, "Webhooks"),
          functionName: subscriber === undefined ? "" : calledArn(subscriber, graph),
          batchSize: 10,
          maximumBatchingWindowInSeconds: 0,
          functionResponseTypes: [],
          scalingConfig: { maximumConcurrency: 5 },
        }));
      return same(given, wanted) ? [] : [`hints start ${JSON.stringify(given)}`];
    },
  },
];

function scheduleFaults(graph: Graph, row: Scheduled): string[] {
  const schedule: Resource | undefined = ofType(graph, "aws:scheduler/schedule:Schedule").find(({ name }) => name === `${pascal(row.name)}Schedule`);
  const target = deployedFunctions(graph).find(({ name }) => name === pascal(row.function));
  if (schedule === undefined || target === undefined) return [`${row.name} is not scheduled`];
  return [
    ...(at(schedule, "scheduleExpression") === row.schedule ? [] : [`${row.name} runs at ${String(at(schedule, "scheduleExpression"))}`]),
    ...(at(schedule, "target", "arn") === calledArn(target, graph) ? [] : [`${row.name} starts another function`]),
    ...(Number(at(schedule, "target", "retryPolicy", "maximumRetryAttempts")) >= 1 ? [] : [`${row.name} is not retried`]),
    ...(at(schedule, "target", "deadLetterConfig", "arn") === queueArn(graph, "ScheduleDeadLetters") ? [] : [`${row.name} fails into nothing`]),
  ];
}

function roleFaults(graph: Graph, row: Scheduled): string[] {
  const role = ofType(graph, "aws:iam/role:Role").find(({ name }) => name === `${pascal(row.name)}Role`);
  const schedule = ofType(graph, "aws:scheduler/schedule:Schedule").find(({ name }) => name === `${pascal(row.name)}Schedule`);
  const target = deployedFunctions(graph).find(({ name }) => name === pascal(row.function));
  if (role === undefined || target === undefined) return [`${row.name} has no role`];
  const wanted = [
    { Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: [calledArn(target, graph)] },
    { Effect: "Allow", Action: ["sqs:SendMessage"], Resource: [queueArn(graph, "ScheduleDeadLetters")] },
  ];
  return [
    ...(same(inlineStatements(role), wanted) ? [] : [`${row.name} may ${JSON.stringify(inlineStatements(role))}`]),
    ...(at(role, "managedPolicyArns") === undefined ? [] : [`${row.name} may ${JSON.stringify(at(role, "managedPolicyArns"))}`]),
    ...(at(schedule, "target", "roleArn") === `arn:aws:iam::123456789012:role/${String(at(role, "name"))}` ? [] : [`${row.name} runs as another role`]),
  ];
}

function invokeFaults(graph: Graph, name: string): string[] {
  const config = ofType(graph, "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig").find(
    (candidate) => candidate.name === `${name}EventInvokeConfig`,
  );
  const target = deployedFunctions(graph).find((deployed) => deployed.name === name);
  return [
    ...(at(config, "functionName") === at(target?.lambda, "name") ? [] : [`${name} is retried as another`]),
    ...(at(config, "qualifier") === aliasOf({ name }, graph) ? [] : [`${name} is retried only when another version is called`]),
    ...(at(config, "destinationConfig", "onFailure", "destination") === queueArn(graph, "ScheduleDeadLetters") ? [] : [`${name} fails without a trace`]),
    ...(Number(at(config, "maximumRetryAttempts")) >= 1 ? [] : [`${name} is not retried`]),
    ...(Number(at(config, "maximumEventAgeInSeconds")) <= 3600 ? [] : [`${name} may run for a stale event`]),
  ];
}
