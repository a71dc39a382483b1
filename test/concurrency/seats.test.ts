import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { base, startService } from "../support/service.ts";
import type { Service } from "../support/service.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { isEverBroken, withoutLocks } from "./unlocked.ts";

const service = await startService();
/** The control: the same service, whose commits don't lock the license first. */
const unlocked = await startService({ rewriteSql: withoutLocks });
/** Another control, whose guard doesn't count seats. */
const unguarded = await startService({ rewriteSql: (query) => query.replace("l.activation_limit > (coalesce(", "l.activation_limit > 0 * (coalesce(").replace("- (select count(*) from closable", "- 0 * (select count(*) from closable") });

const fingerprints = Array.from({ length: 40 }, (_, index) => `machine-${String(index).padStart(4, "0")}`);
const callsEach = 5;
const limit = 5;

/** 200 calls at once, shuffled the same way every time: 5 for each of 40 machines. */
function shuffledCalls(): string[] {
  const calls = fingerprints.flatMap((fingerprint) => Array.from({ length: callsEach }, () => fingerprint));
  return calls.map((call, index) => [call, (index * 7919) % 200] as const).sort((left, right) => left[1] - right[1]).map(([call]) => call);
}

async function seatRows(service: Service, licenseId: string) {
  const [rows = []] = await service.owner.read(sql`select
    (select count(*)::int from licensing."Activation" where license_id = ${licenseId}::bigint and deactivated_at is null) as seats,
    (select count(*)::int from licensing."LicenseEvent" where license_id = ${licenseId}::bigint) as events,
    (select sequence::int from licensing."License" where id = ${licenseId}::bigint) as sequence`);
  return rows[0] as { seats: number; events: number; sequence: number };
}

async function race(service: Service, licenseId: string) {
  return Promise.all(
    shuffledCalls().map(async (fingerprint) => {
      const answer = await service.call("POST", `${base}/activations`, { body: { licenseId, fingerprint } });
      return { fingerprint, status: answer.status, code: answer.body?.code as string | undefined };
    }),
  );
}

type Raced = Awaited<ReturnType<typeof race>>;

/** The violations of the guarantee. */
async function broken(service: Service): Promise<string[]> {
  const { licenseId } = await issueLicense(service, await createPolicy(service, { activationLimit: limit }));
  const answers: Raced = await race(service, licenseId);
  const taken = answers.filter((answer) => answer.status === 201);
  const holders = new Set(taken.map((answer) => answer.fingerprint));
  const rows = await seatRows(service, licenseId);
  return [
    ...(taken.length === limit && holders.size === limit ? [] : [`${taken.length} seats were given to ${holders.size} machines`]),
    ...(answers.some((answer) => answer.status >= 500) ? ["a call failed"] : []),
    ...(answers.some((answer) => holders.has(answer.fingerprint) && answer.status >= 400) ? ["a holder was refused"] : []),
    ...(answers.some((answer) => answer.status === 409 && answer.code !== "activation-limit-reached") ? ["a refusal has another reason"] : []),
    ...(rows.seats === limit ? [] : [`${rows.seats} rows are live`]),
    ...(rows.events === rows.sequence && rows.events === 1 + limit ? [] : [`${rows.events} events at sequence ${rows.sequence}`]),
  ];
}

describe("200 simultaneous activations of 40 machines on 5 seats", () => {
  test("give exactly 5 seats, refuse no machine that holds one, and write one event each", async () => {
    expect(await broken(service)).toEqual([]);
  });

  test("(control) break this guarantee without the lock", async () => {
    expect(await isEverBroken(async () => (await broken(unlocked)).length > 0)).toBe(true);
  });

  test("(control) break this guarantee without the count in the guard", async () => {
    expect(await isEverBroken(async () => (await broken(unguarded)).length > 0)).toBe(true);
  });
});
