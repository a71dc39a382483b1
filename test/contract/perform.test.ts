import { sql } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { emptyDetails } from "@licensing/core/license/details.ts";
import { activated } from "@licensing/core/lifecycle/events.ts";
import type { Change, Decision } from "@licensing/core/commit/decision.ts";
import { issue } from "@licensing/core/lifecycle/issue.ts";
import type { IssueInput } from "@licensing/core/lifecycle/issue.ts";
import { attemptsMax, perform, performIssue } from "@licensing/core/lifecycle/perform.store.ts";
import type { PerformCall, Performed, Verb } from "@licensing/core/lifecycle/perform.store.ts";
import type { LicenseKey } from "@licensing/core/access/license-key.ts";
import type { Snapshot } from "@licensing/core/lifecycle/snapshot.sql.ts";
import { DatabaseError } from "@licensing/core/platform/database-error.ts";
import { ProblemError } from "@licensing/core/problem/problem.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import type { IssuedLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import { evidence, told } from "../support/witness.ts";

/** The road of every change, with decisions whose guard fails, as if another change had come first. */
const start = "2027-03-01T09:00:00.000Z";
const service = await startService({ now: start });
const { clock, runtime } = service;
beforeEach(() => clock.set(start));
const policy = await createPolicy(service, { activationLimit: 2 });
const floating = await createPolicy(service, { activationLimit: 2, lease: "PT1H" });

const all: PerformCall = { caller: { actor: { type: "system", id: "a-test" }, scope: { kind: "all" } }, requestId: "a-road-of-the-test" };
let claims = 0;
const claimed = (): PerformCall => ({ ...all, idempotency: { principal: "system:a-test", route: "test", key: `key-${(claims += 1)}`, bodyHash: "0".repeat(64) } });

type Decide = (snapshot: Snapshot, attempt: number) => Change | "nothing";
type Outcome = { readonly attempts: number; readonly performed?: Performed; readonly problem?: object; readonly error?: DatabaseError };

/** Performs a change, and counts its decisions. */
async function take({ licenseId }: IssuedLicense, decide: Decide, { call = all, ...verb }: Partial<Verb> & { readonly call?: PerformCall } = {}): Promise<Outcome> {
  let attempts = 0;
  const decision = (snapshot: Snapshot): Decision => {
    const change = decide(snapshot, (attempts += 1));
    return change === "nothing" ? { kind: "nothing" } : { kind: "change", change };
  };
  try {
    const performed = await perform(runtime, call, { locator: { by: "id", named: licenseId }, absent: "license-not-found", ...verb, decide: decision });
    return { attempts, performed };
  } catch (error) {
    if (error instanceof ProblemError) return { attempts, problem: error.problem };
    if (error instanceof DatabaseError) return { attempts, error };
    throw error;
  }
}

const rename = ({ license }: Snapshot, sequence = license.sequence): Change => ({
  licenseId: license.id, guard: { kind: "none" }, atSequence: sequence, set: { name: "Renamed" }, releases: [], events: [{ type: "updated", reason: null, changes: {} }],
});
let minted = 7_000_000_000_000_000_000n;
const seatFor = (snapshot: Snapshot, fingerprint: string, id = String((minted += 1n))): Change => ({
  licenseId: snapshot.license.id, guard: { kind: "none" }, set: {}, releases: [], claim: { activationId: id, fingerprint, name: null, leaseUntil: null }, events: [activated({ id, fingerprint, name: null })],
});
const activate = ({ licenseId }: IssuedLicense, fingerprint: string) => service.call("POST", `${base}/activations`, { body: { licenseId, fingerprint } });
const trail = async ({ licenseId }: IssuedLicense) => told((await evidence(service, licenseId)).events);

describe("a commit whose guard doesn't hold", () => {
  test(`is decided again on a new snapshot, and given up after ${attemptsMax} attempts as license-contended with Retry-After`, async () => {
    const license = await issueLicense(service, policy);
    const lost = await take(license, (snapshot) => rename(snapshot, 99));
    expect(lost).toEqual({ attempts: attemptsMax, problem: { kind: "problem", code: "license-contended", retryAfterSeconds: 1 } });
    const last = await take(license, (snapshot, attempt) => rename(snapshot, attempt < attemptsMax ? 99 : undefined));
    expect([last.attempts, last.performed]).toMatchObject([attemptsMax, { kind: "committed", replayed: false, publication: { state: "published" } }]);
    expect(await trail(license)).toEqual(["created", "updated"]);
  });

  test("is decided again at a new instant, on another snapshot", async () => {
    const license = await issueLicense(service, policy);
    const seen: Snapshot[] = [];
    const { performed } = await take(license, (snapshot, attempt) => {
      seen.push(snapshot);
      clock.advance(1);
      return rename(snapshot, attempt === 1 ? 99 : undefined);
    });
    expect(seen[1]).not.toBe(seen[0]);
    expect(performed).toMatchObject({ committed: { at: new Date("2027-03-01T09:00:01.000Z") } });
  });

  test("is decided once on the caller's snapshot, and then on a new one", async () => {
    const license = await issueLicense(service, policy);
    const looks: Snapshot[] = [];
    const look = (snapshot: Snapshot) => (looks.push(snapshot), "nothing" as const);
    await take(license, look);
    const [given] = looks;
    await take(license, look, { seen: given });
    expect(looks[1]).toBe(given);
    await service.call("PATCH", license.at, { body: { name: "Meanwhile" } });
    const { attempts, performed } = await take(license, (snapshot) => rename(snapshot), { seen: given });
    expect([attempts, performed]).toMatchObject([2, { kind: "committed", committed: { license: { sequence: 3, name: "Renamed" } } }]);
  });
});

