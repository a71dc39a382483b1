import path from "node:path";
import pg from "pg";
import { createDatabase } from "@licensing/core/platform/database.ts";
import { createTransport } from "@licensing/core/platform/transport.ts";
import { startNeon } from "../../infra/local/neon/neon.ts";
import { openPostgres } from "../../infra/local/neon/postgres.ts";
import { migrate } from "../../infra/migrate.ts";
import { APPLICATION, KEYRING, OWNER, PASSWORDS, TEMPLATE_DATABASE } from "./roles.ts";

/** Makes the template once a run; `url` is the superuser's. No connection to it may stay open: it could not be copied. */
export async function prepareTemplate(url: string): Promise<void> {
  await createTemplate(url);
  const backend = openPostgres(url);
  const neon = await startNeon({ backend, passwords: PASSWORDS });
  const transport = createTransport();
  try {
    await migrate({
      database: createDatabase(neon.url(OWNER.name, TEMPLATE_DATABASE), transport),
      folder: path.join(import.meta.dirname, "../../migrations"),
      application: { role: APPLICATION.name, password: APPLICATION.password },
      keyring: { role: KEYRING.name, password: KEYRING.password },
    });
  } finally {
    transport.close();
    await neon.close();
    await backend.close();
  }
}

async function createTemplate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // As Neon's owner: it may create roles and databases, and is no superuser.
    const role = client.escapeIdentifier(OWNER.name);
    const password = client.escapeLiteral(OWNER.password);
    await client.query(`CREATE ROLE ${role} LOGIN CREATEROLE CREATEDB BYPASSRLS PASSWORD ${password}`);
    await client.query(`CREATE DATABASE ${TEMPLATE_DATABASE} OWNER ${role}`);
  } finally {
    await client.end();
  }
}
