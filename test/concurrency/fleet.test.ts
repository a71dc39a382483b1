import { expect, test } from "vitest";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import type { IssuedLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import type { Service } from "../support/service.ts";
import { evidence, told, trailFaults } from "../support/witness.ts";
import { isEverBroken } from "./unlocked.ts";

const service = await startService();
/** The control: the same service, in which a seat raises the revision, too, as it raises the sequence. */
const bySequence = await startService({ rewriteSql: (query) => withSequence(query).replaceAll("l.revision = $", "l.sequence = $") });

function withSequence(query: string): string {
  return query.replaceAll("'policy_id', l.policy_id::text", "'policy_id', l.policy_id::text, 'revision', l.sequence");
}

const clients = 24;
const machinesMax = 2_000;
const attemptsMax = 2;

/** Clients that take one seat after the other without a pause, until they are stopped. */
function startFleet(of: Service, { licenseId }: IssuedLicense, authorization: string) {
  const statuses: number[] = [];
  let isOver = false;
  let waiting: (() => void)[] = [];
  const client = async (name: number) => {
    for (let machine = 0; machine < machinesMax && !isOver; machine += 1) {
      const { status } = await of.call("POST", `${base}/activations`, { authorization, body: { licenseId, fingerprint: `machine-${name}-of-fleet-${machine}` } });
      statuses.push(status);
      for (const resume of waiting.splice(0)) resume();
    }
  };
  const running = Promise.all(Array.from({ length: clients }, (_, name) => client(name)));
  return {
    statuses,
    /** Resolves after as many answers as there are clients: then every client has a call under way again. */
    async round() {
      const until = statuses.length + clients;
      while (statuses.length < until) await new Promise<void>((resume) => waiting.push(resume));
    },
    async stop() {
      isOver = true;
      await running;
      waiting = [];
    },
  };
}

/** The attempts that a call needs if it is repeated after 503; undefined if more than two. */
async function attemptsFor(of: Service, [method, path, body]: readonly ["POST" | "PATCH", string, object], authorization: string): Promise<number | undefined> {
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const { status, text } = await of.call(method, path, { authorization, body });
    if (status === 200) return attempt;
    expect(status, text).toBe(503);
  }
  return undefined;
}

async function fleetOn(of: Service) {
  const policy = await createPolicy(of, { duration: "P1Y", activationLimit: null });
  const license = await issueLicense(of, policy);
  const authorization = `Bearer ${await of.token("admin")}`;
  return { license, authorization, fleet: startFleet(of, license, authorization) };
}

test(`while ${clients} clients activate without a pause, every other verb succeeds in its first or second attempt`, async () => {
  const { license, authorization, fleet } = await fleetOn(service);
  const verbs = [
    ["POST", `${license.at}/renew`, {}], ["PATCH", license.at, { name: "Renamed" }], ["PATCH", license.at, { activationLimit: 100_000 }],
    ["POST", `${license.at}/transfer`, { holder: { type: "user", id: "bob" }, keepSeats: true }],
    ["POST", `${license.at}/suspend`, {}], ["POST", `${license.at}/reinstate`, {}], ["POST", `${license.at}/revoke`, {}],
  ] as const;
  for (const verb of verbs) {
    await fleet.round();
    expect(await attemptsFor(service, verb, authorization), verb.join(" ")).toBeLessThanOrEqual(attemptsMax);
  }
  // The first round may hold answers to calls from before the revocation alone.
  await fleet.round();
  await fleet.round();
  await fleet.stop();
  const taken = fleet.statuses.filter((status) => status === 201).length;
  // A call that waited too long for its turn, on a machine that stood still, is told to repeat it.
  expect(fleet.statuses.filter((status) => ![201, 409, 503].includes(status))).toEqual([]);
  expect(fleet.statuses).toContain(409);
  const found = await evidence(service, license.licenseId);
  expect(trailFaults(found)).toEqual([]);
  expect(found).toMatchObject({ open: taken, live: taken, row: { status: "REVOKED", sequence: 1 + taken + verbs.length } });
  expect(told(found.events).filter((type) => type !== "activated")).toEqual(["created", "renewed", "updated", "updated", "transferred", "suspended", "reinstated", "revoked"]);
});

test("(control) a renewal doesn't succeed in two attempts if seats raise the number that its guard compares", async () => {
  const { license, authorization, fleet } = await fleetOn(bySequence);
  const isRefused = await isEverBroken(async () => {
    await fleet.round();
    return (await attemptsFor(bySequence, ["POST", `${license.at}/renew`, {}], authorization)) === undefined;
  });
  await fleet.stop();
  expect(isRefused).toBe(true);
});
