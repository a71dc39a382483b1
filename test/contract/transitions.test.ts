import { describe, expect, test } from "vitest";
import { createPolicy, issueLicense, issueSeated } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import { requestOf, states, verbName, verbOf, verbs } from "../support/verbs.ts";
import type { Outcomes, State, VerbRequest } from "../support/verbs.ts";
import { evidence, sweep, trailFaults } from "../support/witness.ts";

/** Every license here runs for March and has three days of grace. */
const start = "2027-03-01T09:00:00.000Z";
const inGrace = "2027-04-02T00:00:00.000Z";
const over = "2027-04-05T00:00:00.000Z";

const service = await startService({ now: start });
const { call, clock } = service;

const monthly = { duration: "P1M", grace: "P3D", activationLimit: 3 } as const;
const policies = {
  monthly: await createPolicy(service, monthly),
  waiting: await createPolicy(service, { ...monthly, expirationBasis: "from-first-activation" }),
  perpetual: await createPolicy(service, { ...monthly, duration: null }),
};

type Made = Awaited<ReturnType<typeof issueSeated>>;

const post = (path: string) => call("POST", path, { body: {} });
const send = ({ method, path, body }: VerbRequest) => call(method, path, body === undefined ? {} : { body });
const doing = (name: string) => (license: Made) => send(requestOf(verbOf(name), license));

/** Makes a license in each state. Its machine-0001 holds a seat if a license can have one in that state. */
const makers: Readonly<Record<State, () => Promise<Made>>> = {
  running: async () => make("monthly"),
  "in its grace": async () => then(await make("monthly"), async () => clock.set(inGrace)),
  "in its grace, swept": async () => then(await make("monthly"), async ({ licenseId }) => (clock.set(inGrace), sweep(service, licenseId))),
  expired: async () => then(await make("monthly"), async () => clock.set(over)),
  "expired, swept": async () => then(await make("monthly"), async ({ licenseId }) => (clock.set(over), sweep(service, licenseId))),
  suspended: async () => then(await make("monthly"), doing("suspend")),
  "suspended, then expired": async () => then(await make("monthly"), doing("suspend"), async () => clock.set(over)),
  revoked: async () => then(await make("monthly"), doing("revoke")),
  "not started": async () => makeSeatless("monthly", { startsAt: "2027-03-10T00:00:00Z" }),
  waiting: async () => makeSeatless("waiting"),
  perpetual: async () => make("perpetual"),
};

async function make(policy: keyof typeof policies): Promise<Made> {
  clock.set(start);
  return issueSeated(service, policies[policy]);
}

async function makeSeatless(policy: keyof typeof policies, rest: Readonly<Record<string, unknown>> = {}): Promise<Made> {
  clock.set(start);
  return { ...(await issueLicense(service, policies[policy], rest)), seat: "1", fingerprint: "machine-0002", mark: "seatless" };
}

async function then(license: Made, ...steps: readonly ((license: Made) => Promise<unknown>)[]): Promise<Made> {
  for (const step of steps) await step(license);
  return license;
}

type Cell = { readonly outcome: string; readonly event: string | null; readonly request: (license: Made) => VerbRequest };
type Row = readonly [name: string, state: State, outcome: string, cell: Cell];

const activate = verbOf("activate");
/** The outcomes of an activation by a machine that already has a seat. */
const activateAgain: Outcomes = { ...activate.outcomes, running: "=ACTIVATED", "in its grace": "=EXPIRED", "in its grace, swept": "=EXPIRED", perpetual: "=ACTIVATED" };

const cases = states.flatMap((state): readonly Row[] => {
  const row = (name: string, cell: Cell): Row => [name, state, cell.outcome, cell];
  return [
    ...verbs.map((verb) => row(verbName(verb), { outcome: verb.outcomes[state], event: verb.event, request: (license) => requestOf(verb, license) })),
    row("activate again", { outcome: activateAgain[state], event: activate.event, request: (license) => requestOf(activate, { ...license, fingerprint: "machine-0001" }) }),
  ];
});

describe("every verb in every state", () => {
  test.each(cases)("%s of a license that is %s: %s", async (verb, state, outcome, { event, request }) => {
    const license = await makers[state]();
    const before = await evidence(service, license.licenseId);
    const answer = await send(request(license));
    const after = await evidence(service, license.licenseId);
    const wanted = outcome.replace("=", "");
    if (wanted.includes("-")) {
      expect([answer.body.code, answer.status]).toEqual([wanted, wanted.endsWith("-not-found") ? 404 : 409]);
    } else if (verb === "validate") {
      expect([answer.body.code, answer.body.valid]).toEqual([wanted, wanted === "VALID" || wanted === "GRACE"]);
    } else {
      expect(answer.status).toBeLessThan(300);
      const { status } = (await call("GET", license.at)).body;
      if (wanted !== "") expect(status).toBe(wanted);
      if (answer.body?.license !== undefined) expect(answer.body.license.status).toBe(status);
    }
    if (wanted.includes("-") || outcome.startsWith("=")) {
      // A heartbeat may write the last-seen time; the license, its seats and its trail stay.
      expect(after.row).toEqual(before.row);
      expect(after.events).toEqual(before.events);
      expect([after.open, after.live]).toEqual([before.open, before.live]);
    } else {
      expect(after.events.slice(before.events.length).map(({ type }) => type)).toEqual([event]);
      expect(trailFaults(after)).toEqual([]);
    }
  });
});

