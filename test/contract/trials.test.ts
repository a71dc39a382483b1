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
  test("is seeded: fourteen days, one machine, keys that begin with TRIAL", async () => {
    const answer = await issue(someone());
    expect(answer.status).toBe(201);
    expect(answer.body.license).toMatchObject({ policy: "free-trial", activationLimit: 1, expiresAt: "2027-03-15T09:00:00.000Z" });
    expect(answer.body.key).toMatch(/^TRIAL-/);
  });

  test("is given once per holder, and a refusal writes nothing", async () => {
    const holder = someone();
    expect((await issue(holder)).status).toBe(201);
    const counted = sql`select (select count(*) from licensing."License")::int as licenses, (select count(*) from licensing."LicenseKey")::int as keys,
      (select count(*) from licensing."LicenseEvent")::int as events, (select count(*) from licensing."TrialLedger")::int as trials`;
    const before = await service.owner.read(counted);
    expect(await refusal(issue(holder))).toEqual(alreadyUsed);
    expect(await refusal(issue(holder, "free-trial", { name: "Another name", expiresAt: "2027-04-01T00:00:00Z" }))).toEqual(alreadyUsed);
    expect(await service.owner.read(counted)).toEqual(before);
  });

  test.each(["\u200b", "\u00ad", "\u2060", "\ufeff", "\u180e", "\u034f", "\ufe0f", "\u{e0041}"])("is not given again for an invisible character in the holder's id", async (invisible) => {
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

  test("stays used after the license moved to another holder, and counts as used by that holder too", async () => {
    const [giver, taker] = [someone(), someone()];
    const { body } = await issue(giver);
    expect((await call("PATCH", `${base}/licenses/${body.license.id}`, { body: { holder: taker } })).status).toBe(200);
    expect(await refusal(issue(giver))).toEqual(alreadyUsed);
    expect(await refusal(issue(taker))).toEqual(alreadyUsed);
  });

  test("stays used after the license moved to a paid policy", async () => {
    const holder = someone();
    const { body } = await issue(holder);
    const policy = await createPolicy(service);
    await call("PATCH", `${base}/licenses/${body.license.id}`, { body: { policy, resetExpiry: true } });
    expect(await refusal(issue(holder))).toEqual(alreadyUsed);
  });

  test("stays used after the license is deleted in the database", async () => {
    const holder = someone();
    const { body } = await issue(holder);
    const id = sql`${body.license.id}::bigint`;
    await service.owner.write(
      sql`alter table licensing."LicenseEvent" disable trigger "LicenseEvent_append_only"`,
      sql`delete from licensing."LicenseEvent" where license_id = ${id}`,
      sql`alter table licensing."LicenseEvent" enable trigger "LicenseEvent_append_only"`,
      sql`delete from licensing."LicenseKey" where license_id = ${id}`,
      sql`delete from licensing."CertificateDue" where license_id = ${id}`,
      sql`delete from licensing."License" where id = ${id}`,
    );
    expect((await call("GET", `${base}/licenses/${body.license.id}`)).status).toBe(404);
    expect(await refusal(issue(holder))).toEqual(alreadyUsed);
  });
});

