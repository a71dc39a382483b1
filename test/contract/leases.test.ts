import { describe, expect, test } from "vitest";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import type { IssuedLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { evidence, seatCounts, told, trailFaults } from "../support/witness.ts";

const start = "2027-03-01T09:00:00.000Z";
const service = await startService({ now: start });
const { call, clock } = service;

const hour = 3_600;
const at = (secondsAfterNow: number) => new Date(clock.now().getTime() + secondsAfterNow * 1_000).toISOString();

async function floating(terms: Readonly<Record<string, unknown>> = {}): Promise<IssuedLicense> {
  return issueLicense(service, await createPolicy(service, { duration: "P10Y", activationLimit: 2, lease: "PT1H", ...terms }));
}

const take = (license: IssuedLicense, fingerprint: string) =>
  call("POST", `${base}/activations`, { body: { licenseId: license.licenseId, fingerprint } });
const validate = (license: IssuedLicense, fingerprint: string, rest: object = {}) =>
  call("POST", `${base}/licenses/validate`, { body: { licenseId: license.licenseId, fingerprint, ...rest } });
const heartbeat = (activationId: string) => call("POST", `${base}/activations/${activationId}/heartbeat`);
const seatOf = async (license: IssuedLicense, fingerprint: string) => (await take(license, fingerprint)).body.activation as { id: string; leaseUntil: string };

describe("a lease", () => {
  test.each([
    ["PT10M", "2027-03-01T09:10:00.000Z"],
    ["PT1H", "2027-03-01T10:00:00.000Z"],
    ["P1D", "2027-03-02T09:00:00.000Z"],
    ["P30D", "2027-03-31T09:00:00.000Z"],
    ["P1M", "2027-04-01T09:00:00.000Z"],
    ["P1W", "2027-03-08T09:00:00.000Z"],
  ])("of %s holds a seat taken at 09:00 until %s", async (lease, until) => {
    clock.set(start);
    const answer = await take(await floating({ lease }), "machine-0001");
    expect(answer.status).toBe(201);
    expect(answer.body.activation.leaseUntil).toBe(until);
  });

  test("holds its seat to its last millisecond, and frees it at its end", async () => {
    const license = await floating({ activationLimit: 1 });
    await take(license, "machine-0001");
    clock.advance(hour - 0.001);
    expect((await take(license, "machine-0002")).status).toBe(409);
    clock.advance(0.001);
    expect((await call("GET", license.at)).body.seatsUsed).toBe(0);
    expect((await take(license, "machine-0002")).status).toBe(201);
  });

  test("is absent without one in the policy: the seat is kept however long its machine is silent", async () => {
    const license = await floating({ lease: null, activationLimit: 1 });
    const seat = await seatOf(license, "machine-0001");
    expect(seat.leaseUntil).toBeNull();
    clock.advance(5 * 365 * 86_400);
    expect((await take(license, "machine-0002")).status).toBe(409);
    expect((await heartbeat(seat.id)).body).toEqual({ leaseUntil: null });
    expect((await call("GET", license.at)).body.seatsUsed).toBe(1);
  });
});

describe.each([
  ["a heartbeat", (_license: IssuedLicense, seat: { id: string }) => heartbeat(seat.id).then(({ body }) => body.leaseUntil as string)],
  ["a validation", (license: IssuedLicense) => validate(license, "machine-0001").then(({ body }) => body.activation.leaseUntil as string)],
  ["taking the seat again", (license: IssuedLicense) => take(license, "machine-0001").then(({ body }) => body.activation.leaseUntil as string)],
])("%s", (_what, hear) => {
  test("extends the lease only when less than half of it remains, and writes no event", async () => {
    const license = await floating();
    const seat = await seatOf(license, "machine-0001");
    const before = await evidence(service, license.licenseId);
    clock.advance(hour / 2);
    expect(await hear(license, seat)).toBe(seat.leaseUntil);
    clock.advance(0.001);
    const extended = at(hour);
    expect(await hear(license, seat)).toBe(extended);
    expect(await hear(license, seat)).toBe(extended);
    const after = await evidence(service, license.licenseId);
    expect(after.row).toEqual(before.row);
    expect(after.events).toEqual(before.events);
  });

  test("again and again keeps the seat", async () => {
    const license = await floating({ activationLimit: 1 });
    const seat = await seatOf(license, "machine-0001");
    for (let step = 0; step < 20; step += 1) {
      clock.advance(0.9 * hour);
      expect(await hear(license, seat)).toBe(at(hour));
    }
    expect((await take(license, "machine-0002")).status).toBe(409);
    expect(told((await evidence(service, license.licenseId)).events)).toEqual(["created", "activated"]);
  });
});

describe("a seat whose lease has run out", () => {
  test("is released as lease-expired by the commit of the machine that takes it over, before its own event", async () => {
    const license = await floating({ activationLimit: 1 });
    const first = await seatOf(license, "machine-0001");
    clock.advance(hour);
    const second = await seatOf(license, "machine-0002");
    const found = await evidence(service, license.licenseId);
    expect(told(found.events)).toEqual(["created", "activated", "deactivated (lease-expired)", "activated"]);
    expect(found.events[2]?.changes).toEqual({ activation: [{ id: first.id, fingerprint: "machine-0001", name: null }, null] });
    expect(found.events[3]?.changes).toEqual({ activation: [null, { id: second.id, fingerprint: "machine-0002", name: null }] });
    expect(new Set(found.events.slice(2).map(({ created_at, request_id }) => `${created_at} ${request_id}`)).size).toBe(1);
    expect(trailFaults(found)).toEqual([]);
  });

  test("is given to its own machine again as a new seat", async () => {
    const license = await floating();
    const first = await seatOf(license, "machine-0001");
    clock.advance(2 * hour);
    const again = await take(license, "machine-0001");
    expect(again.status).toBe(201);
    expect(again.body.activation.id).not.toBe(first.id);
    expect(again.body.activation.leaseUntil).toBe(at(hour));
    const found = await evidence(service, license.licenseId);
    expect(told(found.events)).toEqual(["created", "activated", "deactivated (lease-expired)", "activated"]);
    expect(found).toMatchObject({ open: 1, live: 1 });
  });

  test("is given to its own machine again by a validation", async () => {
    const license = await floating();
    await take(license, "machine-0001");
    clock.advance(2 * hour);
    const answer = await validate(license, "machine-0001");
    expect(answer.body).toMatchObject({ valid: true, code: "VALID", activation: { created: true, leaseUntil: at(hour) }, seats: { used: 1 } });
  });

  test("is 404 to a heartbeat, and NOT_ACTIVATED to a validation that may not activate", async () => {
    const license = await floating();
    const seat = await seatOf(license, "machine-0001");
    clock.advance(hour);
    const before = await evidence(service, license.licenseId);
    const beat = await heartbeat(seat.id);
    expect([beat.status, beat.body.code]).toEqual([404, "activation-not-found"]);
    expect((await validate(license, "machine-0001", { activate: false })).body).toMatchObject({ valid: false, code: "NOT_ACTIVATED", seats: { used: 0 } });
    expect(await evidence(service, license.licenseId)).toEqual(before);
  });

  test("can still be freed: 204 and one event, then 204 and no event", async () => {
    const license = await floating();
    const seat = await seatOf(license, "machine-0001");
    clock.advance(hour);
    for (let times = 0; times < 2; times += 1) {
      expect((await call("DELETE", `${base}/activations/${seat.id}`)).status).toBe(204);
      expect(told((await evidence(service, license.licenseId)).events)).toEqual(["created", "activated", "deactivated"]);
    }
  });

  test("is released by the commit that frees another seat", async () => {
    const license = await floating();
    await take(license, "machine-0001");
    clock.advance(0.75 * hour);
    const second = await seatOf(license, "machine-0002");
    clock.advance(0.75 * hour);
    await call("DELETE", `${base}/activations/${second.id}`);
    expect(told((await evidence(service, license.licenseId)).events)).toEqual([
      "created", "activated", "activated", "deactivated (lease-expired)", "deactivated",
    ]);
  });

  test("is closed by the next commit, also if 120 leases ran out at once", async () => {
    const license = await floating({ activationLimit: 120 });
    for (let seat = 0; seat < 120; seat += 12) {
      await Promise.all(Array.from({ length: 12 }, (_, offset) => take(license, `machine-${1_000 + seat + offset}`)));
    }
    expect(await evidence(service, license.licenseId)).toMatchObject({ open: 120, live: 120 });
    clock.advance(hour);
    for (const [fingerprint, open] of [["machine-2001", 1], ["machine-2002", 2], ["machine-2003", 3]] as const) {
      expect((await take(license, fingerprint)).status).toBe(201);
      expect((await evidence(service, license.licenseId)).open).toBe(open);
    }
    const found = await evidence(service, license.licenseId);
    expect(found.live).toBe(3);
    expect(trailFaults(found)).toEqual([]);
  });
});

describe("if the terms change while a seat is held", () => {
  const renewWith = async (policy: string, license: IssuedLicense, terms: object) => {
    expect((await call("PATCH", `${base}/policies/${policy}`, { body: terms })).status).toBe(200);
    expect((await call("POST", `${license.at}/renew`)).status).toBe(200);
  };

  test("a new lease is given to a seat at the next use by its machine", async () => {
    const policy = await createPolicy(service, { duration: "P10Y", lease: null });
    const license = await issueLicense(service, policy);
    const seat = await seatOf(license, "machine-0001");
    await renewWith(policy, license, { lease: "PT1H" });
    expect((await heartbeat(seat.id)).body.leaseUntil).toBe(at(hour));
  });

  test("a lease that an applied policy adds counts from each seat's last-seen time, and ends seats of silent machines", async () => {
    const policy = await createPolicy(service, { duration: "P10Y", lease: null, activationLimit: 2 });
    const license = await issueLicense(service, policy);
    const [gone, used] = [await seatOf(license, "machine-0001"), await seatOf(license, "machine-0002")];
    clock.advance(90 * 60);
    await validate(license, "machine-0002");
    expect((await call("PATCH", `${base}/policies/${policy}`, { body: { lease: "PT1H" } })).status).toBe(200);
    expect((await call("POST", `${base}/policies/${policy}/apply`)).body.changed).toBe(1);
    const leaseOf = async (id: string) => (await call("GET", `${base}/activations/${id}`)).body.leaseUntil as string;
    expect(await leaseOf(gone.id)).toBe(at(-hour / 2));
    expect(await leaseOf(used.id)).toBe(at(hour));
    expect((await call("GET", license.at)).body.seatsUsed).toBe(1);
    expect((await take(license, "machine-0003")).status).toBe(201);
    expect((await take(license, "machine-0004")).status).toBe(409);
    expect(trailFaults(await evidence(service, license.licenseId))).toEqual([]);
  });

  test("a limit that is lowered below sixty seats with expired leases can be used in full", async () => {
    const license = await floating({ activationLimit: 60 });
    for (let seat = 0; seat < 60; seat += 12) {
      await Promise.all(Array.from({ length: 12 }, (_, offset) => take(license, `machine-${1_000 + seat + offset}`)));
    }
    clock.advance(hour);
    expect((await call("PATCH", license.at, { body: { activationLimit: 5 } })).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: 6 }, (_, index) => take(license, `machine-${2_000 + index}`)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 201, 201, 201, 201, 409]);
    const found = await evidence(service, license.licenseId);
    expect(found).toMatchObject({ open: 5, live: 5 });
    expect(trailFaults(found)).toEqual([]);
  });

  test("(control) lapsed seats keep their places for good if a commit counts them or gives no lease to the seats of silent machines", async () => {
    const lasting = await startService({
      now: start,
      rewriteSql: (query) => !query.includes("closable as") ? query : query
        .replaceAll("o.lease_until <= ", "false and o.lease_until <= ")
        .replace("a.lease_until is null and a.id not in (select id from closed)", "a.lease_until is null and false and a.id not in (select id from closed)"),
    });
    const seats = (licenseId: string, machines: readonly string[]) =>
      Promise.all(machines.map((fingerprint) => lasting.call("POST", `${base}/activations`, { body: { licenseId, fingerprint } })));
    const leased = await issueLicense(lasting, await createPolicy(lasting, { duration: "P10Y", activationLimit: 2, lease: "PT1H" }));
    const policy = await createPolicy(lasting, { duration: "P10Y", activationLimit: 2, lease: null });
    const unleased = await issueLicense(lasting, policy);
    for (const { licenseId } of [leased, unleased]) await seats(licenseId, ["machine-0001", "machine-0002"]);
    await lasting.call("PATCH", `${base}/policies/${policy}`, { body: { lease: "PT1H" } });
    expect((await lasting.call("POST", `${base}/policies/${policy}/apply`)).body.changed).toBe(1);
    lasting.clock.advance(2 * hour);
    expect((await seats(leased.licenseId, ["machine-0003"])).map(({ status, body }) => [status, body.code])).toEqual([[503, "license-contended"]]);
    expect((await seats(unleased.licenseId, ["machine-0003"])).map(({ status, body }) => [status, body.code])).toEqual([[409, "activation-limit-reached"]]);
  });

  test("a removed lease no longer ends a seat that its machine uses", async () => {
    const policy = await createPolicy(service, { duration: "P10Y", lease: "PT1H" });
    const license = await issueLicense(service, policy);
    const seat = await seatOf(license, "machine-0001");
    await renewWith(policy, license, { lease: null });
    expect((await validate(license, "machine-0001")).body.activation.leaseUntil).toBeNull();
    clock.advance(100 * hour);
    expect((await heartbeat(seat.id)).status).toBe(200);
  });

  test("a shorter lease doesn't shorten a lease that was given", async () => {
    const policy = await createPolicy(service, { duration: "P10Y", lease: "P1D" });
    const license = await issueLicense(service, policy);
    const seat = await seatOf(license, "machine-0001");
    await renewWith(policy, license, { lease: "PT1H" });
    expect((await heartbeat(seat.id)).body.leaseUntil).toBe(seat.leaseUntil);
  });
});

