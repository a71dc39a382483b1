import { sql } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { expireSweep } from "@licensing/core/lifecycle/expire.job.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import type { CallOptions } from "../support/service.ts";

const service = await startService();
const { call, clock } = service;
const start = "2027-01-31T10:00:00.000Z";

beforeEach(() => clock.set(start));

const meters = { exports: { limit: 10, period: "P1M", overage: 2 }, seconds: { limit: null }, seats: { limit: 3, period: null } };

async function metered(terms: object = {}, rest: object = {}) {
  const policy = await createPolicy(service, { duration: null, meters, ...terms });
  const license = await issueLicense(service, policy, { ...rest });
  const consume = (meter = "exports", amount?: number, options: CallOptions = {}) =>
    call("POST", `${license.at}/usage`, { body: { meter, ...(amount === undefined ? {} : { amount }) }, ...options });
  const usage = async (options: CallOptions = {}) => (await call("GET", `${license.at}/usage`, options)).body.data;
  const correct = (meter: string, body: object, options: CallOptions = {}) => call("PUT", `${license.at}/usage/${meter}`, { body, ...options });
  const events = async () => (await call("GET", `${license.at}/events?limit=100`)).body.data;
  const own = { authorization: `License ${license.key}` };
  return { ...license, policy, consume, usage, correct, events, own };
}

const used = async (license: Pick<Awaited<ReturnType<typeof metered>>, "usage">, meter = "exports", options: CallOptions = {}) =>
  (await license.usage(options)).find((each: { meter: string }) => each.meter === meter)?.used;

/** When the reconciler examines the license's certificate, and which it last saw. */
async function due(licenseId: string) {
  const [rows = []] = await service.owner.read(sql`select * from licensing."CertificateDue" where license_id = ${licenseId}::bigint`);
  return rows;
}

