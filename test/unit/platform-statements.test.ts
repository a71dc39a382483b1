import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import { expect, test } from "vitest";
import { createDatabase } from "@licensing/core/platform/database.ts";
import type { Outgoing } from "@licensing/core/platform/transport.ts";
import { licenseTable as license } from "@licensing/core/license/license.table.ts";

const answer = JSON.stringify({ fields: [], rows: [], rowCount: 0, command: "SELECT" });
const address = "postgres://user:password@db.example/licensing";

/** The request to the database for a statement. */
async function sentFor(statement: SQL, url = address): Promise<Outgoing> {
  const sent: Outgoing[] = [];
  const send = (request: Outgoing) => {
    sent.push(request);
    return Promise.resolve({ status: 200, text: answer });
  };
  await createDatabase(url, { send, close: () => undefined }).read(statement);
  const [request] = sent;
  if (request === undefined) throw new Error("nothing was sent");
  return request;
}

test.each([
  ["values", sql`select ${"text"}, ${7}, ${null}, ${true}`],
  ["a list", sql`select 1 where ${"a"} in ${["a", "b"]}`],
  ["a name with a quote", sql`select 1 as ${sql.identifier('ev"il')}`],
  ["a text written into the statement", sql`select ${"it's ${1}"}`.inlineParams()],
  ["statements in one another", sql`select ${sql.join([sql`${1}`, sql`(${sql`${2}`})`], sql`, `)}`],
  ["a table and its columns", sql`select ${license.key_digest} from ${license} where ${license.id} = ${"1"}`],
])("%s are printed as drizzle's own dialect prints them", async (_what, statement) => {
  const { sql: query, params } = new PgDialect().sqlToQuery(statement);
  // The driver sends numbers and booleans as Postgres reads them.
  expect(JSON.parse(String((await sentFor(statement)).body))).toEqual({ query, params: params.map((param) => (param === null ? null : String(param))) });
});

test.each([
  ["licensing by default", address, "licensing"],
  ["the address's own", `${address}?application_name=reporting&sslmode=require`, "reporting"],
])("a session's application_name: %s", async (_which, url, name) => {
  const { headers } = await sentFor(sql`select 1`, url);
  expect(new URL(headers?.["Neon-Connection-String"] ?? "").searchParams.getAll("application_name")).toEqual([name]);
});
