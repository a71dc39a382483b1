import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { base, startService } from "../support/service.ts";
import type { Service } from "../support/service.ts";
import { isEverBroken } from "./unlocked.ts";

const service = await startService();
/** The control: the same service, whose ledger of trials accepts a holder twice. */
const forgiving = await startService();
await forgiving.owner.write(sql`alter table licensing."TrialLedger" drop constraint "TrialLedger_pkey"`);

let races = 0;

async function race(of: Service, headers: Readonly<Record<string, string>> = {}) {
  const holder = { type: "user", id: `racer-${(races += 1)}` };
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => of.call("POST", `${base}/licenses`, { body: { policy: "free-trial", holder }, headers })),
  );
  const [rows = []] = await of.owner.read(sql`select
    (select count(*)::int from licensing."License" where holder_id = ${holder.id}) as licenses,
    (select count(*)::int from licensing."TrialLedger" where holder_id = ${holder.id}) as trials,
    (select count(*)::int from licensing."LicenseEvent" e join licensing."License" l on l.id = e.license_id where l.holder_id = ${holder.id}) as events,
    (select count(*)::int from licensing."LicenseKey" k join licensing."License" l on l.id = k.license_id where l.holder_id = ${holder.id}) as keys`);
  return { answers, kept: rows[0] as Readonly<Record<string, number>> };
}

describe("twenty trials for one holder at once", () => {
  test("make one license; the others are trial-already-used and write nothing", async () => {
    for (let round = 0; round < 5; round += 1) {
      const { answers, kept } = await race(service);
      expect(answers.map(({ status, body }) => `${status} ${body.code ?? ""}`).sort()).toEqual(["201 ", ...Array<string>(19).fill("409 trial-already-used")]);
      expect(kept).toEqual({ licenses: 1, trials: 1, events: 1, keys: 1 });
    }
  });

  test("(control) make more than one if a holder may be in the ledger twice", async () => {
    expect(await isEverBroken(async () => Number((await race(forgiving)).kept["licenses"]) > 1)).toBe(true);
  });

  test("that are copies of one request are all answered with the same license and key", async () => {
    const { answers, kept } = await race(service, { "idempotency-key": "one-trial-many-copies" });
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ body }) => `${body.license.id} ${body.key}`)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get("idempotent-replayed") === "true")).toHaveLength(19);
    expect(kept).toEqual({ licenses: 1, trials: 1, events: 1, keys: 1 });
  });
});

test("of twenty requests that import the same license key at once, one gets it", async () => {
  const issue = (index: number) =>
    service.call("POST", `${base}/licenses`, { body: { policy: "free-trial", holder: { type: "user", id: `bringer-${index}` }, key: "brought-from-elsewhere-0001" } });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => issue(index)));
  expect(answers.map(({ status, body }) => `${status} ${body.code ?? ""}`).sort()).toEqual(["201 ", ...Array<string>(19).fill("409 key-taken")]);
});
