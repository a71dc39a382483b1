import pg from "pg";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startFaultyService } from "../support/faulty-service.ts";
import { asSuperuser } from "../support/database.ts";
import { canariesOf, secretFaults } from "../support/checkers.ts";
import { postgresUrl } from "../support/servers.ts";
import { startService } from "../support/service.ts";
import { until } from "../support/until.ts";
import type { Subject } from "../support/verbs.ts";
import { createContext } from "./operations.ts";
import type { Operation } from "./operations.ts";
import type { Outcome, Trial } from "./trial.ts";
import { runTrial } from "./trial.ts";

const service = await startService();
const context = await createContext(service);
/** Its functions have time for two waits for a lock, and for a busy machine's pauses. */
const faulty = await startFaultyService(service, { timeoutMs: 15_000 });
const { databaseName, owner } = service;
const totals = { trials: 0, operations: 0, outcomes: {} as Record<string, number> };
afterAll(() => process.stdout.write(`database: ${totals.trials} faults x operations = ${totals.operations}: ${JSON.stringify(totals.outcomes)}\n`));

async function faultsOf(trial: Omit<Trial, "context" | "faulty"> & Partial<Pick<Trial, "faulty">>): Promise<readonly string[]> {
  const report = await runTrial({ context, faulty, ...trial });
  totals.trials += 1;
  totals.operations += report.tried;
  for (const [outcome, count] of Object.entries(report.outcomes)) totals.outcomes[outcome] = (totals.outcomes[outcome] ?? 0) + count;
  return report.faults;
}

const isCommit = ({ kind }: Operation) => kind === "commit";

