import { isPermanentStage } from "./settings.ts";

/** What a stage keeps and what watches over it. Every other file asks here instead of comparing names. */

export const isProduction = $app.stage === "production";

/** Permanent stages own their database project, run their schedules, and page somebody. The others come and go. */
export const isPermanent = isPermanentStage($app.stage);

/**
 * For what can't be made again from the source: data and the keys to it. SST's own `removal: "retain"` covers a fixed
 * list of AWS types, on which Neon, Upstash, SQS and KMS are not.
 */
export const keep: { protect?: true; retainOnDelete?: true } = isProduction
  ? { protect: true, retainOnDelete: true }
  : {};

/** How long logs stay. The audit trail is in the database; logs are for looking into last month. */
export const logRetention = isPermanent ? "3 months" : "2 weeks";