describe("consuming", () => {
  test("counts one, or the given amount, and answers what remains and until when", async () => {
    const { consume } = await metered();
    expect((await consume()).body).toEqual({ meter: "exports", used: 1, limit: 10, remaining: 11, periodEndsAt: "2027-02-28T10:00:00.000Z" });
    expect((await consume("exports", 4)).body).toEqual({ meter: "exports", used: 5, limit: 10, remaining: 7, periodEndsAt: "2027-02-28T10:00:00.000Z" });
    expect((await consume("seconds", 1_000_000)).body).toEqual({ meter: "seconds", used: 1_000_000, limit: null, remaining: null, periodEndsAt: null });
    expect((await consume("seats", 3)).body).toEqual({ meter: "seats", used: 3, limit: 3, remaining: 0, periodEndsAt: null });
  });

  test("is refused whole beyond limit and overage, with the meter as it is", async () => {
    const { consume, usage } = await metered();
    await consume("exports", 11);
    const answer = await consume("exports", 2);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ code: "usage-limit-reached", meter: "exports", used: 11, limit: 10, remaining: 1, periodEndsAt: "2027-02-28T10:00:00.000Z" });
    expect((await consume("exports", 1)).status).toBe(200);
    expect((await usage()).map(({ meter, used }: { meter: string; used: number }) => [meter, used])).toEqual([["exports", 12], ["seats", 0], ["seconds", 0]]);
  });

  test("with an overage without end never reaches the limit", async () => {
    const { consume } = await metered({ meters: { pages: { limit: 0, overage: null } } });
    expect((await consume("pages", 5)).body).toEqual({ meter: "pages", used: 5, limit: 0, remaining: null, periodEndsAt: null });
  });

  test("of a meter with a limit of 0 is always refused", async () => {
    const { consume } = await metered({ meters: { pages: { limit: 0 } } });
    expect((await consume("pages")).body).toMatchObject({ code: "usage-limit-reached", used: 0, limit: 0, remaining: 0 });
  });

  test("begins anew with each period, whose boundaries are counted from the license's start", async () => {
    const { consume, usage } = await metered();
    await consume("exports", 12);
    clock.set("2027-02-28T09:59:59.999Z");
    expect((await consume()).status).toBe(409);
    clock.set("2027-02-28T10:00:00.000Z");
    expect((await consume()).body).toMatchObject({ used: 1, periodEndsAt: "2027-03-31T10:00:00.000Z" });
    expect((await usage())[0]).toEqual({ meter: "exports", used: 1, limit: 10, overage: 2, remaining: 11, periodStart: "2027-02-28T10:00:00.000Z", periodEndsAt: "2027-03-31T10:00:00.000Z" });
  });

  test.each([
    ["suspended", "license-suspended", (at: string) => call("POST", `${at}/suspend`, { body: {} })],
    ["revoked", "license-revoked", (at: string) => call("POST", `${at}/revoke`, { body: {} })],
    ["over", "license-expired", (at: string) => call("PATCH", at, { body: { expiresAt: "2027-02-01T00:00:00Z" } })],
  ])("of a license that is %s is 409 and counts nothing", async (_state, code, stop) => {
    const license = await metered();
    await stop(license.at);
    clock.set("2027-02-02T00:00:00.000Z");
    expect((await license.consume()).body.code).toBe(code);
    expect(await used(license)).toBe(0);
  });

  test("of a license that hasn't started is 409: it has no period", async () => {
    const later = await metered({}, { startsAt: "2027-03-01T00:00:00Z" });
    const waiting = await metered({ duration: "P1Y", expirationBasis: "from-first-activation" });
    expect((await later.consume()).body.code).toBe("license-not-started");
    expect((await waiting.consume()).body.code).toBe("license-not-started");
    expect((await waiting.usage())[0]).toMatchObject({ used: 0, periodStart: null, periodEndsAt: null });
  });

  test("of a license in its grace is counted", async () => {
    const { consume } = await metered({ duration: "P1D", grace: "P1D" });
    clock.set("2027-02-01T12:00:00.000Z");
    expect((await consume()).status).toBe(200);
  });

  test("of an unknown meter or license is 404", async () => {
    const { consume } = await metered();
    expect((await consume("Exports")).body.code).toBe("meter-not-found");
    expect((await call("POST", `${base}/licenses/1/usage`, { body: { meter: "exports" } })).body.code).toBe("license-not-found");
  });

  test.each([["/meter", {}], ["/meter", { meter: "1" }], ["/amount", { meter: "exports", amount: 0 }], ["/amount", { meter: "exports", amount: 1_000_001 }], ["/amount", { meter: "exports", amount: 1.5 }], ["/by", { meter: "exports", by: 1 }]])(
    "names a fault at %s: %j", async (pointer, body) => {
      const { at } = await metered();
      const answer = await call("POST", `${at}/usage`, { body });
      expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, pointer]);
    });

  test("by its own key is counted, by another license's key is 404, and by an unknown one 401", async () => {
    const license = await metered();
    const other = await metered();
    expect((await license.consume("exports", 2, license.own)).body.used).toBe(2);
    expect((await license.consume("exports", 2, other.own)).body.code).toBe("license-not-found");
    expect((await license.consume("exports", 2, { authorization: "License LIC-00000-00000-00000-00000-00000" })).status).toBe(401);
    expect(await used(license)).toBe(2);
  });

  test("under one Idempotency-Key is counted once, however often and at once it is sent", async () => {
    const license = await metered();
    for (const options of [{}, license.own]) {
      const before = await used(license);
      const once = { headers: { "idempotency-key": "consume-once" }, ...options };
      const answers = await Promise.all(Array.from({ length: 8 }, () => license.consume("exports", 3, once)));
      expect(answers.map(({ status, body }) => [status, body.used])).toEqual(Array(8).fill([200, before + 3]));
      expect(answers.filter(({ headers }) => headers.get("idempotent-replayed") === "true")).toHaveLength(7);
      expect(await used(license)).toBe(before + 3);
      // Also when the meter is full, and then the license is suspended.
      expect((await license.consume("exports", 4, once)).status).toBe(422);
    }
    await license.consume("exports", 6);
    expect((await license.consume("exports", 3, { headers: { "idempotency-key": "consume-once" } })).body.used).toBe(3);
    await call("POST", `${license.at}/suspend`, { body: {} });
    expect((await license.consume("exports", 3, { headers: { "idempotency-key": "consume-once" } })).status).toBe(200);
    expect(await used(license)).toBe(12);
  });

  test("that is refused leaves its Idempotency-Key for another try", async () => {
    const license = await metered();
    await license.consume("exports", 12);
    const once = { headers: { "idempotency-key": "consume-later" } };
    expect((await license.consume("exports", 1, once)).status).toBe(409);
    await license.correct("exports", { used: 0 });
    expect((await license.consume("exports", 1, once)).body.used).toBe(1);
  });

  test("writes no event, until the first refusal of a period writes one", async () => {
    const license = await metered();
    const { sequence } = (await call("GET", license.at)).body;
    await license.consume("exports", 12);
    expect((await call("GET", license.at)).body.sequence).toBe(sequence);
    await Promise.all(Array.from({ length: 5 }, () => license.consume("exports", 1, license.own)));
    await license.consume("exports", 1);
    const told = (await license.events()).filter(({ type }: { type: string }) => type === "usage-limit-reached");
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({
      actor: { type: "license", id: license.licenseId },
      changes: { usage: [null, { meter: "exports", limit: 10, overage: 2, used: 12, periodStart: start, periodEndsAt: "2027-02-28T10:00:00.000Z" }] },
    });
    clock.set("2027-03-01T00:00:00.000Z");
    await license.consume("exports", 12);
    await license.consume("exports", 1);
    expect((await license.events()).filter(({ type }: { type: string }) => type === "usage-limit-reached")).toHaveLength(2);
  });

  test("has a limit of its own for each license, beside that of questions", async () => {
    const license = await metered();
    expect((await license.consume("seconds", 1, license.own)).headers.get("ratelimit-policy")).toBe(`"usage";q=6000;w=10`);
    expect((await license.consume("seconds")).headers.get("ratelimit-policy")).toBe(`"usage";q=6000;w=10, "principal";q=20000;w=10`);
  });
});

