import type { Handler } from "@licensing/core/endpoint/edge.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import type { ScheduledHandler } from "@licensing/core/endpoint/scheduled.ts";
import type { Route, Schedule } from "../../routes.ts";
import type { Invoke } from "./gateway.ts";
import type { RunSchedule } from "./scheduler.ts";

/** Calls the functions' handlers in this process, from their sources, in a runtime of our choosing. */
export function invokeInProcess(runtime: Runtime): Invoke {
  return async (route, event, timeoutMs) => {
    const { handler } = (await import(sourceOf(route))) as { handler: Handler };
    const deadlineAtMs = performance.now() + timeoutMs;
    return handler(event, { getRemainingTimeInMillis: () => deadlineAtMs - performance.now() }, runtime);
  };
}

const scheduleMs = 60_000;

/** The same for scheduled functions. */
export function runScheduleInProcess(runtime: Runtime): RunSchedule {
  return async (schedule) => {
    const { handler } = (await import(sourceOf(schedule))) as { handler: ScheduledHandler };
    const deadlineAtMs = performance.now() + scheduleMs;
    await handler({}, { getRemainingTimeInMillis: () => deadlineAtMs - performance.now() }, runtime);
  };
}

function sourceOf(row: Route | Schedule): string {
  return new URL(`../../../functions/${row.function}.ts`, import.meta.url).href;
}
