import { describe, expect, test } from "vitest";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import { evidence, told } from "../support/witness.ts";

const service = await startService({ now: "2027-01-31T10:00:00.000Z" });
const { call, clock } = service;

const issue = (policy: string, rest: object = {}) => call("POST", `${base}/licenses`, { body: { policy, holder: { type: "user", id: "ada" }, ...rest } });
const renew = (at: string, body: object = {}) => call("POST", `${at}/renew`, { body });
const read = async (at: string) => (await call("GET", at)).body;
const validate = async (licenseId: string, rest: object = {}) => (await call("POST", `${base}/licenses/validate`, { body: { licenseId, ...rest } })).body;
const take = (licenseId: string, fingerprint = "machine-0001") => call("POST", `${base}/activations`, { body: { licenseId, fingerprint } });

describe("a license that runs for a year", () => {
  test("is valid to its last millisecond, and expired from its expiry on", async () => {
    clock.set("2027-01-31T10:00:00.000Z");
    const { licenseId, at } = await issueLicense(service, await createPolicy(service, { duration: "P1Y" }));
    expect(await read(at)).toMatchObject({ status: "ACTIVATED", startsAt: "2027-01-31T10:00:00.000Z", expiresAt: "2028-01-31T10:00:00.000Z" });
    clock.set("2028-01-31T09:59:59.999Z");
    expect(await validate(licenseId)).toMatchObject({ valid: true, code: "VALID", license: { status: "ACTIVATED" } });
    clock.set("2028-01-31T10:00:00.000Z");
    expect(await validate(licenseId)).toMatchObject({ valid: false, code: "EXPIRED", license: { status: "EXPIRED" } });
    expect((await read(at)).status).toBe("EXPIRED");
    const refused = await take(licenseId);
    expect([refused.status, refused.body.code]).toEqual([409, "license-expired"]);
  });
});

describe("months keep the day of their anchor", () => {
  test("Jan 31 + 1M + 1M is Mar 31, one renewal at a time", async () => {
    clock.set("2027-01-31T10:00:00.000Z");
    const { at } = await issueLicense(service, await createPolicy(service, { duration: "P1M", renewalBasis: "from-expiry" }));
    expect((await read(at)).expiresAt).toBe("2027-02-28T10:00:00.000Z");
    const expiries: string[] = [];
    for (let times = 0; times < 13; times += 1) expiries.push((await renew(at)).body.license.expiresAt.slice(0, 10));
    expect(expiries).toEqual([
      "2027-03-31", "2027-04-30", "2027-05-31", "2027-06-30", "2027-07-31", "2027-08-31", "2027-09-30", "2027-10-31", "2027-11-30", "2027-12-31",
      "2028-01-31", "2028-02-29", "2028-03-31",
    ]);
  });

  test("Feb 29 + 1Y is Feb 28, and + 4Y is Feb 29 again", async () => {
    clock.set("2028-02-29T00:00:00.000Z");
    const { at } = await issueLicense(service, await createPolicy(service, { duration: "P1Y", renewalBasis: "from-expiry" }));
    expect((await read(at)).expiresAt).toBe("2029-02-28T00:00:00.000Z");
    expect((await renew(at, { periods: 3 })).body.license.expiresAt).toBe("2032-02-29T00:00:00.000Z");
  });

  test("n periods at once are n renewals", async () => {
    clock.set("2027-01-31T10:00:00.000Z");
    const policy = await createPolicy(service, { duration: "P1M" });
    const [once, often] = [await issueLicense(service, policy), await issueLicense(service, policy)];
    const { body } = await renew(once.at, { periods: 7 });
    for (let times = 0; times < 7; times += 1) await renew(often.at);
    expect(body.license.expiresAt).toBe("2027-09-30T10:00:00.000Z");
    expect((await read(often.at)).expiresAt).toBe(body.license.expiresAt);
    expect(told((await evidence(service, once.licenseId)).events)).toEqual(["created", "renewed"]);
  });

  test.each([[0], [121], [-1], [1.5], ["1"], [null]])("%j periods are a 400", async (periods) => {
    const { at, licenseId } = await issueLicense(service, await createPolicy(service));
    const before = await evidence(service, licenseId);
    expect((await renew(at, { periods })).status).toBe(400);
    expect(await evidence(service, licenseId)).toEqual(before);
  });

  test("120 periods of a hundred years would end after the calendar: refused, and nothing changes", async () => {
    const { at, licenseId } = await issueLicense(service, await createPolicy(service, { duration: "P100Y", grace: "P100Y" }));
    const before = await evidence(service, licenseId);
    const answer = await renew(at, { periods: 120 });
    expect([answer.status, answer.body.code]).toEqual([409, "license-not-renewable"]);
    expect(await evidence(service, licenseId)).toEqual(before);
    expect((await renew(at, { periods: 70 })).body.license.expiresAt).toBe("9127-01-31T10:00:00.000Z");
    expect((await validate(licenseId)).code).toBe("VALID");
    const graced = await call("PATCH", at, { body: { policy: await createPolicy(service, { grace: "P99Y" }) } });
    expect([graced.status, graced.body.license.graceUntil]).toEqual([200, "9226-01-31T10:00:00.000Z"]);
  });
});

