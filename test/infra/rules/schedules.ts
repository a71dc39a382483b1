import type { Graph, Resource } from "../render/graph.ts";
import type { Scheduled } from "./query.ts";
import { at, deployedFunctions, functionArn, inlineStatements, ofType, pascal, same, scheduledFunctions } from "./query.ts";
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
      const queue = queues[0];
      return [
        ...(queues.length === 1 ? [] : [`there are ${queues.length} queues`]),
        ...(at(queue, "messageRetentionSeconds") === 14 * dayseconds ? [] : ["letters are lost early"]),
        ...(at(queue, "sqsManagedSseEnabled") === true ? [] : ["letters are stored in the clear"]),
      ];
    },
  },
];

function queueArn(graph: Graph): string {
  return `arn:aws:sqs:eu-central-1:123456789012:${String(at(ofType(graph, "aws:sqs/queue:Queue")[0], "name"))}`;
}

function scheduleFaults(graph: Graph, row: Scheduled): string[] {
  const schedule: Resource | undefined = ofType(graph, "aws:scheduler/schedule:Schedule").find(({ name }) => name === `${pascal(row.name)}Schedule`);
  const target = deployedFunctions(graph).find(({ name }) => name === pascal(row.function));
  if (schedule === undefined || target === undefined) return [`${row.name} is not scheduled`];
  return [
    ...(at(schedule, "scheduleExpression") === row.schedule ? [] : [`${row.name} runs at ${String(at(schedule, "scheduleExpression"))}`]),
    ...(at(schedule, "target", "arn") === functionArn(target) ? [] : [`${row.name} starts another function`]),
    ...(Number(at(schedule, "target", "retryPolicy", "maximumRetryAttempts")) >= 1 ? [] : [`${row.name} is not retried`]),
    ...(at(schedule, "target", "deadLetterConfig", "arn") === queueArn(graph) ? [] : [`${row.name} fails into nothing`]),
  ];
}

function roleFaults(graph: Graph, row: Scheduled): string[] {
  const role = ofType(graph, "aws:iam/role:Role").find(({ name }) => name === `${pascal(row.name)}Role`);
  const schedule = ofType(graph, "aws:scheduler/schedule:Schedule").find(({ name }) => name === `${pascal(row.name)}Schedule`);
  const target = deployedFunctions(graph).find(({ name }) => name === pascal(row.function));
  if (role === undefined || target === undefined) return [`${row.name} has no role`];
  const wanted = [
    { Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: [functionArn(target)] },
    { Effect: "Allow", Action: ["sqs:SendMessage"], Resource: [queueArn(graph)] },
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
    ...(at(config, "destinationConfig", "onFailure", "destination") === queueArn(graph) ? [] : [`${name} fails without a trace`]),
    ...(Number(at(config, "maximumRetryAttempts")) >= 1 ? [] : [`${name} is not retried`]),
    ...(Number(at(config, "maximumEventAgeInSeconds")) <= 3600 ? [] : [`${name} may run for a stale event`]),
  ];
}
