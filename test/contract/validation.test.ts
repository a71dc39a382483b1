import pg from "pg";
import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { validation } from "@licensing/core/lifecycle/validation.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import type { IssuedLicense } from "../support/fixtures.ts";
import { postgresUrl } from "../support/servers.ts";
import { base, startService } from "../support/service.ts";
import type { Service } from "../support/service.ts";
import { evidence, told } from "../support/witness.ts";

const start = "2027-03-01T09:00:00.000Z";
const service = await startService({ now: start });
/** A service whose database can't write `lastValidatedAt`. */
const readOnly = await startService({
  rewriteSql: (query) => (query.includes("set last_validated_at") ? "update licensing.no_such_table set x = 1" : query),
});
const { call, clock } = service;

const ask = (body: object, options: { authorization?: string } = {}, of: Pick<Service, "call"> = service) =>
  of.call("POST", `${base}/licenses/validate`, { body, ...options });
const take = (licenseId: string, fingerprint: string) => call("POST", `${base}/activations`, { body: { licenseId, fingerprint } });

const order = [
  "NOT_FOUND", "REVOKED", "SUSPENDED", "NOT_STARTED", "EXPIRED", "FINGERPRINT_REQUIRED", "MAINTENANCE_ENDED", "FEATURES_MISSING", "NOT_ACTIVATED", "METER_NOT_FOUND", "USAGE_LIMIT_REACHED", "TRIAL_ALREADY_USED",
  "ACTIVATION_LIMIT_REACHED",
];

/** Every input of the decision, in every combination; the license runs for March, with grace until April 3. */
const statuses = ["ACTIVATED", "SUSPENDED", "REVOKED"] as const;
const times = { early: "2027-02-28T00:00:00.000Z", running: "2027-03-20T00:00:00.000Z", grace: "2027-04-02T00:00:00.000Z", over: "2027-04-05T00:00:00.000Z" } as const;
/** Builds released before the end of the maintenance, and after. */
const builds = ["covered", "too new"] as const;
const fingerprints = ["unsaid", "held", "unknown", "unknown-taking", "unknown-full"] as const;
type Case = {
  readonly status: (typeof statuses)[number];
  readonly time: keyof typeof times;
  readonly required: boolean;
  readonly fingerprint: (typeof fingerprints)[number];
  readonly lacking: boolean;
  readonly build: (typeof builds)[number];
};

/** The order of the codes, from the page that documents it. */
function expected({ status, time, required, fingerprint, lacking, build }: Case): string {
  if (status !== "ACTIVATED") return status;
  if (time === "early") return "NOT_STARTED";
  if (time === "over") return "EXPIRED";
  if (required && fingerprint === "unsaid") return "FINGERPRINT_REQUIRED";
  if (build === "too new") return "MAINTENANCE_ENDED";
  if (lacking) return "FEATURES_MISSING";
  if (fingerprint === "unknown") return "NOT_ACTIVATED";
  if (fingerprint === "unknown-full") return "ACTIVATION_LIMIT_REACHED";
  return time === "grace" ? "GRACE" : "VALID";
}

/** Licenses in each status, with and without a free seat, each with one machine. */
async function prepare(required: boolean): Promise<Record<string, IssuedLicense>> {
  clock.set(start);
  const terms = { duration: "P1M", grace: "P3D", maintenance: "P1W", fingerprintRequired: required, features: { sso: true } };
  const [roomy, tight] = [await createPolicy(service, terms), await createPolicy(service, { ...terms, activationLimit: 1 })];
  const made: Record<string, IssuedLicense> = {};
  for (const status of statuses) {
    for (const [room, policy] of [["roomy", roomy], ["tight", tight]] as const) {
      const license = await issueLicense(service, policy);
      await take(license.licenseId, "machine-0001");
      if (status === "SUSPENDED" || status === "REVOKED") await call("POST", `${license.at}/suspend`);
      if (status === "REVOKED") await call("POST", `${license.at}/revoke`);
      made[`${status} ${room}`] = license;
    }
  }
  return made;
}

