import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { getCertificate } from "@licensing/core/publication/certificate.store.ts";
import { inspect } from "@licensing/core/publication/inspect.store.ts";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { checkKeys } from "@licensing/core/rotation/check-keys.store.ts";
import { expireSweep } from "@licensing/core/lifecycle/expire.job.ts";
import { redisOf } from "@licensing/core/platform/redis-client.ts";
import { handler as expireLicenses } from "../../functions/scheduled/expire-licenses.ts";
import { auditFaults, publicationFaults } from "../support/checkers.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { insertLicenses } from "../support/licenses.ts";
import { base, startService } from "../support/service.ts";
import { until } from "../support/until.ts";
import { evidence, told } from "../support/witness.ts";

const service = await startService({ now: "2027-01-01T00:00:00.000Z" });
const { runtime, clock, owner } = service;
await checkKeys(runtime);
await reconcile(runtime);

const hourSeconds = 3_600;
const historyOf = async (licenseId: string) => told((await evidence(service, licenseId)).events);
const heldStatus = async (licenseId: string) => {
  const text = await getCertificate(redisOf(runtime), licenseId);
  return text === undefined ? undefined : (await inspect(text, { licenseId, runtime }))?.claims.license.status;
};
const actor = async (licenseId: string) => {
  const [rows = []] = await owner.read(sql`select actor_type, actor_id, request_id from licensing."LicenseEvent" where license_id = ${licenseId}::bigint order by sequence desc limit 1`);
  return rows[0];
};

describe("a license past its expiry", async () => {
  const policy = await createPolicy(service, { duration: "PT1H" });
  const graced = await createPolicy(service, { duration: "PT1H", grace: "PT1H" });

  test("is recorded as expired once, by the system, and its denial published", async () => {
    const { licenseId, at } = await issueLicense(service, policy);
    clock.advance(hourSeconds - 1);
    expect(await expireSweep(runtime)).toMatchObject({ expired: 0 });
    clock.advance(1);
    expect((await service.call("GET", at)).body.status).toBe("EXPIRED");
    expect(await expireSweep(runtime)).toMatchObject({ expired: 1, failed: 0, driftSeconds: 0 });
    expect(await expireSweep(runtime)).toMatchObject({ expired: 0, passed: 0 });
    expect(await historyOf(licenseId)).toEqual(["created", "expired"]);
    expect(await actor(licenseId)).toMatchObject({ actor_type: "system", actor_id: "expire-licenses" });
    expect(String((await actor(licenseId))?.["request_id"])).toMatch(/^[\w.-]{8,64}$/);
    expect(await heldStatus(licenseId)).toBe("EXPIRED");
  });

  test("is recorded again for its next expiry, after a renewal", async () => {
    const { licenseId, at } = await issueLicense(service, policy);
    clock.advance(hourSeconds);
    await expireSweep(runtime);
    expect((await service.call("POST", `${at}/renew`, { body: {} })).body.license.status).toBe("ACTIVATED");
    expect(await expireSweep(runtime)).toMatchObject({ expired: 0 });
    clock.advance(hourSeconds);
    await expireSweep(runtime);
    expect(await historyOf(licenseId)).toEqual(["created", "expired", "renewed", "expired"]);
  });

  test("is left alone while it is suspended, and recorded when it is reinstated", async () => {
    const { licenseId, at } = await issueLicense(service, policy);
    await service.call("POST", `${at}/suspend`, { body: {} });
    clock.advance(hourSeconds);
    expect(await expireSweep(runtime)).toMatchObject({ expired: 0 });
    await service.call("POST", `${at}/reinstate`, { body: {} });
    expect(await expireSweep(runtime)).toMatchObject({ expired: 1 });
    expect(await historyOf(licenseId)).toEqual(["created", "suspended", "reinstated", "expired"]);
    // Recorded already: suspending and reinstating it again is no second expiry.
    await service.call("POST", `${at}/suspend`, { body: {} });
    await service.call("POST", `${at}/reinstate`, { body: {} });
    expect(await expireSweep(runtime)).toMatchObject({ expired: 0, passed: 0, driftSeconds: 0 });
  });

  test("is usable in its grace, and denied by the first sweep after it, before the reconciler runs", async () => {
    const { licenseId } = await issueLicense(service, graced);
    clock.advance(hourSeconds);
    expect(await expireSweep(runtime)).toMatchObject({ expired: 1 });
    expect(await heldStatus(licenseId)).toBe("EXPIRED");
    clock.advance(60);
    await reconcile(runtime);
    clock.advance(hourSeconds - 60);
    expect(await heldStatus(licenseId)).toBeUndefined();
    expect(await expireSweep(runtime)).toMatchObject({ expired: 0, published: 1 });
    expect(await heldStatus(licenseId)).toBe("EXPIRED");
    expect(await publicationFaults(runtime, [licenseId])).toEqual([]);
    expect(await historyOf(licenseId)).toEqual(["created", "expired"]);
  });

  test("is recorded while Redis is away, and its denial published later", async () => {
    const { licenseId } = await issueLicense(service, policy);
    const held = await getCertificate(redisOf(runtime), licenseId);
    clock.advance(hourSeconds);
    await redisOf(runtime).set(`licensing:certificate:${licenseId}`, "in the way");
    expect(await expireSweep(runtime)).toMatchObject({ expired: 1 });
    expect(held).toBeDefined();
    await redisOf(runtime).del(`licensing:certificate:${licenseId}`);
    clock.advance(10);
    await reconcile(runtime);
    expect(await heldStatus(licenseId)).toBe("EXPIRED");
  });

  test("that is perpetual or not started is never a candidate", async () => {
    await issueLicense(service, await createPolicy(service, { duration: null }));
    await issueLicense(service, await createPolicy(service, { expirationBasis: "from-first-activation" }));
    clock.advance(1_000 * 86_400);
    await expireSweep(runtime);
    expect(await expireSweep(runtime)).toMatchObject({ expired: 0, passed: 0, failed: 0, driftSeconds: 0 });
  });
});

