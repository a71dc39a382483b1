import { snapshotStatement } from "@licensing/core/lifecycle/snapshot.sql.ts";
import { createDatabase } from "@licensing/core/platform/database.ts";
import { createTransport } from "@licensing/core/platform/transport.ts";

/** validate's query by the same packages in the same way, without its other work: the row is read and counted. */
const database = createDatabase(process.env["APP_ENV_DATABASE_URL"] ?? "", createTransport());
const question = { locator: { by: "key", named: "0".repeat(64) }, scope: { kind: "all" }, fingerprint: "a-machine-of-the-bench" } as const;

export async function handler() {
  const [rows = []] = await database.read(snapshotStatement({ ...question, now: new Date() }));
  return { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ valid: rows.length === 1 }) };
}
