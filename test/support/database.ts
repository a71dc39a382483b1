import { randomBytes } from "node:crypto";
import pg from "pg";
import { OWNER, TEMPLATE_DATABASE } from "./roles.ts";
import { postgresUrl } from "./servers.ts";
import { whenDone } from "./when-done.ts";

/**
 * A migrated database of the calling test file's own, dropped when the file is done. Returns its name.
 * Call it at the top level of the file, or of a `describe`.
 */
export async function cloneDatabase(): Promise<string> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  await asSuperuser(
    `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE_DATABASE} OWNER ${OWNER.name} STRATEGY FILE_COPY`,
  );
  whenDone(() => asSuperuser(`DROP DATABASE ${name} WITH (FORCE)`));
  return name;
}

/** A database without tables, dropped when the file is done. Returns its name. */
export async function emptyDatabase(): Promise<string> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  await asSuperuser(`CREATE DATABASE ${name} OWNER ${OWNER.name}`);
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
