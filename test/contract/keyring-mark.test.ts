import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { counterText, markRing } from "@licensing/core/keyring/mark.ts";
import { readMarkedRing } from "@licensing/core/keyring/marked-ring.store.ts";
import { parsePublicKeys } from "@licensing/core/keyring/verify-key.ts";
import { createDatabase } from "@licensing/core/platform/database.ts";
import { redisOf } from "@licensing/core/platform/redis-client.ts";
import { rotationPolicy } from "@licensing/core/rotation/states.ts";
import { keys as keysCommand } from "../../infra/keys.ts";
import { issueLicense } from "../support/fixtures.ts";
import { KEYRING } from "../support/roles.ts";
import { codesOf, deploy, newKey, statesOf } from "./rotating-service.ts";
import type { Deployed, NamedKey } from "./rotating-service.ts";
import { base, startService } from "../support/service.ts";
import type { Service } from "../support/service.ts";

const start = "2027-01-01T00:00:00.000Z";
const policy = rotationPolicy(86_400);
const keyringSecret = Buffer.from("4b".repeat(32), "hex");

const jwks = async ({ call }: Deployed) => {
  const { status, body } = await call("GET", `${base}/.well-known/jwks.json`, { authorization: null });
  return status === 200 ? (body.keys as { kid: string }[]).map(({ kid }) => kid) : status;
};
const pages = async (deployed: Deployed) => {
  const { check } = await deployed.check();
  return check.findings.filter(({ state }) => state === "page").map(({ code }) => code);
};
const isReady = async ({ call }: Deployed) => (await call("GET", "/readyz", { authorization: null })).body.checks["signing-key"][0].status === "pass";

/** Inserts a row as an attacker with write access to the database would. */
const insertRow = ({ owner }: Service, key: NamedKey, state: string) =>
  owner.write(sql`insert into licensing."SigningKey" (kid, x, state, created_at)
    values (${key.kid}, ${parsePublicKeys(key.publicPem).map(({ raw }) => Buffer.from(raw).toString("base64url"))[0]}, ${state}, ${start}::timestamptz)`);

/** Records the present rows and mark. Returns a function that puts them back, as an attacker with write access could. */
async function snapshot({ owner }: Service): Promise<() => Promise<unknown>> {
  const [keys = [], marks = []] = await owner.read(
    sql`select coalesce(jsonb_agg(to_jsonb(k)), '[]') as rows from licensing."SigningKey" k`,
    sql`select coalesce(jsonb_agg(to_jsonb(m)), '[]') as rows from licensing."KeyringMark" m`,
  );
  return () => owner.write(
    sql`delete from licensing."SigningKey"`,
    sql`delete from licensing."KeyringMark"`,
    sql`insert into licensing."SigningKey" select (jsonb_populate_recordset(null::licensing."SigningKey", ${JSON.stringify(keys[0]?.["rows"])}::jsonb)).*`,
    sql`insert into licensing."KeyringMark" select (jsonb_populate_recordset(null::licensing."KeyringMark", ${JSON.stringify(marks[0]?.["rows"])}::jsonb)).*`,
  );
}