describe("a seat's last-seen time", () => {
  const lastSeen = async (id: string) => (await call("GET", `${base}/activations/${id}`)).body.lastSeenAt as string;

  test.each([[null], ["P30D"]])("is written by a validation at most once a minute for each machine: lease %s", async (lease) => {
    const license = await floating({ lease });
    const ids = [(await seatOf(license, "machine-0001")).id, (await seatOf(license, "machine-0002")).id];
    clock.advance(59.999);
    await validate(license, "machine-0001");
    expect(await lastSeen(ids[0] ?? "")).toBe(at(-59.999));
    clock.advance(0.001);
    // Loads that are due by now, such as the access rules, are done before the count begins.
    await call("GET", license.at);
    const requests = service.neon.stats.requests;
    await Promise.all([validate(license, "machine-0001"), validate(license, "machine-0002")]);
    expect(service.neon.stats.requests - requests).toBe(2);
    // A validation that finds the license locked by another one leaves the write to the next minute.
    clock.advance(60);
    for (const fingerprint of ["machine-0001", "machine-0002"]) await validate(license, fingerprint);
    expect(await Promise.all(ids.map(lastSeen))).toEqual([at(0), at(0)]);
  });

  test("is written by a heartbeat at most once a minute if no lease is extended", async () => {
    const license = await floating({ lease: null });
    const seat = await seatOf(license, "machine-0001");
    clock.advance(59);
    await heartbeat(seat.id);
    expect(await lastSeen(seat.id)).toBe(at(-59));
    clock.advance(1);
    await heartbeat(seat.id);
    expect(await lastSeen(seat.id)).toBe(at(0));
  });
});