describe("a renewal counts", () => {
  /** The expiry of a license that was issued on Jan 31 for a month and renewed on the given day. */
  async function renewedOn(renewalBasis: string, day: string): Promise<string> {
    clock.set("2027-01-31T10:00:00.000Z");
    const { at } = await issueLicense(service, await createPolicy(service, { duration: "P1M", renewalBasis }));
    clock.set(day);
    const answer = await renew(at);
    expect(answer.body.license.status).toBe(Date.parse(answer.body.license.expiresAt) > clock.now().getTime() ? "ACTIVATED" : "EXPIRED");
    return answer.body.license.expiresAt;
  }

  const [early, justBefore, atExpiry, late, veryLate] = [
    "2027-02-10T00:00:00.000Z", "2027-02-28T09:59:59.999Z", "2027-02-28T10:00:00.000Z", "2027-03-15T00:00:00.000Z", "2028-03-15T00:00:00.000Z",
  ];

  test.each([
    ["from-expiry", early, "2027-03-31T10:00:00.000Z"],
    ["from-expiry", justBefore, "2027-03-31T10:00:00.000Z"],
    ["from-expiry", atExpiry, "2027-03-31T10:00:00.000Z"],
    ["from-expiry", late, "2027-03-31T10:00:00.000Z"],
    ["from-expiry", veryLate, "2027-03-31T10:00:00.000Z"],
    ["from-now", early, "2027-03-10T00:00:00.000Z"],
    ["from-now", justBefore, "2027-03-28T09:59:59.999Z"],
    ["from-now", atExpiry, "2027-03-28T10:00:00.000Z"],
    ["from-now", late, "2027-04-15T00:00:00.000Z"],
    ["from-now-if-expired", early, "2027-03-31T10:00:00.000Z"],
    ["from-now-if-expired", justBefore, "2027-03-31T10:00:00.000Z"],
    ["from-now-if-expired", atExpiry, "2027-03-28T10:00:00.000Z"],
    ["from-now-if-expired", late, "2027-04-15T00:00:00.000Z"],
    ["from-now-if-expired", veryLate, "2028-04-15T00:00:00.000Z"],
  ])("%s, renewed on %s: until %s", async (basis, day, until) => {
    expect(await renewedOn(basis, day)).toBe(until);
  });

  test("from-now-if-expired unless the policy says otherwise", async () => {
    clock.set("2027-01-31T10:00:00.000Z");
    const policy = await call("POST", `${base}/policies`, { body: { code: "says-nothing", name: "Says nothing", duration: "P1M" } });
    expect(policy.body.renewalBasis).toBe("from-now-if-expired");
  });

  test("from the last renewal that counted from its own instant", async () => {
    clock.set("2027-01-31T10:00:00.000Z");
    const { at } = await issueLicense(service, await createPolicy(service, { duration: "P1M" }));
    clock.set("2027-05-31T00:00:00.000Z");
    expect((await renew(at)).body.license.expiresAt).toBe("2027-06-30T00:00:00.000Z");
    expect((await renew(at)).body.license.expiresAt).toBe("2027-07-31T00:00:00.000Z");
  });

  test("from its own instant within the grace, since a grace is no remaining time", async () => {
    clock.set("2027-01-31T10:00:00.000Z");
    const { at } = await issueLicense(service, await createPolicy(service, { duration: "P1M", grace: "P1M" }));
    clock.set("2027-03-05T00:00:00.000Z");
    expect((await renew(at)).body.license).toMatchObject({ status: "ACTIVATED", expiresAt: "2027-04-05T00:00:00.000Z", graceUntil: "2027-05-05T00:00:00.000Z" });
  });

  test("a changed duration from the present expiry, and leaves past periods as they were", async () => {
    clock.set("2027-01-31T10:00:00.000Z");
    const policy = await createPolicy(service, { duration: "P1M" });
    const { at } = await issueLicense(service, policy);
    for (let times = 0; times < 5; times += 1) await renew(at);
    expect((await read(at)).expiresAt).toBe("2027-07-31T10:00:00.000Z");
    await call("PATCH", `${base}/policies/${policy}`, { body: { duration: "P1Y" } });
    expect((await renew(at)).body.license.expiresAt).toBe("2028-07-31T10:00:00.000Z");
  });

  test("for a suspended license, which stays suspended until it is reinstated", async () => {
    clock.set("2027-01-31T10:00:00.000Z");
    const { at, licenseId } = await issueLicense(service, await createPolicy(service, { duration: "P1M" }));
    await call("POST", `${at}/suspend`);
    expect((await renew(at)).body.license).toMatchObject({ status: "SUSPENDED", expiresAt: "2027-03-31T10:00:00.000Z" });
    expect((await validate(licenseId)).code).toBe("SUSPENDED");
    expect((await call("POST", `${at}/reinstate`)).body.license.status).toBe("ACTIVATED");
  });
});