describe("a change that names a sequence", () => {
  const mismatch = (sequence: number) => ({ kind: "problem", code: "sequence-mismatch", detail: `The license is at sequence ${sequence}.` });

  test("is made at that sequence, and at another is sequence-mismatch without a decision", async () => {
    const license = await issueLicense(service, policy);
    for (const ifMatch of [0, 2]) expect(await take(license, (snapshot) => rename(snapshot), { call: { ...all, ifMatch: [ifMatch] } })).toEqual({ attempts: 0, problem: mismatch(1) });
    expect((await take(license, (snapshot) => rename(snapshot), { call: { ...all, ifMatch: [7, 1] } })).performed?.kind).toBe("committed");
  });

  test("is sequence-mismatch if it names only sequences that can't exist", async () => {
    const license = await issueLicense(service, policy);
    expect(await take(license, (snapshot) => rename(snapshot), { call: { ...all, ifMatch: [] } })).toEqual({ attempts: 0, problem: mismatch(1) });
  });

  test("is made if one of several sequences is the license's when it is decided", async () => {
    const license = await issueLicense(service, policy);
    const looks: Snapshot[] = [];
    await take(license, (snapshot) => (looks.push(snapshot), "nothing"));
    await service.call("PATCH", license.at, { body: { name: "Meanwhile" } });
    const { attempts, performed } = await take(license, (snapshot) => rename(snapshot), { call: { ...all, ifMatch: [1, 2] }, seen: looks[0] });
    expect([attempts, performed]).toMatchObject([2, { kind: "committed", committed: { license: { sequence: 3 } } }]);
  });

  test("is checked again by the commit, even if the change's guard would hold", async () => {
    const license = await issueLicense(service, policy);
    const looks: Snapshot[] = [];
    await take(license, (snapshot) => (looks.push(snapshot), "nothing"));
    await service.call("PATCH", license.at, { body: { name: "Meanwhile" } });
    const seat = (snapshot: Snapshot): Change => ({
      ...seatFor(snapshot, "machine-0001"), guard: { kind: "seat-free", fingerprint: "machine-0001", policyId: snapshot.license.policyId, lease: null, startsAt: new Date(start) },
    });
    const before = await evidence(service, license.licenseId);
    expect(await take(license, seat, { call: { ...all, ifMatch: [1] }, seen: looks[0] })).toEqual({ attempts: 1, problem: mismatch(2) });
    expect(await evidence(service, license.licenseId)).toEqual(before);
    expect((await take(license, seat, { seen: looks[0] })).attempts).toBe(1);
  });
});

describe("a change that a unique constraint refuses", () => {
  test("is key-taken if the key is taken, after one more snapshot if the call has an Idempotency-Key", async () => {
    const [license, other] = [await issueLicense(service, policy), await issueLicense(service, policy)];
    const [rows = []] = await service.owner.read(sql`select key_digest from licensing."License" where id = ${other.licenseId}::bigint`);
    const digest = String(rows[0]?.["key_digest"]);
    const rekey = (snapshot: Snapshot): Change => ({ ...rename(snapshot), set: { key_digest: digest }, newKeyDigest: digest });
    const problem = { kind: "problem", code: "key-taken" };
    expect(await take(license, rekey)).toEqual({ attempts: 1, problem });
    expect(await take(license, rekey, { call: claimed() })).toEqual({ attempts: 2, problem });
    expect(await trail(license)).toEqual(["created"]);
  });

  test("is decided again if another call gave the same machine a seat", async () => {
    const license = await issueLicense(service, policy);
    await activate(license, "machine-0001");
    const { attempts, performed } = await take(license, (snapshot, attempt) => (attempt === 1 ? seatFor(snapshot, "machine-0001") : "nothing"));
    expect([attempts, performed?.kind]).toEqual([2, "nothing"]);
  });

  test("is an error if no other call could have written the value", async () => {
    const license = await issueLicense(service, policy);
    const { body } = await activate(license, "machine-0001");
    const { attempts, error } = await take(license, (snapshot) => seatFor(snapshot, "machine-0002", String(body.activation.id)));
    expect([attempts, error?.kind, error?.constraint]).toEqual([1, "constraint", "Activation_pkey"]);
  });
});