test("a seat's lease on a suspended or expired license is not extended, and runs out", async () => {
  const license = await floating();
  const seat = await seatOf(license, "machine-0001");
  await call("POST", `${license.at}/suspend`);
  clock.advance(0.75 * hour);
  const beat = await heartbeat(seat.id);
  expect([beat.status, beat.body.code]).toEqual([409, "license-suspended"]);
  await validate(license, "machine-0001");
  clock.advance(0.25 * hour);
  expect((await call("GET", license.at)).body.seatsUsed).toBe(0);
});

const machines = process.env["LICENSING_PROVE"] === "long" ? 1_000 : 250;

test(`${machines} machines over time on 5 seats with a 1-hour lease: never more than 5 seats, never stuck, seatsUsed counts the live seats`, async () => {
  clock.set(start);
  const license = await floating({ activationLimit: 5 });
  const until = new Map<string, number>();
  const faults: string[] = [];
  let refused = 0;
  for (let machine = 0; machine < machines; machine += 1) {
    // With steps of 7 to 12 minutes, seats are sometimes free and sometimes not.
    clock.advance(420 + ((machine * 7_919) % 301));
    const now = clock.now().getTime();
    for (const [fingerprint, ends] of until) if (ends <= now) until.delete(fingerprint);
    const fingerprint = `machine-${10_000 + machine}`;
    const expected = until.size < 5 ? 201 : 409;
    const answer = machine % 3 === 0 ? await validate(license, fingerprint) : await take(license, fingerprint);
    const got = machine % 3 === 0 ? (answer.body.valid === true ? 201 : 409) : answer.status;
    if (got !== expected) faults.push(`machine ${machine}: ${got} instead of ${expected}`);
    if (got === 201) until.set(fingerprint, now + hour * 1_000);
    else refused += 1;
    const used = machine % 3 === 0 ? answer.body.seats.used : (answer.body.license?.seatsUsed ?? answer.body.seats.used);
    const { live, open } = await seatCounts(service, license.licenseId);
    if (used !== live || live !== until.size || live > 5 || open > 5) faults.push(`machine ${machine}: used ${used}, live ${live}, open ${open}, expected ${until.size}`);
  }
  expect(faults).toEqual([]);
  expect(refused).toBeGreaterThan(machines / 20);
  expect(trailFaults(await evidence(service, license.licenseId))).toEqual([]);
}, patient(300_000));
