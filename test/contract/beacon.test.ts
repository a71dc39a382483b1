import { sql } from "drizzle-orm";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { beaconKey, certificateKey } from "@licensing/core/certificate/address.ts";
import { beaconSeconds, verifyBeacon, type Beacon } from "@licensing/core/certificate/beacon.ts";
import { cryptoNode } from "@licensing/core/certificate/crypto-node.ts";
import { readFloors } from "@licensing/core/event/floors.store.ts";
import { applicationSecrets } from "@licensing/core/keyring/application-secrets.ts";
import { trustedKeys } from "@licensing/core/keyring/trusted-keys.store.ts";
import { redisOf } from "@licensing/core/platform/redis-client.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import type { Transport } from "@licensing/core/platform/transport.ts";
import { getCertificate, getCertificates } from "@licensing/core/publication/certificate.store.ts";
import { leaseSeconds, takeDue } from "@licensing/core/publication/queue.store.ts";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { checkKeys } from "@licensing/core/rotation/check-keys.store.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { insertLicenses } from "../support/licenses.ts";
import { postgresUrl } from "../support/servers.ts";
import { startService } from "../support/service.ts";
import type { Service, ServiceOptions } from "../support/service.ts";

const start = "2027-01-01T00:00:00.000Z";
const ttlSeconds = 86_400;
const seconds = (at: Date) => Math.floor(at.getTime() / 1000);

/** A service whose keys are checked, and which has put its second beacon. */
async function startWhole(options: Parameters<typeof startService>[0] = {}): Promise<Service> {
  const service = await startService({ now: start, ...options });
  await checkKeys(service.runtime);
  await minute(service);
  await minute(service);
  return service;
}

/** The schedule's next run. */
async function minute(service: Service): Promise<void> {
  service.clock.advance(60);
  await reconcile(service.runtime);
}

async function beaconOf(service: Service): Promise<Beacon> {
  const text = await redisOf(service.runtime).get<string>(beaconKey);
  const { ring } = await trustedKeys(service.runtime);
  const { issuer, audience } = service.runtime.config.certificate;
  const verdict = verifyBeacon(text, { expected: { ring, issuer, audience, nowMs: service.clock.now().getTime() }, cryptography: cryptoNode });
  if (!verdict.ok) throw new Error(`no beacon: ${verdict.reason}`);
  return verdict.beacon;
}

/** The claims of a beacon, without its signature. */
function claimsOf(text: string | null): Beacon {
  return JSON.parse(Buffer.from(text?.split(".")[1] ?? "", "base64url").toString("utf8")) as Beacon;
}

const isComplete = async (service: Service) => (await beaconOf(service)).complete;

describe("the beacon", async () => {
  const service = await startWhole();
  const { clock } = service;

  test("is put by each run, signed by the active key, in its frozen form", async () => {
    await minute(service);
    const now = seconds(clock.now());
    expect(await beaconOf(service)).toEqual({
      iss: "licensing",
      aud: "licensing",
      iat: now,
      exp: now + beaconSeconds,
      asOf: now - 30,
      complete: true,
      floors: new Map(),
      floorsSince: now - ttlSeconds,
      secrets: [...(applicationSecrets(service.runtime)?.byId.keys() ?? [])],
      ring: (await trustedKeys(service.runtime)).counter,
    });
    expect(await redisOf(service.runtime).ttl(beaconKey)).toBeGreaterThan(500);
    await minute(service);
    expect((await beaconOf(service)).iat).toBe(now + 60);
  });

  test("claims that Redis is current up to the start of the oldest change that was not seen there", async () => {
    await issueLicense(service, "free-trial");
    const issuedAt = seconds(clock.now());
    clock.advance(5);
    await reconcile(service.runtime);
    // Not examined yet: its own publication could still fail.
    expect((await beaconOf(service)).asOf).toBe(issuedAt - 25);
    clock.advance(40);
    await reconcile(service.runtime);
    expect((await beaconOf(service)).asOf).toBe(issuedAt);
    await minute(service);
    expect(await beaconOf(service)).toMatchObject({ asOf: seconds(clock.now()) - 30, complete: true });
  });

  test("isn't held back by refreshes", async () => {
    const dueAt = new Date(clock.now().getTime() + 1_000);
    await service.owner.write(sql`update licensing."CertificateDue" set due_at = ${dueAt.toISOString()}::timestamptz`);
    clock.advance(60);
    await reconcile(service.runtime);
    expect((await beaconOf(service)).asOf).toBe(seconds(clock.now()) - 30);
  });

  test("isn't replaced by an older one from a process whose clock is behind", async () => {
    await minute(service);
    const { iat } = await beaconOf(service);
    clock.advance(-20);
    await reconcile(service.runtime);
    expect((await beaconOf(service)).iat).toBe(iat);
    clock.advance(20);
  });

  test("isn't put without a signing key", async () => {
    const { iat } = await beaconOf(service);
    clock.advance(60);
    const runtime = { ...service.runtime, config: { ...service.runtime.config, signing: {} } };
    expect(await reconcile(runtime)).toMatchObject({ stopped: "unconfigured" });
    expect((await beaconOf(service)).iat).toBe(iat);
  });
});