describe("a grace", () => {
  test("keeps an expired license valid, code GRACE and status EXPIRED, to its last millisecond", async () => {
    clock.set("2027-01-31T10:00:00.000Z");
    const { licenseId, at } = await issueLicense(service, await createPolicy(service, { duration: "P1M", grace: "P3D", activationLimit: 2 }));
    await take(licenseId);
    clock.set("2027-02-28T10:00:00.000Z");
    expect(await validate(licenseId)).toMatchObject({ valid: true, code: "GRACE", license: { status: "EXPIRED", graceUntil: "2027-03-03T10:00:00.000Z" } });
    expect(await validate(licenseId, { fingerprint: "machine-0002" })).toMatchObject({ valid: true, code: "GRACE", activation: { created: true } });
    clock.set("2027-03-03T09:59:59.999Z");
    expect(await validate(licenseId, { fingerprint: "machine-0001" })).toMatchObject({ valid: true, code: "GRACE" });
    clock.set("2027-03-03T10:00:00.000Z");
    expect(await validate(licenseId, { fingerprint: "machine-0001" })).toMatchObject({ valid: false, code: "EXPIRED" });
    expect((await read(at)).status).toBe("EXPIRED");
  });

  test("is absent without one in the policy: graceUntil is the expiry", async () => {
    clock.set("2027-01-31T10:00:00.000Z");
    const { at } = await issueLicense(service, await createPolicy(service, { duration: "P1M" }));
    expect(await read(at)).toMatchObject({ expiresAt: "2027-02-28T10:00:00.000Z", graceUntil: "2027-02-28T10:00:00.000Z" });
  });
});