test("the first use from 80 % of a limit on tells webhooks, once for each meter and period", async () => {
  const webhook = (await call("POST", `${base}/webhooks`, { body: { url: "http://127.0.0.1:9/usage", types: ["license.usage-warning"] } })).body;
  const license = await metered();
  const told = async () => (await call("GET", `${base}/webhooks/${webhook.id}/deliveries?limit=100`)).body.data.filter(({ licenseId }: { licenseId: string }) => licenseId === license.licenseId).length;
  await license.consume("exports", 7);
  await license.consume("seconds", 1_000_000);
  expect(await told()).toBe(0);
  await Promise.all(Array.from({ length: 4 }, () => license.consume()));
  expect(await told()).toBe(1);
  await call("POST", `${base}/licenses/validate`, { body: { licenseId: license.licenseId, usage: [{ meter: "seats", amount: 3 }, { meter: "exports" }] } });
  expect(await told()).toBe(2);
  clock.set("2027-03-01T00:00:00.000Z");
  await license.consume("exports", 8);
  expect(await told()).toBe(3);
});

describe("in a validation", () => {
  const ask = (body: object, options: CallOptions = {}, query = "") => call("POST", `${base}/licenses/validate${query}`, { body, ...options });

  test("is counted if all else is valid, and the answer shows the asked meters in their order", async () => {
    const license = await metered();
    const answer = await ask({ licenseId: license.licenseId, usage: [{ meter: "seconds", amount: 30 }, { meter: "exports" }] });
    expect(answer.body).toMatchObject({ valid: true, code: "VALID" });
    expect(answer.body.usage).toEqual([
      { meter: "seconds", used: 30, limit: null, remaining: null, periodEndsAt: null },
      { meter: "exports", used: 1, limit: 10, remaining: 11, periodEndsAt: "2027-02-28T10:00:00.000Z" },
    ]);
    expect((await ask({ usage: [{ meter: "exports", amount: 2 }] }, license.own)).body.usage[0].used).toBe(3);
  });

  test("and a seat are given both or neither", async () => {
    const license = await metered({ activationLimit: 2 });
    const seated = await ask({ licenseId: license.licenseId, fingerprint: "machine-0001", usage: [{ meter: "exports", amount: 11 }] });
    expect([seated.body.valid, seated.body.activation.created, seated.body.seats.used, seated.body.usage[0].used]).toEqual([true, true, 1, 11]);
    const full = await ask({ licenseId: license.licenseId, fingerprint: "machine-0002", usage: [{ meter: "seconds" }, { meter: "exports", amount: 2 }] });
    expect([full.body.valid, full.body.code, full.body.seats.used, full.body.activation]).toEqual([false, "USAGE_LIMIT_REACHED", 1, undefined]);
    expect(full.body.usage.map(({ used }: { used: number }) => used)).toEqual([0, 11]);
    const again = await ask({ licenseId: license.licenseId, fingerprint: "machine-0001", usage: [{ meter: "exports" }] });
    expect([again.body.valid, again.body.activation.created, again.body.usage[0].used]).toEqual([true, false, 12]);
    await license.correct("exports", { used: 0 });
    await ask({ licenseId: license.licenseId, fingerprint: "machine-0002", usage: [{ meter: "exports" }] });
    const third = await ask({ licenseId: license.licenseId, fingerprint: "machine-0003", usage: [{ meter: "exports" }] });
    expect([third.body.code, await used(license), third.body.seats.used]).toEqual(["ACTIVATION_LIMIT_REACHED", 1, 2]);
  });

  test("has its checks after the seat's and before that of free seats, and its first refusal is an event", async () => {
    const license = await metered({ activationLimit: 1 });
    await ask({ licenseId: license.licenseId, fingerprint: "machine-0001" });
    await license.consume("exports", 12);
    const question = { licenseId: license.licenseId, fingerprint: "machine-0002" };
    expect((await ask({ ...question, usage: [{ meter: "exports" }] })).body.code).toBe("USAGE_LIMIT_REACHED");
    expect((await ask({ ...question, usage: [{ meter: "exports" }, { meter: "pages" }] })).body.code).toBe("METER_NOT_FOUND");
    expect((await ask({ ...question, activate: false, usage: [{ meter: "pages" }] })).body.code).toBe("NOT_ACTIVATED");
    expect((await ask({ ...question, usage: [{ meter: "seconds" }] })).body.code).toBe("ACTIVATION_LIMIT_REACHED");
    expect((await license.events()).filter(({ type }: { type: string }) => type === "usage-limit-reached")).toHaveLength(1);
    await call("POST", `${license.at}/suspend`, { body: {} });
    const suspended = await ask({ ...question, usage: [{ meter: "exports" }] });
    expect([suspended.body.code, suspended.body.checks.find(({ code }: { code: string }) => code === "USAGE_LIMIT_REACHED").ok]).toEqual(["SUSPENDED", false]);
  });

  test("of a license that waits for its first activation begins with the seat, and needs one", async () => {
    const license = await metered({ duration: "P1Y", expirationBasis: "from-first-activation" });
    clock.set("2027-02-10T00:00:00.000Z");
    expect((await ask({ licenseId: license.licenseId, usage: [{ meter: "exports" }] })).body.code).toBe("NOT_STARTED");
    const seated = await ask({ licenseId: license.licenseId, fingerprint: "machine-0001", usage: [{ meter: "exports" }] });
    expect([seated.body.valid, seated.body.usage[0]]).toEqual([true, { meter: "exports", used: 1, limit: 10, remaining: 11, periodEndsAt: "2027-03-10T00:00:00.000Z" }]);
    expect((await license.consume()).body.used).toBe(2);
  });

  test("that a license waiting for its first activation refuses writes no event, because there is no period yet", async () => {
    const license = await metered({ duration: "P1Y", expirationBasis: "from-first-activation" });
    const body = { licenseId: license.licenseId, fingerprint: "machine-0001", usage: [{ meter: "exports", amount: 13 }] };
    for (let times = 0; times < 2; times += 1) {
      clock.advance(60);
      expect((await ask(body)).body.code).toBe("USAGE_LIMIT_REACHED");
    }
    expect((await license.events()).map(({ type }: { type: string }) => type)).toEqual(["created"]);
    expect((await call("GET", `${base}/usage`, license.own)).body.data).toEqual([]);
    await ask({ ...body, usage: [{ meter: "exports", amount: 12 }] });
    await ask(body);
    expect((await license.events()).filter(({ type }: { type: string }) => type === "usage-limit-reached")).toHaveLength(1);
  });

  test("under one Idempotency-Key is counted once", async () => {
    const license = await metered();
    const once = { headers: { "idempotency-key": "validate-once" } };
    const body = { licenseId: license.licenseId, fingerprint: "machine-0001", usage: [{ meter: "exports", amount: 2 }] };
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(body, once)));
    expect(answers.map(({ body: { valid, usage } }) => [valid, usage[0].used])).toEqual(Array(5).fill([true, 2]));
    expect(await used(license)).toBe(2);
  });

  test("as a dry run answers the same and counts nothing", async () => {
    const license = await metered();
    await license.consume("exports", 11);
    const body = { licenseId: license.licenseId, fingerprint: "machine-0001", usage: [{ meter: "exports" }] };
    expect((await ask(body, {}, "?dryRun=true")).body).toMatchObject({ valid: true, usage: [{ used: 11, remaining: 1 }] });
    expect((await ask({ ...body, usage: [{ meter: "exports", amount: 2 }] }, {}, "?dryRun=true")).body).toMatchObject({ valid: false, code: "USAGE_LIMIT_REACHED" });
    expect([await used(license), (await call("GET", license.at)).body.sequence]).toEqual([11, 1]);
  });

  test.each([["/usage", []], ["/usage", [{ meter: "exports" }, { meter: "exports", amount: 2 }]], ["/usage/0/amount", [{ meter: "exports", amount: 0 }]], ["/usage/0/meter", [{}]]])("names a fault at %s: %j", async (pointer, usage) => {
    const { licenseId } = await metered();
    const answer = await ask({ licenseId, usage });
    expect([answer.status, answer.body.errors?.[0].pointer]).toEqual([400, pointer]);
  });
});

