import { describe, expect, test } from "vitest";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import { evidence, told } from "../support/witness.ts";

const start = "2027-03-01T09:00:00.000Z";
const service = await startService({ now: start });
const { call, clock } = service;

const issue = (policy: string, rest: object = {}) => call("POST", `${base}/licenses`, { body: { policy, holder: { type: "user", id: "ada" }, ...rest } });
const change = (at: string, body: object) => call("PATCH", at, { body });
const edit = async (policy: string, body: object) => expect((await call("PATCH", `${base}/policies/${policy}`, { body })).status).toBe(200);
const validate = async (licenseId: string, rest: object = {}) => (await call("POST", `${base}/licenses/validate`, { body: { licenseId, ...rest } })).body;

describe("terms are copied at issue", () => {
  test("so an edited policy changes only the licenses that are issued afterwards", async () => {
    clock.set(start);
    const policy = await createPolicy(service, { duration: "P1Y", grace: "P7D", activationLimit: 2, features: { sso: true } });
    const before = await issueLicense(service, policy);
    const read = (await call("GET", before.at)).body;
    expect(read).toMatchObject({ features: { sso: true }, activationLimit: 2, expiresAt: "2028-03-01T09:00:00.000Z", graceUntil: "2028-03-08T09:00:00.000Z" });
    await edit(policy, { duration: "P1M", grace: null, activationLimit: 9, features: { audit: true }, fingerprintRequired: true });
    expect((await call("GET", before.at)).body).toEqual(read);
    expect((await validate(before.licenseId, { features: ["sso"] })).code).toBe("VALID");
    const { body } = await issue(policy);
    expect(body.license).toMatchObject({
      features: { audit: true }, activationLimit: 9, expiresAt: "2027-04-01T09:00:00.000Z", graceUntil: "2027-04-01T09:00:00.000Z",
    });
    expect((await validate(body.license.id)).code).toBe("FINGERPRINT_REQUIRED");
  });

  test("and again at a renewal, with all of the policy's present terms", async () => {
    const policy = await createPolicy(service, { duration: "P1Y", activationLimit: 1, features: { sso: true } });
    const { at, licenseId } = await issueLicense(service, policy);
    await edit(policy, {
      duration: "P1M", grace: "P3D", lease: "PT1H", activationLimit: 7, features: { audit: 3 }, onFull: "evict-oldest-idle",
      minimumIdle: "PT5M", fingerprintRequired: true, renewalBasis: "from-now", releases: { limit: 1, period: "P1Y" }, remindBefore: ["P1D"],
    });
    const { body } = await call("POST", `${at}/renew`);
    expect(body.license).toMatchObject({ activationLimit: 7, features: { audit: 3 }, expiresAt: "2027-04-01T09:00:00.000Z", graceUntil: "2027-04-04T09:00:00.000Z" });
    const { row } = await evidence(service, licenseId);
    expect(row).toMatchObject({ lease: "PT1H", on_full: "evict-oldest-idle", minimum_idle: "PT5M", fingerprint_required: true, renewal_basis: "from-now" });
    expect(row).toMatchObject({ releases: { limit: 1, period: "P1Y" }, remind_before: ["P1D"] });
  });

  test("a retired policy issues no more licenses, and its licenses stay and can be renewed", async () => {
    const policy = await createPolicy(service);
    const { at } = await issueLicense(service, policy);
    await call("DELETE", `${base}/policies/${policy}`);
    const refused = await issue(policy);
    expect([refused.status, refused.body.code]).toEqual([409, "policy-retired"]);
    expect((await call("POST", `${at}/renew`)).status).toBe(200);
    const moved = await change(await issueLicense(service, await createPolicy(service)).then((other) => other.at), { policy });
    expect([moved.status, moved.body.code]).toEqual([409, "policy-retired"]);
  });

  test.each(["no-such-policy", "1"])("an unknown policy is policy-not-found: %s", async (policy) => {
    const issued = await issue(policy);
    const moved = await change((await issueLicense(service, await createPolicy(service))).at, { policy });
    expect([issued.status, issued.body.code, moved.status, moved.body.code]).toEqual([404, "policy-not-found", 404, "policy-not-found"]);
  });
});

