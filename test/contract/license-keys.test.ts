import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { generateKey, parseKey } from "@licensing/core/access/license-key.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import { evidence, told } from "../support/witness.ts";

const service = await startService({ now: "2027-03-01T09:00:00.000Z" });
const { call, clock } = service;
const policy = await createPolicy(service, { keyPrefix: "ACME" });

const byHeader = async (key: string) => (await call("POST", `${base}/licenses/validate`, { authorization: `License ${key}` })).status;
const byBody = async (key: string) => (await call("POST", `${base}/licenses/validate`, { body: { key } })).body.code as string;
const rotate = (at: string, body: object = {}, headers: Record<string, string> = {}) => call("POST", `${at}/rotate-key`, { body, headers });
const issueWith = (key: string) => call("POST", `${base}/licenses`, { body: { policy, holder: { type: "user", id: "ada" }, key } });

/** The key with its last symbol replaced by another one of the alphabet. */
const mistyped = (key: string) => key.slice(0, -1) + (key.endsWith("0") ? "1" : "0");

describe("a generated key", () => {
  test("is the policy's prefix and five groups of five, and its check symbols are right", async () => {
    const { key } = await issueLicense(service, policy);
    expect(key).toMatch(/^ACME(-[0-9A-HJKMNP-TV-Z]{5}){5}$/);
    expect(parseKey(key)).toEqual({ normalized: key });
    const { license } = (await call("POST", `${base}/licenses/validate`, { body: { key } })).body;
    expect(license.keyHint).toBe(`…${key.slice(-5)}`);
  });

  test.each([
    ["lower case", (key: string) => key.toLowerCase()],
    ["no dashes", (key: string) => key.replaceAll("-", "")],
    ["O for 0, and I or L for 1", (key: string) => key.slice(0, 5) + key.slice(5).replaceAll("0", "O").replace("1", "I").replaceAll("1", "l")],
  ])("is recognized with %s, in a header and in a body", async (_what, spell) => {
    const { key } = await issueLicense(service, policy);
    expect(await byHeader(spell(key))).toBe(200);
    expect(await byBody(spell(key))).toBe("VALID");
  });

  test("with a wrong symbol is 401 in a header, and 200 NOT_FOUND in a body", async () => {
    const { key } = await issueLicense(service, policy);
    expect(await byHeader(mistyped(key))).toBe(401);
    expect(await byBody(mistyped(key))).toBe("NOT_FOUND");
  });

  test.each([
    ["well-formed", "ACME-00000-00000-00000-00000-00000"],
    ["of another kind", "somebody-elses-key-0001"],
    ["of one symbol", "x"],
    ["not ASCII", "🗝"],
  ])("that is unknown (%s) is answered NOT_FOUND in a body", async (_what, key) => {
    const answer = await call("POST", `${base}/licenses/validate`, { body: { key, nonce: "n" } });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ valid: false, code: "NOT_FOUND", nonce: "n" });
    expect(answer.body.license).toBeUndefined();
  });

  test.each([[""], ["a".repeat(513)]])("that is blank or too long is 400: %j", async (key) => {
    const answer = await call("POST", `${base}/licenses/validate`, { body: { key } });
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, "/key"]);
  });

  test.each(["ACME-00000-00000-00000-00000-00000", "nobody", "a-key-of-somebody-else"])("that is unknown is 401 in a header: %s", async (key) => {
    const answer = await call("POST", `${base}/licenses/validate`, { authorization: `License ${key}` });
    expect([answer.status, answer.body.code]).toEqual([401, "unauthenticated"]);
    expect(answer.headers.get("www-authenticate")).toContain("License");
  });
});

describe("a key of the caller's own", () => {
  test("is kept unchanged, and found only by its exact text", async () => {
    const key = "Old-System/Key#000-1234_aBc";
    const answer = await issueWith(key);
    expect([answer.status, answer.body.key, answer.body.license.keyHint]).toEqual([201, key, "…4_aBc"]);
    expect(await byHeader(key)).toBe(200);
    expect(await byBody(key)).toBe("VALID");
    expect(await byBody(key.toUpperCase())).toBe("NOT_FOUND");
    expect(await byHeader(key.toLowerCase())).toBe(401);
  });

  test("in the generated format is read like a generated one, in any spelling", async () => {
    const key = generateKey("OLD", (bytes) => Uint8Array.from({ length: bytes }, (_byte, place) => place));
    expect(key).toMatch(/^OLD-01234-/);
    const answer = await issueWith(key.toLowerCase().replaceAll("0", "o").replaceAll("1", "l"));
    expect([answer.status, answer.body.key]).toEqual([201, key]);
    expect(await byBody(key.replaceAll("-", ""))).toBe("VALID");
    expect((await issueWith(key)).body.code).toBe("key-taken");
  });

  test.each([
    ["too short", "abcdefghijklmnopqrstuvw"],
    ["of too few different characters", "abcdefghi".repeat(4)],
    ["too long", "abcdefghijklm".repeat(10)],
    ["with a blank inside", "a key with blanks in it"],
    ["with a comma", "a-key-with-a-comma,in-it"],
    ["not ASCII", "ein-schlüssel-von-früher"],
    ["in the generated format with a wrong check", "ACME-00000-00000-00000-00000-00001"],
  ])("that is %s is a 400 that names the field, and issues nothing", async (_what, key) => {
    const count = sql`select count(*)::int as licenses from licensing."License"`;
    const before = await service.owner.read(count);
    const answer = await issueWith(key);
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, "/key"]);
    expect(await service.owner.read(count)).toEqual(before);
  });

  test("belongs to one license only, also after it was rotated out or its license revoked", async () => {
    const key = "a-key-that-goes-round-0001";
    const { body } = await issueWith(key);
    const taken = async () => {
      const answer = await issueWith(key);
      expect([answer.status, answer.body.code]).toEqual([409, "key-taken"]);
    };
    await taken();
    await rotate(`${base}/licenses/${body.license.id}`);
    await taken();
    await call("POST", `${base}/licenses/${body.license.id}/revoke`);
    await taken();
    expect(await byBody(key)).toBe("NOT_FOUND");
  });
});