describe("seats whose lease has run out", async () => {
  const policy = await createPolicy(service, { duration: "P10Y", lease: "PT1H", activationLimit: 200 });

  test("are closed with an event each; live seats stay", async () => {
    const { licenseId } = await issueLicense(service, policy);
    const take = (fingerprint: string) => service.call("POST", `${base}/activations`, { body: { licenseId, fingerprint } });
    for (const name of ["machine-0001", "machine-0002"]) await take(name);
    clock.advance(hourSeconds / 2);
    await take("machine-0003");
    clock.advance(hourSeconds / 2);
    expect(await expireSweep(runtime)).toMatchObject({ lapsed: 1, failed: 0 });
    expect(await historyOf(licenseId)).toEqual([
      "created", "activated", "activated", "activated", "deactivated (lease-expired)", "deactivated (lease-expired)",
    ]);
    expect(await evidence(service, licenseId)).toMatchObject({ open: 1, live: 1 });
    expect(await publicationFaults(runtime, [licenseId])).toEqual([]);
    expect(await expireSweep(runtime)).toMatchObject({ lapsed: 0, passed: 0 });
  });

  test("are all closed, though one commit closes at most fifty", async () => {
    const { licenseId } = await issueLicense(service, policy);
    await owner.write(sql`insert into licensing."Activation" (license_id, fingerprint, created_at, last_seen_at, lease_until)
      select ${licenseId}::bigint, 'bulk-machine-' || n, ${clock.now().toISOString()}::timestamptz, ${clock.now().toISOString()}::timestamptz,
        ${clock.now().toISOString()}::timestamptz - interval '1 second' * n from generate_series(1, 120) n`);
    for (let turn = 0; turn < 3; turn += 1) await expireSweep(runtime);
    expect(await evidence(service, licenseId)).toMatchObject({ open: 0 });
    expect((await historyOf(licenseId)).filter((what) => what === "deactivated (lease-expired)")).toHaveLength(120);
  });
});

