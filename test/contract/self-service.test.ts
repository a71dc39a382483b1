import { describe, expect, test } from "vitest";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
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
  const token = await service.token(null, id);
  const as = { holder: `Bearer ${token}`, key: `License ${license.key}` };
  return { ...license, held, take, as };
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
