import { sql } from "drizzle-orm";
import { afterAll, describe, expect, test } from "vitest";
import { generateKey } from "@licensing/core/keyring/signing-key.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { startFaultyService } from "../support/faulty-service.ts";
import type { Answer, Service } from "../support/service.ts";
import { base, createCall, startService } from "../support/service.ts";
import { isEverBroken } from "./unlocked.ts";

/** Changes of policies, access and keys don't use `perform`, but are also made once for one Idempotency-Key. */
const twoKeys = { APP_ENV_LICENSING_ED25519_PRIVATE_KEY: `${generateKey().privatePem}\n${generateKey().privatePem}` };
const service = await startService({ environment: twoKeys });
/** The control: the same service, which finds no stored answer. */
const forgetful = await startService({ rewriteSql: (query) => (query.includes('from licensing."IdempotencyRecord"') ? `${query} and false` : query) });
await forgetful.owner.write(sql`alter table licensing."IdempotencyRecord" drop constraint "IdempotencyRecord_pkey"`);

/** Counts writes by triggers, past the service: one row for each committed insert or update. */
async function witness({ owner }: Service): Promise<void> {
  await owner.write(sql`create table licensing."Written" (name text not null)`);
  await owner.write(sql`create function licensing.note_written() returns trigger language plpgsql security definer as
    $$ begin insert into licensing."Written" values (tg_table_name); return null; end $$`);
  for (const table of ["Policy", "Credential", "PolicyDefinition", "LicenseEvent"]) {
    await owner.write(sql`create trigger note_written after insert or update on licensing.${sql.identifier(table)}
      for each row execute function licensing.note_written()`);
  }
}
await witness(service);
await witness(forgetful);

async function written({ owner }: Service): Promise<Readonly<Record<string, number>>> {
  const [rows = []] = await owner.read(sql`select name, count(*)::int as count from licensing."Written" group by name`);
  return Object.fromEntries(rows.map((row) => [String(row["name"]), Number(row["count"])]));
}

type Request = { readonly method: string; readonly path: string; readonly body?: unknown };
type Route = { readonly prepare: (of: Service) => Promise<Request>; readonly writes: Readonly<Record<string, number>> };

let count = 0;
const unique = (prefix: string) => `${prefix}-${(count += 1)}`;
const at = (path: string, body?: unknown): Request => ({ method: "POST", path: `${base}${path}`, ...(body === undefined ? {} : { body }) });

const routes: Readonly<Record<string, Route>> = {
  "create a policy": { prepare: () => Promise.resolve(at("/policies", { code: unique("once"), name: "Once" })), writes: { Policy: 1 } },
  "change a policy": {
    prepare: async (of) => ({ method: "PATCH", path: `${base}/policies/${await createPolicy(of)}`, body: { activationLimit: 7 } }),
    writes: { Policy: 1 },
  },
  "apply a policy": {
    prepare: async (of) => {
      const policy = await createPolicy(of, { activationLimit: 2 });
      for (let licenses = 0; licenses < 3; licenses += 1) await issueLicense(of, policy);
      await of.call("PATCH", `${base}/policies/${policy}`, { body: { activationLimit: 9 } });
      return at(`/policies/${policy}/apply`);
    },
    writes: { LicenseEvent: 3 },
  },
  "make a credential": { prepare: () => Promise.resolve(at("/credentials", { name: unique("once"), roles: ["licensing-service"] })), writes: { Credential: 1 } },
  "add a rule of access": {
    prepare: () => Promise.resolve(at("/policy-definitions", { variant: "assign_role", subject: `user:${unique("somebody")}`, target: "role:licensing-auditor" })),
    writes: { PolicyDefinition: 1 },
  },
  "replay events to a webhook": {
    prepare: async (of) => {
      const { body } = await of.call("POST", `${base}/webhooks`, { body: { url: "http://127.0.0.1:9/hook" } });
      await of.owner.write(sql`update licensing."Webhook" set tested_at = now() where id::text = ${body.id}`);
      return at(`/webhooks/${body.id}/replay`, { after: new Date(Date.now() - 86_400_000).toISOString() });
    },
    writes: {},
  },
  "check the keys": { prepare: () => Promise.resolve(at("/keys/check")), writes: {} },
};

const copies = 50;
type Send = (request: Request, key: string) => Promise<Answer>;
const sender = (call: Service["call"]): Send => ({ method, path, body }, key) =>
  call(method, path, { ...(body === undefined ? {} : { body }), headers: { "idempotency-key": key } });