describe("an attacker's row in the table of keys", async () => {
  const service = await startService({ now: start });
  const [own, stranger] = [newKey(), newKey()];
  const deployed = await deploy(service, [own]);
  await deployed.check();
  await insertRow(service, stranger, "pending");

  test("isn't published, isn't trusted, and pages at each check until an operator removes it", async () => {
    expect(await jwks(deployed)).toEqual([own.kid]);
    expect(await pages(deployed)).toEqual(["key-unmarked"]);
    expect(await pages(deployed)).toEqual(["key-unmarked"]);
    expect((await deployed.call("GET", `${base}/keys`)).body.data.map(({ kid }: { kid: string }) => kid)).toEqual([own.kid]);
    expect(await isReady(deployed)).toBe(true);
  });

  test("(control) is published if the mark covers it", async () => {
    const { keyring, rows } = await readMarkedRing(deployed.runtime);
    const forged = markRing({ stage: "local", counter: (keyring?.counter ?? 0) + 1, keys: rows }, keyringSecret);
    const plant = (mark: string) => service.owner.write(sql`update licensing."KeyringMark" set ring = ${forged.ring}, mark = ${mark}`);
    const { ring, mark } = (await service.owner.read(sql`select ring, mark from licensing."KeyringMark"`))[0]?.[0] ?? {};
    await plant(forged.mark);
    expect(await jwks(await deploy(service, [own]))).toEqual(expect.arrayContaining([own.kid, stranger.kid]));
    await plant(markRing({ stage: "local", counter: 99, keys: rows }, Buffer.alloc(32)).mark);
    expect(await jwks(await deploy(service, [own]))).toBe(503);
    expect(await pages(await deploy(service, [own]))).toContain("ring-forged");
    await service.owner.write(sql`update licensing."KeyringMark" set ring = ${ring}, mark = ${mark}`);
    expect(await jwks(deployed)).toEqual([own.kid]);
  });
});

describe("the rows of the table", async () => {
  const service = await startService({ now: start });
  const [own, next] = [newKey(), newKey()];
  const deployed = await deploy(service, [own, next]);
  await deployed.check();
  const license = await issueLicense(deployed, "free-trial");

  test("don't choose the signing key: the marked ring does, and the check writes the rows again", async () => {
    await service.owner.write(
      sql`update licensing."SigningKey" set state = 'pending' where kid = ${own.kid}`,
      sql`update licensing."SigningKey" set state = 'active' where kid = ${next.kid}`,
    );
    const suspended = await deployed.call("POST", `${license.at}/suspend`, { body: {} });
    expect(suspended.body.certificate).toMatchObject({ state: "published", kid: own.kid });
    expect(deployed.printed.join("\n")).toContain("The table names another active key than the marked ring");
    expect(await pages(deployed)).toEqual(["key-row-altered", "key-row-altered"]);
    expect(await pages(deployed)).toEqual([]);
    const [rows = []] = await service.owner.read(sql`select kid, state from licensing."SigningKey" order by created_at`);
    expect(rows).toEqual([{ kid: own.kid, state: "active" }, { kid: next.kid, state: "pending" }]);
  });

  test("can't be removed to bring a compromised key back", async () => {
    expect((await deployed.call("POST", `${base}/keys/${own.kid}/compromise`, { body: {} })).status).toBe(200);
    await service.owner.write(sql`delete from licensing."SigningKey" where kid = ${own.kid}`);
    expect(await pages(deployed)).toEqual(["key-row-altered"]);
    const report = await deployed.check();
    expect(statesOf(report)).toEqual({ [own.kid]: "compromised", [next.kid]: "active" });
    expect(await jwks(deployed)).toEqual([next.kid]);
  });

  test("can't be written by the application's role", async () => {
    for (const statement of [
      sql`insert into licensing."SigningKey" (kid, x, state, created_at) values ('k', 'x', 'pending', now())`,
      sql`update licensing."SigningKey" set state = 'retired'`,
      sql`delete from licensing."SigningKey"`,
      sql`update licensing."KeyringMark" set mark = ''`,
      sql`delete from licensing."KeyringMark"`,
      sql`delete from licensing."KeyCheck"`,
    ]) {
      await expect(service.runtime.database.write(statement)).rejects.toMatchObject({ code: "42501" });
    }
  });

  test("are the only ones that the key ring's role reaches", async () => {
    const role = createDatabase(service.neon.url(KEYRING.name, service.databaseName), service.runtime.transport);
    await role.write(sql`update licensing."SigningKey" set state = state where false`);
    for (const table of ["License", "LicenseEvent", "Credential", "PolicyDefinition"]) {
      await expect(role.read(sql`select * from licensing.${sql.identifier(table)}`)).rejects.toMatchObject({ code: "42501" });
    }
    await expect(role.write(sql`update licensing."License" set status = 'REVOKED'`)).rejects.toMatchObject({ code: "42501" });
  });
});

