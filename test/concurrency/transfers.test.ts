import { expect, test } from "vitest";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import type { Service } from "../support/service.ts";
import { evidence, told, trailFaults } from "../support/witness.ts";
import { isEverBroken } from "./unlocked.ts";

const service = await startService();
/** Rewrites only the statements of commits. */
const inCommits = (change: (query: string) => string) => (query: string) => (query.includes("with draft as") ? change(query) : query);
/** The control: commits that don't check whether the license is still the caller's. */
const unowned = await startService({ rewriteSql: inCommits((query) => query.replace("(l.key_digest = ", "(l.key_digest is not null or l.key_digest = ")) });
/** The control: commits that don't count releases. */
const uncounted = await startService({ rewriteSql: inCommits((query) => query.replace("<= (l.releases->>'limit')::int", "<= 1000000")) });

const clients = 24;
const machinesMax = 200;

/** Clients that each take one seat after the other with a license's key, until one is refused. Resolves once each has had one. */
async function startFleet(of: Service, key: string) {
  const statuses: number[] = [];
  let waiting = clients;
  let allBegun = () => undefined as void;
  const ready = new Promise<void>((resolve) => (allBegun = resolve));
  const client = async (name: number) => {
    for (let machine = 0, has = false; machine < machinesMax; machine += 1) {
      const { status } = await of.call("POST", `${base}/activations`, { authorization: `License ${key}`, body: { fingerprint: `machine-${name}-of-fleet-${machine}` } });
      statuses.push(status);
      if (status === 201 && !has && (waiting -= 1) === 0) allBegun();
      has ||= status === 201;
      if (status !== 201 && status !== 503) return;
    }
  };
  const done = Promise.all(Array.from({ length: clients }, (_, name) => client(name)));
  await ready;
  return { statuses, done };
}

async function transferUnderFleet(of: Service) {
  const license = await issueLicense(of, await createPolicy(of, { activationLimit: null }));
  const fleet = await startFleet(of, license.key);
  const answer = await of.call("POST", `${license.at}/transfer`, { body: { holder: { type: "user", id: "bob" } } });
  expect(answer.status, answer.text).toBe(200);
  await fleet.done;
  return { answer, statuses: fleet.statuses, found: await evidence(of, license.licenseId) };
}

test(`while ${clients} clients activate with the license's key, a transfer leaves no seat, and none is taken by that key afterwards`, async () => {
  const { answer, statuses, found } = await transferUnderFleet(service);
  const taken = statuses.filter((status) => status === 201).length;
  expect(taken).toBeGreaterThanOrEqual(clients);
  expect(found).toMatchObject({ open: 0, live: 0, row: { sequence: answer.body.license.sequence, open_seats: 0 } });
  expect(trailFaults(found)).toEqual([]);
  const types = told(found.events);
  expect(types).toHaveLength(1 + taken + taken + 1);
  expect(types.at(-1)).toBe("transferred");
  // 404: the key was the license's at the look-up, and not at the commit.
  expect(statuses.filter((status) => ![201, 401, 404, 503].includes(status))).toEqual([]);
});

test("(control) the old key gets seats after a transfer if commits don't check whose the license is", async () => {
  expect(await isEverBroken(async () => (await transferUnderFleet(unowned)).found.open > 0)).toBe(true);
});

/** Frees fifty seats at once, by the key and the holder in turn. */
async function freeFifty(of: Service) {
  const holder = { type: "user", id: "ada" };
  const policy = await createPolicy(of, { activationLimit: null, releases: { limit: 7, period: "P30D" } });
  const license = await issueLicense(of, policy, { holder });
  const authorization = `Bearer ${await of.token("admin")}`;
  const take = (machine: number) => of.call("POST", `${base}/activations`, { authorization, body: { licenseId: license.licenseId, fingerprint: `machine-number-${machine}` } });
  const seats = (await Promise.all(Array.from({ length: 50 }, (_, machine) => take(machine)))).map(({ body }) => String(body.activation.id));
  const credentials = [`License ${license.key}`, `Bearer ${await of.token(null, holder.id)}`];
  const free = (seat: string, index: number) => of.call("DELETE", `${base}/activations/${seat}`, { authorization: credentials[index % 2] ?? "" });
  const answers = await Promise.all(seats.map(free));
  return { answers, found: await evidence(of, license.licenseId) };
}

test("of 50 seats that a license's key and its holder free at once, exactly as many are freed as the term releases allows", async () => {
  const { answers, found } = await freeFifty(service);
  const freed = answers.filter(({ status }) => status === 204).length;
  const refused = answers.filter(({ body }) => body?.code === "release-limit-reached").length;
  expect([freed, found.open]).toEqual([7, 43]);
  // A refused caller may also have waited too long for the lock.
  expect(freed + refused + answers.filter(({ body }) => body?.code === "license-contended").length).toBe(50);
  expect(found.seats.filter((seat) => seat["by_holder"] === true)).toHaveLength(7);
  expect(trailFaults(found)).toEqual([]);
});

test("(control) more seats are freed if the commit doesn't count releases", async () => {
  expect(await isEverBroken(async () => (await freeFifty(uncounted)).found.open < 43)).toBe(true);
});
