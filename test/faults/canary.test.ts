import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Canaries, Round } from "../support/canaries.ts";
import { createCanaries, noteConfiguration, sendCanaries } from "../support/canaries.ts";
import { insideFaults, secretFaults } from "../support/checkers.ts";
import type { FaultyService } from "../support/faulty-service.ts";
import { startFaultyService } from "../support/faulty-service.ts";
import type { Trouble } from "../support/fault-proxy.ts";
import { startService } from "../support/service.ts";

/**
 * Neither a secret nor a caller's input is printed or answered in a problem, whatever fails. The test searches the log's lines,
 * the process's other output and every problem's body.
 */
const service = await startService();
const canaries: Canaries = createCanaries();
noteConfiguration(canaries, service.environment);

/** This process's output to its standard streams, beside the service's log. */
const written: string[] = [];
const streams = [process.stdout, process.stderr].map((stream) => ({ stream, write: stream.write.bind(stream) }));
beforeAll(() => {
  for (const { stream, write } of streams) {
    stream.write = ((...args: Parameters<typeof write>) => {
      written.push(String(args[0]));
      return write(...args);
    }) as typeof stream.write;
  }
});
afterAll(() => streams.forEach(({ stream, write }) => (stream.write = write)));

const printed: { readonly by: readonly string[]; seen: number }[] = [{ by: service.printed, seen: 0 }];
let processes = 0;

/** A process with empty caches. */
async function startProcess(): Promise<FaultyService> {
  const started = await startFaultyService(service, { timeoutMs: 4_000 });
  printed.push({ by: started.printed, seen: 0 });
  processes += 1;
  return started;
}

/** A refused activation is answered with the seats' names, which callers gave, and with masked fingerprints. */
function saidIn(body: string): readonly string[] {
  const isFull = body.includes('"code":"activation-limit-reached"');
  return canaries.foundIn(body).filter((what) => !(isFull && what === "seat name"));
}

/** Runs a round. Returns the canaries that got out. */
async function round(faulty: FaultyService): Promise<{ readonly leaks: readonly string[]; readonly statuses: Round["statuses"]; readonly lines: string }> {
  const { problems, statuses } = await sendCanaries({ call: faulty.call, token: service.token }, canaries);
  const lines = printed.flatMap((log) => log.by.slice(log.seen)).join("\n");
  for (const log of printed) log.seen = log.by.length;
  const leaks = [
    ...canaries.foundIn(lines).map((what) => `printed: ${what}`),
    ...canaries.foundIn(written.join("")).map((what) => `written: ${what}`),
    ...problems.flatMap((body) => saidIn(body).map((what) => `said: ${what} in ${body.slice(0, 200)}`)),
    ...problems.flatMap(insideFaults),
    ...secretFaults([lines], []),
  ];
  return { leaks: [...new Set(leaks)], statuses, lines };
}

const isCommit: Trouble["when"] = ({ body }) => body.includes("lock_timeout") || body.includes("insert into");
const troubles: readonly (readonly [string, "database" | "redis" | "identity", Trouble, number])[] = [
  ["the database is away", "database", { fault: "refuse" }, 503],
  ["the database ends connections", "database", { fault: "reset" }, 503],
  ["the database answers nonsense", "database", { fault: "garbage" }, 503],
  ["a gateway answers in its place, with a page that holds SQL", "database", { fault: "html-500" }, 503],
  ["the database goes away at the commit", "database", { fault: "reset", when: isCommit }, 503],
  ["the answer to a commit is lost", "database", { fault: "drop-response", when: isCommit }, 503],
  ["Redis is away", "redis", { fault: "refuse" }, 201],
  ["Redis refuses the token", "redis", { fault: "unauthorized" }, 201],
  ["Redis answers nonsense", "redis", { fault: "garbage" }, 201],
  ["the identity provider is away", "identity", { fault: "refuse" }, 503],
  ["the identity provider answers nonsense", "identity", { fault: "garbage" }, 503],
];

test("no canary gets out while nothing fails", async () => {
  const { leaks, statuses, lines } = await round(await startProcess());
  expect(leaks).toEqual([]);
  expect(Object.keys(statuses).map(Number)).toEqual(expect.arrayContaining([200, 201, 400, 401, 404, 409]));
  expect(lines.split("\n").length).toBeGreaterThan(40);
});

test.each(troubles)("no canary gets out while %s, of a new process and of a warm one", async (_, endpoint, trouble, status) => {
  const faulty = await startProcess();
  await faulty.proxies[endpoint].set(trouble);
  const cold = await round(faulty);
  await faulty.heal();
  service.clock.advance(700);
  await faulty.call("GET", "/readyz");
  await faulty.proxies[endpoint].set(trouble);
  const warm = await round(faulty);
  await faulty.heal();
  expect([...cold.leaks, ...warm.leaks]).toEqual([]);
  expect(cold.statuses[status]).toBeGreaterThan(0);
});

/** Postgres's messages of these errors hold values: the existing key, the failing row, the unreadable value. */
test.each([
  ["refuses a row and shows it", sql`alter table licensing."Activation" add constraint no_canary check (fingerprint not like 'canary%') not valid`, sql`alter table licensing."Activation" drop constraint no_canary`],
  ["refuses a license and shows it", sql`alter table licensing."License" add constraint no_canary check (holder_id not like 'canary%') not valid`, sql`alter table licensing."License" drop constraint no_canary`],
  ["lacks a column", sql`alter table licensing."Credential" rename column secret_digest to digest`, sql`alter table licensing."Credential" rename column digest to secret_digest`],
  ["takes back a grant", sql`revoke insert on licensing."LicenseEvent" from licensing_app`, sql`grant insert on licensing."LicenseEvent" to licensing_app`],
])("no canary gets out while the database %s", async (_, breaking, mending) => {
  const faulty = await startProcess();
  await service.owner.write(breaking);
  const { leaks, statuses, lines } = await round(faulty);
  await service.owner.write(mending);
  expect(leaks).toEqual([]);
  expect((statuses[500] ?? 0) + (statuses[503] ?? 0)).toBeGreaterThan(0);
  expect(lines).toContain('"message":"request failed"');
});

test("(control) the search finds a canary that is there", () => {
  expect(canaries.count()).toBeGreaterThan(500);
  const secret = canaries.note("a secret", "canary-control-0123456789");
  for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString("hex"), Buffer.from(secret).toString("base64url")]) {
    expect(canaries.foundIn(`{"error":"duplicate key (${form})"}`)).toEqual(["a secret"]);
  }
  expect(canaries.foundIn(service.environment["APP_ENV_DATABASE_URL"] ?? "")).toEqual(["database password"]);
  expect(processes).toBeGreaterThan(10);
});
