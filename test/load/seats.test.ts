import { sql } from "drizzle-orm";
import pg from "pg";
import { expect, test } from "vitest";
import { auditFaults, canariesOf, seatFaults, secretFaults } from "../support/checkers.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { historyFaults } from "../support/history.ts";
import type { Reply } from "../support/http-client.ts";
import { seededRandom } from "../support/random.ts";
import { postgresUrl } from "../support/servers.ts";
import { base, startService } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { startProcesses } from "./processes.ts";

const isLong = process.env["LICENSING_PROVE"] === "long";
const attempts = isLong ? 100_000 : 800;
const licenseCount = isLong ? 400 : 16;
const clients = 64;
const limit = 10;
/** More machines than seats, each of which tries several times. */
const machines = 30;
/** The number of attempts between two samples by a client, while the others go on. */
const sampleEvery = 20;

const service = await startService();
const processes = await startProcesses(service, { count: 2, clients });
const authorization = `Bearer ${await service.token("service")}`;

type Kind = "plain" | "evicting" | "leased";
type Contested = { readonly licenseId: string; readonly kind: Kind; readonly taken: Set<string>; readonly tried: Set<string>; created: number };

const terms = {
  plain: { activationLimit: limit },
  evicting: { activationLimit: limit, onFull: "evict-oldest-idle" },
  leased: { activationLimit: limit, lease: "PT2S" },
} as const satisfies Record<Kind, object>;
const kinds = ["plain", "plain", "plain", "evicting", "leased"] as const;

async function createContested(): Promise<readonly [Contested, ...Contested[]]> {
  const policies = { plain: await createPolicy(service, terms.plain), evicting: await createPolicy(service, terms.evicting), leased: await createPolicy(service, terms.leased) };
  const made: Contested[] = [];
  for (let index = 0; index < licenseCount; index += 1) {
    const kind = kinds[index % kinds.length] ?? "plain";
    const { licenseId } = await issueLicense(service, policies[kind]);
    made.push({ licenseId, kind, taken: new Set(), tried: new Set(), created: 0 });
  }
  const [first, ...rest] = made;
  if (first === undefined) throw new Error("no license");
  return [first, ...rest];
}

/** Counts, past the service, the licenses that have more live seats than their limit. */
async function startSampler() {
  const url = new URL(await postgresUrl());
  url.pathname = `/${service.databaseName}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  const seen = { samples: 0, over: 0 };
  return {
    seen,
    sample: async () => {
      const { rowCount } = await client.query(`select l.id from licensing."License" l join licensing."Activation" a on a.license_id = l.id
        where a.deactivated_at is null and (a.lease_until is null or a.lease_until > clock_timestamp())
        group by l.id having count(*) > l.activation_limit`);
      seen.samples += 1;
      seen.over += rowCount ?? 0;
    },
    stop: () => client.end(),
  };
}

/** One attempt by one of the two routes. Returns the faults of the answer. */
async function attempt(license: Contested, { fingerprint, number }: { readonly fingerprint: string; readonly number: number }): Promise<string[]> {
  const isHolder = license.taken.has(fingerprint);
  license.tried.add(fingerprint);
  const path = number % 2 === 0 ? `${base}/activations` : `${base}/licenses/validate`;
  const headers = { authorization, "x-request-id": `seat-attempt-${number}` };
  const reply = await processes.persist({ method: "POST", path, headers, body: { licenseId: license.licenseId, fingerprint } });
  const got = outcomeOf(reply);
  if (got === "created") license.created += 1;
  if (got === "created" || got === "held") license.taken.add(fingerprint);
  counts[got === undefined ? "failed" : got] += 1;
  if (got === undefined) return [`attempt ${number}: ${reply.status} ${reply.text.slice(0, 160)}`];
  const isLost = license.kind === "plain" && isHolder && got !== "held";
  return isLost ? [`attempt ${number}: a holder was ${got}`] : [];
}

const counts = { created: 0, held: 0, refused: 0, failed: 0 };

function outcomeOf({ status, body }: Reply): "created" | "held" | "refused" | undefined {
  if (status === 201) return "created";
  if (status === 409) return body.code === "activation-limit-reached" ? "refused" : undefined;
  if (status !== 200) return undefined;
  if (body.valid === undefined) return "held";
  if (body.valid === false) return body.code === "ACTIVATION_LIMIT_REACHED" ? "refused" : undefined;
  return body.activation.created === true ? "created" : "held";
}

test(`${attempts} attempts of ${clients} clients on two processes, by both routes: never a seat too many, nor one too few`, { timeout: patient(1_800_000) }, async () => {
  const licenses = await createContested();
  const random = seededRandom(7);
  const sampler = await startSampler();
  await processes.warm(licenses.map(({ licenseId }) => licenseId), authorization);
  const faults: string[] = [];
  let begun = 0;
  const client = async () => {
    while (begun < attempts) {
      const number = (begun += 1);
      const fingerprint = `machine-${String(random.below(machines)).padStart(4, "0")}`;
      faults.push(...(await attempt(random.pick(licenses), { fingerprint, number })));
      if (number % sampleEvery === 0) await sampler.sample();
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  await sampler.stop();
  const { samples, over } = sampler.seen;
  const resent = processes.resent();
  process.stdout.write(`seats: ${attempts} attempts: ${JSON.stringify({ ...counts, resent })}; ${samples} samples, ${over} over\n`);
  expect(faults).toEqual([]);
  // On a busy machine calls may be answered 503; the long form runs on a quiet one.
  if (isLong) expect(resent).toBe(0);
  expect(over).toBe(0);
  expect(samples).toBe(attempts / sampleEvery);
  // On licenses without evictions and releases exactly as many seats were given as there are.
  const plain = licenses.filter(({ kind }) => kind === "plain");
  expect(plain.filter(({ taken, tried }) => taken.size !== Math.min(limit, tried.size))).toEqual([]);
  const [statistics = []] = await service.owner.read(sql`select deadlocks::int as deadlocks from pg_stat_database where datname = current_database()`);
  expect(statistics[0]?.["deadlocks"]).toBe(0);
  expect(await seatFaults(service.owner, new Date())).toEqual([]);
  expect(await auditFaults(service.owner)).toEqual([]);
  expect(await historyFaults(service.owner)).toEqual([]);
  const [given = []] = await service.owner.read(sql`select count(*)::int as seats, count(distinct fingerprint)::int as machines
    from licensing."Activation" where license_id in (select jsonb_array_elements_text(${JSON.stringify(plain.map(({ licenseId }) => licenseId))}::jsonb)::bigint)
    group by license_id having count(*) <> ${limit} or count(distinct fingerprint) <> ${limit}`);
  expect(given.length).toBe(plain.filter(({ tried }) => tried.size < limit).length);
  const [events = []] = await service.owner.read(sql`select count(*)::int as events from licensing."LicenseEvent" where type = 'activated'`);
  if (resent === 0) expect(events[0]?.["events"]).toBe(counts.created);
  expect(secretFaults(processes.all.flatMap(({ printed }) => printed), canariesOf(service.environment))).toEqual([]);
});
