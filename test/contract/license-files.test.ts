import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { verifyLicenseFile } from "@licensing/core/certificate/license-file.ts";
import { fileSource, licenseIdOfFile } from "@licensing/core/consumer/file.ts";
import { licenseGate } from "@licensing/core/consumer/gate.ts";
import { parsePublicKeys } from "@licensing/core/keyring/verify-key.ts";
import { trustedRing } from "@licensing/core/keyring/ring.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import { evidence, told, trailFaults } from "../support/witness.ts";

const start = "2027-03-01T09:00:00.000Z";
const yearLater = "2028-03-01T09:00:00.000Z";
const service = await startService({ now: start });
const { call, clock } = service;

let made = 0;

/** A perpetual license whose files last for a year, and its callers. */
async function licensed(terms: object = {}) {
  clock.set(start);
  made += 1;
  const id = `holder-${made}`;
  const policy = await createPolicy(service, { duration: null, fileLifetime: "P1Y", activationLimit: 2, ...terms });
  const license = await issueLicense(service, policy, { holder: { type: "user", id } });
  const give = (body: object, authorization?: string, headers: Readonly<Record<string, string>> = {}) =>
    call("POST", `${license.at}/file`, { body, headers, ...(authorization === undefined ? {} : { authorization }) });
  const as = { holder: `Bearer ${await service.token(null, id)}`, key: `License ${license.key}` };
  return { ...license, policy, give, as };
}

/** The decision of a gate on a machine without a network. */
async function decided(text: string, { at, ...ask }: { readonly at: string; readonly fingerprint?: string }) {
  const source = fileSource({ text });
  const gate = licenseGate({ source, trust: { publicKeys: service.publicPem }, audience: "licensing", onUnknown: "deny", now: () => Date.parse(at) });
  const { state, code } = await gate.check(licenseIdOfFile(text), ask);
  gate.close();
  return `${state} ${code}`;
}

