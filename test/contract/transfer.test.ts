import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import { evidence, told, trailFaults } from "../support/witness.ts";

/** Hand-overs: the rights of the former and the new owner before and after. */
const service = await startService({ now: "2027-03-01T09:00:00.000Z" });
const { call, clock } = service;

let made = 0;
const person = (name: string) => {
  made += 1;
  return { type: "user", id: `${name}-${made}` };
};
const tokenOf = async ({ id }: { id: string }) => `Bearer ${await service.token(null, id)}`;
const as = (authorization: string, body?: unknown) => ({ authorization, ...(body === undefined ? {} : { body }) });
const take = async (licenseId: string, fingerprint: string) =>
  String((await call("POST", `${base}/activations`, { body: { licenseId, fingerprint } })).body.activation.id);

/** A license of Ada's with two seats, and Bob, who gets it. */
async function before(terms: object = {}) {
  const [ada, bob] = [person("ada"), person("bob")];
  const license = await issueLicense(service, await createPolicy(service, { activationLimit: 5, ...terms }), { holder: ada });
  const seats = [await take(license.licenseId, "machine-0001"), await take(license.licenseId, "machine-0002")];
  const transfer = (rest: object = {}, options: object = {}) => call("POST", `${license.at}/transfer`, { body: { holder: bob, ...rest }, ...options });
  return { ...license, ada: await tokenOf(ada), bob: await tokenOf(bob), holders: [ada, bob], seats, transfer };
}

