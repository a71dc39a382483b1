import pg from "pg";
import { OWNER } from "./roles.ts";

/** The database that every test file's own is a copy of. */
export const TEMPLATE_DATABASE = "licensing_template";

/** Makes the template once a run; `url` is the superuser's. No connection to it may stay open: it could not be copied. */
export async function prepareTemplate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // What Neon gives an owner: roles and databases of its own, and no superuser.
    const role = client.escapeIdentifier(OWNER.name);
    const password = client.escapeLiteral(OWNER.password);
    await client.query(`CREATE ROLE ${role} LOGIN CREATEROLE CREATEDB BYPASSRLS PASSWORD ${password}`);
    await client.query(`CREATE DATABASE ${TEMPLATE_DATABASE} OWNER ${role}`);
  } finally {
    await client.end();
  }
}
