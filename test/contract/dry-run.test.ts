import { sql } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import type { CallOptions } from "../support/service.ts";
import { base, startService } from "../support/service.ts";

const service = await startService({ now: "2026-03-01T00:00:00.000Z" });

type License = { readonly id: string; readonly key: string };

async function issue(policy: string): Promise<License> {
  const { status, body } = await service.call("POST", `${base}/licenses`, { body: { policy, holder: { type: "user", id: "ada" } } });
  expect(status).toBe(201);
  return { id: body.license.id, key: body.key };
}

const validate = (query: string, body: object, options: CallOptions = {}) => service.call("POST", `${base}/licenses/validate${query}`, { body, ...options });
const bearer = async (...args: Parameters<typeof service.token>): Promise<CallOptions> => ({ authorization: `Bearer ${await service.token(...args)}` });

/** Every row that a validation could change, as text. */
async function stored(): Promise<string> {
  const tables = ["License", "Activation", "LicenseEvent", "IdempotencyRecord", "TrialMachine", "LicenseKey", "Usage"];
  const rows = await Promise.all(tables.map(async (table) => service.owner.read(sql`select to_jsonb(t) as row from licensing.${sql.identifier(table)} t order by to_jsonb(t)::text`)));
  return JSON.stringify(rows);
}

beforeAll(async () => {
  for (const body of [
    { code: "two-seats", name: "Two seats", activationLimit: 2, duration: "P1M", features: { sso: true } },
    { code: "floating", name: "Floating", activationLimit: 1, lease: "PT1H" },
    { code: "strict", name: "Strict", fingerprintRequired: true },
  ]) expect((await service.call("POST", `${base}/policies`, { body })).status).toBe(201);
});

describe("a dry run of a validation", () => {
  test("gives the answer of the validation and writes nothing, also not under an Idempotency-Key", async () => {
    const { id } = await issue("two-seats");
    await validate("", { licenseId: id, fingerprint: "machine-held" });
    service.clock.advance(3_600);
    const before = await stored();
    const questions = [
      {}, { fingerprint: "machine-held" }, { fingerprint: "machine-new1" }, { fingerprint: "machine-new1", activate: false }, { features: ["sso"] }, { features: ["none"] },
      { fingerprint: "machine-held", nonce: "a-nonce-of-a-caller" },
    ];
    for (const question of questions) {
      const { status, body } = await validate("?dryRun=true", { licenseId: id, ...question }, { headers: { "idempotency-key": `key-${JSON.stringify(question).length}` } });
      expect([status, body.seats]).toEqual([200, { used: 1, limit: 2 }]);
      expect(await stored()).toBe(before);
      expect(body.activation?.created ?? false).toBe(false);
    }
    const told = await validate("?dryRun=true", { licenseId: id, fingerprint: "machine-new1" });
    expect(told.body).toMatchObject({ valid: true, code: "VALID" });
    expect(told.body).not.toHaveProperty("activation");
    const done = await validate("", { licenseId: id, fingerprint: "machine-new1" });
    expect([done.body.code, done.body.checks]).toEqual([told.body.code, told.body.checks]);
    expect(done.body.activation.created).toBe(true);
  });

  test("answers each code of a validation", async () => {
    const code = async (body: object) => (await validate("?dryRun=true", body)).body.code;
    const [full, strict, ended] = [await issue("floating"), await issue("strict"), await issue("two-seats")];
    await validate("", { licenseId: full.id, fingerprint: "machine-of-full" });
    expect(await code({ licenseId: full.id, fingerprint: "machine-other" })).toBe("ACTIVATION_LIMIT_REACHED");
    expect(await code({ licenseId: full.id, fingerprint: "machine-other", activate: false })).toBe("NOT_ACTIVATED");
    expect(await code({ licenseId: strict.id })).toBe("FINGERPRINT_REQUIRED");
    expect(await code({ licenseId: ended.id, features: ["none"] })).toBe("FEATURES_MISSING");
    await service.call("POST", `${base}/licenses/${ended.id}/suspend`);
    expect(await code({ key: ended.key, fingerprint: "machine-other" })).toBe("SUSPENDED");
    await service.call("POST", `${base}/licenses/${ended.id}/revoke`);
    expect(await code({ licenseId: ended.id })).toBe("REVOKED");
    expect(await code({ licenseId: "4" })).toBe("NOT_FOUND");
  });

  test("shows no seat whose lease has run out, and extends none that is held", async () => {
    const { id } = await issue("floating");
    const { body: taken } = await validate("", { licenseId: id, fingerprint: "machine-lease" });
    service.clock.advance(45 * 60);
    const held = await validate("?dryRun=true", { licenseId: id, fingerprint: "machine-lease" });
    expect(held.body.activation).toEqual({ ...taken.activation, created: false });
    service.clock.advance(30 * 60);
    const over = await validate("?dryRun=true", { licenseId: id, fingerprint: "machine-lease" });
    expect([over.body.code, over.body.seats.used, over.body.activation]).toEqual(["VALID", 0, undefined]);
  });

  test("requires license:read, unlike a validation, and is limited to the caller's scope", async () => {
    const { id, key } = await issue("two-seats");
    const other = await issue("two-seats");
    const asked = async (query: string, options: CallOptions) => {
      const { status, body } = await validate(query, { licenseId: id }, options);
      return body.code === undefined || status !== 200 ? status : body.code;
    };
    expect(await asked("", await bearer("auditor"))).toBe(403);
    expect(await asked("?dryRun=true", await bearer("auditor"))).toBe("VALID");
    expect(await asked("", await bearer(null, "ada"))).toBe(403);
    expect(await asked("?dryRun=true", await bearer(null, "ada"))).toBe("VALID");
    expect(await asked("?dryRun=true", await bearer(null, "eve"))).toBe("NOT_FOUND");
    expect(await asked("?dryRun=true", { authorization: `License ${key}` })).toBe("VALID");
    expect(await asked("?dryRun=true", { authorization: `License ${other.key}` })).toBe(404);
    expect(await asked("?dryRun=true", { authorization: null })).toBe(401);
    for (const query of ["?dryRun=false", "?dryRun=TRUE", "?dryrun=true", "?dryRun=true&dryRun=true"]) expect([query, await asked(query, await bearer("auditor"))]).toEqual([query, 403]);
  });

  test.each(["dryRun=yes", "dryRun=", "dryRun=true&dryRun=true", "dryrun=true"])("the query %s is refused", async (query) => {
    expect((await validate(`?${query}`, { licenseId: "4" })).status).toBe(400);
  });
});