test("the first event has the license's first state, each term by its name", async () => {
  clock.set(start);
  const policy = await createPolicy(service, { duration: "P1Y", grace: "P7D", activationLimit: 2, features: { sso: true } });
  const { body } = await issue(policy, { name: "Ada's", features: { sso: true, seats: 4 }, metadata: { order: 1 } });
  const { events } = await evidence(service, body.license.id);
  expect(events[0]?.changes).toEqual({
    status: [null, "ACTIVATED"], policy: [null, policy], name: [null, "Ada's"], holder: [null, { type: "user", id: "ada" }], keyHint: [null, body.license.keyHint],
    duration: [null, "P1Y"], grace: [null, "P7D"], activationLimit: [null, 2], features: [null, { sso: true, seats: 4 }], expirationBasis: [null, "from-issue"],
    renewalBasis: [null, "from-now-if-expired"], onFull: [null, "reject"], fingerprintRequired: [null, false],
    fileLifetime: [null, "P30D"], releases: [null, { limit: 5, period: "P30D" }], remindBefore: [null, ["P30D", "P7D", "P1D"]], meters: [null, {}], overrides: [null, { features: { sso: true, seats: 4 } }], metadata: [null, { order: 1 }],
    startsAt: [null, start], expiresAt: [null, "2028-03-01T09:00:00.000Z"], graceUntil: [null, "2028-03-08T09:00:00.000Z"],
  });
});

describe("a term that is set on the license itself", () => {
  test("at issue is kept through renewals and edits of its policy; the rest follows the policy", async () => {
    const policy = await createPolicy(service, { activationLimit: 5, features: { sso: true }, grace: "P7D" });
    const { body } = await issue(policy, { activationLimit: 50, features: { tier: "gold" } });
    const overrides = { activationLimit: 50, features: { tier: "gold" } };
    expect(body.license).toMatchObject({ activationLimit: 50, overrides });
    expect(body.license.features).toEqual({ sso: true, tier: "gold" });
    await edit(policy, { activationLimit: 6, features: { audit: true }, grace: "P1D" });
    const renewed = (await call("POST", `${base}/licenses/${body.license.id}/renew`)).body.license;
    expect(renewed.features).toEqual({ audit: true, tier: "gold" });
    expect(renewed).toMatchObject({ activationLimit: 50, overrides, expiresAt: "2029-03-01T09:00:00.000Z", graceUntil: "2029-03-02T09:00:00.000Z" });
  });

  test.each([
    ["features", { features: { audit: null, sso: 7 } }, { activationLimit: 6, features: { sso: 7 } }],
    ["the limit", { activationLimit: null }, { activationLimit: null, features: { audit: true } }],
  ])("by PATCH is kept at a renewal, and another term is not: %s", async (_what, own, expected) => {
    const policy = await createPolicy(service, { activationLimit: 5, features: { sso: true } });
    const { at } = await issueLicense(service, policy);
    await change(at, own);
    await edit(policy, { activationLimit: 6, features: { audit: true } });
    const { activationLimit, features } = (await call("POST", `${at}/renew`)).body.license;
    expect({ activationLimit, features }).toEqual(expected);
  });

  test("may equal the policy's, and is then kept when the policy's changes", async () => {
    const policy = await createPolicy(service, { activationLimit: 5 });
    const { at, licenseId } = await issueLicense(service, policy);
    expect((await change(at, { activationLimit: 5 })).status).toBe(200);
    const { events } = await evidence(service, licenseId);
    expect(events[1]?.changes).toEqual({ overrides: [{}, { activationLimit: 5 }] });
    await edit(policy, { activationLimit: 1 });
    expect((await call("POST", `${at}/renew`)).body.license.activationLimit).toBe(5);
  });
});