describe("floors", async () => {
  const service = await startWhole();
  const { clock } = service;
  const denied = await issueLicense(service, "free-trial");
  const back = await issueLicense(service, "free-trial");

  test("are the sequences of suspensions and revocations, for one lifetime of a certificate", async () => {
    await service.call("POST", `${denied.at}/suspend`, { body: {} });
    await service.call("POST", `${back.at}/suspend`, { body: {} });
    await service.call("POST", `${back.at}/reinstate`, { body: {} });
    const revoked = await service.call("POST", `${denied.at}/revoke`, { body: {} });
    await minute(service);
    expect((await beaconOf(service)).floors).toEqual(new Map([[denied.licenseId, revoked.body.license.sequence], [back.licenseId, 2]]));
    clock.advance(ttlSeconds - 61);
    await reconcile(service.runtime);
    expect((await beaconOf(service)).floors.size).toBe(2);
    await minute(service);
    expect((await beaconOf(service)).floors.size).toBe(0);
  });

  test("are the newest ones if there are more than fit, with the instant since which they are complete", async () => {
    const since = new Date(clock.now().getTime());
    for (let count = 0; count < 4; count += 1) {
      clock.advance(1);
      const { at } = await issueLicense(service, "free-trial");
      await service.call("POST", `${at}/suspend`, { body: {} });
    }
    const all = await readFloors(service.runtime, { since, limit: 4 });
    expect([all.sequences.size, all.since]).toEqual([4, since]);
    const some = await readFloors(service.runtime, { since, limit: 3 });
    expect([...some.sequences.keys()]).toEqual([...all.sequences.keys()].slice(0, 3));
    expect(some.since.getTime()).toBe(since.getTime() + 1_001);
    expect((await readFloors(service.runtime, { since: some.since, limit: 9 })).sequences).toEqual(some.sequences);
  });
});