describe("a change of terms", () => {
  test("is copied at issue, shown by a dry run, and applied: the limit counts from now and the use stays", async () => {
    const license = await metered();
    await license.consume("exports", 5);
    await call("PATCH", `${base}/policies/${license.policy}`, { body: { meters: { exports: { limit: 6, period: "P1M" }, pages: { limit: 1 } } } });
    expect((await license.consume("exports", 3)).body.used).toBe(8);
    const dry = await call("POST", `${base}/policies/${license.policy}/apply?dryRun=true`, { body: {} });
    expect(dry.body.sample[0].changes.meters[1]).toEqual({ exports: { limit: 6, period: "P1M", overage: 0 }, pages: { limit: 1, period: null, overage: 0 } });
    await call("POST", `${base}/policies/${license.policy}/apply`, { body: {} });
    expect((await license.consume("exports", 1)).body).toMatchObject({ code: "usage-limit-reached", used: 8, limit: 6, remaining: 0 });
    expect((await license.consume("seconds")).body.code).toBe("meter-not-found");
    expect((await license.usage()).map(({ meter }: { meter: string }) => meter)).toEqual(["exports", "pages"]);
  });

  test("of the period's length begins a count of its own and keeps the former one for billing", async () => {
    const license = await metered();
    await license.consume("exports", 5);
    const policy = await createPolicy(service, { duration: null, meters: { exports: { limit: 10, period: "P1Y" } } });
    await call("PATCH", license.at, { body: { policy } });
    expect((await license.consume("exports", 2)).body).toMatchObject({ used: 2, periodEndsAt: "2028-01-31T10:00:00.000Z" });
    const rows = (await call("GET", `${base}/usage?period=2027-01&limit=100`)).body.data.filter(({ licenseId }: { licenseId: string }) => licenseId === license.licenseId);
    expect(rows).toEqual([
      { licenseId: license.licenseId, holderType: "user", holderId: expect.any(String), policy, meter: "exports", periodStart: start, periodEndsAt: "2028-01-31T10:00:00.000Z", used: 2, limit: 10 },
      { licenseId: license.licenseId, holderType: "user", holderId: expect.any(String), policy: license.policy, meter: "exports", periodStart: start, periodEndsAt: "2027-02-28T10:00:00.000Z", used: 5, limit: 10 },
    ]);
  });

  test("by a renewal copies the policy's meters, and periods go on from the start", async () => {
    const license = await metered({ duration: "P2M" });
    await call("PATCH", `${base}/policies/${license.policy}`, { body: { meters: { exports: { limit: 20, period: "P1M" } } } });
    clock.set("2027-03-05T00:00:00.000Z");
    await call("POST", `${license.at}/renew`, { body: {} });
    expect((await license.consume()).body).toMatchObject({ limit: 20, periodEndsAt: "2027-03-31T10:00:00.000Z" });
  });
});

