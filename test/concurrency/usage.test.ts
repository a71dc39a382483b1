import { describe, expect, test } from "vitest";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import type { Service } from "../support/service.ts";
import { isEverBroken } from "./unlocked.ts";

const isLong = process.env["LICENSING_PROVE"] === "long";
const clients = 64;
const each = isLong ? 50 : 8;

const service = await startService();
/** The control counts without the condition of the update. Its statements rest between look and update, so that several have seen one count. */
const unguarded = await startService({
  rewriteSql: (query) => query.replace("where u.used + excluded.used <= (select most from asked)", "").replace("used + amount <= most", "used + amount <= most and pg_sleep(0.1) is not null"),
});
/** Its statement that reads a stored answer rests for a time of its own, so that copies of a request commit before, within and after it. */
const resting = await startService({
  rewriteSql: (query) => query.replace(/^(select body_hash.*?where )(.*)$/s, "select r.* from (select pg_sleep(random() / 5)::text as rested offset 0) rest cross join lateral ($1 rest.rested is not null and $2 offset 0) r"),
});
/** The control finds no stored answer. */
const forgetful = await startService({ rewriteSql: (query) => query.replace(/^select body_hash.*$/s, "$& and false") });

async function metered({ call }: Pick<Service, "call">, limit: number, terms: object = {}) {
  const policy = await createPolicy({ call }, { duration: null, activationLimit: 1_000, meters: { exports: { limit, overage: 7, period: "P1M" }, pages: { limit: null } }, ...terms });
  const license = await issueLicense({ call }, policy);
  const own = { authorization: `License ${license.key}` };
  const consume = (amount = 1, headers = {}) => call("POST", `${license.at}/usage`, { body: { meter: "exports", amount }, headers, ...own });
  const used = async () => (await call("GET", `${license.at}/usage`)).body.data[0].used as number;
  const events = async (type: string) => (await call("GET", `${license.at}/events?type=${type}`)).body.data.length as number;
  return { ...license, policy, own, consume, used, events };
}

/** Every client sends its calls one after the other, all clients at once. Answers all of them. */
async function atOnce<Value>(send: (client: number, turn: number) => Promise<Value>, turns = each): Promise<Value[]> {
  const answers = await Promise.all(Array.from({ length: clients }, async (_, client) => {
    const own: Value[] = [];
    for (let turn = 0; turn < turns; turn += 1) own.push(await send(client, turn));
    return own;
  }));
  return answers.flat();
}

const granted = (answers: readonly { readonly status: number }[]) => answers.filter(({ status }) => status === 200).length;

describe(`${clients} clients with ${each} calls each on one meter`, () => {
  const limit = Math.floor((clients * each) / 2);

  test("are granted limit and overage exactly, none fails, and one event says so", async () => {
    const license = await metered(service, limit);
    const answers = await atOnce(() => license.consume());
    expect(granted(answers)).toBe(limit + 7);
    expect(new Set(answers.map(({ status, body }) => (status === 200 ? "granted" : body.code)))).toEqual(new Set(["granted", "usage-limit-reached"]));
    expect(new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body.used)).size).toBe(limit + 7);
    expect([await license.used(), await license.events("usage-limit-reached")]).toEqual([limit + 7, 1]);
  });

  test("(control) are granted more without the statement's guard", async () => {
    const isOver = async () => {
      const license = await metered(unguarded, 20);
      return granted(await atOnce(() => license.consume(), 2)) > 27;
    };
    expect(await isEverBroken(isOver)).toBe(true);
  });

  test("of different amounts never pass the limit, and leave no room for the smallest that was refused", async () => {
    const license = await metered(service, 150);
    const answers = await atOnce((client) => license.consume(1 + (client % 5)), 4);
    const used = await license.used();
    expect(used).toBe(157);
    expect(answers.reduce((total, { status }, index) => total + (status === 200 ? 1 + (Math.floor(index / 4) % 5) : 0), 0)).toBe(used);
  });
});

describe("copies of one consume for the last unit", () => {
  const answers = async (of: Service, key: string) => {
    const license = await metered(of, 0);
    await license.consume(6);
    const copies = await Promise.all(Array.from({ length: clients }, () => license.consume(1, { "idempotency-key": key })));
    return { told: [...new Set(copies.map(({ status, body }) => `${status} ${body.code ?? body.used}`))], used: await license.used(), events: await license.events("usage-limit-reached") };
  };

  test("get its one answer, in whatever order their statements run, and no event says that the limit is reached", async () => {
    for (let round = 0; round < 3; round += 1) expect(await answers(resting, `last-unit-${round}`)).toEqual({ told: ["200 7"], used: 7, events: 0 });
  });

  test("(control) are refused without stored answers", async () => {
    expect((await answers(forgetful, "last-unit")).told).toContain("409 usage-limit-reached");
  });
});