describe("the beacon doesn't claim complete of a Redis that", async () => {
  const service = await startWhole();
  const redis = redisOf(service.runtime);
  const licenses = await Promise.all(Array.from({ length: 6 }, () => issueLicense(service, "free-trial")));
  await minute(service);
  await minute(service);
  /** Runs until it is claimed again: the rebuild takes one run, and the next one finds everything. */
  const recovers = async () => {
    await minute(service);
    await minute(service);
    expect(await isComplete(service)).toBe(true);
    for (const { licenseId } of licenses) expect(await getCertificate(redis, licenseId)).toBeDefined();
  };

  test("(control) is whole: there it claims complete", async () => expect(await isComplete(service)).toBe(true));

  test("lost everything", async () => {
    await redis.flushdb();
    await minute(service);
    expect(await isComplete(service)).toBe(false);
    await recovers();
  });

  test("lost one key", async () => {
    await redis.del(certificateKey(licenses[2]?.licenseId ?? ""));
    await minute(service);
    expect(await isComplete(service)).toBe(false);
    await recovers();
  });

  test("lost half of its keys, not the beacon and not the sentinel", async () => {
    await redis.del(...licenses.slice(3).map(({ licenseId }) => certificateKey(licenseId)));
    await minute(service);
    expect(await isComplete(service)).toBe(false);
    await recovers();
  });

  test("was put back to an earlier state", async () => {
    const earlier = new Map<string, string | null>();
    for (const key of [beaconKey, "licensing:certificate:sentinel"]) earlier.set(key, await redis.get<string>(key));
    await minute(service);
    for (const [key, value] of earlier) await redis.set(key, value);
    await minute(service);
    expect(await isComplete(service)).toBe(false);
    await recovers();
  });

  test("has another beacon, or none", async () => {
    await redis.set(beaconKey, "planted");
    await minute(service);
    expect(await isComplete(service)).toBe(false);
    await recovers();
    await redis.del(beaconKey);
    await minute(service);
    expect(await isComplete(service)).toBe(false);
    await recovers();
  });

  test("lacks a certificate that couldn't be published", async () => {
    const { licenseId } = licenses[0] ?? { licenseId: "" };
    await service.owner.write(sql`update licensing."CertificateDue" set kid = '' where license_id = ${licenseId}::bigint`);
    await minute(service);
    expect(await isComplete(service)).toBe(false);
    await service.owner.write(sql`update licensing."CertificateDue" set due_at = ${start}::timestamptz where license_id = ${licenseId}::bigint`);
    await recovers();
  });

  test("is refreshed so late that certificates may have ended", async () => {
    for (const late of [ttlSeconds * 0.1 - 60 - 1, ttlSeconds * 0.1 - 60 + 1]) {
      const due = new Date(service.clock.now().getTime() + 60_000 - late * 1000).toISOString();
      await service.owner.write(sql`update licensing."CertificateDue" set due_at = ${due}::timestamptz`);
      await minute(service);
      expect(await isComplete(service)).toBe(late < ttlSeconds * 0.1 - 60);
    }
    await recovers();
  });
});

