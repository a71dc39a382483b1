import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { createPolicy, issueSeated } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import type { Answer } from "../support/service.ts";
import { requestOf, routeOf, verbName, verbOf, verbs } from "../support/verbs.ts";
import type { Body, Verb } from "../support/verbs.ts";
import { evidence } from "../support/witness.ts";

const start = "2027-03-01T09:00:00.000Z";
const service = await startService({ now: start });
const { call, clock } = service;
const policy = await createPolicy(service, { duration: "P1Y", activationLimit: 3, lease: "PT1H", features: { sso: true } });

const unleased = await createPolicy(service, { activationLimit: 3, features: { sso: true } });

const day = 86_400;
let keys = 0;
const freshKey = () => `key-${(keys += 1)}`;

type Ready = Awaited<ReturnType<typeof issueSeated>>;
type Request = { readonly method: string; readonly path: string; readonly body: Body };

/** Every verb whose request has a body: an Idempotency-Key makes it safe to repeat. */
const keyed = verbs.filter((verb) => routeOf(verb).method !== "DELETE");

async function ready(verb?: Verb): Promise<Ready> {
  const made = await issueSeated(service, policy);
  // The seat's lease has run for a while, so that a heartbeat extends it.
  clock.advance(2_400);
  for (const name of verb?.after ?? []) await send(keyedRequest(verbOf(name), made), freshKey());
  return made;
}

function keyedRequest(verb: Verb, license: Ready): Request {
  const { body = {}, ...request } = requestOf(verb, license);
  return { ...request, body };
}

const send = ({ method, path, body }: Request, key: string, more: Readonly<Record<string, string>> = {}) =>
  call(method, path, { body, headers: { "idempotency-key": key, ...more } });

/** The members of an answer that a copy of the request must answer the same. */
function said({ status, body }: Answer) {
  const { certificate: _current, ...rest } = (body ?? {}) as Record<string, unknown>;
  return { status, rest };
}

const replayed = (answer: Answer) => answer.headers.get("idempotent-replayed") === "true";
const typesSince = async (license: Ready, before: number) => (await evidence(service, license.licenseId)).events.slice(before).map(({ type }) => type);
const countOf = async ({ licenseId }: Ready) => (await evidence(service, licenseId)).events.length;

describe.each(keyed.map((verb) => [verbName(verb), verb] as const))("%s with an Idempotency-Key", (_name, verb) => {
  test("has one effect, and copies get the first answer for a day", async () => {
    const license = await ready(verb);
    const [before, key, request] = [await countOf(license), freshKey(), keyedRequest(verb, license)];
    const first = await send(request, key);
    expect([first.status < 300, replayed(first)]).toEqual([true, false]);
    const after = await evidence(service, license.licenseId);
    clock.advance(day - 0.001);
    const again = await send(request, key);
    expect(replayed(again)).toBe(true);
    if (!request.path.endsWith("/certificate")) expect(said(again)).toEqual(said(first));
    expect(again.headers.get("etag")).toBe(first.headers.get("etag"));
    expect(await typesSince(license, before)).toEqual(verb.event === null ? [] : [verb.event]);
    const { live: _live, ...kept } = await evidence(service, license.licenseId);
    expect(kept).toEqual({ row: after.row, events: after.events, open: after.open, seats: after.seats });
  });

  test("and another body is 422, or 400 on a route without a body, and changes nothing", async () => {
    const license = await ready(verb);
    const [key, request] = [freshKey(), keyedRequest(verb, license)];
    await send(request, key);
    const before = await evidence(service, license.licenseId);
    const answer = await send({ ...request, body: { ...request.body, ...(verb.otherBody ?? { again: true }) } }, key);
    // A body that this route doesn't take is refused before anything is looked up.
    const isTaken = verb.otherBody !== undefined;
    expect([answer.status, answer.body.code]).toEqual(isTaken ? [422, "idempotency-mismatch"] : [400, "malformed-request"]);
    expect(await evidence(service, license.licenseId)).toEqual(before);
  });

  test("and another license is 422: the address is part of the request", async () => {
    const [license, key] = [await ready(verb), freshKey()];
    await send(keyedRequest(verb, license), key);
    const other = await ready(verb);
    const before = await evidence(service, other.licenseId);
    const answer = await send(keyedRequest(verb, other), key);
    expect([answer.status, answer.body.code]).toEqual([422, "idempotency-mismatch"]);
    expect(await evidence(service, other.licenseId)).toEqual(before);
  });
});