describe("a retired key that a license file still needs", async () => {
  const service = await startService({ now: start });
  const [old, next] = [newKey(), newKey()];
  const deployed = await deploy(service, [old, next]);

  test("stays published until that file ends, if the mark covers it", async () => {
    await deployed.check();
    service.clock.advance(policy.pendingForSeconds + 1);
    await deployed.check();
    service.clock.advance(policy.retireAfterSeconds + 1);
    expect(statesOf(await deployed.check())).toEqual({ [old.kid]: "retired", [next.kid]: "active" });
    expect(await jwks(deployed)).toEqual([next.kid]);
    const stranger = newKey();
    await insertRow(service, stranger, "retired");
    const until = new Date(service.clock.now().getTime() + 1000).toISOString();
    for (const { kid } of [old, stranger]) {
      await service.runtime.database.write(sql`insert into licensing."SigningKeyNeed" (kid, needed_until) values (${kid}, ${until}::timestamptz)`);
    }
    expect(await jwks(deployed)).toEqual([old.kid, next.kid]);
    const { check } = await deployed.check();
    expect(check.findings.find(({ code }) => code === "published-for-files")).toMatchObject({ kid: old.kid, detail: expect.stringContaining(until) as string });
    service.clock.advance(1);
    expect(await jwks(deployed)).toEqual([next.kid]);
  });
});

describe("an earlier ring that was put back whole", async () => {
  const service = await startService({ now: start });
  const [stolen, standby] = [newKey(), newKey()];
  const both = [stolen, standby];
  const deployed = await deploy(service, both);
  await deployed.check();
  const { at } = await issueLicense(deployed, "free-trial");
  const putBack = await snapshot(service);
  await deployed.call("POST", `${base}/keys/${stolen.kid}/compromise`, { body: {} });
  await putBack();

  test("isn't published by a process that has seen the newer one, and pages", async () => {
    expect(await jwks(deployed)).toEqual([standby.kid]);
    expect(await pages(deployed)).toContain("ring-behind");
    expect(await isReady(deployed)).toBe(false);
    const changed = await deployed.call("PATCH", at, { body: { name: "another" } });
    expect(changed.body.certificate).toMatchObject({ kid: standby.kid });
  });

  test("isn't published by a process that has never seen one, because Redis has the counter", async () => {
    const fresh = await deploy(service, both);
    expect(await jwks(fresh)).toBe(503);
    expect(await pages(fresh)).toContain("ring-behind");
    const changed = await (await deploy(service, both)).call("PATCH", at, { body: { name: "a third" } });
    expect(changed.body.certificate).toMatchObject({ state: "skipped", reason: "The key ring is refused (behind)." });
    expect((await fresh.call("POST", `${base}/keys/${standby.kid}/compromise`, { body: {} })).body.code).toBe("dependency-unavailable");
  });

  test("(control) is published by a new process if Redis holds no valid counter", async () => {
    const redis = redisOf(service.runtime);
    const counter = await redis.get<string>("licensing:keyring");
    await redis.set("licensing:keyring", counterText(999, Buffer.alloc(32), "local"));
    expect(await jwks(await deploy(service, both))).toEqual([stolen.kid, standby.kid]);
    await redis.set("licensing:keyring", counter ?? "");
    expect(await jwks(await deploy(service, both))).toBe(503);
  });

  test("isn't marked again by the check if its mark is removed", async () => {
    await service.owner.write(sql`delete from licensing."KeyringMark"`);
    const fresh = await deploy(service, both);
    expect(await pages(fresh)).toContain("ring-mark-missing");
    expect(await pages(fresh)).toContain("ring-mark-missing");
    expect(await jwks(fresh)).toBe(503);
  });

  test("is accepted on an operator's order, with a higher counter than any before", async () => {
    await putBack();
    const told: string[] = [];
    const output = { print: () => undefined, tell: (text: string) => told.push(text), now: service.clock.now };
    const environment = { ...service.environment, APP_ENV_LICENSING_ED25519_PRIVATE_KEY: stolen.pem + standby.pem };
    expect([await keysCommand(["confirm"], environment, output), told]).toEqual([0, []]);
    expect(await jwks(await deploy(service, both))).toEqual([stolen.kid, standby.kid]);
    expect(await jwks(deployed)).toEqual([stolen.kid, standby.kid]);
    expect(await pages(deployed)).toEqual([]);
  });
});

