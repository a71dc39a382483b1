import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dumpDatabase, secretBytes } from "@licensing/core/dump/dump.job.ts";
import { folderObjects } from "@licensing/core/dump/objects.store.ts";
import { PartError } from "@licensing/core/dump/part.ts";
import { newestDump, restoreDump, RestoreError } from "@licensing/core/dump/restore.job.ts";
import { leftOut, longPartsOfLicense, partsOfLicense, sections } from "@licensing/core/dump/sections.ts";
import { dumpCommand } from "../../infra/dump.ts";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { auditFaults, publicationFaults, seatFaults } from "../support/checkers.ts";
import { createPolicy, issueLicense, issueSeated } from "../support/fixtures.ts";
import type { IssuedLicense } from "../support/fixtures.ts";
import { OWNER } from "../support/roles.ts";
import { base, startService } from "../support/service.ts";
import type { Service } from "../support/service.ts";

const isLong = process.env["LICENSING_PROVE"] === "long";
const many = isLong ? 2_000 : 60;
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

/** The licenses of the drill, and the bodies of GET before the dump began. */
type World = { readonly quiet: ReadonlyMap<string, unknown>; readonly busy: readonly IssuedLicense[]; readonly trial: string; readonly issue: { readonly body: object; readonly id: string }; readonly keys: ReadonlyMap<string, string> };