describe("a trial is given once by every verb:", () => {
  const take = (licenseId: string, fingerprint: string) => call("POST", `${base}/activations`, { body: { licenseId, fingerprint } });
  const change = (licenseId: string, body: object) => refusal(call("PATCH", `${base}/licenses/${licenseId}`, { body }));
  const issued = async (...args: Parameters<typeof issue>) => String((await issue(...args)).body.license.id);
  const changed = [200, undefined];

  test("a change to a trial policy uses the holder's trial, with or without resetExpiry, and is refused after the first", async () => {
    const [holder, paid, trial] = [someone(), await createPolicy(service), await createPolicy(service, { trial: true })];
    const [first, second] = [await issued(holder, paid), await issued(holder, paid)];
    expect(await change(first, { policy: trial, resetExpiry: true })).toEqual(changed);
    const before = await evidence(service, second);
    for (const resetExpiry of [true, false]) expect(await change(second, { policy: trial, resetExpiry })).toEqual(alreadyUsed);
    expect(await evidence(service, second)).toEqual(before);
    expect(await refusal(issue(holder, trial))).toEqual(alreadyUsed);
    // Leaving the trial and coming back on the same license uses it once.
    expect([await change(first, { policy: paid }), await change(first, { policy: trial })]).toEqual([changed, changed]);
  });

  test("a license that has had the trial doesn't begin it anew, neither in it nor after another policy; its dates may be set", async () => {
    const [paid, trial] = [await createPolicy(service), await createPolicy(service, { trial: true })];
    const licenseId = await issued(someone(), trial);
    const anew = { policy: trial, resetExpiry: true };
    clock.advance(1);
    const before = await evidence(service, licenseId);
    expect(await change(licenseId, anew)).toEqual(alreadyUsed);
    expect(await evidence(service, licenseId)).toEqual(before);
    expect([await change(licenseId, { policy: paid, resetExpiry: true }), await change(licenseId, anew)]).toEqual([changed, alreadyUsed]);
    expect([await change(licenseId, { policy: trial }), await change(licenseId, { expiresAt: "2030-01-01T00:00:00Z" })]).toEqual([changed, changed]);
  });

  test("a change of holder uses the new holder's trial, and is refused if it was used before", async () => {
    const [giver, taker, former, trial] = [someone(), someone(), someone(), await createPolicy(service, { trial: true })];
    const licenseId = await issued(giver, trial);
    await issued(former, trial);
    expect(await change(licenseId, { holder: former })).toEqual(alreadyUsed);
    expect(await change(licenseId, { holder: taker })).toEqual(changed);
    for (const holder of [giver, taker]) expect(await refusal(issue(holder, trial))).toEqual(alreadyUsed);
    expect(await change(licenseId, { holder: giver })).toEqual(changed);
  });

  test("a machine that used the trial gets no seat on another trial license, even after its seat was freed, and may return to its own", async () => {
    const trial = await createPolicy(service, { trial: true, activationLimit: 2 });
    const [own, other] = [await issued(someone(), trial), await issued(someone(), trial)];
    const seat = await take(own, "machine-0001");
    expect(seat.status).toBe(201);
    expect(await refusal(take(other, "machine-0001"))).toEqual(alreadyUsed);
    expect((await call("DELETE", `${base}/activations/${seat.body.activation.id}`)).status).toBe(204);
    expect(await refusal(take(other, "machine-0001"))).toEqual(alreadyUsed);
    const answer = await call("POST", `${base}/licenses/validate`, { body: { licenseId: other, fingerprint: "machine-0001" } });
    expect([answer.status, answer.body.valid, answer.body.code]).toEqual([200, false, "TRIAL_ALREADY_USED"]);
    expect((await take(other, "machine-0002")).status).toBe(201);
    expect((await take(own, "machine-0001")).status).toBe(201);
  });

  test("a change to a trial policy that a seated machine has used is refused, and uses no trial", async () => {
    const [paid, trial, holder] = [await createPolicy(service, { activationLimit: 2 }), await createPolicy(service, { trial: true, activationLimit: 2 }), someone()];
    await take(await issued(someone(), trial), "machine-0001");
    const licenseId = await issued(holder, paid);
    await take(licenseId, "machine-0001");
    expect(await change(licenseId, { policy: trial })).toEqual(alreadyUsed);
    expect((await issue(holder, trial)).status).toBe(201);
  });

  test("a trial license seats at most five machines in its life, also one after the other", async () => {
    const licenseId = await issued(someone(), await createPolicy(service, { trial: true, activationLimit: 1 }));
    const turns = [];
    for (let machine = 1; machine <= 6; machine += 1) {
      const answer = await take(licenseId, `machine-000${machine}`);
      turns.push([answer.status, answer.body.code]);
      if (answer.status === 201) await call("DELETE", `${base}/activations/${answer.body.activation.id}`);
    }
    expect(turns).toEqual([...Array<unknown>(5).fill([201, undefined]), alreadyUsed]);
    expect((await take(licenseId, "machine-0003")).status).toBe(201);
  });

  test("licenses of other policies are open to every machine", async () => {
    const paid = await createPolicy(service);
    for (const licenseId of [await issued(someone(), paid), await issued(someone(), paid)]) expect((await take(licenseId, "machine-0001")).status).toBe(201);
  });
});

describe("a used trial", () => {
  test("leaves other holders theirs, by id and by type", async () => {
    const { id } = someone();
    expect((await issue({ type: "user", id })).status).toBe(201);
    expect((await issue({ type: "organization", id })).status).toBe(201);
    expect((await issue({ type: "user", id: `${id}x` })).status).toBe(201);
    expect((await issue({ type: "user", id: id.toUpperCase() })).status).toBe(201);
  });

  test("leaves its holder the trials of other policies, and any number of paid licenses", async () => {
    const holder = someone();
    const [trial, paid] = [await createPolicy(service, { trial: true }), await createPolicy(service)];
    for (const policy of ["free-trial", trial, paid, paid]) expect((await issue(holder, policy)).status).toBe(201);
    expect(await refusal(issue(holder, trial))).toEqual(alreadyUsed);
  });

  test("doesn't count while its policy isn't a trial, and counts again once the policy is one", async () => {
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

  test("is only one that was issued: a refusal for another reason uses none", async () => {
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
