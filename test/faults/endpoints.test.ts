import { afterAll, describe, expect, test } from "vitest";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import type { Endpoint } from "../support/faulty-service.ts";
import { startFaultyService } from "../support/faulty-service.ts";
import type { Fault, ProxiedRequest } from "../support/fault-proxy.ts";
import { canariesOf, publicationFaults, secretFaults } from "../support/checkers.ts";
import { startService } from "../support/service.ts";
import { createContext } from "./operations.ts";
import type { Operation } from "./operations.ts";
import type { Outcome, Report } from "./trial.ts";
import { runTrial } from "./trial.ts";

/** One way of failing, and the outcome of every operation under it. */
type Scenario = {
  readonly id: string;
  readonly endpoint: Endpoint;
  readonly fault: Fault;
  readonly when?: "commit";
  readonly latencyMs?: number;
  readonly expected: (operation: Operation) => readonly Outcome[];
  readonly publication?: "published" | "pending";
};

/** The scenarios of every run; the long form plays all of them, several times. */
const sample = new Set([
  "database refuse", "database blackhole", "database slicer", "database garbage", "database html-500",
  "commit reset", "commit drop-response", "commit hang-response", "commit garbage", "commit html-500",
  "redis refuse", "redis blackhole", "redis drop-response", "redis html-500", "redis empty", "redis bit-flip",
  "identity refuse", "identity blackhole", "identity empty",
]);

const always = (...outcomes: Outcome[]) => () => outcomes;
const right = always("right");
const unavailable = always("dependency-unavailable");
/** Only changes are affected. */
const ofChanges = (...outcomes: Outcome[]) => ({ kind }: Operation) => (kind === "read" ? (["right"] as const) : outcomes);
const unknown = ofChanges("outcome-unknown");

const database: readonly Scenario[] = [
  { id: "F-DB-01", endpoint: "database", fault: "refuse", expected: unavailable },
  { id: "F-DB-02", endpoint: "database", fault: "reset", expected: unavailable },
  { id: "F-DB-03", endpoint: "database", fault: "blackhole", expected: unavailable },
  { id: "F-DB-04", endpoint: "database", fault: "latency", latencyMs: 400, expected: right },
  { id: "F-DB-05", endpoint: "database", fault: "slow", expected: unavailable },
  { id: "F-DB-06", endpoint: "database", fault: "slicer", expected: right },
  { id: "F-DB-07", endpoint: "database", fault: "cut-request", expected: unavailable },
  { id: "F-DB-12", endpoint: "database", fault: "html-500", expected: unavailable },
  { id: "F-DB-13", endpoint: "database", fault: "too-many", expected: unavailable },
  { id: "F-DB-08", endpoint: "database", fault: "drop-response", expected: unavailable },
  { id: "F-DB-09", endpoint: "database", fault: "hang-response", expected: unavailable },
  { id: "F-DB-10", endpoint: "database", fault: "truncate", expected: unavailable },
  { id: "F-DB-11", endpoint: "database", fault: "garbage", expected: unavailable },
];

/** The reads succeed; the fault strikes the change. */
const commits: readonly Scenario[] = [
  { id: "F-DB-02", endpoint: "database", when: "commit", fault: "reset", expected: unknown },
  { id: "F-DB-03", endpoint: "database", when: "commit", fault: "blackhole", expected: unknown },
  { id: "F-DB-04", endpoint: "database", when: "commit", fault: "latency", latencyMs: 4_800, expected: unknown },
  { id: "F-DB-07", endpoint: "database", when: "commit", fault: "cut-request", expected: unknown },
  { id: "F-DB-08", endpoint: "database", when: "commit", fault: "drop-response", expected: unknown },
  { id: "F-DB-09", endpoint: "database", when: "commit", fault: "hang-response", expected: unknown },
  { id: "F-DB-10", endpoint: "database", when: "commit", fault: "truncate", expected: unknown },
  { id: "F-DB-11", endpoint: "database", when: "commit", fault: "garbage", expected: unknown },
  { id: "F-DB-05", endpoint: "database", when: "commit", fault: "slow", expected: unknown },
  // A gateway's own page leaves it open whether the database was reached.
  { id: "F-DB-12", endpoint: "database", when: "commit", fault: "html-500", expected: unknown },
  { id: "F-DB-13", endpoint: "database", when: "commit", fault: "too-many", expected: ofChanges("dependency-unavailable") },
];

const redis: readonly Scenario[] = (
  [
    ["F-RD-01", "refuse"], ["F-RD-02", "reset"], ["F-RD-03", "blackhole"], ["F-RD-04", "latency"], ["F-RD-05", "slow"], ["F-RD-06", "cut-request"],
    ["F-RD-07", "drop-response"], ["F-RD-08", "hang-response"], ["F-RD-09", "truncate"], ["F-RD-10", "html-500"], ["F-RD-11", "too-many"],
    ["F-RD-12", "unauthorized"], ["F-RD-13", "empty"], ["F-RD-09", "garbage"],
  ] as const
).map(([id, fault]) => ({ id, endpoint: "redis", fault, latencyMs: 2_000, expected: right, publication: "pending" }));

const spoiled: readonly Scenario[] = [
  { id: "F-RD-14", endpoint: "redis", fault: "bit-flip", expected: right },
  { id: "F-RD-06", endpoint: "redis", fault: "slicer", expected: right, publication: "published" },
];