describe("a ring that was never marked", async () => {
  const service = await startService({ now: start });
  const [retired, denied, active, gone] = [newKey(), newKey(), newKey(), newKey()];
  for (const [key, state] of [[retired, "retired"], [denied, "compromised"], [active, "active"], [gone, "retiring"]] as const) await insertRow(service, key, state);
  const deployed = await deploy(service, [active]);

  test("isn't published, and its active key signs if the secret has it", async () => {
    expect(await jwks(deployed)).toBe(503);
    expect(await isReady(deployed)).toBe(false);
    const { at } = await issueLicense(deployed, "free-trial");
    expect((await deployed.call("POST", `${at}/certificate`)).body.certificate).toMatchObject({ state: "published", kid: active.kid });
  });

  test("is marked once by the check, which reports it, with the keys of the secret and the denied ones", async () => {
    const report = await deployed.check();
    expect(codesOf(report)).toContain("ring-marked");
    expect(statesOf(report)).toEqual({ [denied.kid]: "compromised", [active.kid]: "active" });
    expect(report.check.findings.filter(({ code }) => code === "key-unmarked").map(({ kid, state }) => [kid, state]).toSorted()).toEqual(
      [[gone.kid, "page"], [retired.kid, "warn"]].toSorted());
    expect(await jwks(deployed)).toEqual([active.kid]);
    expect(codesOf(await deployed.check())).not.toContain("ring-marked");
  });

  test("includes a key without its PEM on an operator's order", async () => {
    const told: string[] = [];
    const output = { print: () => undefined, tell: (text: string) => told.push(text), now: service.clock.now };
    const environment = { ...service.environment, APP_ENV_LICENSING_ED25519_PRIVATE_KEY: active.pem };
    expect(await keysCommand(["confirm", newKey().kid], environment, output)).toBe(3);
    expect(told.join()).toContain("The table has no key");
    expect(await keysCommand(["confirm", gone.kid, retired.kid], environment, output)).toBe(0);
    expect((await jwks(deployed)) as string[]).toEqual(expect.arrayContaining([active.kid, gone.kid]));
    expect(await pages(deployed)).toEqual([]);
  });
});

describe("without the keyring secret", async () => {
  const service = await startService({ now: start });
  const [own, next] = [newKey(), newKey()];
  const bare = await deploy(service, [own, next], { APP_ENV_LICENSING_KEYRING_SECRET: undefined });

  test("no key is published and no step taken, and the check pages", async () => {
    expect(await pages(bare)).toEqual(["ring-secret-missing", "active-key-missing"]);
    expect(await jwks(bare)).toBe(503);
    expect((await bare.call("GET", "/readyz", { authorization: null })).body.checks["signing-key"][0]).toEqual({ status: "fail", output: "Keyring secret not configured" });
    await (await deploy(service, [own, next])).check();
    service.clock.advance(policy.pendingForSeconds + 1);
    expect(statesOf(await bare.check())).toEqual({ [own.kid]: "active", [next.kid]: "pending" });
  });

  test("a ring is refused, and so is one of another stage or from before a change of the secret", async () => {
    expect(await pages(await deploy(service, [own, next], { APP_ENV_STAGE: "another" }))).toContain("ring-forged");
    expect(await pages(await deploy(service, [own, next], { APP_ENV_LICENSING_KEYRING_SECRET: "77".repeat(32) }))).toContain("ring-forged");
  });
});
