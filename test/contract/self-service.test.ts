import { describe, expect, test } from "vitest";
import { sql } from "drizzle-orm";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base, startService, type Answer } from "../support/service.ts";
import { evidence, told, trailFaults } from "../support/witness.ts";

/** A holder and the seats of its own license. */
const service = await startService({ now: "2027-03-01T09:00:00.000Z" });
const { call, clock } = service;

let made = 0;
/** A license with seats, the token of its holder, and a function that calls with a credential. */
async function owned(terms: object = {}, seats = 2) {
  made += 1;
  const id = `holder-${made}`;
  const policy = await createPolicy(service, { activationLimit: 100, ...terms });
  const license = await issueLicense(service, policy, { holder: { type: "user", id } });
  const take = async (fingerprint: string) => {
    const answer = await call("POST", `${base}/activations`, { body: { licenseId: license.licenseId, fingerprint } });
    expect(answer.status, answer.text).toBe(201);
    return String(answer.body.activation.id);
  };
  const held: string[] = [];
  for (let n = 0; n < seats; n += 1) held.push(await take(`machine-000${n}`));
  /** A token is valid while the service's clock is moved by less than an hour. */
  const freshToken = async () => `Bearer ${await service.token(null, id)}`;
  const as = { holder: await freshToken(), key: `License ${license.key}` };
  return { ...license, held, take, as, freshToken };
}

const by = (authorization: string, body?: unknown) => ({ authorization, ...(body === undefined ? {} : { body }) });
const seatAt = (id: string | undefined) => `${base}/activations/${id}`;

describe("a holder's token", () => {
  test("reads, renames and frees the seats of its own license, and fetches its certificate", async () => {
    const { at, held, as, licenseId } = await owned();
    const listed = await call("GET", `${at}/activations`, by(as.holder));
    expect([listed.status, listed.body.data.map(({ id }: { id: string }) => id).toSorted()]).toEqual([200, held.toSorted()]);
    const renamed = await call("PATCH", seatAt(held[0]), by(as.holder, { name: "  Ada's\tlaptop " }));
    expect([renamed.status, renamed.body.activation.name, renamed.body.license.id]).toEqual([200, "Ada's laptop", licenseId]);
    expect((await call("GET", seatAt(held[0]), by(as.holder))).body.name).toBe("Ada's laptop");
    expect((await call("DELETE", seatAt(held[0]), by(as.holder))).status).toBe(204);
    expect((await call("PATCH", seatAt(held[0]), by(as.holder, { name: "gone" }))).body.code).toBe("activation-not-found");
    expect((await call("GET", `${at}/certificate`, by(as.holder))).status).toBe(200);
    const seen = await evidence(service, licenseId);
    expect(told(seen.events)).toEqual(["created", "activated", "activated", "updated", "deactivated"]);
    expect(trailFaults(seen)).toEqual([]);
  });

  test("is 403 before any look-up where it would take, replace or extend a seat", async () => {
    const { licenseId, held, as } = await owned();
    const refused = [
      await call("POST", `${base}/activations`, by(as.holder, { licenseId, fingerprint: "machine-0009" })),
      await call("POST", `${base}/activations`, by(as.holder, { licenseId, fingerprint: "machine-0009", replace: held[0] })),
      await call("POST", `${seatAt(held[0])}/heartbeat`, by(as.holder)),
      await call("POST", `${seatAt("1")}/heartbeat`, by(as.holder)),
      await call("POST", `${base}/licenses/validate`, by(as.holder, { licenseId })),
    ];
    expect(refused.map(({ status, body }) => [status, body.code])).toEqual(refused.map(() => [403, "permission-denied"]));
  });

  test("is answered about another holder's seat as about an absent one", async () => {
    const [one, other] = [await owned(), await owned()];
    for (const [method, body] of [["GET", undefined], ["PATCH", { name: "mine" }], ["DELETE", undefined]] as const) {
      const [foreign, none] = [await call(method, seatAt(other.held[0]), by(one.as.holder, body)), await call(method, seatAt("1"), by(one.as.holder, body))];
      expect([foreign.status, foreign.body.code, none.status, none.body.code]).toEqual([404, "activation-not-found", 404, "activation-not-found"]);
    }
    const ids = (await call("GET", `${base}/activations?limit=100`, by(one.as.holder))).body.data.map(({ id }: { id: string }) => id);
    expect(ids.toSorted()).toEqual(one.held.toSorted());
    clock.advance(1);
    expect(await evidence(service, other.licenseId)).toMatchObject({ open: 2 });
  });
});

