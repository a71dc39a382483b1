import { createCipheriv, hkdfSync } from "node:crypto";
import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import type { SQL } from "drizzle-orm";
import { issueLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import type { Answer } from "../support/service.ts";

/** A replay shows a secret again, from the row that keeps the answer. The attacker can write to the database and copies such rows. */
const service = await startService();
const { call, owner, token } = service;

let keys = 0;
const freshKey = () => `sealed-${(keys += 1)}`;
type By = { readonly key: string; readonly authorization?: string };

const body = { policy: "free-trial", holder: { type: "user", id: "ada" } };
const issue = ({ key, authorization }: By, id = key) =>
  call("POST", `${base}/licenses`, { body: { ...body, holder: { type: "user", id } }, headers: { "idempotency-key": key }, ...(authorization === undefined ? {} : { authorization }) });
const makeCredential = ({ key }: By) =>
  call("POST", `${base}/credentials`, { body: { name: "billing", roles: ["licensing-service"] }, headers: { "idempotency-key": key } });

/** Copies a row's document and body digest to another row, so that only the seal can refuse it. */
async function copy(from: SQL, to: SQL): Promise<void> {
  const [rows = []] = await owner.write(sql`update licensing."IdempotencyRecord" r set document = f.document, body_hash = f.body_hash
    from (select * from licensing."IdempotencyRecord" where ${from}) f where ${to} returning r.key`);
  expect(rows).toHaveLength(1);
}
const row = (key: string) => sql`key = ${key}`;
const target = (key: string) => sql`r.key = ${key}`;
const replayOf = (answer: Answer) => ({ replayed: answer.headers.get("idempotent-replayed"), key: answer.body.key as unknown });

describe("a row with a stored answer", () => {
  test("shows its secret to a repeated request: a license key, a rotated one, a credential's secret", async () => {
    const key = freshKey();
    const issued = await issue({ key });
    expect(replayOf(await issue({ key }))).toEqual({ replayed: "true", key: issued.body.key });
    const rotate = (by: string) => call("POST", `${base}/licenses/${String(issued.body.license.id)}/rotate-key`, { headers: { "idempotency-key": by } });
    const again = freshKey();
    const rotated = await rotate(again);
    expect(replayOf(await rotate(again))).toEqual({ replayed: "true", key: rotated.body.key });
    const made = await makeCredential({ key });
    expect((await makeCredential({ key })).body).toEqual(made.body);
  });

  test("shows no secret if it is copied under another Idempotency-Key of the same caller", async () => {
    const [kept, own] = [freshKey(), freshKey()];
    await issue({ key: kept });
    await issue({ key: own });
    await copy(row(kept), target(own));
    expect(replayOf(await issue({ key: own }, kept))).toEqual({ replayed: "true", key: undefined });
  });

  test("shows no secret if it is copied under another principal", async () => {
    const key = freshKey();
    const [ada, eve] = [`Bearer ${await token("operator", "ada")}`, `Bearer ${await token("operator", "eve")}`];
    await issue({ key, authorization: ada });
    await issue({ key, authorization: eve }, "another");
    await copy(sql`key = ${key} and principal = 'user:ada'`, sql`r.key = ${key} and r.principal = 'user:eve'`);
    expect(replayOf(await issue({ key, authorization: eve }))).toEqual({ replayed: "true", key: undefined });
  });

  test("shows no secret if it is copied under another route", async () => {
    const key = freshKey();
    const { licenseId } = await issueLicense(service, "free-trial");
    await issue({ key });
    const rotate = () => call("POST", `${base}/licenses/${licenseId}/rotate-key`, { headers: { "idempotency-key": key } });
    await rotate();
    await owner.write(sql`update licensing."IdempotencyRecord" r set document = f.document
      from (select * from licensing."IdempotencyRecord" where key = ${key} and route like '%/licenses') f where r.key = ${key} and r.route like '%rotate-key'`);
    expect(replayOf(await rotate())).toEqual({ replayed: "true", key: undefined });
  });
});

describe("a secret that was sealed before seals were bound to their row", () => {
  /** A seal as the previous release made it: one key for every purpose, and not bound to its row. */
  function sealAsBefore(text: string): string {
    const vaultKey = Buffer.from(hkdfSync("sha256", service.runtime.keyPepper, "", "licensing/vault/v1", 32));
    const iv = service.runtime.random(12);
    const cipher = createCipheriv("aes-256-gcm", vaultKey, iv, { authTagLength: 16 });
    return Buffer.concat([iv, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]).toString("base64url");
  }
  async function withOldSeal(): Promise<{ readonly key: string; readonly licenseKey: string }> {
    const key = freshKey();
    const { body: issued } = await issue({ key });
    await owner.write(sql`update licensing."IdempotencyRecord" set document = jsonb_set(document, '{extra,sealedKey}', to_jsonb(${sealAsBefore(String(issued.key))}::text)) where key = ${key}`);
    return { key, licenseKey: String(issued.key) };
  }
  const end = (at: SQL) => owner.write(sql`create or replace function licensing.old_seals_until() returns timestamptz language sql stable return ${at}`);

  test("opens for the day that its row lives, and, as a control, also in a row that it was copied to", async () => {
    const { key, licenseKey } = await withOldSeal();
    expect(replayOf(await issue({ key }))).toEqual({ replayed: "true", key: licenseKey });
    const other = freshKey();
    await issue({ key: other });
    await copy(row(key), target(other));
    expect(replayOf(await issue({ key: other }, key))).toEqual({ replayed: "true", key: licenseKey });
  });

  test("opens in no row after that day, whose end the application's role can't move", async () => {
    const { key } = await withOldSeal();
    await expect(service.runtime.database.write(sql`create or replace function licensing.old_seals_until() returns timestamptz language sql stable return now()`)).rejects.toThrow("database");
    await end(sql`now()`);
    expect(replayOf(await issue({ key }))).toEqual({ replayed: "true", key: undefined });
  });
});