describe("after a transfer", () => {
  test("the license has the new holder, a new key and no seat, in one commit", async () => {
    const { transfer, licenseId, key, holders: [ada, bob], at } = await before();
    const answer = await transfer({ reason: "sold" });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({ license: { holder: bob, seatsUsed: 0, sequence: 6, status: "ACTIVATED" }, certificate: { state: "published", sequence: 6 } });
    expect(answer.body.key).toMatch(/^LIC-/);
    expect(answer.body.key).not.toBe(key);
    const seen = await evidence(service, licenseId);
    expect(told(seen.events).slice(-3)).toEqual(["deactivated (transferred)", "deactivated (transferred)", "transferred (sold)"]);
    expect(seen.events.at(-1)?.changes).toEqual({ holder: [ada, bob], keyHint: [`…${key.slice(-5)}`, `…${answer.body.key.slice(-5)}`] });
    expect([seen.open, trailFaults(seen)]).toEqual([0, []]);
    expect((await call("GET", at)).body).toEqual(answer.body.license);
  });

  test("the old key, the old holder's token and the old seats are refused", async () => {
    const { transfer, licenseId, key, ada, seats, at } = await before();
    const rename = () => call("PATCH", `${base}/activations/${seats[0]}`, { ...as(ada, { name: "laptop" }), headers: { "idempotency-key": `rename-${licenseId}` } });
    expect([(await rename()).status, (await rename()).headers.get("idempotent-replayed")]).toEqual([200, "true"]);
    await transfer();
    const answers = {
      "the key reads": await call("GET", at, as(`License ${key}`)),
      "the key validates": await call("POST", `${base}/licenses/validate`, as(`License ${key}`, { fingerprint: "machine-0001" })),
      "the key takes a seat": await call("POST", `${base}/activations`, as(`License ${key}`, { fingerprint: "machine-0001" })),
      "the key fetches the certificate": await call("GET", `${at}/certificate`, as(`License ${key}`)),
      "the holder reads": await call("GET", at, as(ada)),
      "the holder lists seats": await call("GET", `${at}/activations`, as(ada)),
      "the holder lists events": await call("GET", `${at}/events`, as(ada)),
      "the holder frees all seats": await call("POST", `${at}/release-seats`, as(ada, {})),
      "the holder fetches the certificate": await call("GET", `${at}/certificate`, as(ada)),
      "the holder reads a seat": await call("GET", `${base}/activations/${seats[0]}`, as(ada)),
      "an answer is replayed": await rename(),
      "a seat is kept alive": await call("POST", `${base}/activations/${seats[0]}/heartbeat`),
      "a service takes a seat by the key": await call("POST", `${base}/activations`, { body: { key, fingerprint: "machine-0001" } }),
    };
    const statuses = Object.fromEntries(Object.entries(answers).map(([what, { status }]) => [what, status]));
    expect(statuses).toEqual(Object.fromEntries(Object.keys(answers).map((what) => [what, what.startsWith("the key") ? 401 : 404])));
    const validated = await call("POST", `${base}/licenses/validate`, { body: { key, fingerprint: "machine-0001" } });
    expect(validated.body).toMatchObject({ valid: false, code: "NOT_FOUND" });
    const seat = await call("POST", `${base}/licenses/validate`, { body: { licenseId, fingerprint: "machine-0001", activate: false } });
    expect(seat.body).toMatchObject({ valid: false, code: "NOT_ACTIVATED" });
    expect((await call("GET", `${base}/licenses`, as(ada))).body.data).toEqual([]);
    expect((await call("GET", `${base}/license-events`, as(ada))).body.data).toEqual([]);
  });

  test("the new holder and key see seats and events from then on, and the transfer's event without the former holder", async () => {
    const { transfer, licenseId, bob, seats, at, holders: [ada, to] } = await before({ releases: null });
    await call("POST", `${at}/suspend`, { body: { reason: "a secret of Ada's" } });
    clock.advance(1);
    const { body: { key } } = await transfer();
    clock.advance(1);
    await call("POST", `${at}/reinstate`);
    const mine = await take(licenseId, "machine-0003");
    clock.advance(1);
    await call("DELETE", `${base}/activations/${mine}`, as(bob));
    for (const authorization of [bob, `License ${key}`]) {
      const listed = (await call("GET", `${at}/activations`, as(authorization))).body.data;
      expect(listed.map(({ id }: { id: string }) => id)).toEqual([mine]);
      expect((await call("GET", `${base}/activations`, as(authorization))).body.data).toEqual(listed);
      for (const seat of seats) {
        const answers = [
          await call("GET", `${base}/activations/${seat}`, as(authorization)),
          await call("DELETE", `${base}/activations/${seat}`, as(authorization)),
          await call("PATCH", `${base}/activations/${seat}`, as(authorization, { name: "mine" })),
        ];
        expect(answers.map(({ status, body }) => [status, body.code])).toEqual(answers.map(() => [404, "activation-not-found"]));
      }
    }
    const replacing = await call("POST", `${base}/activations`, as(`License ${key}`, { fingerprint: "machine-0004", replace: seats[0] }));
    expect([replacing.status, replacing.body.code]).toEqual([404, "activation-not-found"]);
    const events = (await call("GET", `${at}/events`, as(bob))).body.data;
    expect(events.map(({ type }: { type: string }) => type)).toEqual(["transferred", "reinstated", "activated", "deactivated"]);
    expect(events[0].changes.holder).toEqual([null, to]);
    const text = JSON.stringify([events, (await call("GET", `${base}/license-events`, as(bob))).body, (await call("GET", `${at}/events?format=csv`, as(bob))).text]);
    for (const secret of [ada?.id ?? "", "a secret of Ada's", "machine-0001"]) expect(text).not.toContain(secret);
    const all = (await call("GET", `${at}/events`)).body.data;
    expect(all.find(({ type }: { type: string }) => type === "transferred").changes.holder).toEqual([ada, to]);
    expect(all).toHaveLength(10);
  });

  test("releases by the former key and holder no longer count", async () => {
    const { transfer, licenseId, ada, bob, seats } = await before({ releases: { limit: 1, period: "P1Y" } });
    expect((await call("DELETE", `${base}/activations/${seats[0]}`, as(ada))).status).toBe(204);
    expect((await call("DELETE", `${base}/activations/${seats[1]}`, as(ada))).status).toBe(409);
    clock.advance(1);
    await transfer();
    clock.advance(1);
    const mine = await take(licenseId, "machine-0003");
    expect((await call("DELETE", `${base}/activations/${mine}`, as(bob))).status).toBe(204);
  });
});

test("the new key gets no stored answer to the former key, and a request with the same Idempotency-Key is carried out", async () => {
  const { transfer, licenseId, key } = await before();
  const once = { fingerprint: "machine-0005" };
  const activate = (own: string) => call("POST", `${base}/activations`, { authorization: `License ${own}`, body: { licenseId, ...once }, headers: { "idempotency-key": once.fingerprint } });
  const former = await activate(key);
  expect([former.status, (await activate(key)).headers.get("idempotent-replayed")]).toEqual([201, "true"]);
  clock.advance(1);
  const handed = await transfer();
  const answer = await activate(handed.body.key);
  expect([answer.status, answer.headers.get("idempotent-replayed"), answer.body.license.holder]).toEqual([201, null, handed.body.license.holder]);
  expect(answer.body.activation.id).not.toBe(former.body.activation.id);
});

