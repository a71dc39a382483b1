import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { markRing } from "@licensing/core/keyring/mark.ts";
import { readMarkedRing } from "@licensing/core/keyring/marked-ring.store.ts";
import { readKeyTable } from "@licensing/core/rotation/key-table.store.ts";
import { rotationPolicy } from "@licensing/core/rotation/states.ts";
import { createFleet } from "./consumer-fleet.ts";
import type { Fleet } from "./consumer-fleet.ts";
import { insertLicenses } from "../support/licenses.ts";
import { deploy, newKey, statesOf } from "./rotating-service.ts";
import type { Deployed } from "./rotating-service.ts";
import { startService } from "../support/service.ts";
import type { Service } from "../support/service.ts";
import { patient } from "../support/slowness.ts";

const start = "2027-01-01T00:00:00.000Z";
const isLong = process.env["LICENSING_PROVE"] === "long";
const certificates = isLong ? 10_000 : 1_000;
const policy = rotationPolicy(86_400);
/** How many certificates three consumers verify between two round trips of a reconciler at work: ten each, or two each in the short form. */
const glance = isLong ? 30 : 6;

/** Another sample of 99 ids at each call, so that every id has its turn. */
function createSampler(ids: readonly string[]): () => readonly string[] {
  let from = 0;
  return () => {
    from += 97;
    return Array.from({ length: 99 }, (_, index) => ids[(from * 31 + index * 101) % ids.length] ?? "");
  };
}

/** Runs the scheduled work of `seconds` as the schedules would, while the consumers verify. Returns their refusals. */
async function pass(seconds: number, given: { service: Service; by: Deployed; fleet: Fleet; sample: () => readonly string[] }): Promise<readonly string[]> {
  const { service, by, fleet, sample } = given;
  const refusals: string[] = [];
  const stepSeconds = 1_800;
  for (let passed = 0; passed < seconds; passed += stepSeconds) {
    service.clock.advance(Math.min(stepSeconds, seconds - passed));
    refusals.push(...(await fleet.verify(sample())));
    if (passed % 3_600 === 0) await by.check();
    const working = { done: false };
    const work = reconcile(by.runtime).finally(() => (working.done = true));
    while (!working.done) refusals.push(...(await fleet.verify(sample().slice(0, glance))));
    expect(await work).toMatchObject({ pending: 0 });
  }
  return refusals;
}

test(`in a full rotation with ${certificates} certificates no consumer refuses one`, async () => {
  const service = await startService({ now: start });
  const [old, next] = [newKey(), newKey()];
  const before = await deploy(service, [old]);
  await before.check();
  const ids = await insertLicenses(service.owner, { count: certificates, now: service.clock.now() });
  await reconcile(before.runtime);
  const fleet = createFleet({ ...before, clock: service.clock });
  const sample = createSampler(ids);

  const after = await deploy(service, [old, next]);
  const given = { service, by: after, fleet, sample };
  expect(await pass(policy.pendingForSeconds + 3_600, given)).toEqual([]);
  expect(statesOf(await after.check())).toEqual({ [old.kid]: "retiring", [next.kid]: "active" });
  expect(await pass(policy.retireAfterSeconds, given)).toEqual([]);
  expect(statesOf(await after.check())).toEqual({ [old.kid]: "retired", [next.kid]: "active" });

  const last = await deploy(service, [next]);
  expect(await pass(3_600, { ...given, by: last })).toEqual([]);
  const { keys } = await readKeyTable(service.runtime);
  expect(keys.map(({ kid, certificates: count }) => [kid, count]).sort()).toEqual([[old.kid, 0], [next.kid, certificates]].sort());
  expect(fleet.verified()).toBeGreaterThan(certificates);
}, patient(900_000));

test("(control) a key that replaces another at once makes the same consumers refuse", async () => {
  const service = await startService({ now: start });
  const [old, next] = [newKey(), newKey()];
  const before = await deploy(service, [old]);
  await before.check();
  const ids = await insertLicenses(service.owner, { count: 500, now: service.clock.now() });
  await reconcile(before.runtime);
  const fleet = createFleet({ ...before, clock: service.clock });
  const sample = createSampler(ids);
  expect(await fleet.verify(sample())).toEqual([]);

  // The ring is written and marked by hand, which no step of the service does.
  const at = new Date(start);
  const x = Buffer.from(next.publicPem.split("\n")[1] ?? "", "base64").subarray(-32).toString("base64url");
  const { keyring } = await readMarkedRing(before.runtime);
  const retired = (keyring?.keys ?? []).map((key) => ({ ...key, state: "retired" as const, retiredAt: at }));
  const active = { kid: next.kid, x, state: "active" as const, createdAt: at, activeAt: at, retiringAt: null, retiredAt: null, compromisedAt: null };
  const written = markRing({ stage: "local", counter: 9, keys: [...retired, active] }, Buffer.from(service.environment["APP_ENV_LICENSING_KEYRING_SECRET"] ?? "", "hex"));
  await service.owner.write(
    sql`update licensing."KeyringMark" set ring = ${written.ring}, mark = ${written.mark}`,
    sql`update licensing."SigningKey" set state = 'retired', retired_at = ${start}::timestamptz`,
    sql`insert into licensing."SigningKey" (kid, x, state, created_at, active_at) values (${next.kid}, ${x}, 'active', ${start}::timestamptz, ${start}::timestamptz)`,
  );
  const after = await deploy(service, [next]);
  // The retired key's certificates don't verify any more, so the reconciler replaces all of them at once.
  expect(await reconcile(after.runtime)).toMatchObject({ published: 500 });
  service.clock.advance(30);
  expect(await fleet.verify(sample())).toContain("key-unknown");
  service.clock.advance(300);
  expect(await fleet.verify(sample())).toEqual([]);
}, patient(120_000));
