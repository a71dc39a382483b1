import { describeError } from "../platform/describe-error.ts";
import { writeMetric } from "../platform/metric.ts";
import { withDeadline } from "../platform/deadline.ts";
import type { Runtime } from "../platform/runtime.ts";
import { processRuntime } from "../platform/runtime.ts";

/** The contract of a scheduled function: its name in the table of schedules, and a summary of its work. */
export type ScheduleContract = { readonly schedule: string; readonly summary: string };

/** The counts of a run's work, by name; whole numbers. */
type Counts = Readonly<Record<string, number>>;

type ScheduledContext = { readonly getRemainingTimeInMillis?: () => number };
/** The platform passes two parameters, as to every handler; tests and tools pass a runtime. */
export type ScheduledHandler = (event: unknown, context: ScheduledContext, runtime?: Runtime) => Promise<Counts>;

const remainingMsDefault = 240_000;

/**
 * The edge of scheduled work: a deadline, one log line, and a metric for each completed run, whose absence raises an alarm. A
 * failed run throws, so that the platform tries it again and then stores the event for an operator.
 */
export function scheduled(contract: ScheduleContract, run: (runtime: Runtime) => Promise<Counts>): ScheduledHandler {
  return (_event, context, runtime = processRuntime()) => {
    const startedAtMs = performance.now();
    const deadlineAtMs = startedAtMs + (context.getRemainingTimeInMillis?.() ?? remainingMsDefault);
    return withDeadline(deadlineAtMs, () => complete(contract, { runtime, startedAtMs }, run));
  };
}

type Invocation = { readonly runtime: Runtime; readonly startedAtMs: number };

async function complete(contract: ScheduleContract, { runtime, startedAtMs }: Invocation, run: (runtime: Runtime) => Promise<Counts>): Promise<Counts> {
  const { schedule } = contract;
  try {
    const counts = await run(runtime);
    runtime.log.write("info", "schedule completed", { schedule, counts, durationMs: elapsedMs(startedAtMs) });
    writeMetric(runtime, "ScheduleCompleted", { value: 1, dimensions: { Schedule: schedule } });
    return counts;
  } catch (error) {
    runtime.log.write("error", "schedule failed", { schedule, error: describeError(error), durationMs: elapsedMs(startedAtMs) });
    throw error;
  }
}

function elapsedMs(startedAtMs: number): number {
  return Math.round(performance.now() - startedAtMs);
}