/** Licenses in every state, with seats, leases, a trial and a stored answer. */
async function populate(service: Service): Promise<World> {
  const plain = await createPolicy(service, { activationLimit: 50, features: { export: true } });
  const leased = await createPolicy(service, { activationLimit: 5, lease: "PT1H", onFull: "evict-oldest-idle" });
  const trial = await createPolicy(service, { trial: true, duration: "P14D", activationLimit: 2 });
  const licenses = [
    ...(await Promise.all(Array.from({ length: many }, (_, index) => issueSeated(service, index % 2 === 0 ? plain : leased, { metadata: { order: index, text: "a'b\"c\\nd é" } })))),
    await issueSeated(service, trial, { holder: { type: "user", id: "tried" } }),
  ];
  for (const [index, { at }] of licenses.entries()) {
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
  licenses.push({ ...restless, seat: "", fingerprint: "", mark: "" });
  const issue = { policy: plain, holder: { type: "user", id: "once" } };
  const issued = await service.call("POST", `${base}/licenses`, { body: issue, headers: { "Idempotency-Key": "the-drill" } });
  const quiet = new Map<string, unknown>();
  for (const { at } of licenses) quiet.set(at, (await service.call("GET", at)).body);
  return {
    quiet,
    busy: await Promise.all(Array.from({ length: 6 }, () => issueLicense(service, plain))),
    trial,
    issue: { body: issue, id: String(issued.body.license.id) },
    keys: new Map(licenses.map(({ at, key }) => [at, key])),
  };
}

/** Claims, frees and issues for as long as the dump runs. */
function load(service: Service, { busy }: World): { readonly stop: () => Promise<void> } {
  let isOver = false;
  const clients = busy.map(async ({ licenseId, at }, client) => {
    for (let turn = 0; !isOver && turn < 500; turn += 1) {
      const answer = await service.call("POST", `${base}/activations`, { body: { licenseId, fingerprint: `machine-${client}-${turn}` } });
      if (turn % 3 === 0) await service.call("DELETE", `${base}/activations/${String(answer.body.activation?.id)}`);
      if (turn % 5 === 0) await service.call("PATCH", at, { body: { name: `turn ${turn}` } });
      if (turn % 9 === 0) await service.call("POST", `${base}/licenses`, { body: { policy: "free-trial", holder: { type: "user", id: `late-${client}-${turn}` } }, headers: { "Idempotency-Key": `late-${client}-${turn}` } });
    }
  });
  return { stop: () => ((isOver = true), Promise.all(clients).then(() => undefined)) };
}

describe("a dump made under load, restored into an empty database", () => {
  const bucket = emptyFolder();
  let source: Service;
  let target: Service;
  let world: World;

  beforeAll(async () => {
    source = await startService({ now, environment: dumpSettings(bucket) });
    world = await populate(source);
    const { stop } = load(source, world);
    // Short runs, small parts and short pages: it is resumed often, and the busy licenses are read in several statements.
    for (let runs = 0; runs < 2_000; runs += 1) {
      const { whole } = await dumpDatabase(source.runtime, { workMs: 1, partBytes: 20_000, eventsMax: 40 });
      if (whole === 1) break;
    }
    await stop();
    const key = source.environment["APP_ENV_LICENSING_ED25519_PRIVATE_KEY"];
    target = await startService({ now, environment: { APP_ENV_LICENSING_ED25519_PRIVATE_KEY: key } });
    await restoreDump({ database: target.owner, objects: folderObjects(bucket), secret: secretBytes(dumpSecret), name: day, now: target.runtime.now() });
  });

  test("answers for every license that was left alone as before", async () => {
    for (const [at, body] of world.quiet) expect((await target.call("GET", at)).body).toEqual(body);
  });

  test("has a whole trail, and as many seats as each license counts", async () => {
    expect(await auditFaults(target.owner)).toEqual([]);
    expect(await seatFaults(target.owner, target.runtime.now())).toEqual([]);
    const [rows = []] = await target.owner.read(sql`select count(*)::int as licenses, sum(sequence)::int as events from licensing."License"`);
    expect(rows[0]).toMatchObject({ licenses: expect.any(Number) });
    expect(Number(rows[0]?.["licenses"])).toBeGreaterThanOrEqual(world.quiet.size + world.busy.length);
    const seats = (service: Service) => service.owner.read(sql`select a.* from licensing."Activation" a where license_id in (
      select license_id from licensing."LicenseEvent" where sequence = 45) and fingerprint like 'machine-of-turn-%' order by id`);
    expect((await seats(target))[0]).toHaveLength(25);
    expect(await seats(target)).toEqual(await seats(source));
  });

  test("publishes all certificates again", async () => {
    await reconcile(target.runtime);
    const [rows = []] = await target.owner.read(sql`select id::text as id from licensing."License" order by id limit 400`);
    expect(await publicationFaults(target.runtime, rows.map((row) => String(row["id"])))).toEqual([]);
  });

  test("accepts each license's key, and takes further changes", async () => {
    for (const [at, key] of [...world.keys].slice(0, 20)) expect(await target.call("GET", at, { authorization: `License ${key}` })).toMatchObject({ status: 200 });
    expect(await target.call("PATCH", [...world.keys.keys()][0] ?? "", { body: { name: "after" } })).toMatchObject({ status: 200 });
  });

  test("gives no second trial, and repeats the answer of a stored change", async () => {
    const again = await target.call("POST", `${base}/licenses`, { body: { policy: world.trial, holder: { type: "user", id: "tried" } } });
    expect(again).toMatchObject({ status: 409, body: { code: "trial-already-used" } });
    const issued = await target.call("POST", `${base}/licenses`, { body: world.issue.body, headers: { "Idempotency-Key": "the-drill" } });
    expect(issued.headers.get("idempotent-replayed")).toBe("true");
    expect(issued.body.license.id).toBe(world.issue.id);
  });

  test("holds no trial and no stored answer of a license that it lacks", async () => {
    const [rows = []] = await target.owner.read(sql`select
      (select count(*)::int from licensing."TrialLedger" t where not exists (select from licensing."License" l where l.id = t.license_id)) as trials,
      (select count(*)::int from licensing."IdempotencyRecord" r where jsonb_typeof(r.document->'license') = 'object'
        and not exists (select from licensing."License" l where l.id = (r.document->'license'->>'id')::bigint)) as answers`);
    expect(rows[0]).toEqual({ trials: 0, answers: 0 });
  });

  test("refuses to restore into a database that holds licenses, and goes on when told so", async () => {
    const restore = { database: target.owner, objects: folderObjects(bucket), secret: secretBytes(dumpSecret), name: day, now: target.runtime.now() };
    await expect(restoreDump(restore)).rejects.toThrow(RestoreError);
  });

  describe("refuses the dump", () => {
    const parts = () => readdirSync(path.join(bucket, day)).filter((name) => name.startsWith("part-"));
    const restored = (secret = dumpSecret, name = day) => restoreDump({ database: target.owner, objects: folderObjects(bucket), secret: secretBytes(secret), name, now: target.runtime.now() });

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
  });

  test("names the newest whole dump", async () => {
    expect(await newestDump(folderObjects(bucket))).toBe(day);
  });
});

describe("a dump", () => {
  test("copies every table, or says why it leaves one out", async () => {
    const { owner } = await startService();
    const [rows = []] = await owner.read(sql`select relname as name from pg_class where relnamespace = 'licensing'::regnamespace and relkind in ('r', 'p') and not relispartition`);
    const known = ["License", ...partsOfLicense, ...longPartsOfLicense, ...sections.map(({ table }) => table), ...Object.keys(leftOut)];
    expect(rows.map((row) => String(row["name"])).toSorted()).toEqual(known.toSorted());
  });

  test("is written by two runs at once as by one, and goes on from its parts when its progress is lost", async () => {
    const bucket = emptyFolder();
    const service = await startService({ now, environment: dumpSettings(bucket) });
    const plain = await createPolicy(service);
    for (let count = 0; count < 30; count += 1) await issueLicense(service, plain);
    await dumpDatabase(service.runtime, { workMs: 1, partBytes: 2_000 });
    rmSync(path.join(bucket, day, "progress"), { force: true });
    const whole = async () => {
      for (let runs = 0; runs < 500; runs += 1) if ((await dumpDatabase(service.runtime, { workMs: 5, partBytes: 2_000, eventsMax: 5 })).whole === 1) return;
    };
    await Promise.all([whole(), whole()]);
    const target = await startService({ now });
    const restored = await restoreDump({ database: target.owner, objects: folderObjects(bucket), secret: secretBytes(dumpSecret), name: day, now: target.runtime.now() });
    expect(restored.licenses).toBe(30);
    expect(await auditFaults(target.owner)).toEqual([]);
    expect(await dumpDatabase(service.runtime)).toEqual({ rows: 0, parts: 0, whole: 1 });
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