describe("PATCH", () => {
  test("changes name, holder, metadata, features, limit and expiry at once, by one event with all of them", async () => {
    clock.set(start);
    const { at, licenseId } = await issueLicense(service, await createPolicy(service, { activationLimit: 1 }), { name: "Before", metadata: { order: 1 } });
    const holder = { type: "organization", id: "acme" };
    const body = { name: "After", holder, metadata: { order: 2 }, features: { sso: true }, activationLimit: 3, expiresAt: "2027-12-31T23:00:00+01:00", reason: "sold" };
    const answer = await change(at, body);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.license).toMatchObject({
      name: "After", holder, metadata: { order: 2 }, features: { sso: true }, activationLimit: 3, expiresAt: "2027-12-31T22:00:00.000Z",
      graceUntil: "2027-12-31T22:00:00.000Z", sequence: 2,
    });
    expect(answer.body.certificate).toMatchObject({ state: "published", sequence: 2 });
    const { events } = await evidence(service, licenseId);
    expect(told(events)).toEqual(["created", "updated (sold)"]);
    expect(events[1]?.changes).toMatchObject({
      features: [{}, { sso: true }], activationLimit: [1, 3], overrides: [{}, { features: { sso: true }, activationLimit: 3 }],
      name: ["Before", "After"], metadata: [{ order: 1 }, { order: 2 }], holder: [{ type: "user" }, holder],
      expiresAt: ["2028-03-01T09:00:00.000Z", "2027-12-31T22:00:00.000Z"], graceUntil: ["2028-03-01T09:00:00.000Z", "2027-12-31T22:00:00.000Z"],
    });
  });

  test("with the present values, in any order of members, writes no event and leaves the sequence", async () => {
    const features = { sso: true, "max-projects": 50, a: "b" } as const;
    const { at, licenseId } = await issueLicense(service, await createPolicy(service), { name: "Same", features, metadata: { b: 1, aa: 2 }, holder: { type: "user", id: "ada" } });
    const before = await evidence(service, licenseId);
    const answer = await change(at, {
      features: { a: "b", "max-projects": 50, sso: true }, metadata: { aa: 2, b: 1 }, name: "Same", holder: { id: "ada", type: "user" }, reason: "for nothing",
    });
    expect([answer.status, answer.headers.get("etag")]).toEqual([200, '"1"']);
    expect(answer.body.certificate).toMatchObject({ state: "published", sequence: 1 });
    expect(await evidence(service, licenseId)).toEqual(before);
  });

  test("removes the name by null", async () => {
    const { at, licenseId } = await issueLicense(service, await createPolicy(service), { name: "Named" });
    expect((await change(at, { name: null })).body.license.name).toBeNull();
    expect((await evidence(service, licenseId)).events[1]?.changes).toEqual({ name: ["Named", null] });
  });

  test("leaves members that it doesn't name", async () => {
    const { at } = await issueLicense(service, await createPolicy(service, { features: { sso: true } }), { name: "Named", metadata: { order: 1 } });
    const before = (await call("GET", at)).body;
    const { license } = (await change(at, { metadata: {} })).body;
    expect(license).toEqual({ ...before, metadata: {}, sequence: 2, updatedAt: clock.now().toISOString() });
  });

  test.each([
    [{}], [{ reason: "why" }], [{ resetExpiry: true }], [{ status: "REVOKED" }], [{ id: "1" }], [{ activationLimit: 0 }], [{ activationLimit: 1.5 }], [{ features: null }],
    [{ holder: { type: "user" } }], [{ holder: null }], [{ expiresAt: "tomorrow" }], [{ expiresAt: "2027-02-30T00:00:00Z" }], [{ expiresAt: "1999-12-31T23:59:59Z" }],
    [{ expiresAt: "+010000-01-01T00:00:00Z" }], [{ expiresAt: "9999-12-31T23:59:59-01:00" }], [{ name: "" }], [{ name: "\u0000" }], [{ policy: "NO" }], [{ key: "another-key-for-it-0001" }],
    [{ name: "With a name", resetExpiry: true }],
  ])("with %j is 400 and changes nothing", async (body) => {
    const { at, licenseId } = await issueLicense(service, await createPolicy(service));
    const before = await evidence(service, licenseId);
    const answer = await change(at, body);
    expect([answer.status, answer.body.code]).toEqual([400, "malformed-request"]);
    expect(await evidence(service, licenseId)).toEqual(before);
  });

  test.each([
    ["SUSPENDED", "suspend", 200],
    ["REVOKED", "revoke", 409],
  ])("of a license that is %s, after %s, is answered %i", async (status, verb, expected) => {
    const { at, licenseId } = await issueLicense(service, await createPolicy(service));
    await call("POST", `${at}/${verb}`);
    const before = await evidence(service, licenseId);
    const answer = await change(at, { name: "Changed", expiresAt: "2040-01-01T00:00:00Z" });
    expect(answer.status).toBe(expected);
    if (expected === 200) expect(answer.body.license).toMatchObject({ status, name: "Changed", expiresAt: "2040-01-01T00:00:00.000Z" });
    else expect(await evidence(service, licenseId)).toEqual(before);
  });

  test("with the license's sequence as If-Match changes it; with another it is 412 and changes nothing", async () => {
    const { at, licenseId } = await issueLicense(service, await createPolicy(service));
    const tag = (await call("GET", at)).headers.get("etag") ?? "";
    expect((await call("PATCH", at, { body: { name: "First" }, headers: { "if-match": tag } })).headers.get("etag")).toBe('"2"');
    const before = await evidence(service, licenseId);
    const late = await call("PATCH", at, { body: { name: "Second" }, headers: { "if-match": tag } });
    expect([late.status, late.body.code]).toEqual([412, "sequence-mismatch"]);
    expect(await evidence(service, licenseId)).toEqual(before);
  });
});

