import { isPermanentStage } from "./settings.ts";

/** Whether a stage keeps its data and is monitored. Every other file uses these instead of comparing names. */

export const isProduction = $app.stage === "production";

/** Permanent stages own their database project, run their schedules, and have alarms. Other stages are temporary. */
export const isPermanent = isPermanentStage($app.stage);

/**
 * For resources that can't be made again from the source: data and the keys to it. SST's own `removal: "retain"` covers a fixed
 * list of AWS types, without Neon, Upstash, SQS and KMS.
 */
export const keep: { protect?: true; retainOnDelete?: true } = isProduction
  ? { protect: true, retainOnDelete: true }
  : {};

/** How long logs are kept. The audit trail is in the database; logs are for recent faults. */
export const logRetention = isPermanent ? "3 months" : "2 weeks";