let strangers = 0;

function bodyOf({ fingerprint, lacking, build }: Case, { licenseId }: IssuedLicense): object {
  const releasedAt = build === "covered" ? "2027-03-08T11:00:00+02:00" : "2027-03-08T09:00:00.001Z";
  const features = { features: lacking ? ["sso", "audit"] : ["sso"], releasedAt };
  switch (fingerprint) {
    case "unsaid":
      return { licenseId, ...features };
    case "held":
      return { licenseId, fingerprint: "machine-0001", ...features };
    case "unknown":
      return { licenseId, fingerprint: "machine-0009", activate: false, ...features };
    case "unknown-taking":
    case "unknown-full":
      return { licenseId, fingerprint: `stranger-${(strangers += 1)}`, ...features };
  }
}

const prepared = { false: await prepare(false), true: await prepare(true) };

describe.each([false, true])("with fingerprintRequired: %s", (required) => {
  const cases = statuses.flatMap((status) =>
    (Object.keys(times) as (keyof typeof times)[]).flatMap((time) =>
      fingerprints.flatMap((fingerprint) => [false, true].flatMap((lacking) => builds.map((build): Case => ({ status, time, required, fingerprint, lacking, build })))),
    ),
  );
  const licenses = prepared[`${required}`];

  test(`the first reason in order gives the code, in all ${cases.length} combinations of status, time, fingerprint, build and features`, async () => {
    const wrong: object[] = [];
    for (const each of cases) {
      clock.set(times[each.time]);
      const license = licenses[`${each.status} ${each.fingerprint === "unknown-full" ? "tight" : "roomy"}`];
      if (license === undefined) throw new Error("no license");
      const { status, body } = await ask(bodyOf(each, license));
      const code = expected(each);
      const first = body.checks.find((check: { ok: boolean }) => !check.ok)?.code;
      const isValid = code === "VALID" || code === "GRACE";
      const fits =
        status === 200 && body.code === code && body.valid === isValid && first === (isValid ? undefined : code) &&
        JSON.stringify(body.checks.map((check: { code: string }) => check.code)) === JSON.stringify(order) &&
        (body.activation !== undefined) === (isValid && each.fingerprint !== "unsaid") && validation.safeParse(body).success;
      if (!fits) wrong.push({ ...each, code, got: body });
    }
    expect(wrong).toEqual([]);
  });

  test("a seat is taken only if every other check passes", async () => {
    for (const [name, license] of Object.entries(licenses)) {
      const { events } = await evidence(service, license.licenseId);
      const taken = name === "ACTIVATED roomy" ? 2 : 0;
      expect(told(events).filter((type) => type === "activated")).toHaveLength(1 + taken);
    }
  });
});

