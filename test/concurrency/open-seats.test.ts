import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { activate } from "@licensing/core/lifecycle/activate.ts";
import { deactivate } from "@licensing/core/lifecycle/deactivate.ts";
import { heartbeat } from "@licensing/core/lifecycle/heartbeat.ts";
import { perform } from "@licensing/core/lifecycle/perform.store.ts";
import { closeLapsed } from "@licensing/core/lifecycle/releases.ts";
import { ProblemError } from "@licensing/core/problem/problem.ts";
import { auditFaults, seatFaults } from "../support/checkers.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { historyFaults } from "../support/history.ts";
import { seededRandom } from "../support/random.ts";
import { base, startService } from "../support/service.ts";
import type { Service } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { withoutLocks } from "./unlocked.ts";

const changes = process.env["LICENSING_PROVE"] === "long" ? 20_000 : 800;
const clients = 16;
const limit = 10;
const machines = 25;
const start = "2027-03-01T09:00:00.000Z";
const caller = { actor: { type: "service", id: "race", roles: [] }, scope: { kind: "all" } } as const;

type Target = { readonly licenseId: string };

/** Licenses that refuse or evict at their limit, with leases that run out while other machines claim. */
async function targets(service: Service): Promise<readonly [Target, ...Target[]]> {
  const refusing = await createPolicy(service, { activationLimit: limit, lease: "PT1M" });
  const evicting = await createPolicy(service, { activationLimit: limit, onFull: "evict-oldest-idle", lease: "PT2M" });
  const kept = await createPolicy(service, { activationLimit: limit, onFull: "evict-oldest-idle" });
  return [await issueLicense(service, refusing), await issueLicense(service, evicting), await issueLicense(service, kept), await issueLicense(service, refusing)];
}

type Act = (service: Service, target: Target, fingerprint: string) => Promise<unknown>;

const acts: readonly Act[] = [claim, claim, claim, beat, free, sweep];

function claim(service: Service, { licenseId }: Target, fingerprint: string): Promise<unknown> {
  return perform(service.runtime, { caller, requestId: "claim" }, {
    locator: { by: "id", named: licenseId }, absent: "license-not-found", fingerprint,
    decide: (snapshot, moment) => activate(snapshot, { fingerprint, name: null, replace: undefined }, moment),
  });
}

async function ofSeat(service: Service, { licenseId }: Target, fingerprint: string, decide: typeof beaten): Promise<unknown> {
  const [rows = []] = await service.owner.read(sql`select id::text as id from licensing."Activation"
    where license_id = ${licenseId}::bigint and fingerprint = ${fingerprint} and deactivated_at is null`);
  if (rows[0] === undefined) return undefined;
  return perform(service.runtime, { caller, requestId: "seat" }, { locator: { by: "activation", named: String(rows[0]["id"]) }, absent: "activation-not-found", lapsed: true, decide });
}

const beaten = (...[snapshot, moment]: Parameters<typeof heartbeat>) => heartbeat(snapshot, moment);

function beat(service: Service, target: Target, fingerprint: string): Promise<unknown> {
  return ofSeat(service, target, fingerprint, beaten);
}

function free(service: Service, target: Target, fingerprint: string): Promise<unknown> {
  return ofSeat(service, target, fingerprint, (snapshot, moment) => deactivate(snapshot, { reason: null }, moment));
}

function sweep(service: Service, { licenseId }: Target): Promise<unknown> {
  return perform(service.runtime, { caller, requestId: "sweep" }, { locator: { by: "id", named: licenseId }, absent: "license-not-found", lapsed: true, decide: closeLapsed });
}

/** The violations of the guarantee during `count` random changes. */
async function broken(service: Service, count: number): Promise<string[]> {
  const licenses = await targets(service);
  const random = seededRandom(1_811);
  const faults: string[] = [];
  let begun = 0;
  let ended = false;
  const client = async () => {
    while (begun < count) {
      begun += 1;
      // Time moves, so that claims see leases end.
      if (begun % 20 === 0) service.clock.advance(1 + random.below(15));
      const target = random.pick(licenses);
      const act = acts[random.below(acts.length)] ?? claim;
      await act(service, target, `machine-${String(random.below(machines)).padStart(4, "0")}`).catch((error: unknown) => {
        if (!(error instanceof ProblemError)) faults.push(String(error));
      });
    }
  };
  const sampler = async () => {
    while (!ended) faults.push(...(await miscounted(service)));
  };
  const sampling = sampler();
  await Promise.all(Array.from({ length: clients }, client));
  ended = true;
  await sampling;
  return [...faults, ...(await miscounted(service)), ...(await seatFaults(service.owner, service.clock.now())), ...(await auditFaults(service.owner)), ...(await historyFaults(service.owner))];
}