test("a change that the database refuses for another reason is an error at once", async () => {
  const license = await issueLicense(service, policy);
  const { attempts, error } = await take(license, (snapshot) => ({ ...rename(snapshot), set: { anchor_at: "never" } }));
  expect([attempts, error?.kind]).toEqual([1, "bug"]);
  expect(await trail(license)).toEqual(["created"]);
});

describe("a decision that nothing is to be done", () => {
  test("writes nothing, and answers the snapshot and its instant", async () => {
    const license = await issueLicense(service, policy);
    const before = await evidence(service, license.licenseId);
    const { performed } = await take(license, () => "nothing");
    expect(performed).toMatchObject({ kind: "nothing", at: new Date(start), seen: { license: { id: license.licenseId } } });
    expect(await evidence(service, license.licenseId)).toEqual(before);
  });

  test("is stored for an Idempotency-Key, with the live seat of the fingerprint, and nothing else is written", async () => {
    const license = await issueLicense(service, floating);
    const { body } = await activate(license, "machine-0001");
    const before = await evidence(service, license.licenseId);
    const call = claimed();
    const ask = (fingerprint: string, by: PerformCall) => take(license, () => "nothing", { call: by, fingerprint });
    const { performed } = await ask("machine-0001", call);
    expect(performed).toMatchObject({ kind: "committed", replayed: false, publication: undefined, committed: { seat: { id: body.activation.id }, events: [], extra: {} } });
    expect(await ask("machine-0001", call)).toMatchObject({ attempts: 0, performed: { kind: "committed", replayed: true, committed: { seat: { id: body.activation.id } } } });
    expect((await ask("machine-0002", claimed())).performed).toMatchObject({ kind: "committed", committed: { seat: undefined } });
    clock.advance(3_600);
    expect((await ask("machine-0001", claimed())).performed).toMatchObject({ kind: "committed", committed: { seat: undefined } });
    clock.set(start);
    expect(await evidence(service, license.licenseId)).toEqual(before);
  });
});

describe("a license or policy that doesn't exist", () => {
  const nobody: IssuedLicense = { licenseId: "1", policyId: "1", key: "", at: "" };
  test("is the verb's own not-found problem, without a decision", async () => {
    expect(await take(nobody, (snapshot) => rename(snapshot))).toEqual({ attempts: 0, problem: { kind: "problem", code: "license-not-found" } });
    expect(await take(nobody, (snapshot) => rename(snapshot), { call: claimed(), absent: "activation-not-found" })).toEqual({
      attempts: 0, problem: { kind: "problem", code: "activation-not-found" },
    });
  });

  test("is policy-not-found at issue", async () => {
    for (const call of [all, claimed()]) {
      const issued = performIssue(runtime, call, { policy: "no-such-policy", decide: () => ({ kind: "problem", code: "internal" }) });
      await expect(issued).rejects.toMatchObject({ problem: { code: "policy-not-found" } });
    }
  });
});

test("a policy that is retired while a license is issued from it gives none", async () => {
  const code = await createPolicy(service);
  expect((await service.call("DELETE", `${base}/policies/${code}`)).status).toBeLessThan(300);
  let attempts = 0;
  const input: IssueInput = {
    ...emptyDetails, holder: { type: "user", id: "ada" }, features: undefined, activationLimit: undefined, startsAt: undefined, expiresAt: undefined,
    key: "LIC-00000-00000-00000-00000-00000" as LicenseKey, keyDigest: "0".repeat(64), sealedKey: "",
  };
  const issued = performIssue(runtime, all, {
    policy: code,
    decide: (seen, moment) => {
      attempts += 1;
      return issue({ ...seen, policy: { ...seen.policy, retiredAt: null } }, input, moment);
    },
  });
  await expect(issued).rejects.toMatchObject({ problem: { code: "license-contended" } });
  expect(attempts).toBe(attemptsMax);
});

test("an Idempotency-Key is free for another call after its day, both for issuing and for changing a license", async () => {
  const send = (path: string, body: object) => service.call("POST", path, { body, headers: { "idempotency-key": "once-a-day" } });
  const issue = (id: string) => send(`${base}/licenses`, { policy, holder: { type: "user", id } });
  const first = await issue("ada");
  expect((await issue("eve")).body.code).toBe("idempotency-mismatch");
  const at = `${base}/licenses/${first.body.license.id}`;
  expect((await send(`${at}/suspend`, {})).status).toBe(200);
  clock.advance(86_400);
  const second = await issue("eve");
  expect([second.status, second.body.license?.holder?.id]).toEqual([201, "eve"]);
  expect((await send(`${at}/suspend`, {})).body.code).toBe("license-suspended");
  await service.call("POST", `${at}/reinstate`, { body: {} });
  expect((await send(`${at}/suspend`, { reason: "another" })).status).toBe(200);
});