describe("the answer", () => {
  test("names the license, the seat, the count, every check and the instant", async () => {
    clock.set(start);
    const license = await issueLicense(service, await createPolicy(service, { activationLimit: 3, lease: "PT1H", features: { sso: true } }));
    const { body } = await ask({ licenseId: license.licenseId, fingerprint: "machine-0001", name: "Build server", features: ["sso"], nonce: "abc" });
    const seat = (await call("GET", `${license.at}/activations`)).body.data[0];
    expect(seat).toMatchObject({ id: body.activation.id, fingerprint: "machine-0001", name: "Build server" });
    expect(body).toEqual({
      valid: true, code: "VALID", detail: "The license is valid.",
      license: { ...(await call("GET", license.at)).body },
      activation: { id: seat.id, created: true, leaseUntil: "2027-03-01T10:00:00.000Z" },
      seats: { used: 1, limit: 3 },
      checks: order.map((code) => ({ code, ok: true, detail: "Passed." })),
      nonce: "abc", asOf: start,
    });
    const again = await ask({ licenseId: license.licenseId, fingerprint: "machine-0001" });
    expect(again.body.activation).toEqual({ ...body.activation, created: false });
  });

  test("names the missing features as they were asked for; a feature with any value is granted", async () => {
    const { licenseId } = await issueLicense(service, await createPolicy(service, { features: { zero: 0, text: "x", yes: true } }));
    expect((await ask({ licenseId, features: ["zero", "text", "yes"] })).body.code).toBe("VALID");
    const { body } = await ask({ licenseId, features: ["yes", "Yes", "audit", "toString"] });
    expect(body).toMatchObject({ code: "FEATURES_MISSING", detail: "Missing: Yes, audit, toString." });
    expect((await ask({ licenseId, features: [] })).body.code).toBe("VALID");
  });

  test("covers every build without maintenance, and doesn't assess maintenance without a build's release", async () => {
    clock.set(start);
    const { licenseId } = await issueLicense(service, await createPolicy(service));
    expect((await ask({ licenseId, releasedAt: "9999-12-31T23:59:59.999Z" })).body).toMatchObject({ code: "VALID", license: { maintenanceUntil: null } });
    const maintained = await issueLicense(service, await createPolicy(service, { maintenance: "P1M" }));
    clock.set("2027-08-01T00:00:00.000Z");
    expect((await ask({ licenseId: maintained.licenseId })).body).toMatchObject({ code: "VALID", license: { maintenanceUntil: "2027-04-01T09:00:00.000Z" } });
    expect((await ask({ licenseId: maintained.licenseId, releasedAt: "2027-07-31T00:00:00Z" })).body).toMatchObject({
      code: "MAINTENANCE_ENDED", detail: "The build was released after the end of the license's maintenance.",
    });
  });

  test.each([["2147483648"], ["18446744073709551616"], ["🗝 é ß"], ["x".repeat(128)], [2_147_483_648], [-1], [0], [Number.MAX_SAFE_INTEGER]])("echoes the nonce to the byte: %j", async (nonce) => {
    const { licenseId } = await issueLicense(service, await createPolicy(service));
    expect((await ask({ licenseId, nonce })).body.nonce).toBe(nonce);
    expect((await ask({ licenseId: "1", nonce })).body).toMatchObject({ code: "NOT_FOUND", nonce });
  });

  test.each([[""], ["x".repeat(129)], ["a\tb"], [null], [1.5], [2 ** 53], [{}], [["a"]]])("refuses a nonce that it couldn't echo: %j", async (nonce) => {
    const answer = await ask({ licenseId: "1", nonce });
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, "/nonce"]);
  });

  test.each([
    ["/key", {}],
    ["/key", { key: "" }],
    ["/key", { key: "some-key-or-another-0001", licenseId: "1" }],
    ["/releasedAt", { licenseId: "1", releasedAt: "2027-03-08" }],
    ["/releasedAt", { licenseId: "1", releasedAt: "2027-02-30T00:00:00Z" }],
    ["/releasedAt", { licenseId: "1", releasedAt: 1_803_546_000 }],
    ["/releasedAt", { licenseId: "1", releasedAt: null }],
    ["/licenseId", { licenseId: "one" }],
    ["/licenseId", { licenseId: 1 }],
    ["/fingerprint", { licenseId: "1", fingerprint: "short" }],
    ["/fingerprint", { licenseId: "1", fingerprint: "with a blank" }],
    ["/fingerprint", { licenseId: "1", fingerprint: "x".repeat(257) }],
    ["/activate", { licenseId: "1", activate: "yes" }],
    ["/features", { licenseId: "1", features: Array.from({ length: 65 }, (_, index) => `f${index}`) }],
    ["/features/0", { licenseId: "1", features: [""] }],
    ["/name", { licenseId: "1", name: 7 }],
    ["/force", { licenseId: "1", force: true }],
  ])("is 400 and names the fault of a question at %s", async (pointer, body) => {
    const answer = await ask(body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });

  test("about an absent license is 200 NOT_FOUND", async () => {
    for (const licenseId of ["1", "9223372036854775807"]) {
      const { status, body } = await ask({ licenseId });
      expect(status).toBe(200);
      expect(body).toEqual({
        valid: false, code: "NOT_FOUND", detail: "There is no such license.", seats: { used: 0, limit: 0 },
        checks: [{ code: "NOT_FOUND", ok: false, detail: "There is no such license." }], asOf: clock.now().toISOString(),
      });
    }
  });

  test("moves no sequence and publishes nothing unless a seat is taken", async () => {
    const { licenseId } = await issueLicense(service, await createPolicy(service));
    const { stats } = service.upstash;
    const requestsBefore = stats.requests;
    const published = () => stats.recent.slice(requestsBefore - stats.requests || stats.recent.length).flat().filter((name) => name.toUpperCase() === "ZADD").length;
    const before = await evidence(service, licenseId);
    await ask({ licenseId });
    await ask({ licenseId, fingerprint: "machine-0001", activate: false });
    expect([await evidence(service, licenseId), published()]).toEqual([before, 0]);
    await ask({ licenseId, fingerprint: "machine-0001" });
    expect(published()).toBe(1);
  });
});

