import { randomBytes } from "node:crypto";
import path from "node:path";
import { sql } from "drizzle-orm";
import pg from "pg";
import { expect, test } from "vitest";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import { startGateway } from "../../infra/local/lambda/gateway.ts";
import { invokeInProcess } from "../../infra/local/lambda/in-process.ts";
import { startNeon } from "../../infra/local/neon/neon.ts";
import { openPostgres } from "../../infra/local/neon/postgres.ts";
import type { SqlBackend } from "../../infra/local/neon/sql.ts";
import { lockFromEnvironment, migrateFromEnvironment } from "../../infra/migrate.ts";
import { otherRole } from "../../infra/migration-roles.ts";
import { routes } from "../../infra/routes.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { steadyTransport } from "../support/patient-runtime.ts";
import { APPLICATION, KEYRING, OWNER } from "../support/roles.ts";
import { postgresUrl } from "../support/servers.ts";
import { base, createCall, startService } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { whenDone } from "../support/when-done.ts";

/** Calls at once, before, between and after the steps of a rotation. */
const callsEach = 12;

/** Like Neon's proxy, Postgres checks each request's password, so no earlier connection may be used. */
async function authenticating(): Promise<SqlBackend> {
  const url = await postgresUrl();
  return {
    run: async (work) => {
      const once = openPostgres(url);
      try {
        return await once.run(work);
      } finally {
        await once.close();
      }
    },
    close: () => Promise.resolve(),
  };
}

/** The functions of one deployment; they may be replaced one by one. */
type Deployed = { readonly runtime: Runtime; readonly close: () => void };

/** A service over pairs of roles of its own, as the pairs of other tests are in use. */
async function rotating() {
  const service = await startService();
  const first: Names = { application: `app_${randomBytes(6).toString("hex")}`, keyring: `ring_${randomBytes(6).toString("hex")}` };
  const neon = await startNeon({ backend: await authenticating() });
  const url = ({ user, password }: { readonly user: string; readonly password: string }) => `postgres://${user}:${password}@127.0.0.1:${neon.port}/${service.databaseName}`;
  const environmentOf = ({ application, keyring }: Names, password: string) => ({
    ...service.environment,
    APP_ENV_MIGRATION_DATABASE_URL: service.neon.url(OWNER.name, service.databaseName),
    APP_ENV_DATABASE_URL: url({ user: application, password }),
    APP_ENV_LICENSING_KEYRING_DATABASE_URL: url({ user: keyring, password }),
  });
  const deployed: Deployed[] = [];
  const serving: Runtime[] = [];
  let turn = 0;
  const gateway = await startGateway({
    routes,
    port: 0,
    invoke: (route, event, timeoutMs) => {
      const runtime = serving[turn++ % serving.length];
      if (runtime === undefined) throw new Error("no function serves");
      return invokeInProcess(runtime)(route, event, timeoutMs);
    },
  });
  whenDone(async () => {
    await gateway.close();
    for (const { close } of deployed) close();
    await neon.close();
    for (const name of Object.values(first).flatMap((role) => [role, otherRole(role)])) await dropRole(name, service.databaseName);
  });
  return {
    first,
    serving,
    /** The step of a deployment that migrates. */
    migrated: (names: Names, password: string) => migrateFromEnvironment(environmentOf(names, password), { folder }),
    locked: (names: Names, password: string) => lockFromEnvironment(environmentOf(names, password)),
    /** The functions of a deployment, which don't serve yet. */
    functions: (names: Names, password: string): Runtime => {
      const runtime = createRuntime({ environment: environmentOf(names, password), now: service.clock.now, print: () => undefined, transport: steadyTransport() });
      deployed.push({ runtime, close: () => runtime.transport.close() });
      return runtime;
    },
    call: createCall(gateway.origin, () => service.token("admin")),
  };
}

type Names = { readonly application: string; readonly keyring: string };
type Rotating = Awaited<ReturnType<typeof rotating>>;

const folder = path.join(import.meta.dirname, "../../migrations");
const others = ({ application, keyring }: Names): Names => ({ application: otherRole(application), keyring: otherRole(keyring) });

/** The role's grants lie in the test's database; the role itself is the cluster's. */
async function dropRole(name: string, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: new URL(`/${database}`, await postgresUrl()).href });
  await client.connect();
  try {
    await client.query(`drop owned by ${name}`);
    await client.query(`drop role ${name}`);
  } finally {
    await client.end();
  }
}

/** The statuses of a few calls of each kind: a change, a read, and a change of the key ring's tables. */
async function statuses({ call }: Rotating, at: string): Promise<readonly number[]> {
  const kinds = [() => call("PATCH", at, { body: { name: randomBytes(4).toString("hex") } }), () => call("GET", at), () => call("POST", `${base}/keys/check`)];
  const answers = await Promise.all(Array.from({ length: callsEach / kinds.length }, () => kinds.map((send) => send())).flat());
  return answers.map(({ status }) => status);
}

const fine = Array.from({ length: callsEach }, () => 200);

test("both passwords are rotated in turn, twice, under calls, and no call fails; a former password opens nothing", { timeout: patient(120_000) }, async () => {
  const world = await rotating();
  let [current, password] = [world.first, "first"];
  await world.migrated(current, password);
  world.serving.push(world.functions(current, password));
  const { at } = await issueLicense(world, await createPolicy(world));
  for (const next of ["second", "third"]) {
    const before = { names: current, password };
    const [old] = world.serving;
    [current, password] = [others(current), next];
    // Calls are under way while the roles change, while some functions are replaced and others aren't, and after.
    expect(await Promise.all([statuses(world, at), world.migrated(current, password)])).toMatchObject([fine, {}]);
    world.serving.push(world.functions(current, password));
    expect(await statuses(world, at)).toEqual(fine);
    world.serving.splice(0, 1);
    expect(await Promise.all([statuses(world, at), world.locked(current, password)])).toEqual([fine, [before.names.application, before.names.keyring]]);
    expect(await statuses(world, at)).toEqual(fine);
    await expect(old?.database.read(sql`select 1`)).rejects.toMatchObject({ name: "DatabaseError" });
  }
});

test("(control) calls fail if the role that functions use is given the new password", { timeout: patient(60_000) }, async () => {
  const world = await rotating();
  await world.migrated(world.first, "first");
  world.serving.push(world.functions(world.first, "first"));
  const { at } = await issueLicense(world, await createPolicy(world));
  expect(await statuses(world, at)).toEqual(fine);
  await world.migrated(world.first, "second");
  expect(new Set(await statuses(world, at))).toEqual(new Set([503]));
});

test("the two roles of a pair may do exactly the same", async () => {
  const { owner } = await startService();
  const rights = (role: string) => owner.read(sql`
    select 'table' as kind, c.relname as name, a.privilege_type as may from pg_class c, aclexplode(c.relacl) a where a.grantee = ${role}::regrole
    union all select 'column', c.relname || '.' || t.attname, a.privilege_type from pg_attribute t join pg_class c on c.oid = t.attrelid, aclexplode(t.attacl) a where a.grantee = ${role}::regrole
    union all select 'function', p.proname, a.privilege_type from pg_proc p, aclexplode(p.proacl) a where a.grantee = ${role}::regrole
    union all select 'schema', n.nspname, a.privilege_type from pg_namespace n, aclexplode(n.nspacl) a where a.grantee = ${role}::regrole
    order by 1, 2, 3`);
  for (const { name } of [APPLICATION, KEYRING]) {
    const [rows = []] = await rights(name);
    expect(rows.length).toBeGreaterThan(5);
    expect((await rights(otherRole(name)))[0]).toEqual(rows);
  }
});