describe("a transfer", () => {
  test("keeps the key and the seats if asked to; a rotated key's overlap still ends", async () => {
    const { transfer, at, seats, bob, key } = await before();
    const rotated = (await call("POST", `${at}/rotate-key`, { body: { overlapSeconds: 86_400 } })).body.key;
    expect((await call("GET", at, as(`License ${key}`))).status).toBe(200);
    const answer = await transfer({ keepKey: true, keepSeats: true });
    expect(answer.body).not.toHaveProperty("key");
    expect(answer.body.license.seatsUsed).toBe(2);
    expect([(await call("GET", at, as(`License ${key}`))).status, (await call("GET", at, as(`License ${rotated}`))).status]).toEqual([401, 200]);
    const kept = (await call("GET", `${at}/activations`, as(bob))).body.data.map(({ id }: { id: string }) => id);
    expect(kept.toSorted()).toEqual(seats.toSorted());
  });

  test("of a suspended license keeps it suspended, and of a revoked one is refused", async () => {
    const { transfer, at } = await before();
    await call("POST", `${at}/suspend`);
    expect((await transfer()).body.license.status).toBe("SUSPENDED");
    await call("POST", `${at}/revoke`);
    const refused = await transfer();
    expect([refused.status, refused.body.code]).toEqual([409, "license-revoked"]);
  });

  test("of a trial uses it for both holders, and is refused to a holder who has used it", async () => {
    const policy = await createPolicy(service, { trial: true, activationLimit: 1 });
    const [ada, bob, eve] = [person("ada"), person("bob"), person("eve")];
    const issue = (holder: object) => call("POST", `${base}/licenses`, { body: { policy, holder } });
    const { body: { license } } = await issue(ada);
    const to = (holder: object) => call("POST", `${base}/licenses/${license.id}/transfer`, { body: { holder } });
    expect((await issue(eve)).status).toBe(201);
    expect((await to(eve)).body.code).toBe("trial-already-used");
    expect((await to(bob)).status).toBe(200);
    expect([(await issue(ada)).body.code, (await issue(bob)).body.code]).toEqual(["trial-already-used", "trial-already-used"]);
    expect((await call("GET", `${base}/licenses/${license.id}`)).body).toMatchObject({ holder: bob, sequence: 2 });
    // The policy became a trial after the issue, so its holder isn't recorded yet.
    const late = await createPolicy(service, {});
    const { licenseId } = await issueLicense(service, late, { holder: ada });
    await call("PATCH", `${base}/policies/${late}`, { body: { trial: true } });
    expect((await call("POST", `${base}/licenses/${licenseId}/transfer`, { body: { holder: bob } })).status).toBe(200);
    const again = await call("POST", `${base}/licenses`, { body: { policy: late, holder: ada } });
    expect(again.body.code).toBe("trial-already-used");
  });

  test("is replayed for the same Idempotency-Key, and back to the first holder hides the time between", async () => {
    const { transfer, at, ada, holders: [first] } = await before();
    const options = { headers: { "idempotency-key": "transfer-once" } };
    const [one, two] = [await transfer({}, options), await transfer({}, options)];
    expect([two.body.key, two.headers.get("idempotent-replayed")]).toEqual([one.body.key, "true"]);
    clock.advance(1);
    expect((await transfer({ holder: first })).status).toBe(200);
    expect((await call("GET", `${at}/events`, as(ada))).body.data.map(({ type }: { type: string }) => type)).toEqual(["transferred"]);
  });

  test("frees two thousand seats in one commit, whose trail stays intact", async () => {
    const { transfer, licenseId } = await before({ activationLimit: null });
    await service.owner.write(sql`insert into licensing."Activation" (license_id, fingerprint, name, created_at, last_seen_at)
      select ${licenseId}::bigint, 'bulk-machine-' || n, 'Machine ' || n, l.created_at, l.created_at
      from licensing."License" l, generate_series(1, 2000) n where l.id = ${licenseId}::bigint`);
    await service.owner.write(sql`update licensing."License" set open_seats = 2002 where id = ${licenseId}::bigint`);
    const answer = await transfer();
    expect([answer.status, answer.body.license?.seatsUsed]).toEqual([200, 0]);
    const seen = await evidence(service, licenseId);
    expect([seen.open, seen.events.length, trailFaults(seen)]).toEqual([0, 2006, []]);
  });
});