describe("a correction", () => {
  test("sets the count, answers the meter, and its event records both counts", async () => {
    const license = await metered();
    await license.consume("exports", 12);
    const answer = await license.correct("exports", { used: 4, reason: "a double import" });
    expect(answer.status).toBe(200);
    expect(answer.body.usage).toEqual({ meter: "exports", used: 4, limit: 10, overage: 2, remaining: 8, periodStart: start, periodEndsAt: "2027-02-28T10:00:00.000Z" });
    expect(answer.body.certificate).toMatchObject({ state: "published", sequence: answer.body.license.sequence });
    const event = (await license.events()).find(({ type }: { type: string }) => type === "updated");
    expect(event).toMatchObject({ reason: "a double import", changes: { usage: [{ meter: "exports", periodStart: start, used: 12 }, { meter: "exports", periodStart: start, used: 4 }] } });
    expect((await license.consume("exports", 8)).body.used).toBe(12);
  });

  test("of a meter that wasn't used, beyond the limit, and of an expired license is made", async () => {
    const license = await metered({ duration: "P1D" });
    clock.set("2027-02-10T00:00:00.000Z");
    expect((await license.correct("exports", { used: 50 })).body.usage).toMatchObject({ used: 50, remaining: 0 });
  });

  test.each([":", "%3A", "%3a"])("names a meter whose code holds a colon, written as %s", async (colon) => {
    const license = await metered({ meters: { "api:calls": { limit: 10 } } });
    await license.consume("api:calls", 3);
    expect((await license.correct(`api${colon}calls`, { used: 1 })).body.usage).toMatchObject({ meter: "api:calls", used: 1 });
  });

  test("to the present count changes nothing, and a repeated request has one effect", async () => {
    const license = await metered();
    await license.consume("exports", 4);
    expect((await license.correct("exports", { used: 4 })).headers.get("etag")).toBe('"1"');
    const once = { headers: { "idempotency-key": "correct-once" } };
    await license.correct("exports", { used: 1 }, once);
    await license.consume();
    const again = await license.correct("exports", { used: 1 }, once);
    expect([again.headers.get("idempotent-replayed"), again.body.usage.used, await used(license)]).toEqual(["true", 1, 2]);
  });

  test("to the present count under an Idempotency-Key writes nothing but its answer, which a retry gets after later use", async () => {
    const license = await metered();
    await license.consume("exports", 4);
    for (const [meter, present] of [["exports", 4], ["seats", 0]] as const) {
      const once = { headers: { "idempotency-key": `correct-${meter}` } };
      const state = async () => [(await call("GET", license.at)).body, await license.events(), (await call("GET", `${base}/usage`, license.own)).body.data, await due(license.licenseId)];
      const before = await state();
      clock.advance(1);
      const answer = await license.correct(meter, { used: present }, once);
      expect([answer.status, answer.body.usage.meter, answer.body.usage.used, answer.headers.get("etag")]).toEqual([200, meter, present, '"1"']);
      expect(await state()).toEqual(before);
      await license.consume(meter, 2);
      const again = await license.correct(meter, { used: present }, once);
      expect([again.status, again.headers.get("idempotent-replayed"), again.body.usage]).toEqual([200, "true", answer.body.usage]);
      expect(await used(license, meter)).toBe(present + 2);
    }
  });

  test("is refused for a revoked license, an unknown meter, a former sequence, and bad counts", async () => {
    const license = await metered();
    expect((await license.correct("pages", { used: 1 })).body.code).toBe("meter-not-found");
    expect((await license.correct("exports", { used: 1 }, { headers: { "if-match": '"7"' } })).status).toBe(412);
    expect((await license.correct("exports", { used: -1 })).body.errors[0].pointer).toBe("/used");
    expect((await license.correct("exports", { used: 2 ** 53 })).body.errors[0].pointer).toBe("/used");
    await call("POST", `${license.at}/revoke`, { body: {} });
    expect((await license.correct("exports", { used: 1 })).body.code).toBe("license-revoked");
  });
});