describe("a start", () => {
  test("in the future leaves the license NOT_STARTED until its instant, and the duration counts from it", async () => {
    clock.set("2027-01-31T10:00:00.000Z");
    const { licenseId, at } = await issueLicense(service, await createPolicy(service, { duration: "P1M" }), { startsAt: "2027-03-31T00:00:00+02:00" });
    expect(await read(at)).toMatchObject({ status: "ACTIVATED", startsAt: "2027-03-30T22:00:00.000Z", expiresAt: "2027-04-30T22:00:00.000Z" });
    expect(await validate(licenseId, { fingerprint: "machine-0001" })).toMatchObject({ valid: false, code: "NOT_STARTED", seats: { used: 0 } });
    const refused = await take(licenseId);
    expect([refused.status, refused.body.code]).toEqual([409, "license-not-started"]);
    clock.set("2027-03-30T22:00:00.000Z");
    expect(await validate(licenseId, { fingerprint: "machine-0001" })).toMatchObject({ valid: true, code: "VALID" });
  });

  test("in the past counts the duration from then, so the license may be expired at issue", async () => {
    clock.set("2027-01-31T10:00:00.000Z");
    const policy = await createPolicy(service, { duration: "P1M" });
    expect((await issue(policy, { startsAt: "2027-01-15T00:00:00Z" })).body.license).toMatchObject({ status: "ACTIVATED", expiresAt: "2027-02-15T00:00:00.000Z" });
    expect((await issue(policy, { startsAt: "2026-01-15T00:00:00Z" })).body.license).toMatchObject({ status: "EXPIRED", expiresAt: "2026-02-15T00:00:00.000Z" });
  });

  test("can be moved until it has come, and moves the expiry that the duration gave", async () => {
    clock.set("2027-01-01T00:00:00.000Z");
    const policy = await createPolicy(service, { duration: "P1M" });
    const { body: { license } } = await issue(policy, { startsAt: "2027-02-01T00:00:00.000Z" });
    const at = `${base}/licenses/${license.id}`;
    const move = (body: object) => call("PATCH", at, { body });
    const moved = await move({ startsAt: "2027-03-31T00:00:00Z" });
    expect([moved.status, moved.body.license.startsAt, moved.body.license.expiresAt]).toEqual([200, "2027-03-31T00:00:00.000Z", "2027-04-30T00:00:00.000Z"]);
    const impossible = await move({ startsAt: "2027-05-01T00:00:00Z", expiresAt: "2027-05-01T00:00:00Z" });
    expect([impossible.status, impossible.body.errors[0].pointer]).toEqual([400, "/expiresAt"]);
    clock.set("2027-03-31T00:00:00.000Z");
    const late = await move({ startsAt: "2027-04-01T00:00:00Z" });
    expect([late.status, late.body.code]).toEqual([409, "license-started"]);
    expect(await read(at)).toMatchObject({ startsAt: "2027-03-31T00:00:00.000Z", expiresAt: "2027-04-30T00:00:00.000Z", sequence: 2 });
  });

  test("in the future doesn't keep the license from being renewed", async () => {
    clock.set("2027-01-31T10:00:00.000Z");
    const { at } = await issueLicense(service, await createPolicy(service, { duration: "P1M" }), { startsAt: "2027-03-31T00:00:00Z" });
    expect((await renew(at)).body.license.expiresAt).toBe("2027-05-31T00:00:00.000Z");
  });

  test.each([
    ["now", { expiresAt: "2027-01-31T10:00:00Z" }],
    ["in the past", { expiresAt: "2027-01-31T09:59:59.999Z" }],
    ["at the start", { startsAt: "2027-05-01T00:00:00Z", expiresAt: "2027-05-01T00:00:00Z" }],
    ["before the start", { startsAt: "2027-05-01T00:00:00Z", expiresAt: "2027-04-30T00:00:00Z" }],
  ])("with an end %s is 400", async (_what, body) => {
    clock.set("2027-01-31T10:00:00.000Z");
    const answer = await issue(await createPolicy(service), body);
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, "/expiresAt"]);
  });

  test("and an end given at issue are kept, and a renewal counts from that end", async () => {
    clock.set("2027-01-31T10:00:00.000Z");
    const policy = await createPolicy(service, { duration: "P1M", grace: "P1D" });
    const { body } = await issue(policy, { startsAt: "2027-02-01T00:00:00Z", expiresAt: "2027-08-31T12:00:00Z" });
    expect(body.license).toMatchObject({ startsAt: "2027-02-01T00:00:00.000Z", expiresAt: "2027-08-31T12:00:00.000Z", graceUntil: "2027-09-01T12:00:00.000Z" });
    expect((await renew(`${base}/licenses/${body.license.id}`)).body.license.expiresAt).toBe("2027-09-30T12:00:00.000Z");
  });
});

