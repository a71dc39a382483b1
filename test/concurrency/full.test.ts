import { describe, expect, test } from "vitest";
import { snapshotFrom, snapshotStatement } from "@licensing/core/lifecycle/snapshot.sql.ts";
import { activate } from "@licensing/core/lifecycle/activate.ts";
import { commit } from "@licensing/core/commit/commit.store.ts";
import type { Change } from "@licensing/core/commit/decision.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import type { Service } from "../support/service.ts";
import { evidence, told, trailFaults } from "../support/witness.ts";
import { isEverBroken, withoutLocks } from "./unlocked.ts";

const start = "2027-03-01T09:00:00.000Z";
const service = await startService({ now: start });
/** The control: the same service, whose commits don't lock the license's row first. */
const unlocked = await startService({ now: start, rewriteSql: withoutLocks });

const take = (of: Service, licenseId: string, fingerprint: string, rest: object = {}) =>
  of.call("POST", `${base}/activations`, { body: { licenseId, fingerprint, ...rest } });

/** A full license with an evicting policy, whose seats were taken a second apart. */
async function fullLicense(of: Service, limit: number, terms: object = {}) {
  const policy = await createPolicy(of, { duration: "P10Y", activationLimit: limit, onFull: "evict-oldest-idle", ...terms });
  const license = await issueLicense(of, policy);
  const ids: string[] = [];
  for (let seat = 0; seat < limit; seat += 1) {
    ids.push(String((await take(of, license.licenseId, `machine-000${seat}`)).body.activation.id));
    of.clock.advance(1);
  }
  return { ...license, ids };
}

/** The faults after twelve new machines claim four seats at once, each of which may evict. */
async function evictionFaults(of: Service): Promise<string[]> {
  const { licenseId } = await fullLicense(of, 4);
  const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => take(of, licenseId, `newcomer-${index}`)));
  const found = await evidence(of, licenseId);
  const types = told(found.events).slice(5);
  return [
    ...(answers.every(({ status }) => status === 201) ? [] : [`answered ${answers.map(({ status }) => status).join(" ")}`]),
    ...(found.open === 4 ? [] : [`${found.open} rows are open`]),
    ...(types.every((type, index) => type === (index % 2 === 0 ? "deactivated (evicted)" : "activated")) ? [] : [`told ${types.join(", ")}`]),
    ...(types.length === 24 ? [] : [`${types.length} events`]),
    ...trailFaults(found),
  ];
}

describe("twelve machines that claim four seats at once and may evict", () => {
  test("each get a seat and evict exactly one, and there are never more than four seats", async () => {
    expect(await evictionFaults(service)).toEqual([]);
  });

  test("(control) exceed that without the lock", async () => {
    expect(await isEverBroken(async () => (await evictionFaults(unlocked)).length > 0)).toBe(true);
  });
});

test("of ten machines that replace the same seat at once, one succeeds and the others are told that the license is full or the seat gone", async () => {
  const { licenseId, ids } = await fullLicense(service, 2, { onFull: "reject" });
  const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => take(service, licenseId, `newcomer-${index}`, { replace: ids[0] })));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(9).fill(409)]);
  const found = await evidence(service, licenseId);
  expect(told(found.events).slice(3)).toEqual(["deactivated (replaced)", "activated"]);
  expect(found.open).toBe(2);
});

/** The change by which `machine-0009` evicts a seat of a full license, decided on the present state. */
async function decided(licenseId: string): Promise<{ readonly change: Change; readonly sequence: number }> {
  const now = service.clock.now();
  const question = { locator: { by: "id", named: licenseId }, scope: { kind: "all" }, now, fingerprint: "machine-0009" } as const;
  const [rows = []] = await service.runtime.database.read(snapshotStatement(question));
  const snapshot = snapshotFrom(rows[0]);
  if (snapshot === undefined) throw new Error("no license");
  const input = { fingerprint: "machine-0009", name: null, replace: undefined };
  const decision = activate(snapshot, input, { now, actor: { type: "system", id: "test" }, requestId: "a-test-0001" });
  if (decision.kind !== "change") throw new Error(decision.kind);
  return { change: decision.change, sequence: snapshot.license.sequence };
}

const commitNow = (change: Change) =>
  commit(change, {
    database: service.runtime.database,
    moment: { now: service.clock.now(), actor: { type: "system", id: "test" }, requestId: "a-test-0001" },
    idempotency: undefined,
  });

describe("an eviction that was decided just before the seat was used again", () => {
  test("does nothing, although use of a seat doesn't change the sequence", async () => {
    const { licenseId, ids } = await fullLicense(service, 1);
    service.clock.advance(120);
    const { change, sequence } = await decided(licenseId);
    expect((await service.call("POST", `${base}/activations/${ids[0]}/heartbeat`)).status).toBe(200);
    const before = await evidence(service, licenseId);
    expect(await commitNow(change)).toBeUndefined();
    expect(await commitNow({ ...change, atSequence: sequence })).toBeUndefined();
    expect(await evidence(service, licenseId)).toEqual(before);
  });

  test("(control) puts two machines on one seat if only the sequence is compared", async () => {
    const { licenseId, ids } = await fullLicense(service, 1);
    service.clock.advance(120);
    const { change, sequence } = await decided(licenseId);
    await service.call("POST", `${base}/activations/${ids[0]}/heartbeat`);
    await commitNow({ ...change, guard: { kind: "none" }, atSequence: sequence });
    expect((await evidence(service, licenseId)).live).toBe(2);
  });
});

describe("a first activation that was decided just before the terms changed", () => {
  test("does nothing, and the run is computed anew from the changed terms", async () => {
    const policy = await createPolicy(service, { duration: "P1M", expirationBasis: "from-first-activation" });
    const longer = await createPolicy(service, { duration: "P2Y", expirationBasis: "from-first-activation" });
    const { licenseId, at } = await issueLicense(service, policy);
    service.clock.set("2027-06-01T00:00:00.000Z");
    const { change } = await decided(licenseId);
    await service.call("PATCH", at, { body: { policy: longer } });
    expect(await commitNow(change)).toBeUndefined();
    expect(await commitNow((await decided(licenseId)).change)).toBeDefined();
    expect((await service.call("GET", at)).body.expiresAt).toBe("2029-06-01T00:00:00.000Z");
  });
});
