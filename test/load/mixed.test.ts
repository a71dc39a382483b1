import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import { auditFaults, canariesOf, effectFaults, publicationFaults, seatFaults, secretFaults } from "../support/checkers.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { historyFaults } from "../support/history.ts";
import { steadyTransport } from "../support/patient-runtime.ts";
import { seededRandom } from "../support/random.ts";
import { startService } from "../support/service.ts";
import { startProcesses } from "./processes.ts";
import { runWorkload } from "./workload.ts";
import type { Shared } from "./workload.ts";

const isLong = process.env["LICENSING_PROVE"] === "long";
const operations = isLong ? 100_000 : 1_000;
const clients = 64;
const licenseCount = isLong ? 200 : 20;

const service = await startService();
const processes = await startProcesses(service, { count: 2, clients });

async function createShared(): Promise<readonly [Shared, ...Shared[]]> {
  const policies = [
    await createPolicy(service, { activationLimit: 5 }),
    await createPolicy(service, { activationLimit: 5, onFull: "evict-oldest-idle", minimumIdle: null }),
    await createPolicy(service, { activationLimit: 5, lease: "PT1H" }),
  ];
  const licenses: Shared[] = [];
  for (let index = 0; index < licenseCount; index += 1) {
    const { licenseId } = await issueLicense(service, policies[index % policies.length] ?? "");
    licenses.push({ licenseId, seats: new Set() });
  }
  const [first, ...rest] = licenses;
  if (first === undefined) throw new Error("no license");
  return [first, ...rest];
}

test(`${operations} mixed operations of ${clients} clients on two processes: nothing lost, invented, oversold, deadlocked or failed`, { timeout: 1_800_000 }, async () => {
  const licenses = await createShared();
  const authorization = `Bearer ${await service.token("admin")}`;
  await processes.warm([licenses[0].licenseId], authorization);
  const tally = await runWorkload({
    send: processes.send,
    licenses,
    authorization,
    random: seededRandom(isLong ? Date.now() : 20_261_123),
    operations,
    clients,
    name: "mixed",
  });
  process.stdout.write(`mixed: ${tally.done} calls of ${clients} clients on 2 processes: ${JSON.stringify(tally.outcomes)}, ${tally.resent} resent\n`);
  expect(tally.unexpected).toEqual([]);
  // On a busy machine calls may be answered 503; the long form runs on a quiet one.
  if (isLong) expect(tally.resent).toBe(0);
  const [statistics = [], freed = []] = await service.owner.read(
    sql`select deadlocks::int as deadlocks from pg_stat_database where datname = current_database()`,
    sql`select count(*)::int as open from licensing."Activation" where deactivated_at is null
      and id in (select jsonb_array_elements_text(${JSON.stringify(tally.freed)}::jsonb)::bigint)`,
  );
  expect([statistics[0]?.["deadlocks"], freed[0]?.["open"]]).toEqual([0, 0]);
  expect(await effectFaults(service.owner, tally.intents)).toEqual([]);
  expect(await seatFaults(service.owner, new Date())).toEqual([]);
  expect(await auditFaults(service.owner)).toEqual([]);
  expect(await historyFaults(service.owner)).toEqual([]);
  const later = createRuntime({ environment: service.environment, now: () => new Date(Date.now() + 15_000), print: () => undefined, transport: steadyTransport() });
  await reconcile(later);
  expect(await publicationFaults(later, licenses.map(({ licenseId }) => licenseId))).toEqual([]);
  later.transport.close();
  expect(secretFaults(processes.all.flatMap(({ printed }) => printed), canariesOf(service.environment))).toEqual([]);
});