describe("rotating a key", () => {
  test("without an overlap: only the new key works, and of the license only its hint and sequence change", async () => {
    const { key, at, licenseId } = await issueLicense(service, policy);
    const before = (await call("GET", at)).body;
    const answer = await rotate(at, { reason: "leaked" });
    expect(answer.status).toBe(200);
    const fresh = String(answer.body.key);
    expect(fresh).toMatch(/^ACME-/);
    expect([await byHeader(key), await byBody(key), await byHeader(fresh), await byBody(fresh)]).toEqual([401, "NOT_FOUND", 200, "VALID"]);
    expect(answer.body.license).toEqual({ ...before, keyHint: `…${fresh.slice(-5)}`, sequence: 2, updatedAt: clock.now().toISOString() });
    const { events } = await evidence(service, licenseId);
    expect(told(events)).toEqual(["created", "updated (leaked)"]);
    expect(events[1]?.changes).toEqual({ keyHint: [before.keyHint, `…${fresh.slice(-5)}`] });
  });

  test("with an overlap: both keys work to its last millisecond, then only the new one", async () => {
    const { key, at } = await issueLicense(service, policy);
    const fresh = String((await rotate(at, { overlapSeconds: 3_600 })).body.key);
    clock.advance(3_600 - 0.001);
    expect([await byHeader(key), await byBody(key), await byHeader(fresh), await byBody(fresh)]).toEqual([200, "VALID", 200, "VALID"]);
    clock.advance(0.001);
    expect([await byHeader(key), await byBody(key), await byHeader(fresh), await byBody(fresh)]).toEqual([401, "NOT_FOUND", 200, "VALID"]);
  });

  test("again ends the overlap of the key before: at most two keys work at a time", async () => {
    const { key, at } = await issueLicense(service, policy);
    const second = String((await rotate(at, { overlapSeconds: 3_600 })).body.key);
    const third = String((await rotate(at, { overlapSeconds: 3_600 })).body.key);
    expect([await byBody(key), await byBody(second), await byBody(third)]).toEqual(["NOT_FOUND", "VALID", "VALID"]);
    const fourth = String((await rotate(at)).body.key);
    expect([await byBody(second), await byBody(third), await byBody(fourth)]).toEqual(["NOT_FOUND", "NOT_FOUND", "VALID"]);
  });

  test("keeps the seats, and uses the policy's present prefix", async () => {
    const own = await createPolicy(service, { keyPrefix: "OLD" });
    const { licenseId, at } = await issueLicense(service, own);
    await call("POST", `${base}/activations`, { body: { licenseId, fingerprint: "machine-0001" } });
    await call("PATCH", `${base}/policies/${own}`, { body: { keyPrefix: "NEW" } });
    const answer = await rotate(at);
    expect(answer.body.key).toMatch(/^NEW-/);
    expect(answer.body.license.seatsUsed).toBe(1);
  });

  test.each([["SUSPENDED", "suspend", 200], ["REVOKED", "revoke", 409]])("of a %s license, after %s, is answered %i", async (_status, verb, expected) => {
    const { key, at } = await issueLicense(service, policy);
    await call("POST", `${at}/${verb}`);
    expect((await rotate(at)).status).toBe(expected);
    expect(await byHeader(key)).toBe(expected === 200 ? 401 : 200);
  });

  test("by two callers at once leaves one working key, the one of the later commit", async () => {
    const { at } = await issueLicense(service, policy);
    const answers = await Promise.all(Array.from({ length: 6 }, () => rotate(at)));
    const working = await Promise.all(answers.map(async ({ body }) => ((await byBody(body.key)) === "VALID" ? Number(body.license.sequence) : 0)));
    expect(working.filter((sequence) => sequence > 0)).toEqual([Math.max(...answers.map(({ body }) => Number(body.license.sequence)))]);
  });

  test.each([[-1], [2_592_001], [1.5], ["3600"]])("with an overlap of %j is 400", async (overlapSeconds) => {
    const { at } = await issueLicense(service, policy);
    expect((await rotate(at, { overlapSeconds })).status).toBe(400);
  });
});

