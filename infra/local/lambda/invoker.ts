import type { Invoke } from "./gateway.ts";
import type { RunSchedule } from "./scheduler.ts";

/** A function's variables. */
export type Environment = Readonly<Record<string, string>>;

/** Calls the functions; `close` ends the processes it started. */
export type Invoker = { readonly invoke: Invoke; readonly runSchedule: RunSchedule; readonly close: () => Promise<void> };