describe("issuing with an Idempotency-Key", () => {
  const issue = (key: string, rest: object = {}) =>
    call("POST", `${base}/licenses`, { body: { policy, holder: { type: "user", id: `of-${key}` }, ...rest }, headers: { "idempotency-key": key } });

  test("makes one license, and every copy is answered with its key and address", async () => {
    const key = freshKey();
    const first = await issue(key);
    clock.advance(day - 1);
    const again = await issue(key);
    expect([again.status, replayed(again), said(again)]).toEqual([201, true, said(first)]);
    expect([again.body.key, again.headers.get("location")]).toEqual([first.body.key, first.headers.get("location")]);
    expect((await call("GET", `${base}/licenses?holderId=of-${key}`)).body.data).toHaveLength(1);
  });

  test("and an expiry that has passed when the copy arrives still gets the first answer", async () => {
    const key = freshKey();
    const expiresAt = new Date(clock.now().getTime() + 3_600_000).toISOString();
    const first = await issue(key, { expiresAt });
    clock.advance(7_200);
    expect(said(await issue(key, { expiresAt }))).toEqual(said(first));
  });

  test("and another body is 422", async () => {
    const key = freshKey();
    await issue(key);
    expect((await issue(key, { name: "Other" })).body.code).toBe("idempotency-mismatch");
  });

  test("stores the license key only sealed, and each seal differs", async () => {
    const [one, two] = [freshKey(), freshKey()];
    const answers = [await issue(one), await issue(two)];
    const [rows = []] = await service.owner.read(sql`select document from licensing."IdempotencyRecord" where key in (${one}, ${two})`);
    expect(rows).toHaveLength(2);
    const sealed = rows.map((row) => (row["document"] as { extra: { sealedKey: string } }).extra.sealedKey);
    expect(new Set(sealed).size).toBe(2);
    for (const { body } of answers) expect(JSON.stringify(rows)).not.toContain(body.key);
    for (const text of sealed) expect(text).toMatch(/^2\.[\w-]{60,}$/);
  });
});

describe("an Idempotency-Key", () => {
  test("may be used again after a day, and then has another effect", async () => {
    const license = await ready();
    const key = freshKey();
    const renew = { method: "POST", path: `${license.at}/renew`, body: {} };
    await send(renew, key);
    clock.advance(day);
    const anew = await send(renew, key);
    expect([anew.status, replayed(anew)]).toEqual([200, false]);
    expect(await typesSince(license, 2)).toEqual(["renewed", "renewed"]);
    expect(replayed(await send(renew, key))).toBe(true);
  });

  test("may be used again after a day for another request", async () => {
    const license = await ready();
    const key = freshKey();
    await send({ method: "POST", path: `${license.at}/renew`, body: {} }, key);
    clock.advance(day);
    expect((await send({ method: "POST", path: `${license.at}/renew`, body: { periods: 2 } }, key)).status).toBe(200);
  });

  test("is one caller's: the same text from another caller is another key", async () => {
    const license = await ready();
    const key = freshKey();
    const headers = { "idempotency-key": key };
    for (const subject of ["ada", "grace"]) {
      const authorization = `Bearer ${await service.token("operator", subject)}`;
      expect(replayed(await call("POST", `${license.at}/renew`, { headers, authorization }))).toBe(false);
    }
    expect(await typesSince(license, 2)).toEqual(["renewed", "renewed"]);
  });

  test("is one route's: the same text on another route is another key", async () => {
    const license = await ready();
    const key = freshKey();
    for (const verb of ["renew", "suspend", "reinstate"]) expect(replayed(await send({ method: "POST", path: `${license.at}/${verb}`, body: {} }, key))).toBe(false);
    expect(await typesSince(license, 2)).toEqual(["renewed", "suspended", "reinstated"]);
  });

  test("takes a body with its members in another order or spacing for the same request", async () => {
    const license = await ready();
    const headers = { "idempotency-key": freshKey() };
    const first = await call("POST", `${license.at}/renew`, { body: '{"periods":2,"reason":"paid"}', headers });
    const again = await call("POST", `${license.at}/renew`, { body: '{ "reason": "\\u0070aid", "periods": 2.0 }', headers });
    expect([replayed(again), said(again)]).toEqual([true, said(first)]);
  });

  test("stores no refusal: a refused request may succeed later", async () => {
    const license = await ready();
    const reinstate = { method: "POST", path: `${license.at}/reinstate`, body: {} };
    const key = freshKey();
    expect((await send(reinstate, key)).body.code).toBe("license-not-suspended");
    await call("POST", `${license.at}/suspend`);
    const later = await send(reinstate, key);
    expect([later.status, replayed(later)]).toEqual([200, false]);
    expect(replayed(await send(reinstate, key))).toBe(true);
  });

  test("repeats the first answer with the present certificate", async () => {
    const license = await ready();
    const [key, renew] = [freshKey(), { method: "POST", path: `${license.at}/renew`, body: {} }];
    const first = await send(renew, key);
    await call("POST", `${license.at}/suspend`);
    const again = await send(renew, key);
    expect(again.body.license).toEqual(first.body.license);
    expect(again.body.license.status).toBe("ACTIVATED");
    expect(again.body.certificate).toMatchObject({ state: "published", sequence: first.body.license.sequence + 1 });
  });

  test("is answered before If-Match is compared", async () => {
    const license = await ready();
    const [key, renew] = [freshKey(), { method: "POST", path: `${license.at}/renew`, body: {} }];
    expect((await send(renew, key, { "if-match": '"2"' })).status).toBe(200);
    const again = await send(renew, key, { "if-match": '"2"' });
    expect([again.status, replayed(again)]).toEqual([200, true]);
  });

  test("gives no stored answer to a caller who has lost the permission", async () => {
    const license = await ready();
    const [key, renew] = [freshKey(), { method: "POST", path: `${license.at}/renew`, body: {} }];
    await send(renew, key);
    const answer = await call("POST", renew.path, { headers: { "idempotency-key": key }, authorization: `Bearer ${await service.token("auditor", "admin")}` });
    expect([answer.status, answer.body.code]).toEqual([403, "permission-denied"]);
  });
});

