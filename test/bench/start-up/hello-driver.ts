import { sql } from "drizzle-orm";
import { createDatabase } from "@licensing/core/platform/database.ts";
import { createTransport } from "@licensing/core/platform/transport.ts";

/** The same query by the two kept packages alone: drizzle prints it, and Neon's driver sends it over our transport. */
const database = createDatabase(process.env["APP_ENV_DATABASE_URL"] ?? "", createTransport());

export async function handler() {
  const [rows = []] = await database.read(sql`hello`);
  return { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ valid: rows.length === 1 }) };
}
