import { randomBytes } from "node:crypto";
import pg from "pg";
import { OWNER, TEMPLATE_DATABASE } from "./roles.ts";
import { postgresUrl } from "./servers.ts";
import { whenDone } from "./when-done.ts";

/** A migrated database of the caller's own, dropped when its test or file is done. Returns its name. */
export function cloneDatabase(): Promise<string> {
  return databaseOf(`TEMPLATE ${TEMPLATE_DATABASE} STRATEGY FILE_COPY`);
}

/** The same without tables. */
export function emptyDatabase(): Promise<string> {
  return databaseOf("");
}

async function databaseOf(options: string): Promise<string> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  await asSuperuser(`CREATE DATABASE ${name} OWNER ${OWNER.name} ${options}`);
  whenDone(() => asSuperuser(`DROP DATABASE ${name} WITH (FORCE)`));
  return name;
}

/** Runs one statement as the cluster's superuser, outside any database of a test. */
export async function asSuperuser(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: await postgresUrl() });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
