import { afterAll, describe, expect, test } from "vitest";
import { commit } from "@licensing/core/commit/commit.store.ts";
import { activate } from "@licensing/core/lifecycle/activate.ts";
import type { Snapshot } from "@licensing/core/lifecycle/snapshot.sql.ts";
import { snapshotFrom, snapshotStatement } from "@licensing/core/lifecycle/snapshot.sql.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import { startGateway } from "../../infra/local/lambda/gateway.ts";
import { invokeInProcess } from "../../infra/local/lambda/in-process.ts";
import { routes } from "../../infra/routes.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { historyFaults } from "../support/history.ts";
import { steadyTransport } from "../support/patient-runtime.ts";
import { base, createCall, startService } from "../support/service.ts";
import type { Service } from "../support/service.ts";
import { evidence, told, trailFaults } from "../support/witness.ts";
import { isEverBroken, withoutLocks } from "./unlocked.ts";

const start = "2027-03-01T09:00:00.000Z";
const service = await startService({ now: start });
/** The control: the same service, whose commits don't lock the license's row first. */
const unlocked = await startService({ now: start, rewriteSql: withoutLocks });

const rounds = 12;

/** Another instance of the same service, on the same databases, whose clock is behind. */
async function instanceBehind(of: Service, milliseconds: number): Promise<Service["call"]> {
  const now = () => new Date(of.clock.now().getTime() - milliseconds);
  const runtime = createRuntime({ environment: of.environment, now, print: () => undefined, transport: steadyTransport() });
  const gateway = await startGateway({ routes, invoke: invokeInProcess(runtime), port: 0 });
  afterAll(async () => {
    await gateway.close();
    runtime.transport.close();
  });
  return createCall(gateway.origin, () => of.token("admin"));
}

async function heldByOne(of: Service, limit: number) {
  const policy = await createPolicy(of, { duration: "P10Y", activationLimit: limit, lease: "PT1H" });
  const license = await issueLicense(of, policy);
  for (let seat = 0; seat < limit; seat += 1) await take(of, license.licenseId, `machine-000${seat}`);
  return license;
}

const take = (of: Service, licenseId: string, fingerprint: string) =>
  of.call("POST", `${base}/activations`, { body: { licenseId, fingerprint } });

/** The faults after `claims` machines claim the one seat whose lease has run out. */
async function takeoverFaults(of: Service, claims: number): Promise<string[]> {
  const { licenseId } = await heldByOne(of, 1);
  of.clock.advance(3_600);
  const answers = await Promise.all(Array.from({ length: claims }, (_, claim) => take(of, licenseId, `newcomer-${claim}`)));
  const found = await evidence(of, licenseId);
  const statuses = answers.map(({ status }) => status).sort().join(" ");
  const expected = [201, ...Array<number>(claims - 1).fill(409)].join(" ");
  const trail = told(found.events).join(", ");
  return [
    ...(statuses === expected ? [] : [`answered ${statuses}`]),
    ...(found.open === 1 && found.live === 1 ? [] : [`${found.open} rows are open`]),
    ...(trail === "created, activated, deactivated (lease-expired), activated" ? [] : [`told ${trail}`]),
    ...trailFaults(found),
  ];
}

async function inRounds(faults: () => Promise<string[]>): Promise<string[]> {
  const all: string[] = [];
  for (let round = 0; round < rounds; round += 1) all.push(...(await faults()));
  return all;
}

describe("two machines that claim one expired seat at once", () => {
  test("leave it to one; the other gets activation-limit-reached, and the old seat is released once", async () => {
    expect(await inRounds(() => takeoverFaults(service, 2))).toEqual([]);
  });

  test("(control) break this guarantee without the lock", async () => {
    expect(await isEverBroken(async () => (await takeoverFaults(unlocked, 2)).length > 0)).toBe(true);
  });

  test("behave the same if they are twenty", async () => {
    expect(await takeoverFaults(service, 20)).toEqual([]);
  });
});