describe("an expiry set by PATCH", () => {
  test("in the past ends the license at once; one in the future brings it back", async () => {
    clock.set(start);
    const { at, licenseId } = await issueLicense(service, await createPolicy(service), { startsAt: "2027-01-01T00:00:00Z" });
    expect((await change(at, { expiresAt: "2027-02-01T00:00:00Z" })).body.license.status).toBe("EXPIRED");
    expect((await validate(licenseId)).code).toBe("EXPIRED");
    expect((await change(at, { expiresAt: "2027-09-01T00:00:00Z" })).body.license.status).toBe("ACTIVATED");
    expect((await validate(licenseId)).code).toBe("VALID");
  });

  test("is the instant from which the grace counts", async () => {
    const { at } = await issueLicense(service, await createPolicy(service, { grace: "P10D" }));
    expect((await change(at, { expiresAt: "2027-06-01T00:00:00Z" })).body.license.graceUntil).toBe("2027-06-11T00:00:00.000Z");
  });

  test("is the instant from which the next renewal counts", async () => {
    const { at } = await issueLicense(service, await createPolicy(service, { duration: "P1M" }));
    await change(at, { expiresAt: "2027-08-31T00:00:00Z" });
    expect((await call("POST", `${at}/renew`)).body.license.expiresAt).toBe("2027-09-30T00:00:00.000Z");
    expect((await call("POST", `${at}/renew`)).body.license.expiresAt).toBe("2027-10-31T00:00:00.000Z");
  });

  test("of null makes the license perpetual and not renewable, and a date makes it end again", async () => {
    const { at, licenseId } = await issueLicense(service, await createPolicy(service, { grace: "P7D" }));
    expect((await change(at, { expiresAt: null })).body.license).toMatchObject({ expiresAt: null, graceUntil: null, startsAt: clock.now().toISOString() });
    const renewed = await call("POST", `${at}/renew`);
    expect([renewed.status, renewed.body.code]).toEqual([409, "license-not-renewable"]);
    clock.advance(20 * 365 * 86_400);
    expect((await validate(licenseId)).code).toBe("VALID");
    clock.set(start);
    expect((await change(at, { expiresAt: "2027-06-01T00:00:00Z" })).body.license.graceUntil).toBe("2027-06-08T00:00:00.000Z");
    expect((await call("POST", `${at}/renew`)).status).toBe(200);
  });

  test.each([["2027-05-01T00:00:00Z"], ["2027-04-30T23:59:59.999Z"]])("that is not after the start is 400: %s", async (expiresAt) => {
    const { at, licenseId } = await issueLicense(service, await createPolicy(service), { startsAt: "2027-05-01T00:00:00Z" });
    const before = await evidence(service, licenseId);
    const answer = await change(at, { expiresAt });
    expect([answer.status, answer.body.errors]).toEqual([400, [{ pointer: "/expiresAt", detail: "must lie after the start" }]]);
    expect(await evidence(service, licenseId)).toEqual(before);
  });

  test.each([["2027-06-01T00:00:00.000Z"], [null]])("of %s starts a license that waited for its first activation", async (expiresAt) => {
    clock.set(start);
    const { at, licenseId } = await issueLicense(service, await createPolicy(service, { expirationBasis: "from-first-activation" }));
    const { license } = (await change(at, { expiresAt })).body;
    expect(license).toMatchObject({ startsAt: start, expiresAt });
    clock.advance(86_400);
    expect((await validate(licenseId, { fingerprint: "machine-0001" })).code).toBe("VALID");
    expect((await call("GET", at)).body).toMatchObject({ startsAt: start, expiresAt });
  });
});

