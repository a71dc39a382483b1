import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { dumpDatabase, secretBytes } from "@licensing/core/dump/dump.job.ts";
import { folderObjects } from "@licensing/core/dump/objects.store.ts";
import { PartError } from "@licensing/core/dump/part.ts";
import { newestDump, restoreDump, RestoreError } from "@licensing/core/dump/restore.job.ts";
import { leftOut, longPartsOfLicense, partsOfLicense, sections, usage } from "@licensing/core/dump/sections.ts";
import { jwksPath } from "@licensing/core/http/address.ts";
import { createDatabase } from "@licensing/core/platform/database.ts";
import type { Database } from "@licensing/core/platform/database.ts";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { summarize } from "@licensing/core/statistics/summarize.job.ts";
import { dumpCommand } from "../../infra/dump.ts";
import { startNeon } from "../../infra/local/neon/neon.ts";
import { openPostgres } from "../../infra/local/neon/postgres.ts";
import { migrateFromEnvironment } from "../../infra/migrate.ts";
import { auditFaults, publicationFaults, seatFaults } from "../support/checkers.ts";
import { emptyDatabase } from "../support/database.ts";
import { createPolicy, issueLicense, issueSeated } from "../support/fixtures.ts";
import type { IssuedLicense } from "../support/fixtures.ts";
import { steadyTransport } from "../support/patient-runtime.ts";
import { startPostgres } from "../support/postgres.ts";
import { APPLICATION, KEYRING, OWNER, PASSWORDS, TEMPLATE_DATABASE } from "../support/roles.ts";
import { base, startService } from "../support/service.ts";
import type { Service } from "../support/service.ts";
import { prepareTemplate } from "../support/template.ts";
import { whenDone } from "../support/when-done.ts";

const isLong = process.env["LICENSING_PROVE"] === "long";
const many = isLong ? 2_000 : 60;
/** More at once may be too many connections for a busy machine. */
const atOnce = 20;
const dumpSecret = "d5".repeat(32);
const day = "2027-03-01";
const now = `${day}T09:00:00.000Z`;

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

function emptyFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "licensing-dump-"));
  folders.push(folder);
  return folder;
}

const dumpSettings = (folder: string) => ({ APP_ENV_DUMP_BUCKET: folder, APP_ENV_DUMP_SECRET: dumpSecret });

/** The licenses of the drill, and the answers by address before the dump began, of what no later call changes. */
type World = {
  readonly quiet: ReadonlyMap<string, unknown>;
  readonly licenses: readonly IssuedLicense[];
  readonly busy: readonly IssuedLicense[];
  readonly trial: string;
  readonly issue: { readonly body: object; readonly id: string };
};