describe("a file for a year and one machine", () => {
  const machine = "press-hall-0001";

  test("verifies offline on that machine until its end, and is refused on another machine and without a fingerprint", async () => {
    const { give, licenseId } = await licensed();
    await call("POST", `${base}/activations`, { body: { licenseId, fingerprint: "another-machine" } });
    const { status, body } = await give({ fingerprint: machine });
    expect([status, body.expiresAt, body.activation.fingerprint, body.license.seatsUsed]).toEqual([200, yearLater, machine, 2]);
    const lastSecond = "2028-03-01T08:59:59.999Z";
    expect(await decided(body.file, { at: lastSecond, fingerprint: machine })).toBe("active VALID");
    // The other machine holds a seat of the license, and no file.
    expect(await decided(body.file, { at: lastSecond, fingerprint: "another-machine" })).toBe("denied NOT_ACTIVATED");
    expect(await decided(body.file, { at: lastSecond, fingerprint: "a-third-machine" })).toBe("denied NOT_ACTIVATED");
    expect(await decided(body.file, { at: lastSecond })).toBe("denied FINGERPRINT_REQUIRED");
    expect(await decided(body.file, { at: yearLater, fingerprint: machine })).toBe("unknown CERTIFICATE_EXPIRED");
    const verdict = verifyLicenseFile(body.file, { licenseId, ring: trustedRing(parsePublicKeys(service.publicPem)), nowMs: Date.parse(lastSecond) });
    expect(verdict).toMatchObject({ ok: true, claims: { aud: "licensing", fingerprint: expect.stringMatching(/^[\w-]{11}$/), license: { status: "ACTIVATED" } } });
  });

  test("takes a seat with certificate:read alone, also for the holder, with an event for the seat and one for the file", async () => {
    const { give, as, licenseId } = await licensed();
    expect((await call("POST", `${base}/activations`, { authorization: as.holder, body: { licenseId, fingerprint: machine } })).status).toBe(403);
    const first = await give({ fingerprint: machine, name: "Press" }, as.holder);
    const again = await give({ fingerprint: machine, name: "Other" }, as.key);
    expect([first.status, again.status, again.body.activation.id]).toEqual([200, 200, first.body.activation.id]);
    expect(again.body.activation.name).toBe("Press");
    const seen = await evidence(service, licenseId);
    expect(told(seen.events)).toEqual(["created", "activated", "file-issued", "file-issued"]);
    expect(seen.events.map((event) => event.actor_type)).toEqual(["user", "user", "user", "license"]);
    expect(trailFaults(seen)).toEqual([]);
  });

  test("holds its seat until the file's end, however long the machine is silent and however full the license is", async () => {
    const { give, licenseId, at } = await licensed({ lease: "PT1H", activationLimit: 1, onFull: "evict-oldest-idle" });
    expect((await give({ fingerprint: machine })).body.activation.leaseUntil).toBe(yearLater);
    clock.set("2028-03-01T08:59:59.999Z");
    const full = await call("POST", `${base}/activations`, { body: { licenseId, fingerprint: "another-machine" } });
    expect([full.status, full.body.code]).toEqual([409, "activation-limit-reached"]);
    expect((await call("GET", at)).body.seatsUsed).toBe(1);
    clock.set(yearLater);
    expect((await call("POST", `${base}/activations`, { body: { licenseId, fingerprint: "another-machine" } })).status).toBe(201);
  });

  test("isn't evicted from a license without leases before its end", async () => {
    const { give, licenseId } = await licensed({ activationLimit: 1, onFull: "evict-oldest-idle" });
    const { body } = await give({ fingerprint: machine, lifetime: "P1D" });
    const take = () => call("POST", `${base}/activations`, { body: { licenseId, fingerprint: "another-machine" } });
    clock.set(new Date(Date.parse(body.expiresAt) - 1));
    expect((await take()).status).toBe(409);
    clock.set(body.expiresAt);
    expect((await take()).status).toBe(201);
  });

  test("keeps its seat to its end if the license gains a lease", async () => {
    const { give, policy, at } = await licensed();
    const { body } = await give({ fingerprint: machine });
    expect(body.activation.leaseUntil).toBeNull();
    await call("PATCH", `${base}/policies/${policy}`, { body: { lease: "PT1H" } });
    expect((await call("POST", `${base}/policies/${policy}/apply`, { body: {} })).body.changed).toBe(1);
    clock.set("2027-12-24T00:00:00.000Z");
    expect((await call("GET", `${at}/activations`)).body.data.map(({ leaseUntil }: { leaseUntil: string }) => leaseUntil)).toEqual([yearLater]);
  });

  test("works after its seat was freed, and the answer to freeing names its end", async () => {
    const { give, licenseId } = await licensed();
    const { body } = await give({ fingerprint: machine });
    const free = () => call("DELETE", `${base}/activations/${body.activation.id}`);
    const first = await free();
    expect([first.status, first.headers.get("x-files-until"), first.headers.get("x-certificate-state")]).toEqual([204, yearLater, "published"]);
    const again = await free();
    expect([again.status, again.headers.get("x-files-until")]).toEqual([204, yearLater]);
    expect(await decided(body.file, { at: "2027-09-01T00:00:00.000Z", fingerprint: machine })).toBe("active VALID");
    const seat = (await call("POST", `${base}/activations`, { body: { licenseId, fingerprint: machine } })).body.activation;
    expect((await call("DELETE", `${base}/activations/${seat.id}`)).headers.get("x-files-until")).toBeNull();
    clock.set(yearLater);
    expect((await free()).headers.get("x-files-until")).toBeNull();
  });

  test.each([
    ["suspend", {}], ["revoke", {}], ["release-seats", {}], ["transfer", { holder: { type: "user", id: "another" } }],
  ])("%s answers with the last file's end", async (verb, body) => {
    const without = await licensed();
    expect((await call("POST", `${without.at}/${verb}`, { body })).body.filesUntil).toBeNull();
    const { give, at } = await licensed();
    await give({ fingerprint: machine });
    await give({ lifetime: "PT1H" });
    expect((await call("POST", `${at}/${verb}`, { body })).body.filesUntil).toBe(yearLater);
    const later = await licensed();
    await later.give({ lifetime: "PT1H" });
    clock.advance(3_600);
    expect((await call("POST", `${later.at}/${verb}`, { body })).body.filesUntil).toBeNull();
  });
});

describe("freeing a file's seat", () => {
  test("counts as a release of the license's own key", async () => {
    const { give, as } = await licensed({ releases: { limit: 1, period: "P30D" } });
    const seats = [await give({ fingerprint: "machine-0001" }, as.key), await give({ fingerprint: "machine-0002" }, as.key)];
    const freed = await Promise.all(seats.map(({ body }) => call("DELETE", `${base}/activations/${body.activation.id}`, { authorization: as.key })));
    expect(freed.map(({ status }) => status).toSorted()).toEqual([204, 409]);
  });
});

describe("a file for every machine", () => {
  test("is read by any machine with a seat", async () => {
    const { give, licenseId } = await licensed();
    await call("POST", `${base}/activations`, { body: { licenseId, fingerprint: "machine-0001" } });
    const { body } = await give({});
    expect([body.expiresAt, body.activation]).toEqual([yearLater, undefined]);
    const at = "2027-12-24T00:00:00.000Z";
    expect(await decided(body.file, { at })).toBe("active VALID");
    expect(await decided(body.file, { at, fingerprint: "machine-0001" })).toBe("active VALID");
    expect(await decided(body.file, { at, fingerprint: "machine-0002" })).toBe("denied NOT_ACTIVATED");
  });

  test("for a key or a holder lasts at most as long as a certificate; a longer lifetime is refused, and the problem names the longest", async () => {
    const { give, as } = await licensed();
    for (const authorization of [as.key, as.holder]) {
      expect((await give({}, authorization)).body.expiresAt).toBe("2027-03-02T09:00:00.000Z");
      const refused = await give({ lifetime: "P2D" }, authorization);
      expect([refused.status, refused.body.errors]).toEqual([400, [{ pointer: "/lifetime", detail: "must be at most PT86400S" }]]);
      expect((await give({ lifetime: "P2D", fingerprint: "machine-0001" }, authorization)).body.expiresAt).toBe("2027-03-03T09:00:00.000Z");
    }
    const { body } = await give({ lifetime: "P2Y" });
    expect(body.errors).toEqual([{ pointer: "/lifetime", detail: "must be at most P1Y" }]);
  });
});