describe("a repeated change is made once:", () => {
  test.each([
    ["suspend", "license-suspended"],
    ["revoke", "license-revoked"],
  ] as const)("%s twice: 409 %s, and one event", async (verb, code) => {
    const license = await makers.running();
    await doing(verb)(license);
    const before = await evidence(service, license.licenseId);
    expect((await doing(verb)(license)).body.code).toBe(code);
    expect(await evidence(service, license.licenseId)).toEqual(before);
  });

  test("deactivating a seat twice: 204 both times, and one event", async () => {
    const license = await makers.running();
    const first = await doing("deactivate")(license);
    expect([first.status, first.headers.get("x-certificate-state")]).toEqual([204, "published"]);
    const before = await evidence(service, license.licenseId);
    expect((await doing("deactivate")(license)).status).toBe(204);
    expect(await evidence(service, license.licenseId)).toEqual(before);
  });

  test("expiry: recorded once however often it is swept, and again after a renewal", async () => {
    const license = await makers["expired, swept"]();
    const types = async () => (await evidence(service, license.licenseId)).events.map(({ type }) => type);
    await sweep(service, license.licenseId);
    expect(await types()).toEqual(["created", "activated", "expired"]);
    await doing("renew")(license);
    await sweep(service, license.licenseId);
    clock.set("2027-05-05T00:00:00.000Z");
    await sweep(service, license.licenseId);
    await sweep(service, license.licenseId);
    expect(await types()).toEqual(["created", "activated", "expired", "renewed", "expired"]);
  });

  test("expiry: not recorded again if PATCH moves it away and back", async () => {
    const license = await makers["expired, swept"]();
    const { expiresAt } = (await call("GET", license.at)).body;
    await call("PATCH", license.at, { body: { expiresAt: "2027-08-01T00:00:00Z" } });
    await call("PATCH", license.at, { body: { expiresAt } });
    await sweep(service, license.licenseId);
    const found = await evidence(service, license.licenseId);
    expect(found.events.map(({ type }) => type)).toEqual(["created", "activated", "expired", "updated", "updated"]);
    expect(found.row["status"]).toBe("EXPIRED");
  });
});

describe("an event records", () => {
  const told = async (license: Made) => (await evidence(service, license.licenseId)).events.at(-1);

  test.each([
    ["suspend", { status: ["ACTIVATED", "SUSPENDED"] }],
    ["revoke", { status: ["ACTIVATED", "REVOKED"] }],
    ["renew", { expiresAt: ["2027-04-01T09:00:00.000Z", "2027-05-01T09:00:00.000Z"], graceUntil: ["2027-04-04T09:00:00.000Z", "2027-05-04T09:00:00.000Z"] }],
  ] as const)("the actor, reason, request, instant and changes of %s", async (verb, changes) => {
    const license = await makers.running();
    const token = await service.token("operator", "grace-hopper");
    const answer = await call("POST", `${license.at}/${verb}`, {
      body: { reason: "asked for by the holder" }, authorization: `Bearer ${token}`, headers: { "x-request-id": `request-of-${verb}` },
    });
    expect(answer.status).toBe(200);
    expect(await told(license)).toMatchObject({
      actor_type: "user", actor_id: "grace-hopper", reason: "asked for by the holder", request_id: `request-of-${verb}`, changes,
    });
    expect(Object.keys((await told(license))?.changes ?? {})).toEqual(Object.keys(changes));
    expect(new Date((await told(license))?.created_at ?? "").toISOString()).toBe(clock.now().toISOString());
  });

  test("the status before a reinstatement", async () => {
    const license = await makers.suspended();
    await post(`${license.at}/reinstate`);
    expect(await told(license)).toMatchObject({ type: "reinstated", reason: null, changes: { status: ["SUSPENDED", "ACTIVATED"] } });
  });

  test("the changed status of a renewal after the expiry", async () => {
    const license = await makers["expired, swept"]();
    await doing("renew")(license);
    expect((await told(license))?.changes).toMatchObject({ status: ["EXPIRED", "ACTIVATED"] });
  });

  test("an expiry as made by the system", async () => {
    const license = await makers["expired, swept"]();
    expect(await told(license)).toMatchObject({ type: "expired", actor_type: "system", actor_id: "expire-licenses", changes: { status: ["ACTIVATED", "EXPIRED"] } });
  });

  test("the deactivated seat", async () => {
    const license = await makers.running();
    await doing("deactivate")(license);
    expect((await told(license))?.changes).toEqual({ activation: [{ id: license.seat, fingerprint: "machine-0001", name: null }, null] });
  });

  test("whether its actor is a service credential or a license", async () => {
    const license = await makers.running();
    const { body: credential } = await call("POST", `${base}/credentials`, { body: { name: "CI", roles: ["licensing-operator"] } });
    const basic = Buffer.from(`${credential.clientId}:${credential.secret}`).toString("base64");
    await call("POST", `${license.at}/renew`, { authorization: `Basic ${basic}` });
    expect(await told(license)).toMatchObject({ actor_type: "service", actor_id: credential.clientId });
    await call("POST", `${base}/activations`, { body: { fingerprint: "machine-0003" }, authorization: `License ${license.key}` });
    expect(await told(license)).toMatchObject({ actor_type: "license", actor_id: license.licenseId });
  });
});
