import { describe, expect, test } from "vitest";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import type { IssuedLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import { evidence, told, trailFaults } from "../support/witness.ts";

const service = await startService({ now: "2027-03-01T09:00:00.000Z" });
const { call, clock } = service;

const seconds = (count: number) => new Date(clock.now().getTime() + count * 1_000).toISOString();

const take = (license: IssuedLicense, fingerprint: string, rest: object = {}) =>
  call("POST", `${base}/activations`, { body: { licenseId: license.licenseId, fingerprint, ...rest } });

/** A license whose seats are all taken, a minute apart: machine-0001 is idle the longest. */
async function fullLicense(limit: number, terms: Readonly<Record<string, unknown>> = {}) {
  const policy = await createPolicy(service, { duration: "P10Y", activationLimit: limit, ...terms });
  const license = await issueLicense(service, policy);
  const ids: string[] = [];
  for (let seat = 1; seat <= limit; seat += 1) {
    const answer = await take(license, `machine-000${seat}`, { name: `Machine ${seat}` });
    ids.push(String(answer.body.activation.id));
    clock.advance(60);
  }
  return { license, policy, ids };
}

const openFingerprints = async ({ licenseId }: IssuedLicense) =>
  (await evidence(service, licenseId)).seats.filter((seat) => seat["deactivated_at"] === null).map((seat) => seat["fingerprint"]);

describe("a full license with on-full reject", () => {
  test("answers 409 with the masked holders of its seats and their last-seen times, and changes nothing", async () => {
    const { license, ids } = await fullLicense(2);
    const before = await evidence(service, license.licenseId);
    const answer = await take(license, "machine-0009");
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({
      code: "activation-limit-reached",
      seats: { used: 2, limit: 2 },
      holders: [
        { activationId: ids[0], fingerprint: "ma…0001", name: "Machine 1", lastSeenAt: seconds(-120) },
        { activationId: ids[1], fingerprint: "ma…0002", name: "Machine 2", lastSeenAt: seconds(-60) },
      ],
    });
    expect(answer.text).not.toContain("machine-0001");
    expect(await evidence(service, license.licenseId)).toEqual(before);
  });

  test("answers a validation with ACTIVATION_LIMIT_REACHED and the same count, and writes no event", async () => {
    const { license } = await fullLicense(2);
    const before = await evidence(service, license.licenseId);
    const answer = await call("POST", `${base}/licenses/validate`, { body: { licenseId: license.licenseId, fingerprint: "machine-0009" } });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ valid: false, code: "ACTIVATION_LIMIT_REACHED", seats: { used: 2, limit: 2 } });
    expect(answer.body.activation).toBeUndefined();
    expect(await evidence(service, license.licenseId)).toEqual(before);
  });

  test("still answers machines that hold a seat", async () => {
    const { license, ids } = await fullLicense(2);
    const again = await take(license, "machine-0002", { name: "Another name" });
    expect([again.status, again.body.activation.id]).toEqual([200, ids[1]]);
    expect(again.body.activation.name).toBe("Machine 2");
    const answer = await call("POST", `${base}/licenses/validate`, { body: { licenseId: license.licenseId, fingerprint: "machine-0001" } });
    expect(answer.body).toMatchObject({ valid: true, code: "VALID", activation: { id: ids[0], created: false } });
  });

  test("gives a seat again once one was freed", async () => {
    const { license, ids } = await fullLicense(2);
    await call("DELETE", `${base}/activations/${ids[0]}`);
    const answer = await take(license, "machine-0009");
    expect(answer.status).toBe(201);
    expect(answer.body.license.seatsUsed).toBe(2);
    expect(told((await evidence(service, license.licenseId)).events)).toEqual(["created", "activated", "activated", "deactivated", "activated"]);
  });

  test("is never full without a limit", async () => {
    const license = await issueLicense(service, await createPolicy(service, { activationLimit: null }));
    const answers = await Promise.all(Array.from({ length: 25 }, (_, machine) => take(license, `machine-${1_000 + machine}`)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    const answer = await call("POST", `${base}/licenses/validate`, { body: { licenseId: license.licenseId } });
    expect(answer.body.seats).toEqual({ used: 25, limit: null });
  });
});

describe("a full license with on-full evict-oldest-idle", () => {
  const evicting = { onFull: "evict-oldest-idle", minimumIdle: "PT10M" } as const;

  test("frees the seat that is idle the longest, in the commit that takes it", async () => {
    const { license, ids } = await fullLicense(3, evicting);
    clock.advance(600);
    const answer = await take(license, "machine-0009");
    expect(answer.status).toBe(201);
    expect(answer.body.license.seatsUsed).toBe(3);
    const found = await evidence(service, license.licenseId);
    expect(told(found.events).slice(4)).toEqual(["deactivated (evicted)", "activated"]);
    expect(found.events[4]?.changes).toEqual({ activation: [{ id: ids[0], fingerprint: "machine-0001", name: "Machine 1" }, null] });
    expect(new Set(found.events.slice(4).map(({ created_at, request_id }) => `${created_at} ${request_id}`)).size).toBe(1);
    expect(trailFaults(found)).toEqual([]);
    expect(await openFingerprints(license)).toEqual(["machine-0002", "machine-0003", "machine-0009"]);
  });

  test.each([
    ["a heartbeat", (_license: IssuedLicense, id: string) => call("POST", `${base}/activations/${id}/heartbeat`)],
    ["a validation", (license: IssuedLicense) => call("POST", `${base}/licenses/validate`, { body: { licenseId: license.licenseId, fingerprint: "machine-0001" } })],
    ["taking the seat again", (license: IssuedLicense) => take(license, "machine-0001")],
  ])("counts %s as use of the seat, also if a long lease needs no extending", async (_what, hear) => {
    const { license, ids } = await fullLicense(2, { ...evicting, lease: "P30D" });
    clock.advance(600);
    await hear(license, ids[0] ?? "");
    expect((await take(license, "machine-0009")).status).toBe(201);
    expect(await openFingerprints(license)).toEqual(["machine-0001", "machine-0009"]);
  });

  test("evicts a seat from the instant at which it has been idle for minimumIdle, and not before", async () => {
    const { license } = await fullLicense(1, evicting);
    clock.advance(600 - 60 - 0.001);
    const refused = await take(license, "machine-0009");
    expect([refused.status, refused.body.code]).toEqual([409, "activation-limit-reached"]);
    expect(refused.body.holders).toHaveLength(1);
    clock.advance(0.001);
    expect((await take(license, "machine-0009")).status).toBe(201);
  });

  test("evicts at once if the policy has no minimumIdle", async () => {
    const { license } = await fullLicense(1, { ...evicting, minimumIdle: null });
    expect((await take(license, "machine-0008")).status).toBe(201);
    expect((await take(license, "machine-0009")).status).toBe(201);
    expect(await openFingerprints(license)).toEqual(["machine-0009"]);
  });

  test("takes a seat whose lease has run out before it evicts one", async () => {
    const { license } = await fullLicense(2, { ...evicting, minimumIdle: null, lease: "PT1H" });
    clock.advance(3_600 - 120);
    expect((await take(license, "machine-0009")).status).toBe(201);
    expect(told((await evidence(service, license.licenseId)).events).slice(3)).toEqual(["deactivated (lease-expired)", "activated"]);
  });

  test("evicts for a validation that takes a seat", async () => {
    const { license } = await fullLicense(1, evicting);
    clock.advance(600);
    const answer = await call("POST", `${base}/licenses/validate`, { body: { licenseId: license.licenseId, fingerprint: "machine-0009" } });
    expect(answer.body).toMatchObject({ valid: true, code: "VALID", activation: { created: true }, seats: { used: 1, limit: 1 } });
    expect(told((await evidence(service, license.licenseId)).events)).toEqual(["created", "activated", "deactivated (evicted)", "activated"]);
  });

  test("evicts nothing for a validation that fails for another reason", async () => {
    const { license } = await fullLicense(1, evicting);
    clock.advance(600);
    const before = await evidence(service, license.licenseId);
    const body = { licenseId: license.licenseId, fingerprint: "machine-0009", features: ["sso"] };
    expect((await call("POST", `${base}/licenses/validate`, { body })).body.code).toBe("FEATURES_MISSING");
    expect(await evidence(service, license.licenseId)).toEqual(before);
  });
});

describe("replace", () => {
  test("frees one seat for another, in one commit, the release first", async () => {
    const { license, ids } = await fullLicense(2);
    const answer = await take(license, "machine-0009", { replace: ids[1] });
    expect(answer.status).toBe(201);
    const found = await evidence(service, license.licenseId);
    expect(told(found.events).slice(3)).toEqual(["deactivated (replaced)", "activated"]);
    expect(found.events[3]?.changes).toEqual({ activation: [{ id: ids[1], fingerprint: "machine-0002", name: "Machine 2" }, null] });
    expect(trailFaults(found)).toEqual([]);
    expect(await openFingerprints(license)).toEqual(["machine-0001", "machine-0009"]);
  });

  test("frees the named seat even if another one is free", async () => {
    const { license, ids } = await fullLicense(1);
    await call("PATCH", license.at, { body: { activationLimit: 5 } });
    expect((await take(license, "machine-0009", { replace: ids[0] })).status).toBe(201);
    expect(await openFingerprints(license)).toEqual(["machine-0009"]);
  });

  test("of a seat that isn't this license's is activation-not-found, and nothing changes", async () => {
    const { license } = await fullLicense(1);
    const other = await fullLicense(1);
    const before = await Promise.all([license, other.license].map(({ licenseId }) => evidence(service, licenseId)));
    for (const replace of [other.ids[0], "1", "9223372036854775807"]) {
      const answer = await take(license, "machine-0009", { replace });
      expect([answer.status, answer.body.code]).toEqual([404, "activation-not-found"]);
    }
    expect(await Promise.all([license, other.license].map(({ licenseId }) => evidence(service, licenseId)))).toEqual(before);
  });

  test("of a seat that was already freed takes a free seat if there is one, and is 409 if there is none", async () => {
    const { license, ids } = await fullLicense(2);
    await call("DELETE", `${base}/activations/${ids[0]}`);
    expect((await take(license, "machine-0008", { replace: ids[0] })).status).toBe(201);
    const answer = await take(license, "machine-0009", { replace: ids[0] });
    expect([answer.status, answer.body.code]).toEqual([409, "activation-limit-reached"]);
  });

  test("for a machine that already has a seat frees none", async () => {
    const { license, ids } = await fullLicense(2);
    const answer = await take(license, "machine-0001", { replace: ids[1] });
    expect([answer.status, answer.body.activation.id]).toEqual([200, ids[0]]);
    expect(await openFingerprints(license)).toEqual(["machine-0001", "machine-0002"]);
  });

  test("of a seat that was already freed evicts no other seat instead", async () => {
    const { license, ids } = await fullLicense(2, { onFull: "evict-oldest-idle" });
    await call("DELETE", `${base}/activations/${ids[0]}`);
    await take(license, "machine-0008");
    expect((await take(license, "machine-0009", { replace: ids[0] })).status).toBe(409);
  });
});

describe("a limit below the seats in use", () => {
  test("set by PATCH is 409 with the holders, and nothing changes", async () => {
    const { license, ids } = await fullLicense(3);
    const before = await evidence(service, license.licenseId);
    const answer = await call("PATCH", license.at, { body: { activationLimit: 2, name: "Not this either" } });
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ code: "activation-limit-reached", seats: { used: 3, limit: 2 } });
    expect(answer.body.holders.map((holder: { activationId: string }) => holder.activationId)).toEqual(ids);
    expect(await evidence(service, license.licenseId)).toEqual(before);
    expect((await call("PATCH", license.at, { body: { activationLimit: 3 } })).status).toBe(200);
  });

  test("set by PATCH is accepted if enough of the seats have expired leases", async () => {
    const { license } = await fullLicense(3, { lease: "PT1H" });
    clock.advance(3_600 - 60);
    expect((await call("GET", license.at)).body.seatsUsed).toBe(0);
    expect((await call("PATCH", license.at, { body: { activationLimit: 1 } })).status).toBe(200);
    expect((await take(license, "machine-0008")).status).toBe(201);
    expect((await take(license, "machine-0009")).status).toBe(409);
  });

  /** A license with three seats in use, renewed on a policy that now gives one. */
  async function lowered(terms: Readonly<Record<string, unknown>>) {
    const made = await fullLicense(3, terms);
    await call("PATCH", `${base}/policies/${made.policy}`, { body: { activationLimit: 1 } });
    expect((await call("POST", `${made.license.at}/renew`)).body.license).toMatchObject({ activationLimit: 1, seatsUsed: 3 });
    return made;
  }

  test("from the policy takes no seat away, and gives no new one until there is room", async () => {
    const { license, ids } = await lowered({});
    expect((await take(license, "machine-0001")).status).toBe(200);
    for (const id of ids) {
      const answer = await take(license, "machine-0009");
      expect(answer.status).toBe(409);
      expect(answer.body.seats.limit).toBe(1);
      await call("DELETE", `${base}/activations/${id}`);
    }
    expect((await take(license, "machine-0009")).status).toBe(201);
  });

  test("from the policy leaves other members open to PATCH", async () => {
    const { license } = await lowered({});
    expect((await call("PATCH", license.at, { body: { name: "Still there" } })).status).toBe(200);
  });

  test("from the policy is met at the next activation by evicting as many seats as needed, oldest first", async () => {
    const { license } = await lowered({ onFull: "evict-oldest-idle" });
    const answer = await take(license, "machine-0009");
    expect(answer.status).toBe(201);
    expect(answer.body.license.seatsUsed).toBe(1);
    const found = await evidence(service, license.licenseId);
    expect(told(found.events).slice(-4)).toEqual([...Array<string>(3).fill("deactivated (evicted)"), "activated"]);
    expect(trailFaults(found)).toEqual([]);
  });
});