describe("a seat and use in one validation", () => {
  test("are given both or neither, whichever is full first", async () => {
    for (const [limit, activationLimit] of [[13, 1_000], [500, 13]] as const) {
      const license = await metered(service, limit, { activationLimit });
      const answers = await atOnce((client) =>
        service.call("POST", `${base}/licenses/validate`, { body: { licenseId: license.licenseId, fingerprint: `machine-${client}-abc`, usage: [{ meter: "pages" }, { meter: "exports" }] } }), 1);
      const valid = answers.filter(({ body }) => body.valid).length;
      const { seatsUsed } = (await service.call("GET", license.at)).body;
      const pages = (await service.call("GET", `${license.at}/usage`)).body.data[1].used;
      expect([valid, seatsUsed, await license.used(), pages]).toEqual(Array(4).fill(Math.min(limit + 7, activationLimit)));
    }
  });

  test("and plain consumes together never pass the limit", async () => {
    const license = await metered(service, 60);
    const answers = await atOnce(async (client) => {
      if (client % 2 === 0) return (await license.consume()).status === 200;
      const body = { licenseId: license.licenseId, usage: [{ meter: "exports" }] };
      return (await service.call("POST", `${base}/licenses/validate`, { body })).body.valid as boolean;
    }, 2);
    expect([answers.filter(Boolean).length, await license.used()]).toEqual([67, 67]);
  });
});

/** Consumes run without a pause until `change` is answered; every consume that began later must fulfil `expected`. */
async function during(license: Awaited<ReturnType<typeof metered>>, change: () => Promise<unknown>, expected: (answer: { status: number; body: { code?: string } }) => boolean) {
  let isAnswered = false;
  const late: { status: number; body: { code?: string } }[] = [];
  const clientLoop = async () => {
    for (let rest = 3; rest > 0;) {
      const began = isAnswered;
      const answer = await license.consume();
      if (!began) continue;
      late.push(answer);
      rest -= 1;
    }
  };
  const loops = Array.from({ length: 12 }, clientLoop);
  await license.consume();
  await change();
  isAnswered = true;
  await Promise.all(loops);
  expect(late.length).toBeGreaterThanOrEqual(36);
  expect(late.filter((answer) => !expected(answer))).toEqual([]);
}

describe("nothing that is asked after the answer is granted on the old terms:", () => {
  test("a suspend", async () => {
    const license = await metered(service, 1_000_000);
    await during(license, () => service.call("POST", `${license.at}/suspend`, { body: {} }), ({ body }) => body.code === "license-suspended");
  });

  test("a lowered limit", async () => {
    const license = await metered(service, 1_000_000);
    await service.call("PATCH", `${base}/policies/${license.policy}`, { body: { meters: { exports: { limit: 0 } } } });
    await during(license, () => service.call("POST", `${base}/policies/${license.policy}/apply`, { body: {} }), ({ body }) => body.code === "usage-limit-reached");
  });

  test("a period's end", async () => {
    const license = await metered(service, 1_000_000);
    const ends = new Date((await license.consume()).body.periodEndsAt);
    service.clock.set(new Date(ends.getTime() - 1));
    const counts = new Set<string>();
    await during(license, () => Promise.resolve(service.clock.set(ends)), (answer) => {
      counts.add((answer.body as { periodEndsAt?: string }).periodEndsAt ?? "");
      return answer.status === 200;
    });
    expect(counts.size).toBe(1);
    expect([...counts][0]).not.toBe(ends.toISOString());
  });

  test("a correction's event records the exact counts before and after, while others consume", async () => {
    const license = await metered(service, 1_000_000);
    const [answers] = await Promise.all([atOnce(() => license.consume(), 2), service.call("PUT", `${license.at}/usage/exports`, { body: { used: 1_000 } })]);
    expect(granted(answers)).toBe(clients * 2);
    const [event] = (await service.call("GET", `${license.at}/events?type=updated`)).body.data;
    const [from, to] = event.changes.usage as [{ used: number }, { used: number }];
    expect(to.used).toBe(1_000);
    expect(await license.used()).toBe(1_000 + clients * 2 - from.used);
  });
});
