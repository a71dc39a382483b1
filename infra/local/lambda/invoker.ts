import type { Invoke } from "./gateway.ts";
import type { RunSchedule } from "./scheduler.ts";

/** The variables that a function is given. */
export type Environment = Readonly<Record<string, string>>;

/** A way to call the functions, and to end what it started. */
export type Invoker = { readonly invoke: Invoke; readonly runSchedule: RunSchedule; readonly close: () => Promise<void> };
