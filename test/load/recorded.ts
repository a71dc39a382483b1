import pg from "pg";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import { startGateway } from "../../infra/local/lambda/gateway.ts";
import { invokeInProcess } from "../../infra/local/lambda/in-process.ts";
import { startNeon } from "../../infra/local/neon/neon.ts";
import { openPostgres } from "../../infra/local/neon/postgres.ts";
import type { SqlBackend, SqlWork } from "../../infra/local/neon/sql.ts";
import { routes } from "../../infra/routes.ts";
import { steadyTransport } from "../support/patient-runtime.ts";
import { APPLICATION, KEYRING, PASSWORDS } from "../support/roles.ts";
import { postgresUrl } from "../support/servers.ts";
import { base, createCall } from "../support/service.ts";
import type { Service } from "../support/service.ts";
import type { Service as CaseService } from "../support/conformance-service.ts";
import { whenDone } from "../support/when-done.ts";

/**
 * Pages of 8 KB that PostgreSQL read for one statement, cached or not, the rows that it returned, and the rows of tables that it read,
 * those that a condition left out among them.
 */
export type Cost = { readonly statement: string; readonly pages: number; readonly rows: number; readonly rowsRead: number };

type Node = {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Index Recheck"?: number;
  readonly Plans?: readonly Node[];
};
type Plan = Node & { readonly "Shared Hit Blocks": number; readonly "Shared Read Blocks": number };

function rowsReadBy({ Plans: parts = [], ...node }: Node): number {
  const isScan = node["Relation Name"] !== undefined && node["Node Type"] !== "ModifyTable";
  const each = node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Index Recheck"] ?? 0);
  return parts.reduce((sum, part) => sum + rowsReadBy(part), isScan ? Math.round(each * node["Actual Loops"]) : 0);
}

/**
 * A second instance of a service, whose statements are measured at the Neon endpoint: before a batch runs, a session of its own runs
 * it under EXPLAIN ANALYZE and rolls it back. `costsOf` collects the statements of one call.
 */
export type Recorded = {
  readonly runtime: Runtime;
  readonly client: pg.Client;
  readonly service: CaseService;
  readonly costsOf: (run: () => Promise<unknown>) => Promise<readonly Cost[]>;
};

export async function startRecorded(of: Service): Promise<Recorded> {
  const client = new pg.Client({ connectionString: new URL(`/${of.databaseName}`, await postgresUrl()).href });
  await client.connect();
  const backend = openPostgres(await postgresUrl());
  let costs: Cost[] | undefined;
  const measured: SqlBackend = {
    ...backend,
    run: async (work) => {
      const into = costs;
      if (into !== undefined && work.database === of.databaseName) into.push(...(await inTurn(() => measure(client, work))));
      return backend.run(work);
    },
  };
  const neon = await startNeon({ backend: measured, passwords: PASSWORDS });
  const environment = {
    ...of.environment,
    APP_ENV_DATABASE_URL: neon.url(APPLICATION.name, of.databaseName),
    APP_ENV_LICENSING_KEYRING_DATABASE_URL: neon.url(KEYRING.name, of.databaseName),
  };
  const runtime = createRuntime({ environment, now: of.clock.now, print: () => undefined, transport: steadyTransport() });
  const gateway = await startGateway({ routes, invoke: invokeInProcess(runtime), port: 0 });
  whenDone(async () => {
    await gateway.close();
    runtime.transport.close();
    await neon.close();
    await backend.close();
    await client.end();
  });
  return {
    runtime,
    client,
    service: caseService(of, gateway.origin),
    costsOf: async (run) => {
      const mine: Cost[] = [];
      costs = mine;
      try {
        await run();
        // A call ends after its time, though its statement is still being measured.
        await turn;
      } finally {
        costs = undefined;
      }
      return mine;
    },
  };
}

/** One session measures, so requests that run at once take turns. */
let turn: Promise<unknown> = Promise.resolve();
function inTurn<Value>(run: () => Promise<Value>): Promise<Value> {
  const mine = turn.then(run);
  turn = mine.catch(() => undefined);
  return mine;
}

/**
 * Runs each statement twice and measures the second run: the first one after a change of the catalog, by a vacuum too, also reads the
 * catalog and the first page of each index.
 */
async function measure(client: pg.Client, { statements }: SqlWork): Promise<Cost[]> {
  const costs: Cost[] = [];
  await client.query("begin");
  try {
    for (const { query, params } of statements) {
      const explained = () => client.query<{ "QUERY PLAN": readonly { readonly Plan: Plan }[] }>(`explain (analyze, buffers, format json) ${query}`, [...params]);
      await client.query("savepoint before");
      await explained();
      await client.query("rollback to savepoint before");
      const { rows } = await explained();
      const plan = rows[0]?.["QUERY PLAN"][0]?.Plan;
      if (plan !== undefined) costs.push({ statement: query, pages: plan["Shared Hit Blocks"] + plan["Shared Read Blocks"], rows: plan["Actual Rows"], rowsRead: rowsReadBy(plan) });
    }
  } catch (error) {
    // A statement that PostgreSQL refuses here is refused to the service as well, which answers it.
    if (!(error instanceof pg.DatabaseError)) throw error;
  } finally {
    await client.query("rollback");
  }
  return costs;
}

function caseService(of: Service, origin: string): CaseService {
  let count = 0;
  const call = createCall(origin, () => of.token("admin"));
  return {
    origin,
    policy: "scale",
    admin: "",
    bearer: async ({ sub }) => `Bearer ${await of.token("admin", sub)}`,
    unique: (prefix) => `${prefix}-${(count += 1)}`,
    send: async (method, path, options = {}) => {
      const { status, headers, text, body } = await call(method, /^\/(v1\/|healthz|readyz)/.test(path) ? path : `${base}${path}`, options);
      return { status, headers: Object.fromEntries(headers), text, body: (body ?? {}) as Readonly<Record<string, unknown>> };
    },
    lines: [],
  };
}
