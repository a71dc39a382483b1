import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { createPolicy } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import { evidence, told } from "../support/witness.ts";

const service = await startService({ now: "2027-03-01T09:00:00.000Z" });
const { call, clock } = service;

let holders = 0;
const someone = () => ({ type: "user", id: `someone-${(holders += 1)}` });
const issue = (holder: object, policy = "free-trial", rest: object = {}) => call("POST", `${base}/licenses`, { body: { policy, holder, ...rest } });

const refusal = async (answer: ReturnType<typeof call>) => {
  const { status, body } = await answer;
  return [status, body.code];
};
const alreadyUsed = [409, "trial-already-used"];

describe("the free trial", () => {
  test("is there from the start: fourteen days, one machine, keys that say so", async () => {
    const answer = await issue(someone());
    expect(answer.status).toBe(201);
    expect(answer.body.license).toMatchObject({ policy: "free-trial", activationLimit: 1, expiresAt: "2027-03-15T09:00:00.000Z" });
    expect(answer.body.key).toMatch(/^TRIAL-/);
  });

  test("is had once per holder, and a refusal leaves nothing behind", async () => {
    const holder = someone();
    expect((await issue(holder)).status).toBe(201);
    const counted = sql`select (select count(*) from licensing."License")::int as licenses, (select count(*) from licensing."LicenseKey")::int as keys,
      (select count(*) from licensing."LicenseEvent")::int as events, (select count(*) from licensing."TrialLedger")::int as trials`;
    const before = await service.owner.read(counted);
    expect(await refusal(issue(holder))).toEqual(alreadyUsed);
    expect(await refusal(issue(holder, "free-trial", { name: "Another name", expiresAt: "2027-04-01T00:00:00Z" }))).toEqual(alreadyUsed);
    expect(await service.owner.read(counted)).toEqual(before);
  });

  test.each(["\u200b", "\u00ad", "\u2060", "\ufeff", "\u180e", "\u034f", "\ufe0f", "\u{e0041}"])("is not had again by an invisible character in the holder's id", async (invisible) => {
    const { type, id } = someone();
    expect((await issue({ type, id })).status).toBe(201);
    for (const disguised of [`${invisible}${id}`, `${id}${invisible}`, `${id.slice(0, 3)}${invisible}${id.slice(3)}`]) {
      expect(await refusal(issue({ type, id: disguised }))).toEqual(alreadyUsed);
    }
  });

  test.each(["suspend", "revoke"])("stays used after %s", async (verb) => {
    const holder = someone();
    const { body } = await issue(holder);
    await call("POST", `${base}/licenses/${body.license.id}/${verb}`);
    expect(await refusal(issue(holder))).toEqual(alreadyUsed);
  });

  test("stays used after it has run out", async () => {
    const holder = someone();
    await issue(holder);
    clock.advance(365 * 86_400);
    expect(await refusal(issue(holder))).toEqual(alreadyUsed);
  });

  test("stays used when the license has gone to somebody else, who may still have their own", async () => {
    const [giver, taker] = [someone(), someone()];
    const { body } = await issue(giver);
    expect((await call("PATCH", `${base}/licenses/${body.license.id}`, { body: { holder: taker } })).status).toBe(200);
    expect(await refusal(issue(giver))).toEqual(alreadyUsed);
    expect((await issue(taker)).status).toBe(201);
  });

  test("stays used when the license moves to a policy that is paid for", async () => {
    const holder = someone();
    const { body } = await issue(holder);
    const policy = await createPolicy(service);
    await call("PATCH", `${base}/licenses/${body.license.id}`, { body: { policy, resetExpiry: true } });
    expect(await refusal(issue(holder))).toEqual(alreadyUsed);
  });

  test("stays used when somebody with the database's keys deletes the license", async () => {
    const holder = someone();
    const { body } = await issue(holder);
    const id = sql`${body.license.id}::bigint`;
    await service.owner.write(
      sql`alter table licensing."LicenseEvent" disable trigger "LicenseEvent_append_only"`,
      sql`delete from licensing."LicenseEvent" where license_id = ${id}`,
      sql`alter table licensing."LicenseEvent" enable trigger "LicenseEvent_append_only"`,
      sql`delete from licensing."LicenseKey" where license_id = ${id}`,
      sql`delete from licensing."License" where id = ${id}`,
    );
    expect((await call("GET", `${base}/licenses/${body.license.id}`)).status).toBe(404);
    expect(await refusal(issue(holder))).toEqual(alreadyUsed);
  });
});

describe("having had one trial", () => {
  test("another holder has theirs: by id, and by type", async () => {
    const { id } = someone();
    expect((await issue({ type: "user", id })).status).toBe(201);
    expect((await issue({ type: "organization", id })).status).toBe(201);
    expect((await issue({ type: "user", id: `${id}x` })).status).toBe(201);
    expect((await issue({ type: "user", id: id.toUpperCase() })).status).toBe(201);
  });

  test("the same holder may have another trial policy's, and as many licenses of others as there are", async () => {
    const holder = someone();
    const [trial, paid] = [await createPolicy(service, { trial: true }), await createPolicy(service)];
    for (const policy of ["free-trial", trial, paid, paid]) expect((await issue(holder, policy)).status).toBe(201);
    expect(await refusal(issue(holder, trial))).toEqual(alreadyUsed);
  });

  test("a policy that stops being a trial is open to everybody, and one that becomes it counts from then on", async () => {
    const holder = someone();
    const policy = await createPolicy(service, { trial: true });
    await issue(holder, policy);
    await call("PATCH", `${base}/policies/${policy}`, { body: { trial: false } });
    expect((await issue(holder, policy)).status).toBe(201);
    await call("PATCH", `${base}/policies/${policy}`, { body: { trial: true } });
    expect(await refusal(issue(holder, policy))).toEqual(alreadyUsed);
    const newcomer = someone();
    expect((await issue(newcomer, policy)).status).toBe(201);
    expect(await refusal(issue(newcomer, policy))).toEqual(alreadyUsed);
  });

  test("one that could not be issued for another reason is not used up", async () => {
    const holder = someone();
    const key = "an-own-key-from-before-0001";
    expect((await issue(someone(), "free-trial", { key })).status).toBe(201);
    expect(await refusal(issue(holder, "free-trial", { key }))).toEqual([409, "key-taken"]);
    expect(await refusal(issue(holder, "free-trial", { expiresAt: "2020-01-01T00:00:00Z" }))).toEqual([400, "malformed-request"]);
    const answer = await issue(holder);
    expect(answer.status).toBe(201);
    expect(told((await evidence(service, answer.body.license.id)).events)).toEqual(["created"]);
  });
});