/** Calls as clients should: after no answer, or after 503, the same request is sent again with the same key. */
async function untilAnswered(send: () => Promise<Answer>): Promise<{ readonly answer: Answer; readonly attempts: number }> {
  for (let attempts = 1; attempts <= 20; attempts += 1) {
    const answer = await send().catch(() => undefined);
    if (answer !== undefined && answer.status !== 503) return { answer, attempts };
  }
  throw new Error("never answered");
}

function said({ status, headers, body }: Answer): string {
  return JSON.stringify({ status, location: headers.get("location"), body: body as unknown });
}

/** Sends copies of one request at once. Returns the violations of "one effect, one answer" and the number of calls. */
async function broken(of: Service, { prepare, writes }: Route, { send, times = copies }: { send: Send; times?: number }) {
  const request = await prepare(of);
  const before = await written(of);
  const key = unique("key");
  const told = await Promise.all(Array.from({ length: times }, () => untilAnswered(() => send(request, key))));
  const after = await written(of);
  const changed = Object.fromEntries(Object.keys(after).map((name) => [name, (after[name] ?? 0) - (before[name] ?? 0)]).filter(([, more]) => more !== 0));
  const answers = new Set(told.map(({ answer }) => said(answer)));
  const faults = [
    ...(told.every(({ answer }) => answer.status < 300) ? [] : [`answered ${[...answers].join(" ").slice(0, 500)}`]),
    ...(answers.size === 1 ? [] : [`${answers.size} different answers`]),
    ...(JSON.stringify(changed) === JSON.stringify(writes) ? [] : [`wrote ${JSON.stringify(changed)}`]),
  ];
  return { faults, attempts: told.reduce((sum, { attempts }) => sum + attempts, 0) };
}

describe(`${copies} copies of one request at once, half of whose answers are lost, so that they are sent again,`, async () => {
  const lossy = await startFaultProxy(Number(new URL(service.origin).port));
  afterAll(lossy.close);
  const send = sender(createCall(`http://127.0.0.1:${lossy.port}`, () => service.token("admin")));

  test.each(Object.entries(routes))("to %s have one effect and one answer", async (_, route) => {
    let turn = 0;
    await lossy.set({ fault: "drop-response", times: copies / 2, when: ({ method, path }) => method !== "GET" && path.startsWith(base) && (turn += 1) % 2 === 1 });
    const { faults, attempts } = await broken(service, route, { send });
    expect(faults).toEqual([]);
    expect(lossy.spoiled()).toBe(copies / 2);
    // A call may also be told to repeat itself.
    expect(attempts).toBeGreaterThanOrEqual(copies + copies / 2);
  });
});

describe("when the database's answer to a change is lost, and the service or its caller sends the change again", async () => {
  const faulty = await startFaultyService(service, { timeoutMs: 10_000 });

  test.each(Object.entries(routes))("to %s has one effect and one answer", async (_, route) => {
    await faulty.proxies.database.set({ fault: "drop-response", times: 10, when: ({ body }) => body.includes("insert into licensing.\\\"IdempotencyRecord") });
    const { faults, attempts } = await broken(service, route, { send: sender(faulty.call), times: 20 });
    expect(faults).toEqual([]);
    // Requests that begin late find the answer and write nothing.
    expect(faulty.proxies.database.spoiled()).toBeGreaterThan(0);
    // The service itself sends a change again if its connection had been kept. Only a loss on a new one reaches the caller.
    expect(attempts).toBeLessThanOrEqual(20 + faulty.proxies.database.spoiled());
    await faulty.heal();
  });
});

describe("(control) without stored answers", () => {
  test.each(["create a policy", "change a policy", "make a credential", "add a rule of access"])("copies to %s have different answers or effects", async (name) => {
    const route = routes[name];
    if (route === undefined) throw new Error("no route");
    expect(await isEverBroken(async () => (await broken(forgetful, route, { send: sender(forgetful.call), times: 10 })).faults.length > 0)).toBe(true);
  });
});

test("50 copies of a denial of the signing key deny it once, and all get the same answer", async () => {
  const send = sender(service.call);
  await send(at("/keys/check"), unique("key"));
  const ring = async () => (await service.call("GET", `${base}/keys`)).body.data as readonly { readonly kid: string; readonly state: string }[];
  const active = (await ring()).find(({ state }) => state === "active");
  const key = unique("key");
  const told = await Promise.all(Array.from({ length: copies }, () => untilAnswered(() => send(at(`/keys/${active?.kid}/compromise`), key))));
  expect(new Set(told.map(({ answer }) => said(answer))).size).toBe(1);
  expect(told[0]?.answer).toMatchObject({ status: 200, body: { key: { kid: active?.kid, state: "compromised" } } });
  expect((await ring()).map(({ state }) => state).toSorted()).toEqual(["active", "compromised"]);
});