/** Licenses in every state, with seats, leases, usage, a trial and a stored answer; and all else that a service keeps. */
async function populate(service: Service): Promise<World> {
  const plain = await createPolicy(service, { activationLimit: 50, features: { export: true }, meters: { calls: { limit: 100, period: "P1M" } } });
  const leased = await createPolicy(service, { activationLimit: 5, lease: "PT1H", onFull: "evict-oldest-idle" });
  const trial = await createPolicy(service, { trial: true, duration: "P14D", activationLimit: 2 });
  const licenses: IssuedLicense[] = [];
  for (let begun = 0; begun < many; begun += atOnce) {
    const page = Array.from({ length: atOnce }, (_, index) => begun + index);
    licenses.push(...(await Promise.all(page.map((order) => issueSeated(service, order % 2 === 0 ? plain : leased, { metadata: { order, text: "a'b\"c\\nd é" } })))));
  }
  licenses.push(await issueSeated(service, trial, { holder: { type: "user", id: "tried" } }));
  for (const [index, { at }] of licenses.entries()) {
    if (index % 4 === 0) await service.call("POST", `${at}/usage`, { body: { meter: "calls", amount: index + 1 } });
    if (index % 7 === 1) await service.call("POST", `${at}/suspend`, { body: { reason: "unpaid" } });
    if (index % 7 === 2) await service.call("POST", `${at}/revoke`, {});
    if (index % 7 === 3) await service.call("POST", `${at}/renew`, { body: { periods: 2 } });
    if (index % 7 === 4) await service.call("POST", `${at}/transfer`, { body: { holder: { type: "organization", id: `heir-${index}` }, keepKey: true } });
  }
  // Its events and closed seats need several statements.
  const restless = await issueLicense(service, plain);
  for (let turn = 0; turn < 25; turn += 1) {
    const seat = await service.call("POST", `${base}/activations`, { body: { licenseId: restless.licenseId, fingerprint: `machine-of-turn-${turn}` } });
    if (turn < 20) await service.call("DELETE", `${base}/activations/${String(seat.body.activation.id)}`);
  }
  licenses.push(restless);
  const issue = { policy: plain, holder: { type: "user", id: "once" } };
  const issued = await service.call("POST", `${base}/licenses`, { body: issue, headers: { "Idempotency-Key": "the-drill" } });
  await service.call("POST", `${base}/credentials`, { body: { name: "of the drill", roles: ["licensing-service"] } });
  await service.call("POST", `${base}/policy-definitions`, { body: { subject: "role:licensing-support", target: "license:publish", effect: "deny" } });
  await service.call("POST", `${base}/webhooks`, { body: { url: "https://receiver.acme.com/hook", events: ["license.revoked"] } });
  const busy = await Promise.all(Array.from({ length: 6 }, () => issueLicense(service, plain)));
  const kept = [plain, leased, trial].map((code) => `${base}/policies/${code}`);
  const lists = ["credentials", "policy-definitions?limit=100", "webhooks", "usage?period=2027-03&limit=100"].map((list) => `${base}/${list}`);
  const quiet = new Map<string, unknown>();
  for (const address of [...kept, ...lists, ...licenses.flatMap(answersOf)]) quiet.set(address, await answer(service, address));
  return { quiet, licenses, busy, trial, issue: { body: issue, id: String(issued.body.license.id) } };
}

function answersOf({ at }: IssuedLicense): readonly string[] {
  return [at, `${at}/activations?limit=100`, `${at}/events?limit=100`, `${at}/usage`];
}

/** The whole trail of a license, in its order. */
async function eventsOf(service: Service, licenseId: string): Promise<readonly unknown[]> {
  const events: { readonly sequence: number }[] = [];
  for (let cursor = ""; ; ) {
    const page = (await answer(service, `${base}/licenses/${licenseId}/events?limit=100${cursor}`)) as { readonly data: typeof events; readonly pagination: { readonly nextCursor: string | null } };
    events.push(...page.data);
    if (page.pagination.nextCursor === null) return events.toSorted((left, right) => left.sequence - right.sequence);
    cursor = `&cursor=${page.pagination.nextCursor}`;
  }
}

async function answer(service: Service, address: string): Promise<unknown> {
  const { status, body, text } = await service.call("GET", address);
  if (status !== 200) throw new Error(`${address}: ${status} ${text}`);
  return body as unknown;
}

/** Each license as it was answered after each of its changes, by its id and sequence. */
type Seen = Map<string, unknown>;

/** Claims, frees, consumes and issues for as long as the dump runs. */
function load(service: Service, { busy }: World, seen: Seen): { readonly stop: () => Promise<void> } {
  let isOver = false;
  // No other client changes this license.
  const see = async (licenseId: string) => {
    const license = (await answer(service, `${base}/licenses/${licenseId}`)) as { readonly sequence: number };
    seen.set(`${licenseId} ${license.sequence}`, license);
  };
  const change = async (licenseId: string, ...call: Parameters<Service["call"]>) => {
    const reply = await service.call(...call);
    await see(licenseId);
    return reply;
  };
  const clients = busy.map(async ({ licenseId, at }, client) => {
    await see(licenseId);
    for (let turn = 0; !isOver && turn < 500; turn += 1) {
      const claimed = await change(licenseId, "POST", `${base}/activations`, { body: { licenseId, fingerprint: `machine-${client}-${turn}` } });
      if (turn % 3 === 0) await change(licenseId, "DELETE", `${base}/activations/${String(claimed.body.activation?.id)}`);
      if (turn % 5 === 0) await change(licenseId, "PATCH", at, { body: { name: `turn ${turn}` } });
      if (turn % 9 === 0) await service.call("POST", `${base}/licenses`, { body: { policy: "free-trial", holder: { type: "user", id: `late-${client}-${turn}` } }, headers: { "Idempotency-Key": `late-${client}-${turn}` } });
    }
  });
  return { stop: () => ((isOver = true), Promise.all(clients).then(() => undefined)) };
}