describe("a key is shown once", () => {
  test("in the answer to the call that made it, and in no other answer, event, certificate or log line", async () => {
    const license = await issueLicense(service, policy, { name: "Keyless" });
    const fresh = String((await rotate(license.at, { overlapSeconds: 60 })).body.key);
    const answers = await Promise.all([
      call("GET", license.at),
      call("GET", `${base}/licenses?limit=100`),
      call("GET", `${license.at}/events`),
      call("GET", `${license.at}/certificate`, { headers: { accept: "application/x-license-file" } }),
      call("PATCH", license.at, { body: { name: "Still keyless" } }),
      call("POST", `${license.at}/suspend`),
      call("POST", `${base}/licenses/validate`, { body: { key: fresh } }),
      call("POST", `${base}/activations`, { body: { key: fresh, fingerprint: "machine-0001" } }),
    ]);
    const shown = [...answers.map(({ text }) => text), ...service.printed].join("\n");
    for (const key of [license.key, fresh]) expect(shown.includes(key) || shown.includes(key.replaceAll("-", ""))).toBe(false);
  });

  test("and is in the database only sealed, for a replay", async () => {
    const headers = { "idempotency-key": "issue-and-dump" };
    const body = { policy, holder: { type: "user", id: "ada" } };
    const issued = await call("POST", `${base}/licenses`, { body, headers });
    const rotated = await rotate(`${base}/licenses/${issued.body.license.id}`, { overlapSeconds: 60 }, { "idempotency-key": "rotate-and-dump" });
    const own = await issueWith("an-own-key-for-the-dump-0001");
    const dump = await everyRow();
    expect(dump).toContain(String(issued.body.license.id));
    for (const key of [issued.body.key, rotated.body.key, own.body.key] as string[]) {
      // Neither whole, nor without dashes, nor in part, nor as base64 or hex.
      const forms = [key, key.replaceAll("-", ""), key.slice(0, -6), Buffer.from(key).toString("base64").slice(0, 24), Buffer.from(key).toString("hex")];
      for (const form of forms) expect(dump.includes(form)).toBe(false);
    }
    const replayed = await call("POST", `${base}/licenses`, { body, headers });
    expect([replayed.status, replayed.body.key, replayed.headers.get("idempotent-replayed")]).toEqual([201, issued.body.key, "true"]);
  });

  test("and no other text finds its license: not the hint, the digest or another license's id", async () => {
    const { key, licenseId } = await issueLicense(service, policy);
    const [rows = []] = await service.owner.read(sql`select key_digest from licensing."License" where id = ${licenseId}::bigint`);
    for (const guess of [key.slice(-5), `…${key.slice(-5)}`, String(rows[0]?.["key_digest"]), licenseId]) expect(await byBody(guess)).toBe("NOT_FOUND");
  });
});

/** Every row of the schema's tables, as text. */
async function everyRow(): Promise<string> {
  const [tables = []] = await service.owner.read(sql`select table_name as name from information_schema.tables where table_schema = 'licensing'`);
  const names = tables.map((table) => String(table["name"]));
  expect(names).toEqual(expect.arrayContaining(["License", "LicenseKey", "LicenseEvent", "IdempotencyRecord", "Activation"]));
  const dumps = await Promise.all(
    names.map((name) => service.owner.read(sql`select coalesce(string_agg(to_jsonb(t)::text, E'\n'), '') as rows from licensing.${sql.identifier(name)} t`)),
  );
  return dumps.map(([rows = []]) => String(rows[0]?.["rows"])).join("\n");
}

describe("a key in a header", () => {
  test.each([
    ["blanks for dashes", (key: string) => key.replaceAll("-", " ")],
    ["quotation marks", (key: string) => `"${key}"`],
    ["en dashes", (key: string) => key.replaceAll("-", "–")],
    ["a comma behind and a bullet before", (key: string) => `• ${key},`],
    ["a label", (key: string) => `License key: ${key}.`],
    ["a mail address's scheme and percent-encoding", (key: string) => `mailto:${key.replaceAll("-", "%2D")}`],
    ["small letters and no dashes", (key: string) => key.replaceAll("-", "").toLowerCase()],
  ])("is read as tolerantly as in a body: %s", async (_, carry) => {
    const { key } = await issueLicense(service, await createPolicy(service));
    const carried = Buffer.from(carry(key), "utf8").toString("latin1");
    const answer = await call("POST", `${base}/licenses/validate`, { authorization: `License ${carried}` });
    expect([answer.status, answer.body.code]).toEqual([200, "VALID"]);
  });
});