/** A session beside the service's, as the superuser, in its database. */
async function besides<Value>(run: (client: pg.Client) => Promise<Value>): Promise<Value> {
  const url = new URL(await postgresUrl());
  url.pathname = `/${databaseName}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}

/** Waits until they have ended: a session that ends later would take a call with it. */
const endSessions = () =>
  asSuperuser(`select pg_terminate_backend(pid, 60000) from pg_stat_activity where datname = '${databaseName}' and usename = 'licensing_app'`);

describe("one refused statement", () => {
  // The request id names the raised error and its count, which is kept in a sequence, since no rollback resets one.
  beforeAll(async () => {
    await owner.write(sql`create sequence licensing.raised`);
    await owner.write(sql`grant usage on sequence licensing.raised to public`);
    await owner.write(sql`create function licensing.raise_fault() returns trigger language plpgsql as $body$
      declare parts text[] := regexp_match(new.request_id, '^raise-([0-9A-Z]{5})-([0-9]+)-');
      begin
        if parts is not null and (parts[2] = '0' or nextval('licensing.raised') <= parts[2]::int) then
          raise exception 'a secret of the database: %', new.changes using errcode = parts[1];
        end if;
        return new;
      end $body$`);
    await owner.write(sql`create trigger raise_fault before insert on licensing."LicenseEvent" for each row execute function licensing.raise_fault()`);
  });

  const refused = (code: string, times: number, outcome: Outcome) => [`${code}${times === 0 ? "" : `, ${times} times`}`, { code, times, outcome }] as const;

  test.each([
    refused("40P01", 0, "dependency-unavailable"),
    refused("40P01", 2, "right"),
    refused("40001", 0, "dependency-unavailable"),
    refused("40001", 2, "right"),
    refused("57014", 0, "license-contended"),
    refused("55P03", 0, "license-contended"),
    refused("53300", 0, "dependency-unavailable"),
    refused("53100", 0, "dependency-unavailable"),
    refused("25006", 0, "dependency-unavailable"),
    refused("42P01", 0, "dependency-unavailable"),
    refused("42501", 0, "dependency-unavailable"),
    refused("P0001", 0, "dependency-unavailable"),
    refused("XX000", 0, "dependency-unavailable"),
    refused("57P01", 0, "outcome-unknown"),
    refused("08006", 0, "outcome-unknown"),
  ])("with %s rolls the whole change back, or the change is made once", async (_name, { code, times, outcome }) => {
    const commits = times === 0 ? [undefined] : ["suspend", "issue a license", "activate"];
    for (const [turn, name] of commits.entries()) {
      let marked = 0;
      const faults = await faultsOf({
        only: (operation) => isCommit(operation) && (name === undefined || operation.name === name),
        expected: () => [outcome],
        requestId: () => `raise-${code}-${times}-${turn}-${(marked += 1)}`,
        inject: async () => {
          await owner.write(sql`alter sequence licensing.raised restart`);
          await owner.write(sql`alter table licensing."LicenseEvent" enable trigger raise_fault`);
          return () => owner.write(sql`alter table licensing."LicenseEvent" disable trigger raise_fault`);
        },
      });
      expect(faults).toEqual([]);
    }
  });

  test.each(["Activation", "IdempotencyRecord", "LicenseKey"])("in %s leaves nothing of its change", async (table) => {
    const touches: Readonly<Record<string, (operation: Operation) => boolean>> = {
      Activation: ({ name }) => /activate$|^(validate|rename|release-seats)$/.test(name),
      LicenseKey: ({ name }) => /issue a license|rotate|transfer/.test(name),
      // Freeing a seat is safe to repeat without a key.
      IdempotencyRecord: ({ name, kind }) => kind !== "read" && name !== "deactivate",
    };
    const touchesTable = touches[table] ?? (() => false);
    // The certificate is published before its due time is written, and that write fails.
    const expected = (operation: Operation): readonly Outcome[] => (touchesTable(operation) && operation.kind !== "read" ? ["dependency-unavailable"] : ["right"]);
    const faults = await faultsOf({
      expected,
      inject: async () => {
        const name = sql.identifier(table);
        await owner.write(sql`create function licensing.refuse_all() returns trigger language plpgsql as $body$ begin raise exception 'no'; end $body$`);
        await owner.write(sql`create trigger refuse_all before insert or update on licensing.${name} for each row execute function licensing.refuse_all()`);
        return () => owner.write(sql`drop function licensing.refuse_all cascade`);
      },
    });
    expect(faults).toEqual([]);
  });
});

describe("while another session holds a license's lock", () => {
  const lock = (subjects: readonly Subject[]) => {
    const released = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const session = besides(async (client) => {
      await client.query("begin");
      await client.query('select id from licensing."License" where id = any($1::bigint[]) for update', [subjects.map(({ licenseId }) => licenseId)]);
      locked.resolve();
      await released.promise;
      await client.query("rollback");
    });
    session.catch(locked.reject);
    return {
      locked: locked.promise,
      release: async () => {
        released.resolve();
        await session;
      },
    };
  };
  const onLicense = (operation: Operation) => isCommit(operation) && operation.name !== "issue a license";

  test("changes are license-contended; reads and validations are answered", async () => {
    const faults = await faultsOf({
      expected: (operation) => (onLicense(operation) ? ["license-contended"] : ["right"]),
      inject: async (subjects) => {
        const held = lock(subjects);
        await held.locked;
        return held.release;
      },
    });
    expect(faults).toEqual([]);
  });

  test("a change whose session is terminated while it waits has changed nothing", async () => {
    let ended = 0;
    const faults = await faultsOf({
      expected: (operation) => (onLicense(operation) ? ["outcome-unknown", "license-contended"] : ["right", "dependency-unavailable", "outcome-unknown"]),
      inject: async (subjects) => {
        const held = lock(subjects);
        await held.locked;
        const isOver = new AbortController();
        const ending = besides(async (client) => {
          while (!isOver.signal.aborted) {
            const { rowCount } = await client.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'licensing_app' and wait_event_type = 'Lock'");
            ended += rowCount ?? 0;
            await client.query("select pg_sleep(0.02)");
          }
        });
        return async () => {
          isOver.abort();
          await ending;
          await held.release();
        };
      },
    });
    expect(faults).toEqual([]);
    expect(ended).toBeGreaterThan(0);
  });
});

test("a change that meets a real deadlock with a session that locks in the opposite order is still made", async () => {
  const deadlocks = () => service.neon.stats.recent.filter(({ code }) => code === "40P01").length;
  // On a slow machine the service may look for a deadlock before the other session waits for it. It looks once in each wait.
  const roundsMax = 10;
  for (let round = 0; round < roundsMax && deadlocks() === 0; round += 1) {
    // The other session holds the service's second lock and waits for its first.
    const faults = await faultsOf({
      only: ({ name }) => name === "deactivate",
      expected: () => ["right"],
      inject: async ([subject]) => {
        const held = Promise.withResolvers<void>();
        const session = besides(async (client) => {
          await client.query("begin");
          await client.query("set local deadlock_timeout = '10s'");
          await client.query('select id from licensing."Activation" where id = $1 for update', [subject?.seat]);
          held.resolve();
          await until("the service has the license's lock and waits for the seat", async () =>
            (await client.query("select from pg_locks w where not w.granted and pg_backend_pid() = any (pg_blocking_pids(w.pid))")).rowCount !== 0);
          await client.query('select id from licensing."License" where id = $1 for update', [subject?.licenseId]).catch(() => undefined);
          await client.query("rollback");
        });
        await held.promise;
        return () => session;
      },
    });
    expect(faults).toEqual([]);
  }
  expect(deadlocks()).toBeGreaterThan(0);
});

describe("calls get their right answer or problem while the database", () => {
  test("accepts no more connections: 53300", async () => {
    const faults = await faultsOf({
      expected: () => ["dependency-unavailable"],
      inject: async () => {
        await asSuperuser(`alter database ${databaseName} connection limit 0`);
        await endSessions();
        return () => asSuperuser(`alter database ${databaseName} connection limit -1`);
      },
    });
    expect(faults).toEqual([]);
  });

  test("is read-only, as after a failover: 25006, and validations are answered", async () => {
    const faults = await faultsOf({
      expected: ({ kind, name }) => (kind === "read" ? (/as a service/.test(name) ? ["right", "dependency-unavailable"] : ["right"]) : ["dependency-unavailable"]),
      inject: async () => {
        await asSuperuser(`alter database ${databaseName} set default_transaction_read_only = on`);
        await endSessions();
        return async () => {
          await asSuperuser(`alter database ${databaseName} reset default_transaction_read_only`);
          await endSessions();
        };
      },
    });
    expect(faults).toEqual([]);
  });

  test("has lost a table: 42P01", async () => {
    const faults = await faultsOf({
      expected: () => ["dependency-unavailable", "right"],
      inject: async () => {
        await owner.write(sql`alter table licensing."License" rename to "Lost"`);
        return () => owner.write(sql`alter table licensing."Lost" rename to "License"`);
      },
    });
    expect(faults).toEqual([]);
  });

  test("misses a migration, which readiness reports until it is there again", async () => {
    await owner.write(sql`create table licensing.aside as select * from drizzle.__drizzle_migrations where id = (select max(id) from drizzle.__drizzle_migrations)`);
    await owner.write(sql`delete from drizzle.__drizzle_migrations where id = (select max(id) from drizzle.__drizzle_migrations)`);
    const behind = await faulty.call("GET", "/readyz");
    await owner.write(sql`insert into drizzle.__drizzle_migrations select * from licensing.aside`);
    const well = await faulty.call("GET", "/readyz");
    expect([behind.status, behind.body.checks.migrations, well.status]).toEqual([503, [{ status: "fail", output: "Migrations have not been run." }], 200]);
  });

  test("has a locked table: each call ends within its function's time", async () => {
    const released = Promise.withResolvers<void>();
    const faults = await faultsOf({
      faulty: await startFaultyService(service, { timeoutMs: 5_000 }),
      expected: ({ kind }) => (kind === "read" ? ["dependency-unavailable", "right"] : ["dependency-unavailable", "outcome-unknown", "license-contended"]),
      inject: async () => {
        const locked = Promise.withResolvers<void>();
        const session = besides(async (client) => {
          await client.query("begin");
          await client.query('lock table licensing."License" in access exclusive mode');
          locked.resolve();
          await released.promise;
          await client.query("rollback");
        });
        await locked.promise;
        return () => {
          released.resolve();
          return session;
        };
      },
    });
    expect(faults).toEqual([]);
  });
});

test("neither a secret nor a message of the database was printed", () => {
  expect(secretFaults([...faulty.printed, ...service.printed], [...canariesOf(service.environment), "a secret of the database"])).toEqual([]);
});