describe("the releases of a license's key and holder", () => {
  const releases = { limit: 3, period: "P30D" };
  const refusal = ({ status, body }: Answer) => [status, body.code, body.releases];

  test("are bounded by the policy together, until the first of them leaves the period", async () => {
    clock.set("2027-04-01T00:00:00.000Z");
    const { held, as, take, licenseId, freshToken } = await owned({ releases }, 5);
    expect((await call("DELETE", seatAt(held[0]), by(as.key))).status).toBe(204);
    clock.set("2027-04-02T00:00:00.000Z");
    expect((await call("DELETE", seatAt(held[1]), by(await freshToken()))).status).toBe(204);
    expect((await call("DELETE", seatAt(held[1]), by(await freshToken()))).status).toBe(204);
    const replaced = await call("POST", `${base}/activations`, by(as.key, { fingerprint: "machine-0010", replace: held[2] }));
    expect(replaced.status).toBe(201);
    const full = { used: 3, ...releases, nextAt: "2027-05-01T00:00:00.000Z" };
    expect(refusal(await call("DELETE", seatAt(held[3]), by(as.key)))).toEqual([409, "release-limit-reached", full]);
    expect(refusal(await call("DELETE", seatAt(held[3]), by(await freshToken())))).toEqual([409, "release-limit-reached", full]);
    expect(refusal(await call("POST", `${base}/activations`, by(as.key, { fingerprint: "machine-0011", replace: held[3] })))).toEqual([409, "release-limit-reached", full]);
    expect((await evidence(service, licenseId)).open).toBe(3);
    clock.set("2027-04-30T23:59:59.999Z");
    expect((await call("DELETE", seatAt(held[3]), by(as.key))).status).toBe(409);
    clock.set("2027-05-01T00:00:00.000Z");
    expect((await call("DELETE", seatAt(held[3]), by(as.key))).status).toBe(204);
    expect(refusal(await call("DELETE", seatAt(held[4]), by(as.key)))).toEqual([409, "release-limit-reached", { used: 3, ...releases, nextAt: "2027-05-02T00:00:00.000Z" }]);
    await take("machine-0012");
    expect(trailFaults(await evidence(service, licenseId))).toEqual([]);
  });

  test("are listed with the license's seats to the key and the holder, with the numbers that the bound uses, and not to an operator", async () => {
    clock.set("2027-04-01T00:00:00.000Z");
    const { at, held, as, freshToken } = await owned({ releases: { limit: 2, period: "P30D" } }, 4);
    const listed = async (authorization?: string) => (await call("GET", `${at}/activations?limit=2`, authorization === undefined ? {} : { authorization })).body;
    const counted = { limit: 2, period: "P30D" };
    expect((await listed(as.key)).releases).toEqual({ used: 0, ...counted, nextAt: null });
    for (const [day, seat] of [["01", held[0]], ["03", held[1]]] as const) {
      clock.set(`2027-04-${day}T00:00:00.000Z`);
      expect((await call("DELETE", seatAt(seat), by(as.key))).status).toBe(204);
    }
    const holder = await freshToken();
    for (const authorization of [as.key, holder]) expect((await listed(authorization)).releases).toEqual({ used: 2, ...counted, nextAt: "2027-05-01T00:00:00.000Z" });
    expect((await call("DELETE", seatAt(held[2]), by(holder))).body?.releases).toEqual((await listed(holder)).releases);
    expect(await listed()).not.toHaveProperty("releases");
    expect((await call("GET", `${base}/activations`, by(holder))).body).not.toHaveProperty("releases");
    clock.set("2027-05-01T00:00:00.000Z");
    expect((await listed(as.key)).releases).toEqual({ used: 1, ...counted, nextAt: "2027-05-03T00:00:00.000Z" });
    const unbound = await owned({ releases: null }, 1);
    expect((await call("GET", `${unbound.at}/activations`, by(unbound.as.key))).body.releases).toBeNull();
  });

  test("don't bind an operator, and an operator's don't count", async () => {
    const { held, as, take } = await owned({ releases: { limit: 1, period: "P1D" } }, 3);
    expect((await call("DELETE", seatAt(held[0]))).status).toBe(204);
    expect((await call("DELETE", seatAt(held[1]), by(as.key))).status).toBe(204);
    expect((await call("DELETE", seatAt(held[2]), by(as.key))).status).toBe(409);
    expect((await call("DELETE", seatAt(held[2]))).status).toBe(204);
    expect((await call("DELETE", seatAt(await take("machine-0009")), by(as.holder))).body?.code).toBe("release-limit-reached");
  });

  test("include neither evictions nor leases that ran out", async () => {
    clock.set("2027-06-01T00:00:00.000Z");
    const evicting = await owned({ activationLimit: 2, onFull: "evict-oldest-idle", releases: { limit: 1, period: "P1D" } });
    expect((await call("POST", `${base}/activations`, by(evicting.as.key, { fingerprint: "machine-0008" }))).status).toBe(201);
    expect((await call("DELETE", seatAt(evicting.held[1]), by(evicting.as.key))).status).toBe(204);
    const leased = await owned({ lease: "PT1H", releases: { limit: 0, period: "P1D" } });
    clock.advance(3_601);
    expect((await call("DELETE", seatAt(leased.held[0]), by(leased.as.key))).status).toBe(204);
    expect(told((await evidence(service, leased.licenseId)).events).filter((each) => each.startsWith("deactivated"))).toHaveLength(2);
  });

  test("count to the last day of a shorter month, and then never again", async () => {
    clock.set("2027-01-31T12:00:00.000Z");
    const { held, as } = await owned({ releases: { limit: 1, period: "P1M" } }, 3);
    expect((await call("DELETE", seatAt(held[0]), by(as.key))).status).toBe(204);
    clock.set("2027-02-28T11:59:59.999Z");
    expect((await call("DELETE", seatAt(held[1]), by(as.key))).body?.releases.nextAt).toBe("2027-02-28T12:00:00.000Z");
    clock.set("2027-02-28T12:00:00.000Z");
    expect((await call("DELETE", seatAt(held[1]), by(as.key))).status).toBe(204);
    clock.set("2027-03-28T12:00:00.000Z");
    expect((await call("DELETE", seatAt(held[2]), by(as.key))).status).toBe(204);
  });

  test("are bounded by the policy's terms, on an older license once they are applied", async () => {
    const { held, as, licenseId } = await owned({ releases: null }, 3);
    const { body: { policy } } = await call("GET", `${base}/licenses/${licenseId}`);
    expect((await call("DELETE", seatAt(held[0]), by(as.key))).status).toBe(204);
    await call("PATCH", `${base}/policies/${policy}`, { body: { releases: { limit: 1, period: "P30D" }, remindBefore: ["P2D"] } });
    const dry = await call("POST", `${base}/policies/${policy}/apply?dryRun=true`);
    expect(dry.body.sample[0].changes).toEqual({ releases: [null, { limit: 1, period: "P30D" }], remindBefore: [["P30D", "P7D", "P1D"], ["P2D"]] });
    expect((await call("POST", `${base}/policies/${policy}/apply`)).body.changed).toBe(1);
    expect((await call("DELETE", seatAt(held[1]), by(as.key))).body?.code).toBe("release-limit-reached");
  });
});