describe("the route of license files", () => {
  test("answers JSON without an Accept header, and the file itself if that asks for it", async () => {
    const { give } = await licensed();
    const json = await give({});
    expect([json.headers.get("content-type"), Object.keys(json.body).toSorted()]).toEqual(["application/json", ["expiresAt", "file", "license"]]);
    const text = await give({}, undefined, { accept: "application/x-license-file" });
    expect([text.headers.get("content-type"), text.text.startsWith("License: ")]).toEqual(["application/x-license-file", true]);
    expect([json.headers.get("vary"), json.headers.get("etag"), json.headers.get("x-certificate-state")]).toEqual(["accept", `"${json.body.license.sequence}"`, "published"]);
  });

  test("answers the same file for the same Idempotency-Key, in either form", async () => {
    const { give, licenseId } = await licensed();
    const key = { "idempotency-key": "file-0001" };
    const first = await give({ fingerprint: "machine-0001" }, undefined, key);
    clock.advance(3_600);
    const again = await give({ fingerprint: "machine-0001" }, undefined, key);
    const text = await give({ fingerprint: "machine-0001" }, undefined, { ...key, accept: "application/x-license-file" });
    expect(again.body).toEqual(first.body);
    expect([again.headers.get("idempotent-replayed"), text.text]).toEqual(["true", first.body.file]);
    expect(told((await evidence(service, licenseId)).events)).toEqual(["created", "activated", "file-issued"]);
  });

  test("gives no file if the policy allows none, and changes nothing", async () => {
    const { give, as, licenseId } = await licensed({ fileLifetime: null });
    for (const authorization of [undefined, as.key, as.holder]) {
      const answer = await give({ fingerprint: "machine-0001" }, authorization);
      expect([answer.status, answer.body.code]).toEqual([409, "file-not-allowed"]);
    }
    expect((await evidence(service, licenseId)).events).toHaveLength(1);
  });

  test("gives files for 30 days unless the policy says otherwise", async () => {
    clock.set(start);
    const { at } = await issueLicense(service, await createPolicy(service));
    expect((await call("POST", `${at}/file`)).body.expiresAt).toBe("2027-03-31T09:00:00.000Z");
  });

  test.each([
    ["/lifetime", { lifetime: "30 days" }], ["/lifetime", { lifetime: "P0D" }], ["/lifetime", { lifetime: null }],
    ["/fingerprint", { fingerprint: "short" }], ["/name", { fingerprint: "machine-0001", name: 7 }], ["/machine", { machine: "machine-0001" }],
  ])("names the fault at %s of %j, and changes nothing", async (pointer, body) => {
    const { give, licenseId } = await licensed();
    const answer = await give(body);
    expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([400, pointer]);
    expect((await evidence(service, licenseId)).events).toHaveLength(1);
  });

  test("leaves the file with a certificate's lifetime at its old address, without an event", async () => {
    const { at, licenseId } = await licensed({ fileLifetime: null });
    const { text } = await call("GET", `${at}/certificate`, { headers: { accept: "application/x-license-file" } });
    expect(text).toContain("Valid:   this file until 2027-03-02T09:00:00.000Z");
    expect((await evidence(service, licenseId)).events).toHaveLength(1);
  });
});

describe("the key of a file", () => {
  const kid = [...trustedRing(parsePublicKeys(service.publicPem)).keys()][0] ?? "";
  const neededUntil = async () => {
    const [rows = []] = await service.owner.read(sql`select needed_until from licensing."SigningKeyNeed" where kid = ${kid}`);
    return rows[0] === undefined ? undefined : new Date(String(rows[0]["needed_until"])).toISOString();
  };

  test("is needed until the last file that it signed has ended", async () => {
    const { give } = await licensed({ fileLifetime: "P3Y" });
    expect((await give({ lifetime: "P2Y" })).status).toBe(200);
    expect(await neededUntil()).toBe("2029-03-01T09:00:00.000Z");
    await give({ lifetime: "P1D" });
    expect(await neededUntil()).toBe("2029-03-01T09:00:00.000Z");
    await give({});
    expect(await neededUntil()).toBe("2030-03-01T09:00:00.000Z");
  });

  test.each([
    ["lower it", sql`update licensing."SigningKeyNeed" set needed_until = needed_until - interval '1 second' where kid = ${kid}`],
    ["give it to another key", sql`update licensing."SigningKeyNeed" set kid = 'other' where kid = ${kid}`],
    ["remove it", sql`delete from licensing."SigningKeyNeed" where kid = ${kid}`],
  ])("has a need that the application's role can't reduce: it can't %s", async (_which, statement) => {
    const before = await neededUntil();
    await expect(service.runtime.database.write(statement)).rejects.toMatchObject({ code: "42501" });
    expect(await neededUntil()).toBe(before);
  });
});