/** A heartbeat just before the lease ends, by an instance whose clock is behind, against a claim just after. */
async function reviveFaults(of: Service, behind: Service["call"]): Promise<string[]> {
  const { licenseId } = await heldByOne(of, 1);
  const seats = (await evidence(of, licenseId)).seats;
  of.clock.advance(3_600);
  const [beat, claim] = await Promise.all([
    behind("POST", `${base}/activations/${String(seats[0]?.["id"])}/heartbeat`),
    take(of, licenseId, "newcomer-1"),
  ]);
  const found = await evidence(of, licenseId);
  const outcome = `${beat.status} ${claim.status}`;
  return [
    ...(outcome === "200 409" || outcome === "404 201" ? [] : [`heartbeat and claim: ${outcome}`]),
    ...(found.open === 1 ? [] : [`${found.open} rows are open`]),
    ...trailFaults(found),
  ];
}

describe("a heartbeat and a claim by clocks that disagree about the lease's end", () => {
  test("leave the seat to exactly one of the two machines", async () => {
    const behind = await instanceBehind(service, 5);
    expect(await inRounds(() => reviveFaults(service, behind))).toEqual([]);
  });
});

test("a heartbeat that waited beyond its lease's end doesn't extend a seat that a claim has counted as free", async () => {
  const { licenseId } = await heldByOne(service, 1);
  const [seat] = (await evidence(service, licenseId)).seats;
  const before = moment(service.clock.now());
  service.clock.advance(3_600);
  const { runtime: { database } } = service;
  // This claim read the license before the lease ended, so it lists no seat to close.
  const snapshot = await read(service, licenseId, before.now);
  const claim = activate({ ...snapshot, seat: undefined, seatsUsed: 0 }, { fingerprint: "newcomer-1", name: null, replace: undefined }, moment(service.clock.now()));
  if (claim.kind !== "change") throw new Error("the claim changes nothing");
  expect(await commit(claim.change, { database, moment: moment(service.clock.now()), idempotency: undefined })).toBeDefined();
  const beat = { kind: "seat-open", activationId: String(seat?.["id"]), live: true } as const;
  const late = { licenseId, guard: beat, set: {}, releases: [], extend: { activationId: beat.activationId, leaseUntil: new Date(before.now.getTime() + 7_200_000) }, events: [] };
  expect(await commit(late, { database, moment: before, idempotency: undefined })).toBeUndefined();
  expect(await evidence(service, licenseId)).toMatchObject({ open: 2, live: 1 });
  expect((await historyFaults(service.owner)).filter((fault) => fault.includes(licenseId))).toEqual([]);
});

const moment = (now: Date) => ({ now, actor: { type: "service", id: "race", roles: [] }, requestId: "race" }) as const;

async function read({ runtime }: Service, licenseId: string, now: Date): Promise<Snapshot> {
  const question = { locator: { by: "id", named: licenseId }, scope: { kind: "all" }, now, fingerprint: "newcomer-1" } as const;
  const [rows = []] = await runtime.database.read(snapshotStatement(question));
  const snapshot = snapshotFrom(rows[0]);
  if (snapshot === undefined) throw new Error("no license");
  return snapshot;
}

test("five expired seats and fifteen machines at once: five get one, all five are released first, each event once", async () => {
  const { licenseId } = await heldByOne(service, 5);
  service.clock.advance(3_600);
  const answers = await Promise.all(Array.from({ length: 15 }, (_, claim) => take(service, licenseId, `newcomer-${claim}`)));
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(5).fill(201), ...Array<number>(10).fill(409)]);
  const found = await evidence(service, licenseId);
  expect(found).toMatchObject({ open: 5, live: 5 });
  expect(told(found.events).slice(6).sort()).toEqual([...Array<string>(5).fill("activated"), ...Array<string>(5).fill("deactivated (lease-expired)")]);
  expect(trailFaults(found)).toEqual([]);
});

test("a lease that many heartbeats extend at once is extended by one of them, and none is refused", async () => {
  const { licenseId } = await heldByOne(service, 1);
  const id = String((await evidence(service, licenseId)).seats[0]?.["id"]);
  service.clock.advance(2_400);
  const beats = await Promise.all(Array.from({ length: 30 }, () => service.call("POST", `${base}/activations/${id}/heartbeat`)));
  const until = new Date(service.clock.now().getTime() + 3_600_000).toISOString();
  expect(new Set(beats.map(({ status, body }) => `${status} ${body.leaseUntil}`))).toEqual(new Set([`200 ${until}`]));
  expect(told((await evidence(service, licenseId)).events)).toEqual(["created", "activated"]);
});