describe("after a hand-over", () => {
  test("key and holder see the use from then on, the limit counts on, and operators see all of it", async () => {
    const license = await metered({}, { holder: { type: "user", id: "former" } });
    await license.consume("exports", 7);
    clock.advance(60);
    const handed = await call("POST", `${license.at}/transfer`, { body: { holder: { type: "user", id: "next" } } });
    const key = { authorization: `License ${handed.body.key}` };
    const holder = { authorization: `Bearer ${await service.token(null, "next")}` };
    expect((await license.consume("exports", 1, license.own)).status).toBe(401);
    expect([await used(license, "exports", key), await used(license, "exports", holder), await used(license)]).toEqual([0, 0, 7]);
    expect((await license.consume("exports", 2, key)).body).toMatchObject({ used: 2, limit: 10, remaining: 3 });
    expect((await license.consume("exports", 4, key)).body).toMatchObject({ code: "usage-limit-reached", used: 2, remaining: 3 });
    const listed = async (options: CallOptions) => (await call("GET", `${base}/usage?limit=100`, options)).body.data.filter(({ licenseId }: { licenseId: string }) => licenseId === license.licenseId);
    expect((await listed(key)).map(({ used, holderId }: { used: number; holderId: string }) => [used, holderId])).toEqual([[2, "next"]]);
    expect((await listed({})).map(({ used }: { used: number }) => used)).toEqual([9]);
  });

  test("key and holder don't see periods that had ended before", async () => {
    const license = await metered();
    await license.consume("exports", 7);
    clock.set("2027-03-05T00:00:00.000Z");
    const handed = await call("POST", `${license.at}/transfer`, { body: { holder: { type: "user", id: "next" }, keepKey: true } });
    expect(handed.status).toBe(200);
    expect((await call("GET", `${base}/usage`, license.own)).body.data).toEqual([]);
  });
});