describe("with an Idempotency-Key and nothing to change", () => {
  test("a change is stored and replayed like any other", async () => {
    const license = await ready();
    const before = await evidence(service, license.licenseId);
    const [key, same] = [freshKey(), { method: "PATCH", path: license.at, body: { name: null } }];
    const first = await send(same, key);
    expect([first.status, replayed(first)]).toEqual([200, false]);
    expect(await evidence(service, license.licenseId)).toEqual(before);
    await call("PATCH", license.at, { body: { name: "Since then" } });
    const again = await send(same, key);
    expect([replayed(again), said(again)]).toEqual([true, said(first)]);
    expect((await send({ ...same, body: { name: "Other" } }, key)).status).toBe(422);
    expect((await call("GET", license.at)).body.name).toBe("Since then");
  });

  test("an activation of a seated machine is replayed after the seat was freed, and takes none", async () => {
    const license = await ready();
    const [key, take] = [freshKey(), { method: "POST", path: `${base}/activations`, body: { licenseId: license.licenseId, fingerprint: "machine-0001" } }];
    const first = await send(take, key);
    expect([first.status, first.body.activation.id]).toEqual([200, license.seat]);
    await call("DELETE", `${base}/activations/${license.seat}`);
    const again = await send(take, key);
    expect([again.status, replayed(again), again.body.activation]).toEqual([200, true, first.body.activation]);
    expect((await evidence(service, license.licenseId)).open).toBe(0);
  });

  test("a heartbeat is replayed", async () => {
    const license = await ready();
    const [key, beat] = [freshKey(), { method: "POST", path: `${base}/activations/${license.seat}/heartbeat`, body: {} }];
    const first = await send(beat, key);
    clock.advance(3_000);
    await send(beat, freshKey());
    const again = await send(beat, key);
    expect([replayed(again), again.body]).toEqual([true, first.body]);
  });

  test.each([
    ["VALID", {}],
    ["VALID", { fingerprint: "machine-0001", activate: false }],
    ["NOT_ACTIVATED", { fingerprint: "machine-0009", activate: false }],
    ["ACTIVATION_LIMIT_REACHED", { fingerprint: "machine-0009" }],
    ["FEATURES_MISSING", { fingerprint: "machine-0009", features: ["audit"] }],
    ["NOT_FOUND", { licenseId: "1" }],
  ])("a validation that answers %s for %j is not stored, and a copy is answered anew", async (code, question) => {
    const license = await issueSeated(service, unleased);
    for (const fingerprint of ["machine-0001", "machine-0002", "machine-0003"]) await call("POST", `${base}/activations`, { body: { licenseId: license.licenseId, fingerprint } });
    const [key, ask] = [freshKey(), { method: "POST", path: `${base}/licenses/validate`, body: { licenseId: license.licenseId, ...question } }];
    for (const nonce of ["n", "m"]) {
      const answer = await send({ ...ask, body: { ...ask.body, nonce } }, key);
      expect([answer.status, answer.body.code, answer.body.nonce, replayed(answer)]).toEqual([200, code, nonce, false]);
    }
    const [rows = []] = await service.owner.read(sql`select key from licensing."IdempotencyRecord" where key = ${key}`);
    expect(rows).toEqual([]);
  });

  test("a stored answer about no license, as the previous release stored it, is ignored", async () => {
    const license = await issueSeated(service, unleased);
    const [key, ask] = [freshKey(), { method: "POST", path: `${base}/licenses/validate`, body: { licenseId: license.licenseId, fingerprint: "machine-0002" } }];
    await send(ask, key);
    await service.owner.write(sql`update licensing."IdempotencyRecord" set document = '{"unknown": {"valid": false}}' where key = ${key}`);
    const again = await send(ask, key);
    expect([again.body.code, replayed(again)]).toEqual(["VALID", false]);
  });
});
