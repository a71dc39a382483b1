import pg from "pg";
import type { TestProject } from "vitest/node";
import { claimFunctionTexts } from "../../infra/claim-functions.ts";
import { TEMPLATE_DATABASE } from "../support/roles.ts";

/** The servers of one run of mutants; without them each of Stryker's workers would start its own. */
export const runServersVariable = "LICENSING_MUTATE_SERVERS_URL";

/** A global setup in place of the usual one. */
export default async function setup(project: TestProject): Promise<void> {
  const url = process.env[runServersVariable] ?? "";
  project.provide("runServersUrl", url);
  if (url !== "") await replaceFunctions(await (await fetch(`${url}/postgres`)).text());
}

/** Replaces the functions that write claims by those of the mutated source: the migration has the text of the original source. */
async function replaceFunctions(address: string): Promise<void> {
  const client = new pg.Client({ connectionString: new URL(`/${TEMPLATE_DATABASE}`, address).href });
  await client.connect();
  for (const text of claimFunctionTexts()) await client.query(text.replace("CREATE", "CREATE OR REPLACE"));
  await client.end();
}