describe("a sweep", () => {
  test("closes lapsed seats while more licenses have expired than it can record", async () => {
    await insertLicenses(owner, { count: 450, now: clock.now(), expiresAt: new Date(clock.now().getTime() - 90_000) });
    const { licenseId } = await issueLicense(service, await createPolicy(service, { activationLimit: 5, lease: "PT1M" }));
    await service.call("POST", `${base}/activations`, { body: { licenseId, fingerprint: "machine-0001" } });
    clock.advance(60);
    const first = await expireSweep(runtime, { licensesMax: 210 });
    expect(first.lapsed).toBe(1);
    expect(first.expired).toBeLessThan(450);
    expect(await expireSweep(runtime)).toMatchObject({ expired: 450 - first.expired, driftSeconds: 0 });
  });

  test("reports its counts in the function's log line and the drift of licenses it left", async () => {
    const ids = await insertLicenses(owner, { count: 30, now: clock.now(), expiresAt: new Date(clock.now().getTime() - 90_000) });
    expect(await expireSweep(runtime, { licensesMax: 10 })).toMatchObject({ driftSeconds: 90 });
    const from = service.printed.length;
    const counts = await expireLicenses({}, {}, runtime);
    const lines = service.printed.slice(from).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual(expect.objectContaining({ ExpiryDriftSeconds: 0 }));
    expect(lines).toContainEqual(expect.objectContaining({ ScheduleCompleted: 1, Schedule: "expire-licenses" }));
    expect(lines).toContainEqual(expect.objectContaining({ message: "schedule completed", schedule: "expire-licenses", counts }));
    expect(await publicationFaults(runtime, ids)).toEqual([]);
  });

  test("goes on after a license that can't be swept, and counts it as failed", async () => {
    const [poison = ""] = await insertLicenses(owner, { count: 1, now: clock.now(), expiresAt: new Date(clock.now().getTime() - 900_000) });
    await owner.write(
      sql`create function licensing.refuse_one() returns trigger language plpgsql as $$ begin
        if new.status = 'EXPIRED' and new.holder_id = 'poison' then raise exception 'no' using errcode = '22000'; end if; return new; end $$`,
      sql`create trigger refuse_one before update on licensing."License" for each row execute function licensing.refuse_one()`,
      sql`update licensing."License" set holder_id = 'poison' where id = ${poison}::bigint`,
    );
    await insertLicenses(owner, { count: 40, now: clock.now(), expiresAt: clock.now() });
    expect(await expireSweep(runtime)).toMatchObject({ expired: 40, failed: 1, driftSeconds: 900 });
    await owner.write(sql`drop trigger refuse_one on licensing."License"`);
    expect(await expireSweep(runtime)).toMatchObject({ expired: 1, failed: 0, driftSeconds: 0 });
  });

  test("removes stored answers after their day, and no others", async () => {
    const count = async () => Number((await owner.read(sql`select count(*) as n from licensing."IdempotencyRecord"`))[0]?.[0]?.["n"]);
    const issue = (key: string) =>
      service.call("POST", `${base}/licenses`, { body: { policy: "free-trial", holder: { type: "user", id: key } }, headers: { "idempotency-key": key } });
    await issue("first");
    clock.advance(86_400 - 1);
    const again = await issue("first");
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    await issue("second");
    expect(await expireSweep(runtime)).toMatchObject({ answersRemoved: 0 });
    clock.advance(1);
    expect(await expireSweep(runtime)).toMatchObject({ answersRemoved: 1 });
    expect(await count()).toBe(1);
  });

  test("compares the kept number of open seats with the seats, and reports and mends a wrong one", async () => {
    const { licenseId } = await issueLicense(service, await createPolicy(service, { activationLimit: 2 }));
    await service.call("POST", `${base}/activations`, { body: { licenseId, fingerprint: "machine-0001" } });
    const kept = async () => (await owner.read(sql`select open_seats, seats_full from licensing."License" where id = ${licenseId}::bigint`))[0]?.[0];
    expect((await expireSweep(runtime)).miscounted).toBe(0);
    await owner.write(sql`update licensing."License" set open_seats = 2 where id = ${licenseId}::bigint`);
    expect(await kept()).toEqual({ open_seats: 2, seats_full: true });
    const from = service.printed.length;
    // A run compares a thousand licenses at most.
    await until("the license was compared", async () => (await expireSweep(runtime)).miscounted === 1);
    expect(await kept()).toEqual({ open_seats: 1, seats_full: false });
    const lines = service.printed.slice(from).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual(expect.objectContaining({ level: "error", licenseId, counts: { kept: 2, open: 1 } }));
    expect(lines).toContainEqual(expect.objectContaining({ SeatsMiscounted: 1 }));
  });

  test("leaves every chain of events whole", async () => {
    await owner.write(
      sql`alter table licensing."LicenseEvent" disable trigger "LicenseEvent_append_only"`,
      sql`delete from licensing."LicenseEvent" where license_id in (select id from licensing."License" where key_digest like 'bulk-%')`,
      sql`alter table licensing."CertificateDue" drop constraint "CertificateDue_license_id_License_id_fk"`,
      sql`delete from licensing."License" where key_digest like 'bulk-%'`,
      sql`delete from licensing."LicenseEvent" where license_id in (select license_id from licensing."Activation" where fingerprint like 'bulk-%')`,
      sql`delete from licensing."LicenseKey" where license_id in (select license_id from licensing."Activation" where fingerprint like 'bulk-%')`,
      sql`with seats as (delete from licensing."Activation" where fingerprint like 'bulk-%' returning license_id)
        delete from licensing."License" where id in (select license_id from seats)`,
    );
    expect(await auditFaults(owner)).toEqual([]);
  });
});