describe("a rebuild isn't over", async () => {
  /** A service with licenses in a Redis that was emptied. Their keys are outside of each patrol's share. */
  async function startEmptied(count: number, rewriteSql?: ServiceOptions["rewriteSql"]) {
    const service = await startWhole(rewriteSql === undefined ? {} : { rewriteSql });
    const ids = await insertLicenses(service.owner, { count, now: service.clock.now() });
    await minute(service);
    await redisOf(service.runtime).flushdb();
    /** The beacon that the next run puts, before it does anything else. */
    const isNextComplete = async () => {
      await service.owner.write(sql`update licensing."Beacon" set counted_to = ${ids.at(-1)}::bigint, read_to = ${ids.at(-1)}::bigint`);
      await reconcile(service.runtime, { rowsMax: 0 });
      return isComplete(service);
    };
    const missing = async () => (await getCertificates(redisOf(service.runtime), ids)).filter((text) => text === undefined).length;
    return { service, ids, isNextComplete, missing };
  }

  /** Another run takes these licenses after the last page was made due. */
  function afterLastPage({ runtime }: Service, take: () => Promise<unknown>): Runtime {
    const send: Transport["send"] = async (request) => {
      if (/"ending:/.test(String(request.body))) await take();
      return runtime.transport.send(request);
    };
    return { ...runtime, transport: { ...runtime.transport, send } };
  }

  test("before the licenses of its last page are published", async () => {
    const { service, isNextComplete, missing } = await startEmptied(300);
    expect(await reconcile(service.runtime, { rowsMax: 200 })).toMatchObject({ published: 200, stopped: "rows" });
    expect([await missing(), await isNextComplete()]).toEqual([100, false]);
    expect(await reconcile(service.runtime)).toMatchObject({ published: 100, stopped: "drained" });
    expect([await missing(), await isNextComplete()]).toEqual([0, true]);
  });

  const leased = (service: Service) => afterLastPage(service, () => takeDue({ ...service.runtime }, { limit: 100 }));

  test("before a license that another run took is published, by that run or after the end of its lease", async () => {
    const { service, isNextComplete, missing } = await startEmptied(300);
    expect(await reconcile(leased(service))).toMatchObject({ published: 200, stopped: "drained" });
    expect([await missing(), await isNextComplete()]).toEqual([100, false]);
    service.clock.advance(leaseSeconds);
    expect(await reconcile(service.runtime)).toMatchObject({ published: 100 });
    expect([await missing(), await isNextComplete()]).toEqual([0, true]);
  });

  test("(control) is over before that if leases don't count", async () => {
    const { service, isNextComplete, missing } = await startEmptied(300, (query) => query.replace("(d.lease is not null or ", "("));
    await reconcile(leased(service));
    expect([await missing(), await isNextComplete()]).toEqual([100, true]);
  });

  /** Another run's statement has locked ten licenses to take them, and isn't committed. */
  async function whileTaking(service: Service, ids: readonly string[], work: (run: Runtime) => Promise<void>): Promise<void> {
    const session = new pg.Client({ connectionString: new URL(`/${service.databaseName}`, await postgresUrl()).href });
    await session.connect();
    try {
      await session.query("begin");
      await work(afterLastPage(service, () => session.query(`select from licensing."CertificateDue" where license_id = any ($1) for no key update`, [ids.slice(0, 10)])));
    } finally {
      await session.end();
    }
  }

  test("before a license is published that another run is just taking", async () => {
    const { service, ids, isNextComplete, missing } = await startEmptied(30);
    await whileTaking(service, ids, async (run) => {
      expect(await reconcile(run)).toMatchObject({ published: 20, stopped: "drained" });
      expect([await missing(), await isNextComplete()]).toEqual([10, false]);
    });
    expect(await reconcile(service.runtime)).toMatchObject({ published: 10 });
    expect([await missing(), await isNextComplete()]).toEqual([0, true]);
  });

  test("(control) is over before that if only leases count", async () => {
    const { service, ids, isNextComplete, missing } = await startEmptied(30, (query) => query.replace("d.lease is not null or ", "d.lease is not null or false and "));
    await whileTaking(service, ids, async (run) => {
      await reconcile(run);
      expect([await missing(), await isNextComplete()]).toEqual([10, true]);
    });
  });
});

describe("a license that was issued a moment ago", async () => {
  const service = await startWhole();

  test("doesn't count as missing if its publication failed, because the beacon claims only the time before it", async () => {
    const policy = await createPolicy(service);
    const before = seconds(service.clock.now());
    service.clock.advance(1);
    const { licenseId } = await issueLicense(service, policy);
    await redisOf(service.runtime).del(certificateKey(licenseId));
    // The reconciler runs before the certificate is due, each minute for an hour in which the queue doesn't move.
    for (let run = 0; run < 3; run += 1) {
      await service.owner.write(sql`update licensing."CertificateDue" set due_at = ${new Date(service.clock.now().getTime() + 90_000).toISOString()}::timestamptz where kid is null`);
      await minute(service);
      expect((await beaconOf(service)).asOf).toBeLessThanOrEqual(before + 1);
      expect(await getCertificate(redisOf(service.runtime), licenseId)).toBeUndefined();
    }
  });
});

describe("the beacon under a backlog", async () => {
  const many = process.env["LICENSING_PROVE"] === "long" ? 100_000 : 2_000;
  const service = await startWhole();

  test(`of ${many} licenses is put each minute of the run, with the instant from which changes wait`, async () => {
    const changedAt = seconds(service.clock.now());
    await insertLicenses(service.owner, { count: many, now: service.clock.now() });
    await service.owner.write(sql`update licensing."CertificateDue" set changed_at = ${service.clock.now().toISOString()}::timestamptz where kid is null`);
    const seen: { at: number; left: number; text: Promise<string | null> }[] = [];
    service.clock.advance(60);
    await reconcile(service.runtime, {
      rowsMax: many,
      progress: ({ done, total }) => {
        seen.push({ at: seconds(service.clock.now()), left: total - done, text: redisOf(service.runtime).get<string>(beaconKey) });
        service.clock.advance(30);
      },
    });
    expect(seen.length).toBeGreaterThanOrEqual(many / 200);
    for (const { at, left, text } of seen) {
      const { iat, asOf } = claimsOf(await text);
      expect(at - iat).toBeLessThanOrEqual(60);
      if (left > 400) expect(asOf).toBeLessThanOrEqual(changedAt);
    }
    await minute(service);
    await minute(service);
    expect(await beaconOf(service)).toMatchObject({ complete: true, asOf: seconds(service.clock.now()) - 30 });
  }, 900_000);
});
