import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { createPolicy, issueSeated } from "../support/fixtures.ts";
import { seededRandom } from "../support/random.ts";
import { base, startService } from "../support/service.ts";
import type { Answer, Service } from "../support/service.ts";
import { requestOf, routeOf, toldOf, verbName, verbOf, verbs } from "../support/verbs.ts";
import type { Body, Verb } from "../support/verbs.ts";
import { evidence, told, trailFaults } from "../support/witness.ts";

const start = "2027-03-01T09:00:00.000Z";
const service = await startService({ now: start });
/** The control: the same service, which finds no stored answer. */
const forgetful = await startService({ now: start, rewriteSql: (query) => (query.includes('from licensing."IdempotencyRecord"') ? `${query} and false` : query) });
await forgetful.owner.write(sql`alter table licensing."IdempotencyRecord" drop constraint "IdempotencyRecord_pkey"`);

const copies = 50;
type Ready = Awaited<ReturnType<typeof issueSeated>>;
type Request = { readonly method: string; readonly path: string; readonly body?: Body };
type Route = { readonly prepare: (of: Service, license: Ready) => Promise<unknown>; readonly request: (license: Ready) => Request; readonly events: (license: Ready) => readonly string[] };

const posted = (suffix: string) => ({ at }: Ready): Request => ({ method: "POST", path: `${at}${suffix}` });
const routeOfVerb = (verb: Verb): Route => ({
  prepare: async (of, license) => {
    for (const name of verb.after ?? []) {
      const { method, path, body } = requestOf(verbOf(name), license);
      await of.call(method, path, { body });
    }
  },
  request: (license) => requestOf(verb, license),
  events: (license) => [toldOf(verb, license) ?? []].flat(),
});

/** Every verb whose request has a body, and an activation that replaces another machine's seat. */
const routes: Readonly<Record<string, Route>> = {
  ...Object.fromEntries(verbs.filter((verb) => routeOf(verb).method !== "DELETE").map((verb) => [verbName(verb), routeOfVerb(verb)])),
  "activate on the seat that is idle the longest": {
    ...routeOfVerb(verbOf("activate")),
    prepare: (of, { at }) => of.call("PATCH", at, { body: { activationLimit: 1 } }),
    events: () => ["deactivated (evicted)", "activated"],
  },
};

async function ready(of: Service, route?: Route): Promise<Ready> {
  const policy = await createPolicy(of, { duration: "P1M", renewalBasis: "from-expiry", lease: "PT1H", activationLimit: 3, onFull: "evict-oldest-idle" });
  const made = await issueSeated(of, policy);
  // The seat's lease has run for a while, so that a heartbeat extends it.
  if (route !== undefined) of.clock.advance(2_400);
  await route?.prepare(of, made);
  return made;
}

const send = (of: Service, { method, path, body }: Request, key: string) =>
  of.call(method, path, { ...(body === undefined ? {} : { body }), headers: { "idempotency-key": key } });

/** The members that copies must share: all but the certificate, which is the present one, and fields that a read writes. */
function said({ status, body }: Answer): string {
  const { certificate: _current, license, ...rest } = (body ?? {}) as { certificate?: unknown; license?: object };
  return JSON.stringify({ status, rest, license: license === undefined ? null : { ...license, lastValidatedAt: null } });
}

/** The violations of "one effect, one answer". */
async function broken(of: Service, route: Route, { key, count = copies }: { key: string; count?: number }): Promise<string[]> {
  const license = await ready(of, route);
  const before = (await evidence(of, license.licenseId)).events.length;
  const answers = await Promise.all(Array.from({ length: count }, () => send(of, route.request(license), key)));
  const found = await evidence(of, license.licenseId);
  const [different, types] = [new Set(answers.map(said)), told(found.events).slice(before)];
  return [
    ...(answers.every(({ status }) => status < 300) ? [] : [`answered ${[...new Set(answers.map(({ status, body }) => `${status} ${body?.code}`))].join(", ")}`]),
    ...(different.size === 1 ? [] : [`${different.size} different answers`]),
    ...(types.join() === route.events(license).join() ? [] : [`told ${types.join(", ")}`]),
    ...trailFaults(found),
  ];
}

describe(`${copies} copies of one request at once`, () => {
  test.each(Object.entries(routes))("to %s have one effect and one answer", async (name, route) => {
    expect(await broken(service, route, { key: `at-once-to-${name.replaceAll(" ", "-")}` })).toEqual([]);
  });

  const issue = (of: Service, key: string) => send(of, { method: "POST", path: `${base}/licenses`, body: { policy: "free-trial", holder: { type: "user", id: key } } }, key);
  const issued = (of: Service, key: string) => of.call("GET", `${base}/licenses?holderId=${key}`).then(({ body }) => body.data.length as number);

  test("to issue a license make one, and all are answered with its key", async () => {
    const answers = await Promise.all(Array.from({ length: copies }, () => issue(service, "issue-at-once")));
    expect(new Set(answers.map(said)).size).toBe(1);
    expect(await issued(service, "issue-at-once")).toBe(1);
  });

  test("(control) have more than one effect without stored answers", async () => {
    const renewals = routes["renew"];
    if (renewals === undefined) throw new Error("no route");
    expect(await broken(forgetful, renewals, { key: "forgotten", count: 10 })).not.toEqual([]);
  });
});

/** Ways to lose an answer: on its way back, or because the caller gives up while the service works. */
const losses = ["is lost", "is not waited for"] as const;

describe("a caller that loses half of the answers and repeats its calls with the same key", () => {
  test("has every change made once, in order, and gets the lost answers", async () => {
    service.clock.set(start);
    const random = seededRandom(20_270_301);
    const license = await ready(service);
    const verbs = ["renew", "suspend", "reinstate", "renew", "rotate-key"];
    let lost = 0;
    for (let step = 0; step < 40; step += 1) {
      const request = posted(`/${verbs[step % verbs.length]}`)(license);
      const key = `lossy-${step}`;
      let answer: Answer | undefined;
      const unheard: Promise<unknown>[] = [];
      for (let attempt = 1; answer === undefined; attempt += 1) {
        const fate = attempt > 4 ? "arrives" : random.chance(0.5) ? "arrives" : random.pick(losses);
        const sent = send(service, request, key);
        if (fate === "is not waited for") unheard.push(sent);
        else if (fate === "is lost") await sent;
        else answer = await sent;
        lost += fate === "arrives" ? 0 : 1;
      }
      await Promise.all(unheard);
      expect(answer.status, answer.text).toBe(200);
      expect(answer.body.license.sequence).toBe(3 + step);
    }
    expect(lost).toBeGreaterThan(20);
    const found = await evidence(service, license.licenseId);
    const types = ["renewed", "suspended", "reinstated", "renewed", "updated"];
    expect(told(found.events)).toEqual(["created", "activated", ...Array.from({ length: 40 }, (_, step) => types[step % types.length])]);
    expect(trailFaults(found)).toEqual([]);
    expect((await service.call("GET", license.at)).body.expiresAt).toBe("2028-08-01T09:00:00.000Z");
  });
});