const policy = await createPolicy(service);
const own = await issueLicense(service, policy);
const other = await issueLicense(service, policy);
const authorization = `License ${own.key}`;

test("the answer to a faulty body is shorter than 64 KB", async () => {
  const body = `{"${"/".repeat(65_200)}":[${Array.from({ length: 50 }, () => "1e999").join(",")}]}`;
  const answer = await service.call("POST", `${base}/licenses/validate`, { body, authorization });
  expect(answer.status).toBe(400);
  expect(answer.text.length).toBeLessThan(65_536);
});

describe("an application with its own key", () => {
  test.each([
    ["names no license", {}, 200, "VALID"],
    ["names its key", { key: own.key }, 200, "VALID"],
    ["names its license", { licenseId: own.licenseId }, 200, "VALID"],
    ["names another license", { licenseId: other.licenseId }, 404, "license-not-found"],
    ["names another license's key", { key: other.key }, 404, "license-not-found"],
    ["names an absent license", { licenseId: "1" }, 404, "license-not-found"],
    ["names an unknown key", { key: "nobody-has-this-key-0001" }, 404, "license-not-found"],
    ["names a malformed key", { key: "x" }, 404, "license-not-found"],
  ])("that %s", async (_what, body, status, code) => {
    const answer = await ask(body, { authorization });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test("gets for another license the bytes of an absent one, and no seat", async () => {
    const before = await evidence(service, other.licenseId);
    const named = [{ licenseId: other.licenseId }, { key: other.key }, { licenseId: "1" }, { key: "nobody-has-this-key-0001" }, { key: "x" }];
    const withoutId = (text: string) => text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "…");
    const answers = await Promise.all(named.map(async (name) => withoutId((await ask({ ...name, fingerprint: "machine-0001" }, { authorization })).text)));
    expect(new Set(answers).size).toBe(1);
    const seats = await Promise.all(named.map(async (name) => withoutId((await call("POST", `${base}/activations`, { body: { ...name, fingerprint: "machine-0001" }, authorization })).text)));
    expect(new Set(seats).size).toBe(1);
    expect(await evidence(service, other.licenseId)).toEqual(before);
  });

  test.each([
    ["suspend", "SUSPENDED"],
    ["revoke", "REVOKED"],
  ])("is answered with its license's status after %s", async (verb, code) => {
    const license = await issueLicense(service, policy);
    await call("POST", `${license.at}/${verb}`);
    expect((await ask({}, { authorization: `License ${license.key}` })).body).toMatchObject({ valid: false, code });
  });

  test("takes a seat with the license as the actor", async () => {
    const license = await issueLicense(service, policy);
    await ask({ fingerprint: "machine-0001" }, { authorization: `License ${license.key}` });
    const { events } = await evidence(service, license.licenseId);
    expect(events[1]).toMatchObject({ type: "activated", actor_type: "license", actor_id: license.licenseId });
  });

  test("that is unknown is 401, whatever license it names", async () => {
    for (const body of [{}, { licenseId: own.licenseId }, { key: own.key }, { key: "x" }]) {
      const answer = await ask(body, { authorization: "License nobody-has-this-key-0001" });
      expect([answer.status, answer.body.code, answer.body.detail]).toEqual([401, "unauthenticated", "Present one valid credential: Bearer, Basic or License."]);
    }
  });
});

describe("lastValidatedAt", () => {
  const lastValidatedAt = async (license: IssuedLicense) => (await call("GET", license.at)).body.lastValidatedAt as string | null;
  const complaints = (of: Service = service) => of.printed.filter((line) => line.includes("Failed to update lastValidatedAt"));

  test("is written at most once a minute", async () => {
    clock.set(start);
    const license = await issueLicense(service, await createPolicy(service));
    expect(await lastValidatedAt(license)).toBeNull();
    await ask({ licenseId: license.licenseId });
    expect(await lastValidatedAt(license)).toBe(start);
    clock.advance(59.999);
    await ask({ licenseId: license.licenseId });
    expect(await lastValidatedAt(license)).toBe(start);
    clock.advance(0.001);
    await ask({ licenseId: license.licenseId });
    expect(await lastValidatedAt(license)).toBe("2027-03-01T09:01:00.000Z");
    expect(complaints()).toEqual([]);
  });

  test("is written also for a denied validation, and only for its license", async () => {
    const [asked, unasked] = [await issueLicense(service, policy), await issueLicense(service, policy)];
    await call("POST", `${asked.at}/suspend`);
    await ask({ licenseId: asked.licenseId });
    expect(await lastValidatedAt(asked)).toBe(clock.now().toISOString());
    await ask({ licenseId: unasked.licenseId }, { authorization: `License ${asked.key}` });
    expect(await lastValidatedAt(unasked)).toBeNull();
    expect(complaints()).toEqual([]);
  });

  test("is not written while another session locks the license: the answer is the same, with a warning", async () => {
    const license = await issueLicense(service, await createPolicy(service));
    await take(license.licenseId, "machine-0001");
    const body = { licenseId: license.licenseId, fingerprint: "machine-0001" };
    const url = new URL(await postgresUrl());
    url.pathname = `/${service.databaseName}`;
    const locker = new pg.Client({ connectionString: url.href });
    await locker.connect();
    try {
      await locker.query("begin");
      await locker.query('select 1 from licensing."License" where id = $1 for update', [license.licenseId]);
      expect((await ask(body)).body).toMatchObject({ valid: true, code: "VALID", activation: { created: false } });
      expect(complaints()).toHaveLength(1);
      expect(complaints()[0]).toContain(license.licenseId);
      expect(complaints()[0]).toContain('"warn"');
    } finally {
      await locker.end();
    }
    expect(await lastValidatedAt(license)).toBeNull();
    await ask(body);
    expect(await lastValidatedAt(license)).toBe(clock.now().toISOString());
    expect(complaints()).toHaveLength(1);
  });

  test("fails no validation when a hundred come at once", async () => {
    const license = await issueLicense(service, await createPolicy(service));
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask({ licenseId: license.licenseId })));
    expect(new Set(answers.map(({ body }) => body.code))).toEqual(new Set(["VALID"]));
    expect(await lastValidatedAt(license)).toBe(clock.now().toISOString());
  });

  test("is skipped by a read-only database, and the validation is answered", async () => {
    const { licenseId } = await issueLicense(readOnly, await createPolicy(readOnly));
    expect((await ask({ licenseId }, {}, readOnly)).body).toMatchObject({ valid: true, code: "VALID" });
    const [rows = []] = await readOnly.owner.read(sql`select last_validated_at from licensing."License"`);
    expect(rows[0]?.["last_validated_at"]).toBeNull();
    expect(complaints(readOnly)).toHaveLength(1);
  });
});