/** An empty, migrated database in a PostgreSQL of its own, which shares nothing with the run's. */
async function startElsewhere(): Promise<{ readonly url: (role: string) => string; readonly owner: Database }> {
  const cluster = await startPostgres();
  await prepareTemplate(cluster.url);
  const backend = openPostgres(cluster.url);
  const neon = await startNeon({ backend, passwords: PASSWORDS });
  const transport = steadyTransport();
  whenDone(async () => {
    transport.close();
    await neon.close();
    await backend.close();
    await cluster.stop();
  });
  const url = (role: string) => neon.url(role, TEMPLATE_DATABASE);
  return { url, owner: createDatabase(url(OWNER.name), transport) };
}

describe("a dump made under load, restored into an empty PostgreSQL elsewhere", () => {
  const bucket = emptyFolder();
  const seen: Seen = new Map();
  let source: Service;
  let target: Service;
  let owner: Database;
  let world: World;

  beforeAll(async () => {
    source = await startService({ now, environment: dumpSettings(bucket) });
    world = await populate(source);
    const { stop } = load(source, world, seen);
    // Runs of one part, small parts and short pages: it is resumed often, and the busy licenses are read in several statements.
    while ((await dumpDatabase(source.runtime, { workMs: 0, partBytes: 20_000, eventsMax: 40 })).whole === 0);
    await stop();
    for (const { at } of world.busy) await source.call("PATCH", at, { body: { name: "after the dump" } });
    const elsewhere = await startElsewhere();
    owner = elsewhere.owner;
    await restoreDump({ database: owner, objects: folderObjects(bucket), secret: secretBytes(dumpSecret), name: day, now: source.runtime.now() });
    // Beside the dump the new place has the secrets of the vault and an empty Redis.
    const environment = {
      APP_ENV_LICENSING_ED25519_PRIVATE_KEY: source.environment["APP_ENV_LICENSING_ED25519_PRIVATE_KEY"],
      APP_ENV_DATABASE_URL: elsewhere.url(APPLICATION.name),
      APP_ENV_LICENSING_KEYRING_DATABASE_URL: elsewhere.url(KEYRING.name),
    };
    target = await startService({ now, environment });
  });

  test("answers every question about what the load left alone as at the dump's instant", async () => {
    for (const [address, body] of world.quiet) expect(await answer(target, address), address).toEqual(body);
  });

  test("answers for each license under load as at one instant of the dump, with the trail up to it", async () => {
    for (const { licenseId, at } of world.busy) {
      const license = (await answer(target, at)) as { readonly sequence: number };
      expect(license).toEqual(seen.get(`${licenseId} ${license.sequence}`));
      const [before, after] = await Promise.all([source, target].map((service) => eventsOf(service, licenseId)));
      expect(after).toEqual(before?.slice(0, license.sequence));
      expect(before?.length).toBeGreaterThan(license.sequence);
    }
  });

  test("is ready, by the ring of keys that the dump holds", async () => {
    expect(await target.call("GET", "/readyz")).toMatchObject({ status: 200 });
    const kids = async (service: Service) => (await service.call("GET", jwksPath)).body.keys.map(({ kid }: { readonly kid: string }) => kid) as readonly string[];
    expect(await kids(target)).toEqual(await kids(source));
  });

  test("has a whole trail, and as many seats as each license counts", async () => {
    expect(await auditFaults(owner)).toEqual([]);
    expect(await seatFaults(owner, target.runtime.now())).toEqual([]);
    const [rows = []] = await owner.read(sql`select count(*)::int as licenses from licensing."License"`);
    expect(Number(rows[0]?.["licenses"])).toBeGreaterThanOrEqual(world.licenses.length + world.busy.length);
    const seats = (database: Database) => database.read(sql`select a.* from licensing."Activation" a where license_id in (
      select license_id from licensing."LicenseEvent" where sequence = 45) and fingerprint like 'machine-of-turn-%' order by id`);
    expect((await seats(owner))[0]).toHaveLength(25);
    expect(await seats(owner)).toEqual(await seats(source.owner));
  });

  test("publishes all certificates again", async () => {
    await reconcile(target.runtime);
    const [rows = []] = await owner.read(sql`select id::text as id from licensing."License" order by id limit 400`);
    expect(await publicationFaults(target.runtime, rows.map((row) => String(row["id"])))).toEqual([]);
  });

  test("accepts each license's key, and takes further changes", async () => {
    for (const { at, key } of world.licenses.slice(0, 20)) expect(await target.call("GET", at, { authorization: `License ${key}` })).toMatchObject({ status: 200 });
    expect(await target.call("PATCH", world.licenses[0]?.at ?? "", { body: { name: "after" } })).toMatchObject({ status: 200 });
  });

  test("gives no second trial, and repeats the answer of a stored change", async () => {
    const again = await target.call("POST", `${base}/licenses`, { body: { policy: world.trial, holder: { type: "user", id: "tried" } } });
    expect(again).toMatchObject({ status: 409, body: { code: "trial-already-used" } });
    const issued = await target.call("POST", `${base}/licenses`, { body: world.issue.body, headers: { "Idempotency-Key": "the-drill" } });
    expect(issued.headers.get("idempotent-replayed")).toBe("true");
    expect(issued.body.license.id).toBe(world.issue.id);
  });

  test("holds no trial and no stored answer of a license that it lacks", async () => {
    const [rows = []] = await owner.read(sql`select
      (select count(*)::int from licensing."TrialLedger" t where not exists (select from licensing."License" l where l.id = t.license_id)) as trials,
      (select count(*)::int from licensing."IdempotencyRecord" r where jsonb_typeof(r.document->'license') = 'object'
        and not exists (select from licensing."License" l where l.id = (r.document->'license'->>'id')::bigint)) as answers`);
    expect(rows[0]).toEqual({ trials: 0, answers: 0 });
  });

  test("refuses to restore into a database that holds licenses, and goes on when told so", async () => {
    const restore = { database: owner, objects: folderObjects(bucket), secret: secretBytes(dumpSecret), name: day, now: target.runtime.now() };
    await expect(restoreDump(restore)).rejects.toThrow(RestoreError);
  });

  describe("refuses the dump before it writes a row", () => {
    let empty: Service;
    beforeAll(async () => void (empty = await startService({ now })));
    const parts = () => readdirSync(path.join(bucket, day)).filter((name) => name.startsWith("part-"));
    const restored = (secret = dumpSecret, name = day) => restoreDump({ database: empty.owner, objects: folderObjects(bucket), secret: secretBytes(secret), name, now: empty.runtime.now() });
    const rows = async () => (await empty.owner.read(sql`select (select count(*)::int from licensing."License") as licenses, (select count(*)::int from licensing."Policy") as policies`))[0];
    afterEach(async () => expect(await rows()).toEqual([{ licenses: 0, policies: 1 }]));

    test.each<readonly [string, (bytes: Buffer) => Buffer]>([
      ["cut off", (bytes) => bytes.subarray(0, -1)],
      ["emptied", () => Buffer.alloc(0)],
      ["altered in one bit", (bytes) => Buffer.concat([bytes.subarray(0, 40), Buffer.from([(bytes[40] ?? 0) ^ 1]), bytes.subarray(41)])],
      ["replaced by another part", () => readFileSync(path.join(bucket, day, parts()[1] ?? ""))],
    ])("one of whose parts was %s", async (_how, spoil) => {
      const place = path.join(bucket, day, parts()[0] ?? "");
      const kept = readFileSync(place);
      writeFileSync(place, spoil(kept));
      await expect(restored()).rejects.toThrow(/part-000001/);
      writeFileSync(place, kept);
    });

    test("whose manifest was altered, is missing, or is another dump's", async () => {
      const place = path.join(bucket, day, "manifest");
      const kept = readFileSync(place);
      writeFileSync(place, readFileSync(path.join(bucket, day, "start")));
      await expect(restored()).rejects.toThrow(PartError);
      rmSync(place);
      await expect(restored()).rejects.toThrow(/isn't whole/);
      writeFileSync(place, kept);
      await expect(restored(dumpSecret, "2027-02-28")).rejects.toThrow(/no dump/);
    });

    test("with another secret", async () => {
      await expect(restored("ee".repeat(32))).rejects.toThrow(PartError);
    });

    test("of another day under this day's name", async () => {
      cpSync(path.join(bucket, day), path.join(bucket, "2027-03-04"), { recursive: true });
      await expect(restored(dumpSecret, "2027-03-04")).rejects.toThrow(PartError);
      rmSync(path.join(bucket, "2027-03-04"), { recursive: true });
    });
  });
});

describe("of several dumps", () => {
  const bucket = emptyFolder();
  const at = (text: string) => new Date(`${text}T09:00:00.000Z`);
  let said: string[];
  let restore: (args: readonly string[], now: Date) => Promise<number>;

  beforeAll(async () => {
    const source = await startService({ now, environment: dumpSettings(bucket) });
    for (const today of [day, "2027-03-02"]) {
      source.clock.set(at(today));
      await issueLicense(source, "free-trial");
      await dumpDatabase(source.runtime);
    }
    restore = async (args, today) => {
      const empty = await startService();
      said = [];
      const say = (text: string) => void said.push(text);
      return dumpCommand(["restore", ...args], { ...dumpSettings(bucket), APP_ENV_MIGRATION_DATABASE_URL: empty.neon.url(OWNER.name, empty.databaseName) }, { print: say, tell: say, watched: false, now: () => today });
    };
  });

  test("the newest is restored, without a warning on its own day and the next", async () => {
    expect(await restore([], at("2027-03-03"))).toBe(0);
    expect(said).toEqual([expect.stringContaining("Restored 2 licenses as of 2027-03-02T09:00:00.000Z")]);
  });

  test("an older one is restored if it is named, and the newer one is reported", async () => {
    expect(await restore(["--dump", day], at("2027-03-02"))).toBe(0);
    expect(said).toEqual(["There is a newer dump, of 2027-03-02. All changes since 2027-03-01 are lost.\n", expect.stringContaining("Restored 1 licenses")]);
  });

  test("the newest is found though the bucket's pointer to it is older or missing", async () => {
    const place = path.join(bucket, "latest");
    writeFileSync(place, day);
    expect(await newestDump(folderObjects(bucket), at("2027-03-03"))).toBe("2027-03-02");
    rmSync(place);
    expect(await newestDump(folderObjects(bucket), at("2027-03-31"))).toBe("2027-03-02");
  });

  test("the newest is said to be old if days have gone by without another", async () => {
    expect(await restore([], at("2027-03-05"))).toBe(0);
    expect(said[0]).toBe("The newest dump is 3 days old, of 2027-03-02. All later changes are lost.\n");
  });
});

describe("a dump", () => {
  test("copies every table, or says why it leaves one out", async () => {
    const { owner } = await startService();
    const [rows = []] = await owner.read(sql`select relname as name from pg_class where relnamespace = 'licensing'::regnamespace and relkind in ('r', 'p') and not relispartition`);
    const known = ["License", ...partsOfLicense, ...longPartsOfLicense, ...[usage, ...sections].map(({ table }) => table), ...Object.keys(leftOut)];
    expect(rows.map((row) => String(row["name"])).toSorted()).toEqual(known.toSorted());
  });

  test("is written by two runs at once as by one, and goes on from its parts when its progress is lost", async () => {
    const bucket = emptyFolder();
    const service = await startService({ now, environment: dumpSettings(bucket) });
    const plain = await createPolicy(service);
    for (let count = 0; count < 30; count += 1) await issueLicense(service, plain);
    expect(await dumpDatabase(service.runtime, { workMs: 0, partBytes: 2_000 }), "a run without time left still writes a part").toMatchObject({ parts: 1, whole: 0 });
    rmSync(path.join(bucket, day, "progress"), { force: true });
    const whole = async () => {
      while ((await dumpDatabase(service.runtime, { workMs: 0, partBytes: 2_000, eventsMax: 5 })).whole === 0);
    };
    await Promise.all([whole(), whole()]);
    const target = await startService({ now });
    const restored = await restoreDump({ database: target.owner, objects: folderObjects(bucket), secret: secretBytes(dumpSecret), name: day, now: target.runtime.now() });
    expect(restored.licenses).toBe(30);
    expect(await auditFaults(target.owner)).toEqual([]);
    expect(await dumpDatabase(service.runtime)).toEqual({ rows: 0, parts: 0, whole: 1 });
  });

  test("is whole though use, events, licenses and stored answers are each longer than an answer of the database may be", async () => {
    const bucket = emptyFolder();
    const source = await startService({ now, environment: dumpSettings(bucket) });
    const policy = await createPolicy(source);
    const metadata = (turn: number) => Object.fromEntries(Array.from({ length: 8 }, (_, part) => [`part-${part}`, `${turn}`.padEnd(240, '"')]));
    const { licenseId, at } = await issueLicense(source, policy);
    for (let turn = 0; turn < 40; turn += 1) {
      await source.call("PATCH", at, { body: { metadata: metadata(turn) } });
      await issueLicense(source, policy, { metadata: metadata(turn) });
    }
    await source.owner.write(
      sql`insert into licensing."Usage" (license_id, meter, period_start, period_end, used, policy_id, holder_type, holder_id)
        select l.id, 'calls', ${now}::timestamptz + make_interval(hours => n), ${now}::timestamptz + make_interval(hours => n + 1), n, l.policy_id, l.holder_type, l.holder_id
        from licensing."License" l, generate_series(1, 1000) n where l.id = ${licenseId}::bigint`,
      sql`insert into licensing."IdempotencyRecord" (principal, route, key, body_hash, document, created_at, expires_at)
        select 'somebody', 'release-seats', n::text, 'hash', jsonb_build_object('fingerprints', repeat('machine', 2000)), ${now}::timestamptz, ${now}::timestamptz from generate_series(1, 30) n`,
    );
    expect(await dumpDatabase(source.runtime, { bytesMax: 200_000 })).toMatchObject({ whole: 1 });
    const target = await startService({ now });
    const tables = ["License", "LicenseEvent", "Usage", "IdempotencyRecord"];
    const rows = ({ owner }: Service) => owner.read(sql`select 0`, ...tables.map((table) => sql`select count(*)::int as count, md5(string_agg(t::text, '' order by t::text)) as digest from licensing.${sql.identifier(table)} t`));
    await restoreDump({ database: target.owner, objects: folderObjects(bucket), secret: secretBytes(dumpSecret), name: day, now: target.runtime.now() });
    expect(await rows(target)).toEqual(await rows(source));
  });

  test("leaves out the use of a license that was issued too late to be in it", async () => {
    const bucket = emptyFolder();
    const source = await startService({ now, environment: dumpSettings(bucket) });
    const policy = await createPolicy(source, { meters: { calls: { limit: 100, period: "P1M" } } });
    const consume = async () => {
      const { at } = await issueLicense(source, policy);
      await source.call("POST", `${at}/usage`, { body: { meter: "calls", amount: 3 } });
    };
    await consume();
    await dumpDatabase(source.runtime, { workMs: 0 });
    await consume();
    expect(await dumpDatabase(source.runtime)).toMatchObject({ whole: 1 });
    const target = await startService({ now });
    await restoreDump({ database: target.owner, objects: folderObjects(bucket), secret: secretBytes(dumpSecret), name: day, now: target.runtime.now() });
    expect(await target.owner.read(sql`select used::int as used from licensing."Usage"`)).toEqual([[{ used: 3 }]]);
  });

  test("made while later migrations wait is restored into an empty database that was migrated without them", async () => {
    const bucket = emptyFolder();
    const { neon, ...other } = await startService({ now });
    const waiting = async (later: boolean, name: string) => {
      const environment = { APP_ENV_MIGRATION_DATABASE_URL: neon.url(OWNER.name, name), APP_ENV_DATABASE_URL: neon.url(APPLICATION.name, name), APP_ENV_LICENSING_KEYRING_DATABASE_URL: neon.url(KEYRING.name, name) };
      const report = await migrateFromEnvironment(environment, { folder: path.join(import.meta.dirname, "../../migrations"), later });
      return { environment, waiting: report.waiting.length };
    };
    const [before, after] = [await emptyDatabase(), await emptyDatabase()];
    const migrated = await waiting(false, before);
    expect(migrated.waiting).toBeGreaterThan(0);
    const source = await startService({ now, environment: { ...migrated.environment, ...dumpSettings(bucket) } });
    await issueSeated(source, await createPolicy(source));
    await dumpDatabase(source.runtime);
    const restore = (database: Database) => restoreDump({ database, objects: folderObjects(bucket), secret: secretBytes(dumpSecret), name: day, now: source.runtime.now() });
    await expect(restore(other.owner)).rejects.toThrow(/migrate with --without-later, and with --later after/);
    await waiting(false, after);
    const owner = createDatabase(neon.url(OWNER.name, after), source.runtime.transport);
    expect(await restore(owner)).toMatchObject({ licenses: 1 });
    expect(await waiting(true, after)).toMatchObject({ waiting: 0 });
    expect(await seatFaults(owner, source.runtime.now())).toEqual([]);
  });

  test("is restored by a second run if the first was cut off before its first license", async () => {
    const bucket = emptyFolder();
    const source = await startService({ now, environment: dumpSettings(bucket) });
    await issueLicense(source, "free-trial");
    await dumpDatabase(source.runtime);
    const target = await startService({ now });
    const restore = { database: target.owner, objects: folderObjects(bucket), secret: secretBytes(dumpSecret), name: day, now: target.runtime.now() };
    const cutOff = () => {
      throw new Error("cut off");
    };
    await expect(restoreDump({ ...restore, progress: cutOff })).rejects.toThrow("cut off");
    expect(await target.owner.read(sql`select (select count(*)::int from licensing."License") as licenses, (select count(*)::int from licensing."TrialLedger") as trials`)).toEqual([[{ licenses: 0, trials: 1 }]]);
    expect(await restoreDump({ ...restore, goesOn: true })).toMatchObject({ licenses: 1 });
    expect(await target.owner.read(sql`select count(*)::int as trials from licensing."TrialLedger"`)).toEqual([[{ trials: 1 }]]);
  });

  test("brings the events of the statistics and the positions of reminders into a service that ran meanwhile", async () => {
    const bucket = emptyFolder();
    const source = await startService({ now, environment: dumpSettings(bucket) });
    const target = await startService({ now });
    const position = ({ owner }: Service, at: string) => owner.write(sql`insert into licensing."Reminder" (before, expires_at, license_id) values ('P7D', ${at}::timestamptz, 0)`);
    const found = async (service: Service) => {
      await summarize(service.runtime);
      return service.owner.read(sql`select s.figures->'activity' as activity, (select json_agg(r) from licensing."Reminder" r) as reminders from licensing."Summary" s`);
    };
    await issueLicense(source, await createPolicy(source));
    await position(source, "2027-03-08T09:00:00Z");
    await dumpDatabase(source.runtime);
    await found(target);
    await position(target, "2027-03-09T09:00:00Z");
    await target.owner.write(sql`update licensing."Summary" set events_to = licensing.snowflake()`, sql`insert into licensing."Tally" values ('events', '2027-03-01 created', 7)`);
    await restoreDump({ database: target.owner, objects: folderObjects(bucket), secret: secretBytes(dumpSecret), name: day, now: target.runtime.now() });
    expect(JSON.stringify(await found(target))).toContain('"created":1');
    expect(await found(target)).toEqual(await found(source));
  });

  test("leaves out the trial of a holder who received the license after the dump had read it", async () => {
    const bucket = emptyFolder();
    const source = await startService({ now, environment: dumpSettings(bucket) });
    const { at } = await issueLicense(source, "free-trial", { holder: { type: "user", id: "first" } });
    await dumpDatabase(source.runtime, { workMs: 0 });
    source.clock.advance(60);
    expect(await source.call("POST", `${at}/transfer`, { body: { holder: { type: "user", id: "second" } } })).toMatchObject({ status: 200 });
    expect(await dumpDatabase(source.runtime)).toMatchObject({ whole: 1 });
    const target = await startService({ now });
    const restored = await restoreDump({ database: target.owner, objects: folderObjects(bucket), secret: secretBytes(dumpSecret), name: day, now: target.runtime.now() });
    expect(await target.owner.read(sql`select holder_id from licensing."TrialLedger"`)).toEqual([[{ holder_id: "first" }]]);
    expect(restored.leftOut).toBeGreaterThan(0);
  });

  test("is made and restored by the commands, which say in a sentence why they can't", async () => {
    const bucket = emptyFolder();
    const source = await startService({ environment: dumpSettings(bucket) });
    await issueLicense(source, await createPolicy(source));
    const target = await startService();
    const run = async (args: readonly string[], environment: Readonly<Record<string, string>>) => {
      const said: string[] = [];
      const say = (text: string) => void said.push(text);
      return { code: await dumpCommand(args, environment, { print: say, tell: say, watched: false }), said: said.join("") };
    };
    const owned = { ...dumpSettings(bucket), APP_ENV_MIGRATION_DATABASE_URL: target.neon.url(OWNER.name, target.databaseName) };
    expect(await run(["restore"], owned)).toEqual({ code: 1, said: `There is no whole dump in ${bucket}.\n` });
    expect(await run(["dump"], source.environment)).toMatchObject({ code: 0, said: expect.stringMatching(/^The day's dump is whole: \d+ rows\.\n$/) });
    expect(await run(["dump"], source.environment)).toMatchObject({ code: 0, said: "The day's dump was whole already.\n" });
    expect(await run(["restore", "--dump", "2020-01-01"], owned)).toEqual({ code: 1, said: expect.stringContaining("There is no dump 2020-01-01.") });
    expect(await run(["restore", "--dump", "yesterday"], owned)).toMatchObject({ code: 2 });
    expect(await run(["restore", "--contniue"], owned)).toMatchObject({ code: 2 });
    expect(await run(["dump"], { ...source.environment, APP_ENV_DUMP_SECRET: "short" })).toEqual({ code: 1, said: "APP_ENV_DUMP_SECRET: must be exactly 32 bytes in base64 or hex\n" });
    expect(await run(["dump"], { APP_ENV_DATABASE_URL: source.environment["APP_ENV_DATABASE_URL"] ?? "" })).toEqual({ code: 1, said: "APP_ENV_DUMP_BUCKET: is not set\n" });
    expect(await run(["restore"], owned)).toMatchObject({ code: 0, said: expect.stringMatching(/^Restored 1 licenses as of .*; 0 rows of later changes were left out\.\n$/) });
    expect(await run(["restore"], owned)).toEqual({ code: 1, said: "The database holds licenses. A dump is restored into an empty, migrated database.\n" });
    expect(await run(["restore", "--continue"], owned)).toMatchObject({ code: 0 });
  });

  test("holds nothing readable", async () => {
    const bucket = emptyFolder();
    const service = await startService({ now, environment: dumpSettings(bucket) });
    await issueLicense(service, await createPolicy(service), { holder: { type: "user", id: "a-holder-by-name" } });
    await dumpDatabase(service.runtime);
    const texts = readdirSync(path.join(bucket, day)).map((name) => readFileSync(path.join(bucket, day, name), "latin1"));
    for (const text of texts) expect(text).not.toContain("a-holder-by-name");
  });
});