describe("a license that counts from its first activation", () => {
  const waiting = { duration: "P1M", grace: "P3D", expirationBasis: "from-first-activation", activationLimit: 2 } as const;

  test("has neither start nor end until its first activation, is valid meanwhile, and can't be renewed", async () => {
    clock.set("2027-01-31T10:00:00.000Z");
    const { at, licenseId } = await issueLicense(service, await createPolicy(service, waiting));
    expect(await read(at)).toMatchObject({ status: "ACTIVATED", startsAt: null, expiresAt: null, graceUntil: null });
    clock.advance(5 * 365 * 86_400);
    expect(await validate(licenseId)).toMatchObject({ valid: true, code: "VALID" });
    expect(await validate(licenseId, { fingerprint: "machine-0001", activate: false })).toMatchObject({ valid: false, code: "NOT_ACTIVATED" });
    const before = await evidence(service, licenseId);
    const answer = await renew(at);
    expect([answer.status, answer.body.code, answer.body.detail]).toEqual([409, "license-not-renewable", "The license has not started."]);
    expect(await evidence(service, licenseId)).toEqual(before);
  });

  test.each([
    ["an activation", (licenseId: string, fingerprint: string) => take(licenseId, fingerprint)],
    ["a validation", (licenseId: string, fingerprint: string) => call("POST", `${base}/licenses/validate`, { body: { licenseId, fingerprint } })],
  ])("starts with %s, once, recorded by that activation's event", async (_what, first) => {
    clock.set("2027-01-31T10:00:00.000Z");
    const { at, licenseId } = await issueLicense(service, await createPolicy(service, waiting));
    clock.set("2027-05-31T00:00:00.000Z");
    await first(licenseId, "machine-0001");
    const run = { startsAt: "2027-05-31T00:00:00.000Z", expiresAt: "2027-06-30T00:00:00.000Z", graceUntil: "2027-07-03T00:00:00.000Z" };
    expect(await read(at)).toMatchObject(run);
    const { events } = await evidence(service, licenseId);
    expect(events[1]?.changes).toMatchObject({ startsAt: [null, run.startsAt], expiresAt: [null, run.expiresAt], graceUntil: [null, run.graceUntil] });
    clock.advance(86_400);
    await first(licenseId, "machine-0002");
    expect(await read(at)).toMatchObject(run);
    expect((await renew(at)).body.license.expiresAt).toBe("2027-07-31T00:00:00.000Z");
  });

  test("starts once if many machines activate at once", async () => {
    clock.set("2027-01-31T10:00:00.000Z");
    const { at, licenseId } = await issueLicense(service, await createPolicy(service, { ...waiting, activationLimit: 20 }));
    const answers = await Promise.all(Array.from({ length: 20 }, (_, machine) => take(licenseId, `machine-${1_000 + machine}`)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    const { events } = await evidence(service, licenseId);
    expect(events.filter(({ changes }) => changes["startsAt"] !== undefined)).toHaveLength(1);
    expect((await read(at)).expiresAt).toBe("2027-02-28T10:00:00.000Z");
  });

  test("keeps its start after its seats are freed", async () => {
    clock.set("2027-01-31T10:00:00.000Z");
    const { at, licenseId } = await issueLicense(service, await createPolicy(service, waiting));
    const seat = await take(licenseId);
    await call("DELETE", `${base}/activations/${seat.body.activation.id}`);
    clock.set("2027-02-10T00:00:00.000Z");
    await take(licenseId);
    expect((await read(at)).expiresAt).toBe("2027-02-28T10:00:00.000Z");
  });

  test("starts at issue if a start or an end is given there", async () => {
    clock.set("2027-01-31T10:00:00.000Z");
    const policy = await createPolicy(service, waiting);
    expect((await issue(policy, { startsAt: "2027-03-01T00:00:00Z" })).body.license.expiresAt).toBe("2027-04-01T00:00:00.000Z");
    expect((await issue(policy, { expiresAt: "2027-03-01T00:00:00Z" })).body.license.startsAt).toBe("2027-01-31T10:00:00.000Z");
    expect((await issue(policy, { expiresAt: null })).body.license).toMatchObject({ startsAt: "2027-01-31T10:00:00.000Z", expiresAt: null });
  });

  test("without a duration starts at its first activation and never ends", async () => {
    clock.set("2027-01-31T10:00:00.000Z");
    const { at, licenseId } = await issueLicense(service, await createPolicy(service, { ...waiting, duration: null }));
    clock.advance(86_400);
    await take(licenseId);
    expect(await read(at)).toMatchObject({ startsAt: "2027-02-01T10:00:00.000Z", expiresAt: null, graceUntil: null });
  });
});

describe("a perpetual license", () => {
  test.each([
    ["by its policy", { duration: null }, {}, "The license is perpetual, and its policy gives no maintenance."],
    ["by its issue", {}, { expiresAt: null }, "The license is perpetual, and its policy gives no maintenance."],
    ["by a policy that has since lost its duration", {}, { expiresAt: "2028-01-01T00:00:00Z" }, "Its policy gives no duration."],
  ])("%s is not renewed: 409, nothing changed, no event", async (_what, terms, rest, detail) => {
    clock.set("2027-01-31T10:00:00.000Z");
    const policy = await createPolicy(service, terms);
    const { at, licenseId } = await issueLicense(service, policy, rest);
    if (detail.startsWith("Its policy")) await call("PATCH", `${base}/policies/${policy}`, { body: { duration: null } });
    const before = await evidence(service, licenseId);
    const answer = await renew(at);
    expect([answer.status, answer.body.code, answer.body.detail]).toEqual([409, "license-not-renewable", detail]);
    expect(await evidence(service, licenseId)).toEqual(before);
  });

  test("is valid in a hundred years", async () => {
    clock.set("2027-01-31T10:00:00.000Z");
    const { licenseId } = await issueLicense(service, await createPolicy(service, { duration: null, grace: "P1D" }));
    clock.set("2127-01-31T10:00:00.000Z");
    expect(await validate(licenseId)).toMatchObject({ valid: true, code: "VALID", license: { startsAt: "2027-01-31T10:00:00.000Z", expiresAt: null, graceUntil: null } });
  });
});