const identity: readonly Scenario[] = (
  [
    ["F-JW-01", "refuse"], ["F-JW-02", "blackhole"], ["F-JW-03", "html-500"], ["F-JW-04", "garbage"], ["F-JW-04", "truncate"],
    ["F-JW-05", "empty"], ["F-JW-06", "redirect"], ["F-JW-07", "huge"], ["F-JW-02", "slow"], ["F-JW-01", "reset"], ["F-JW-03", "too-many"],
  ] as const
).map(([id, fault]) => ({ id, endpoint: "identity", fault, expected: right }));

/** Tokens can't be verified; callers with another credential aren't affected. */
const withoutToken = ({ name }: Operation): readonly Outcome[] =>
  name.includes("as a service") || name.includes("own key") ? ["right"] : ["dependency-unavailable"];

/** Faults for which a call to the database takes all the time of its function. */
const hanging: ReadonlySet<Fault> = new Set(["blackhole", "latency", "slow", "hang-response"]);
/** The time of each function, after which the platform would end it. The second is for calls that end by themselves, on a machine of any speed. */
const [briefMs, timeoutMs] = [5_000, 15_000];
const isLong = process.env["LICENSING_PROVE"] === "long";
const rounds = isLong ? 5 : 1;

const service = await startService();
const context = await createContext(service);
const brief = await startFaultyService(service, { timeoutMs: briefMs });
const warm = await startFaultyService(service, { timeoutMs });
const warmFor = ({ endpoint, fault }: Scenario) => (endpoint === "database" && hanging.has(fault) ? brief : warm);
const totals = { trials: 0, operations: 0, outcomes: {} as Record<string, number> };

function note(report: Report): void {
  totals.trials += 1;
  totals.operations += report.tried;
  for (const [outcome, count] of Object.entries(report.outcomes)) totals.outcomes[outcome] = (totals.outcomes[outcome] ?? 0) + count;
}

afterAll(() => process.stdout.write(`endpoints: ${totals.trials} faults x operations = ${totals.operations}: ${JSON.stringify(totals.outcomes)}\n`));

/** Only changes set timeouts, so a request with one is a change. */
const isCommit = ({ body }: ProxiedRequest) => body.includes("lock_timeout");

async function faultsOf(scenario: Scenario, faulty = warmFor(scenario)): Promise<readonly string[]> {
  const { endpoint, fault, latencyMs, publication } = scenario;
  const proxy = faulty.proxies[endpoint];
  const subjects: string[] = [];
  const report = await runTrial({
    context,
    faulty,
    expected: scenario.expected,
    inject: async (touched) => {
      subjects.push(...touched.map(({ licenseId }) => licenseId));
      await proxy.set({ fault, ...(latencyMs === undefined ? {} : { latencyMs }), ...(scenario.when === undefined ? {} : { when: isCommit }) });
      return proxy.heal;
    },
    alsoRight: ({ body }) => publication === undefined || body?.certificate === undefined || body.certificate.state === publication,
  });
  note(report);
  const met = fault === "refuse" || proxy.spoiled() > 0 ? [] : ["no request met the fault"];
  return [...report.faults, ...met, ...(await healed(subjects))];
}

/** Recovery needs no person: the reconciler publishes due certificates, and then Redis equals the database. */
async function healed(licenseIds: readonly string[]): Promise<string[]> {
  service.clock.advance(11);
  const { failed, stopped } = await reconcile(service.runtime);
  return [...(failed === 0 && stopped === "drained" ? [] : [`the reconciler failed ${failed} and stopped: ${stopped}`]), ...(await publicationFaults(service.runtime, licenseIds))];
}

const isSampled = ({ endpoint, when, fault }: Scenario) => sample.has(`${when ?? endpoint} ${fault}`);
const cases = (scenarios: readonly Scenario[]) =>
  scenarios.filter((scenario) => isLong || isSampled(scenario)).map((scenario) => [`${scenario.id} ${scenario.fault}`, scenario] as const);

for (let round = 1; round <= rounds; round += 1) {
  describe(`round ${round}: each operation ends in time with an allowed outcome, and has one effect after a repetition, if`, () => {
    test.each(cases(database))("the database fails: %s", async (_name, scenario) => {
      expect(await faultsOf(scenario)).toEqual([]);
    });
    test.each(cases(commits))("the database fails at the commit: %s", async (_name, scenario) => {
      expect(await faultsOf(scenario)).toEqual([]);
    });
    test.each(cases(redis))("Redis fails: %s", async (_name, scenario) => {
      expect(await faultsOf(scenario)).toEqual([]);
    });
    test.each(cases(spoiled))("Redis answers oddly: %s", async (_name, scenario) => {
      expect(await faultsOf(scenario)).toEqual([]);
    });
    test.each(cases(identity))("the identity provider fails a process that knows its keys: %s", async (_name, scenario) => {
      // The keys are no longer fresh, so the provider is asked again.
      service.clock.advance(700);
      expect(await faultsOf(scenario)).toEqual([]);
    });
    test.each(cases(identity))("the identity provider fails a process without its keys: %s", async (_name, scenario) => {
      const cold = await startFaultyService(service, { timeoutMs });
      expect(await faultsOf({ ...scenario, expected: withoutToken }, cold)).toEqual([]);
    });
  });
}

test("no secret was printed", () => {
  expect(warm.printed.length).toBeGreaterThan(100);
  expect(secretFaults([...warm.printed, ...brief.printed, ...service.printed], canariesOf(service.environment))).toEqual([]);
});
