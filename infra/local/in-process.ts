import type { Handler } from "@licensing/core/http/endpoint.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import type { Route } from "../routes.ts";
import type { Invoke } from "./gateway.ts";

/** Calls the functions' handlers in this process, from their sources, in a runtime of our choosing. */
export function invokeInProcess(runtime: Runtime): Invoke {
  return async (route, event, timeoutMs) => {
    const { handler } = (await import(sourceOf(route))) as { handler: Handler };
    const deadlineAtMs = performance.now() + timeoutMs;
    return handler(event, { getRemainingTimeInMillis: () => deadlineAtMs - performance.now() }, runtime);
  };
}

function sourceOf(route: Route): string {
  return new URL(`../../functions/${route.function}.ts`, import.meta.url).href;
}