/** Licenses whose kept number differs from the count of their open rows, in one snapshot. */
async function miscounted(service: Service): Promise<string[]> {
  const [rows = []] = await service.owner.read(sql`select l.id::text as id, l.open_seats as kept, c.open
    from licensing."License" l cross join lateral (select count(*)::int as open from licensing."Activation" a
      where a.license_id = l.id and a.deactivated_at is null) c where l.open_seats is distinct from c.open`);
  return rows.map((row) => `license ${String(row["id"])} keeps ${String(row["kept"])} open seats and has ${String(row["open"])}`);
}

describe("random claims, releases, lapses, evictions and heartbeats at once", () => {
  test(`${changes} of them: a license's kept number equals its open seats at every moment, and no license is oversold`, { timeout: patient(600_000) }, async () => {
    const service = await startService({ now: start });
    expect(await broken(service, changes)).toEqual([]);
    const [rows = []] = await service.owner.read(sql`select count(*)::int as rows from licensing."LicenseEvent" where type = 'deactivated'`);
    expect(rows[0]?.["rows"]).toBeGreaterThan(changes / 20);
  });

  test("(control) the number differs if a commit doesn't subtract closed seats", async () => {
    const service = await startService({ now: start, rewriteSql: (query) => query.replace("l.open_seats - (select count(*) from closed)", "l.open_seats") });
    expect(await broken(service, 200)).not.toEqual([]);
  });

  test("(control) licenses are oversold without the locks", { timeout: patient(120_000) }, async () => {
    const service = await startService({ now: start, rewriteSql: withoutLocks });
    expect(await broken(service, 800)).not.toEqual([]);
  });
});

describe("a license without a kept number, as earlier versions wrote it", async () => {
  const service = await startService({ now: start });
  const policy = await createPolicy(service, { activationLimit: 3, lease: "PT1H" });
  const { licenseId } = await issueLicense(service, policy);
  const take = (fingerprint: string) => service.call("POST", `${base}/activations`, { body: { licenseId, fingerprint } });
  await service.owner.write(sql`alter table licensing."License" alter column open_seats drop not null`);

  test("has its seats counted, and gets no number until the backfill", async () => {
    await take("machine-0001");
    await service.owner.write(sql`update licensing."License" set open_seats = null where id = ${licenseId}::bigint`);
    expect((await take("machine-0002")).body).toMatchObject({ license: { seatsUsed: 2 } });
    await take("machine-0003");
    expect(await take("machine-0004")).toMatchObject({ status: 409, body: { seats: { used: 3, limit: 3 } } });
    service.clock.advance(3_600);
    expect((await take("machine-0004")).body).toMatchObject({ license: { seatsUsed: 1 } });
    const [rows = []] = await service.owner.read(sql`select open_seats from licensing."License" where id = ${licenseId}::bigint`);
    expect(rows[0]?.["open_seats"]).toBeNull();
  });
});

describe("a seat whose lease has run out", async () => {
  const service = await startService({ now: start });
  const { licenseId } = await issueLicense(service, await createPolicy(service, { activationLimit: 5, lease: "PT1H" }));

  test("ended with its lease, however late the trail records it", async () => {
    const taken = await service.call("POST", `${base}/activations`, { body: { licenseId, fingerprint: "machine-0001" } });
    const until = String(taken.body.activation.leaseUntil);
    service.clock.advance(86_400);
    await service.call("POST", `${base}/activations`, { body: { licenseId, fingerprint: "machine-0002" } });
    const seat = await service.call("GET", `${base}/activations/${String(taken.body.activation.id)}`);
    expect(seat.body).toMatchObject({ leaseUntil: until, deactivatedAt: until });
  });

  test.each(["suspend", "reinstate", "revoke"])("isn't closed by %s", async (verb) => {
    const { licenseId: other } = await issueLicense(service, await createPolicy(service, { activationLimit: 5, lease: "PT1H" }));
    await service.call("POST", `${base}/activations`, { body: { licenseId: other, fingerprint: "machine-0001" } });
    if (verb === "reinstate") await service.call("POST", `${base}/licenses/${other}/suspend`);
    service.clock.advance(3_600);
    const { body } = await service.call("POST", `${base}/licenses/${other}/${verb}`);
    expect(body.license.seatsUsed).toBe(0);
    const [rows = []] = await service.owner.read(sql`select open_seats from licensing."License" where id = ${other}::bigint`);
    expect(rows[0]?.["open_seats"]).toBe(1);
  });
});