describe("moving to another policy", () => {
  const pro = { duration: "P1Y", grace: "P30D", activationLimit: 10, features: { sso: true } };

  test("takes the new policy's terms and keeps the expiry, with the new grace after it", async () => {
    clock.set(start);
    const [from, to] = [await createPolicy(service, { duration: "P1M", activationLimit: 1, features: { basic: true } }), await createPolicy(service, pro)];
    const { at, licenseId } = await issueLicense(service, from);
    const { license } = (await change(at, { policy: to })).body;
    expect(license).toMatchObject({
      policy: to, activationLimit: 10, features: { sso: true }, expiresAt: "2027-04-01T09:00:00.000Z", graceUntil: "2027-05-01T09:00:00.000Z",
    });
    expect((await call("GET", `${base}/policies/${to}`)).body.licenses).toBe(1);
    expect((await evidence(service, licenseId)).events[1]?.changes).toMatchObject({ policy: [from, to] });
    // The next period is the new policy's, from where the old one ends.
    expect((await call("POST", `${at}/renew`)).body.license.expiresAt).toBe("2028-04-01T09:00:00.000Z");
  });

  test("with resetExpiry counts the new duration from now", async () => {
    clock.set(start);
    const { at } = await issueLicense(service, await createPolicy(service, { duration: "P1M" }));
    const to = await createPolicy(service, pro);
    clock.advance(10 * 86_400);
    const { license } = (await change(at, { policy: to, resetExpiry: true })).body;
    expect(license).toMatchObject({ startsAt: start, expiresAt: "2028-03-11T09:00:00.000Z", graceUntil: "2028-04-10T09:00:00.000Z" });
  });

  test("with resetExpiry brings an expired license back, and to a policy without a duration makes it perpetual", async () => {
    clock.set(start);
    const { at } = await issueLicense(service, await createPolicy(service, { duration: "P1M" }));
    clock.advance(60 * 86_400);
    expect((await call("GET", at)).body.status).toBe("EXPIRED");
    const to = await createPolicy(service, { duration: null });
    expect((await change(at, { policy: to, resetExpiry: true })).body.license).toMatchObject({ status: "ACTIVATED", expiresAt: null, graceUntil: null });
  });

  test("without resetExpiry leaves an expired license expired, and a suspended one suspended", async () => {
    clock.set(start);
    const to = await createPolicy(service, pro);
    const policy = await createPolicy(service, { duration: "P1M" });
    const [expired, suspended] = [await issueLicense(service, policy), await issueLicense(service, policy)];
    await call("POST", `${suspended.at}/suspend`);
    clock.advance(90 * 86_400);
    expect((await change(expired.at, { policy: to })).body.license.status).toBe("EXPIRED");
    expect((await change(suspended.at, { policy: to, resetExpiry: true })).body.license.status).toBe("SUSPENDED");
  });

  test("with resetExpiry before the start counts from the start", async () => {
    clock.set(start);
    const { at } = await issueLicense(service, await createPolicy(service, { duration: "P1M" }), { startsAt: "2027-06-01T00:00:00Z" });
    const { license } = (await change(at, { policy: await createPolicy(service, pro), resetExpiry: true })).body;
    expect(license).toMatchObject({ startsAt: "2027-06-01T00:00:00.000Z", expiresAt: "2028-06-01T00:00:00.000Z" });
  });

  test.each([
    ["from-first-activation", { startsAt: null, expiresAt: null }],
    ["from-issue", { startsAt: start, expiresAt: "2028-03-01T09:00:00.000Z" }],
  ])("with resetExpiry starts a license that waits for its first activation only if the new policy is from-issue: %s", async (expirationBasis, expected) => {
    clock.set(start);
    const { at } = await issueLicense(service, await createPolicy(service, { expirationBasis: "from-first-activation" }));
    const to = await createPolicy(service, { ...pro, expirationBasis });
    expect((await change(at, { policy: to, resetExpiry: true })).body.license).toMatchObject(expected);
  });

  test("keeps terms set on the license itself, and can set them in the same request", async () => {
    const { at } = await issueLicense(service, await createPolicy(service), { activationLimit: 3 });
    const to = await createPolicy(service, pro);
    expect((await change(at, { policy: to })).body.license).toMatchObject({ activationLimit: 3, features: { sso: true } });
    const { license } = (await change(at, { policy: to, features: { own: 1 }, expiresAt: "2030-01-01T00:00:00Z" })).body;
    expect(license).toMatchObject({ activationLimit: 3, features: { own: 1 }, expiresAt: "2030-01-01T00:00:00.000Z", graceUntil: "2030-01-31T00:00:00.000Z" });
  });

  test("whose limit is below the seats in use is 409, and changes nothing", async () => {
    const { at, licenseId } = await issueLicense(service, await createPolicy(service, { activationLimit: 5 }));
    for (const fingerprint of ["machine-0001", "machine-0002"]) await call("POST", `${base}/activations`, { body: { licenseId, fingerprint } });
    const before = await evidence(service, licenseId);
    const answer = await change(at, { policy: await createPolicy(service, { activationLimit: 1 }) });
    expect([answer.status, answer.body.code, answer.body.holders.length]).toEqual([409, "activation-limit-reached", 2]);
    expect(await evidence(service, licenseId)).toEqual(before);
  });

  test("with both resetExpiry and expiresAt is 400", async () => {
    const { at } = await issueLicense(service, await createPolicy(service));
    const answer = await change(at, { policy: await createPolicy(service), resetExpiry: true, expiresAt: "2030-01-01T00:00:00Z" });
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, "/resetExpiry"]);
  });
});