describe("releasing every seat", () => {
  const release = (at: string, authorization?: string, body: object = {}) => call("POST", `${at}/release-seats`, { body, ...(authorization === undefined ? {} : { authorization }) });

  test("is one commit with an event for each seat, by the license's key, its holder and operators", async () => {
    for (const who of ["key", "holder", undefined] as const) {
      const { at, as, licenseId } = await owned({ releases: { limit: 5, period: "P1D" } }, 3);
      const { body: { sequence } } = await call("GET", at);
      const answer = await release(at, who === undefined ? undefined : as[who], { reason: "moved" });
      expect([answer.status, answer.body.released, answer.body.license.seatsUsed, answer.body.license.sequence]).toEqual([200, 3, 0, sequence + 3]);
      expect(answer.body.certificate).toMatchObject({ state: "published", sequence: sequence + 3 });
      const seen = await evidence(service, licenseId);
      expect(told(seen.events).slice(-3)).toEqual(Array(3).fill("deactivated (moved)"));
      expect(new Set(seen.events.slice(-3).map(({ request_id }) => request_id)).size).toBe(1);
      expect([seen.open, trailFaults(seen)]).toEqual([0, []]);
      const again = await release(at, who === undefined ? undefined : as[who]);
      expect([again.status, again.body.released, again.body.license.sequence]).toEqual([200, 0, sequence + 3]);
    }
  });

  test("counts each seat, and frees all or none", async () => {
    const { at, held, as, licenseId } = await owned({ releases: { limit: 3, period: "P1D" } }, 4);
    const refused = await release(at, as.key);
    expect([refused.status, refused.body.code, refused.body.releases]).toEqual([409, "release-limit-reached", { used: 0, limit: 3, period: "P1D", nextAt: null }]);
    expect((await evidence(service, licenseId)).open).toBe(4);
    expect((await call("DELETE", seatAt(held[0]))).status).toBe(204);
    expect((await release(at, as.holder)).body.released).toBe(3);
    expect((await release(at, as.holder)).body.released).toBe(0);
  });

  test("closes lapsed seats as lease-expired, and doesn't count them", async () => {
    clock.set("2027-07-01T00:00:00.000Z");
    const { at, as, take, licenseId } = await owned({ lease: "PT1H", releases: { limit: 1, period: "P1D" } }, 2);
    clock.advance(3_600);
    await take("machine-0005");
    await call("DELETE", seatAt((await evidence(service, licenseId)).seats.at(-1)?.["id"] as string));
    const late = await owned({ lease: "PT1H", releases: { limit: 1, period: "P1D" } }, 2);
    clock.advance(1_800);
    await late.take("machine-0006");
    clock.advance(1_800);
    const answer = await release(late.at, late.as.key);
    expect([answer.status, answer.body.released]).toEqual([200, 1]);
    expect(told((await evidence(service, late.licenseId)).events).slice(-3).toSorted()).toEqual(["deactivated", "deactivated (lease-expired)", "deactivated (lease-expired)"]);
    expect(trailFaults(await evidence(service, late.licenseId))).toEqual([]);
    expect((await release(at, as.key)).body.released).toBe(0);
  });

  test("digests each seat's event as written, for any characters in its name", async () => {
    const { licenseId, at } = await owned({}, 0);
    for (const name of ["quote \" backslash \\ / é 𝄞 \u2028", "{\"activation\":[", "'; drop --", ""]) {
      const taken = await call("POST", `${base}/activations`, { body: { licenseId, fingerprint: `machine-${Buffer.from(name).toString("hex").slice(0, 40)}-0`, name } });
      expect(taken.status, taken.text).toBe(201);
    }
    // A name that an earlier version accepted.
    await service.owner.write(sql`update licensing."Activation" set name = E'tab\tbell\x07delete\x7f\r\n\b\f' where license_id = ${licenseId}::bigint and name = ''`);
    expect((await release(at, undefined, { reason: "a \"reason\" with \\ and é" })).body.released).toBe(4);
    expect(trailFaults(await evidence(service, licenseId))).toEqual([]);
  });
});