test("the use of a period is kept for 25 months after its end, and that of a meter without a period for ever", async () => {
  const license = await metered();
  await license.consume("exports", 3);
  await license.consume("seconds", 4);
  clock.set("2029-03-28T10:00:00.000Z");
  await expireSweep(service.runtime);
  expect((await call("GET", `${base}/usage`, license.own)).body.data).toHaveLength(2);
  clock.advance(1);
  expect((await expireSweep(service.runtime)).usageRemoved).toBeGreaterThan(0);
  expect((await call("GET", `${base}/usage`, license.own)).body.data.map(({ meter }: { meter: string }) => meter)).toEqual(["seconds"]);
});

describe("the list of usage", () => {
  test("is paged, latest periods first, and has each row once", async () => {
    const license = await metered();
    for (const month of [1, 2, 3, 4]) {
      clock.set(new Date(Date.UTC(2027, month, 15)));
      await license.consume("exports", month);
      await license.consume("seconds", 1);
    }
    const rows: { licenseId: string; meter: string; used: number; periodEndsAt: string | null }[] = [];
    for (let path: string | undefined = `${base}/usage?limit=2`; path !== undefined;) {
      const answer = await call("GET", path, license.own);
      rows.push(...answer.body.data);
      path = /^<(.+)>/.exec(answer.headers.get("link") ?? "")?.[1];
    }
    expect(rows.map(({ meter, used }) => [meter, used])).toEqual([["exports", 4], ["exports", 3], ["exports", 2], ["seconds", 4], ["exports", 1]]);
    expect(rows[3]?.periodEndsAt).toBeNull();
  });

  test("of a month has the periods that began in it, and as CSV one record a row", async () => {
    const license = await metered({}, { holder: { type: "organization", id: "=acme" } });
    await license.consume("exports", 3);
    const csv = await call("GET", `${base}/usage?period=2027-01&format=csv`, license.own);
    expect(csv.text.split("\r\n")).toEqual([
      "licenseId,holderType,holderId,policy,meter,periodStart,periodEndsAt,used,limit",
      `${license.licenseId},organization,'=acme,${license.policy},exports,${start},2027-02-28T10:00:00.000Z,3,10`,
      "",
    ]);
    expect((await call("GET", `${base}/usage?period=2027-02`, license.own)).body.data).toEqual([]);
    for (const period of ["2027-13", "1999-12", "0000-01"]) expect((await call("GET", `${base}/usage?period=${period}`)).body.errors[0].pointer).toBe("/query/period");
    for (const period of ["2000-01", "9999-12"]) expect((await call("GET", `${base}/usage?period=${period}`, license.own)).body.data).toEqual([]);
  });
});
