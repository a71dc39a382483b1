import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import { run as licensing } from "@licensing/core/cli/run.ts";
import type { World } from "@licensing/core/cli/world.ts";
import { auditChains } from "@licensing/core/event/audit.store.ts";
import { eventDigest, eventHash } from "@licensing/core/event/event.ts";
import { eventRepresentation } from "@licensing/core/event/representation.ts";
import { DatabaseError } from "@licensing/core/platform/database-error.ts";
import type { Answer, CallOptions } from "../support/service.ts";
import { base, startService } from "../support/service.ts";

const service = await startService({ now: "2026-03-01T00:00:00.000Z" });
const { owner } = service;

async function issue(body: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const answer = await service.call("POST", `${base}/licenses`, { body: { policy: "plain", holder: { type: "user", id: "ada" }, ...body } });
  expect(answer.status, answer.text).toBe(201);
  return answer.body.license.id;
}

const act = async (licenseId: string, verb: string, options: CallOptions = {}) => {
  const answer = await service.call("POST", `${base}/licenses/${licenseId}/${verb}`, options);
  expect(answer.status, answer.text).toBe(200);
};

/** A license with six events. */
async function walked(): Promise<string> {
  const licenseId = await issue();
  const activation = await service.call("POST", `${base}/activations`, { body: { licenseId, fingerprint: "machine-one" } });
  await service.call("DELETE", `${base}/activations/${activation.body.activation.id}`);
  for (const verb of ["suspend", "reinstate", "revoke"]) await act(licenseId, verb);
  return licenseId;
}

const eventsOf = (licenseId: string, query = "", options?: CallOptions) => service.call("GET", `${base}/licenses/${licenseId}/events?${query}`, options);
const typesOf = (answer: Answer): string[] => answer.body.data.map(({ type }: { type: string }) => type);
const walkTypes = ["created", "activated", "deactivated", "suspended", "reinstated", "revoked"];

beforeAll(async () => {
  await service.call("POST", `${base}/policies`, { body: { code: "plain", name: "Plain", duration: "P1Y", activationLimit: 3 } });
});

describe("a license's trail", () => {
  test("has an event for each change, in order, each with the hash of the one before", async () => {
    const licenseId = await walked();
    const answer = await eventsOf(licenseId);
    expect(answer.status).toBe(200);
    expect(typesOf(answer)).toEqual(walkTypes);
    const events = answer.body.data;
    for (const [index, event] of events.entries()) {
      expect(eventRepresentation.safeParse(event).error).toBeUndefined();
      expect(event.sequence).toBe(index + 1);
      expect(event.previousHash).toBe(index === 0 ? "0".repeat(64) : events[index - 1].hash);
    }
  });

  test("names the actor, the instant, the reason and the request of a change", async () => {
    const licenseId = await issue();
    const authorization = `Bearer ${await service.token("support", "grace")}`;
    await act(licenseId, "suspend", { authorization, body: { reason: "chargeback, \"disputed\"" }, headers: { "x-request-id": "request-of-grace" } });
    const event = (await eventsOf(licenseId)).body.data[1];
    expect(event).toMatchObject({
      type: "suspended", actor: { type: "user", id: "grace" }, reason: 'chargeback, "disputed"', requestId: "request-of-grace",
      changes: { status: ["ACTIVATED", "SUSPENDED"] }, createdAt: "2026-03-01T00:00:00.000Z",
    });
  });

  test("can be recomputed by any reader of the API", async () => {
    const licenseId = await walked();
    for (const event of (await eventsOf(licenseId)).body.data) {
      const draft = { type: event.type, reason: event.reason ?? null, changes: event.changes };
      const digest = eventDigest(licenseId, draft, { actor: event.actor, requestId: event.requestId, at: new Date(event.createdAt) });
      expect(eventHash(event.previousHash, event.sequence, digest)).toBe(event.hash);
    }
  });

  test("is filtered by type, actor and time; adjoining windows share no event", async () => {
    const licenseId = await issue();
    service.clock.set("2026-03-02T00:00:00.000Z");
    await act(licenseId, "suspend", { authorization: `Bearer ${await service.token("support", "user:odd:id")}` });
    service.clock.set("2026-03-03T00:00:00.000Z");
    await act(licenseId, "reinstate");
    const filtered = async (query: string) => typesOf(await eventsOf(licenseId, query));
    expect(await filtered("type=suspended")).toEqual(["suspended"]);
    expect(await filtered("type=expired")).toEqual([]);
    expect(await filtered("actor=admin")).toEqual(["created", "reinstated"]);
    expect(await filtered("actor=user:admin")).toEqual(["created", "reinstated"]);
    expect(await filtered("actor=service:admin")).toEqual([]);
    expect(await filtered("actor=user:odd:id")).toEqual(["suspended"]);
    expect(await filtered("actor=user:user:odd:id")).toEqual(["suspended"]);
    expect(await filtered("before=2026-03-02T00:00:00Z")).toEqual(["created"]);
    expect(await filtered("after=2026-03-02T00:00:00Z&before=2026-03-03T00:00:00Z")).toEqual(["suspended"]);
    expect(await filtered("after=2026-03-02T00:00:00.001Z")).toEqual(["reinstated"]);
    service.clock.set("2026-03-01T00:00:00.000Z");
  });

  test.each([
    ["", [1, 2, 3, 4, 5, 6]],
    ["&sort=sequence", [1, 2, 3, 4, 5, 6]],
    ["&sort=-sequence", [6, 5, 4, 3, 2, 1]],
  ])("has every event once in its pages, in its order or backward: %j", async (sort, expected) => {
    const licenseId = await walked();
    const sequences: number[] = [];
    let path: string | undefined = `${base}/licenses/${licenseId}/events?limit=4${sort}`;
    while (path !== undefined && sequences.length < 50) {
      const answer: Answer = await service.call("GET", path);
      sequences.push(...answer.body.data.map(({ sequence }: { sequence: number }) => sequence));
      path = /<(.*)>; rel="next"/.exec(answer.headers.get("link") ?? "")?.[1];
    }
    expect(sequences).toEqual(expected);
    const [newest] = (await eventsOf(licenseId, "type=activated&sort=-sequence&limit=1")).body.data;
    expect(newest.sequence).toBe(2);
  });

  test("is the latest first with `sort=-sequence`, also in pages and with a filter", async () => {
    const licenseId = await walked();
    const [first, rest] = [await eventsOf(licenseId, "sort=-sequence&limit=4"), (cursor: string) => eventsOf(licenseId, `sort=-sequence&limit=4&cursor=${cursor}`)];
    const sequencesOf = ({ body }: Answer) => body.data.map(({ sequence }: { sequence: number }) => sequence);
    const cursor = first.body.pagination.nextCursor;
    expect([sequencesOf(first), sequencesOf(await rest(cursor))]).toEqual([[6, 5, 4, 3], [2, 1]]);
    expect(typesOf(await eventsOf(licenseId, "sort=-sequence&type=created"))).toEqual(["created"]);
    expect((await eventsOf(licenseId, `sort=sequence&cursor=${cursor}`)).status).toBe(400);
  });

  test.each(["type=created,updated", "actor=", "after=yesterday", "before=2026-13-01T00:00:00Z", "format=xml", "cursor=WyIxIl0", "sort=x"])(
    "refuses the query %s",
    async (query) => {
      expect((await eventsOf("1", query)).status).toBe(400);
    },
  );

  test("is shown to its holder and to no other holder", async () => {
    const licenseId = await issue({ holder: { type: "user", id: "holder-of-trail" } });
    const as = async (subject: string) => ({ authorization: `Bearer ${await service.token(null, subject)}` });
    expect(typesOf(await eventsOf(licenseId, "", await as("holder-of-trail")))).toEqual(["created"]);
    for (const [id, query] of [[licenseId, ""], ["4", ""], [licenseId, "type=expired"]] as const) {
      const answer = await eventsOf(id, query, await as("stranger"));
      expect([answer.status, answer.body.code]).toEqual([404, "license-not-found"]);
    }
    const all = await service.call("GET", `${base}/license-events`, await as("holder-of-trail"));
    expect(all.body.data.map((event: { licenseId: string }) => event.licenseId)).toEqual([licenseId]);
    const role = `Bearer ${await service.token("service")}`;
    expect((await eventsOf(licenseId, "", { authorization: role })).status).toBe(403);
  });
});

describe("the trail of all licenses", () => {
  test("is newest first, filtered, and paged without a gap", async () => {
    const author = { authorization: `Bearer ${await service.token("operator", "author-of-all")}` };
    const made: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      const licenseId = await issue();
      await act(licenseId, "suspend", author);
      made.push(licenseId);
    }
    const seen: string[] = [];
    let path: string | undefined = `${base}/license-events?actor=author-of-all&limit=1`;
    while (path !== undefined && seen.length < 50) {
      const answer: Answer = await service.call("GET", path);
      seen.push(...answer.body.data.map((event: { licenseId: string }) => event.licenseId));
      path = /<(.*)>; rel="next"/.exec(answer.headers.get("link") ?? "")?.[1];
      await act(await issue(), "suspend", author);
    }
    expect(seen).toEqual(made.toReversed());
  });

  test("is filtered by type, actor and time as a license's own trail is; adjoining windows share no event", async () => {
    // Ids hold the database's time, so the service's clock must agree with it here.
    const start = Math.floor(Date.now() / 1000) * 1000;
    const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();
    service.clock.set(at(0));
    const author = { authorization: `Bearer ${await service.token("operator", "user:timed:id")}` };
    const licenseId = await issue();
    for (const [index, verb] of ["suspend", "reinstate", "suspend"].entries()) {
      service.clock.set(at(index + 1));
      await act(licenseId, verb, author);
    }
    const filtered = async (query: string) => {
      const answer = await service.call("GET", `${base}/license-events?${query}`);
      expect(answer.status, answer.text).toBe(200);
      return answer.body.data.filter((event: { licenseId: string }) => event.licenseId === licenseId).map(({ type }: { type: string }) => type);
    };
    expect(await filtered(`after=${at(0)}&before=${at(1)}`)).toEqual(["created"]);
    expect(await filtered(`after=${at(1)}&before=${at(3)}`)).toEqual(["reinstated", "suspended"]);
    expect(await filtered(`after=${at(3)}`)).toEqual(["suspended"]);
    for (const actor of ["user:timed:id", "user:user:timed:id"]) {
      expect(await filtered(`actor=${actor}`)).toEqual(["suspended", "reinstated", "suspended"]);
      expect(await filtered(`actor=${actor}&type=reinstated`)).toEqual(["reinstated"]);
      expect(await filtered(`actor=${actor}&before=${at(2)}`)).toEqual(["suspended"]);
    }
    expect(await filtered("actor=service:user:timed:id")).toEqual([]);
    expect(await filtered(`type=reinstated&after=${at(2)}`)).toEqual(["reinstated"]);
    expect(await filtered("before=2000-01-01T00:00:00Z")).toEqual([]);
    expect(await filtered("after=9999-12-31T23:59:59.999Z")).toEqual([]);
    service.clock.set("2026-03-01T00:00:00.000Z");
  });

  test("as CSV has the same events, the same pages and a file name", async () => {
    const licenseId = await walked();
    const answer = await eventsOf(licenseId, "format=csv&limit=4");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    expect(answer.headers.get("content-disposition")).toBe('attachment; filename="license-events.csv"');
    expect(answer.headers.get("x-response-count")).toBe("4");
    expect(answer.text.split("\r\n").map((line) => line.split(",")[3])).toEqual(["type", ...walkTypes.slice(0, 4), undefined]);
    const next = /<(.*)>; rel="next"/.exec(answer.headers.get("link") ?? "")?.[1] ?? "";
    const rest = await service.call("GET", next);
    expect(rest.text.split("\r\n").map((line) => line.split(",")[3])).toEqual(["type", ...walkTypes.slice(4), undefined]);
    expect((await service.call("GET", `${base}/license-events?format=csv&limit=1`)).headers.get("content-type")).toContain("text/csv");
  });
});

describe("the trail's table", () => {
  const statements: readonly (readonly [string, SQL])[] = [
    ["update", sql`update licensing."LicenseEvent" set reason = 'forged'`],
    ["delete", sql`delete from licensing."LicenseEvent"`],
    ["truncate", sql`truncate licensing."LicenseEvent"`],
  ];

  test.each(statements)("refuses the application's role to %s it", async (_name, statement) => {
    await walked();
    await expect(service.runtime.database.write(statement)).rejects.toMatchObject({ code: "42501" });
  });

  test.each(statements)("refuses its owner the %s, too", async (_name, statement) => {
    await expect(owner.write(statement)).rejects.toBeInstanceOf(DatabaseError);
    const [rows = []] = await owner.read(sql`select count(*)::int as forged from licensing."LicenseEvent" where reason = 'forged'`);
    expect(rows[0]?.["forged"]).toBe(0);
  });
});

describe("audit:verify", () => {
  async function audit(args: readonly string[], more: Partial<World> = {}) {
    const [printed, told] = [[] as string[], [] as string[]];
    const world: World = {
      environment: service.environment, isTerminal: false, readInput: async () => "", now: () => new Date(), signal: new AbortController().signal,
      out: (text) => void printed.push(text), err: (text) => void told.push(text), ...more,
    };
    const code = await licensing(["--no-json", "audit", "--offline", ...args], world);
    return { code, printed: printed.join(""), told: told.join("") };
  }
  const run = (...args: string[]) => audit(args);

  /** Runs statements as the owner with the table's trigger disabled. */
  async function forge(...statements: [SQL, ...SQL[]]): Promise<void> {
    await owner.write(
      sql`alter table licensing."LicenseEvent" disable trigger "LicenseEvent_append_only"`,
      ...statements,
      sql`alter table licensing."LicenseEvent" enable trigger "LicenseEvent_append_only"`,
    );
  }

  const place = (licenseId: string, sequence: number) => sql`license_id = ${licenseId}::bigint and sequence = ${sequence}`;

  test("finds every chain of the service whole, in pages of any size", async () => {
    await issue({
      name: "Ünïcode 🗝 a\u2028b", features: { rate: 0.1, big: 9_007_199_254_740_991, tiny: 5e-324, "a.b": "\u00e9" },
      metadata: { decomposed: "e\u0301", fraction: -0.5, empty: "" },
    });
    await walked();
    const { code, printed, told } = await run();
    expect({ code, told }).toEqual({ code: 0, told: "" });
    const [rows = []] = await owner.read(sql`select count(*)::int as events, count(distinct license_id)::int as licenses from licensing."LicenseEvent"`);
    const { events, licenses } = rows[0] as { events: number; licenses: number };
    expect(printed).toBe(`Every chain holds: ${licenses} licenses, ${events} events.\n`);
    for (const pageRows of [1, 2, 3, 7, events, events + 1]) {
      expect(await auditChains({ database: service.runtime.database, pageRows })).toEqual({ licenses, events, breaks: [], complete: true });
    }
  });

  test("names its position if the database fails, and continues there", async () => {
    for (let n = 0; n < 3; n += 1) await walked();
    const { database } = service.runtime;
    /** One attempt, whose database fails after 30 pages. */
    const attempt = async (after: string, pageRows: number) => {
      let [pages, seen] = [0, { licenses: 0, events: 0, verified: after }];
      const read: typeof database.read = async (...statements) => {
        if ((pages += 1) > 30) throw new DatabaseError("unavailable");
        return database.read(...statements);
      };
      const ended = await auditChains({ database: { ...database, read }, pageRows, after, progress: (each) => (seen = each) }).catch(() => undefined);
      return { ...seen, ended };
    };
    for (const pageRows of [1, 2, 5]) {
      const { licenses: total } = await auditChains({ database, pageRows });
      let [licenses, last] = [0, await attempt("0", pageRows)];
      for (let turn = 0; turn < 100 && last.ended === undefined; turn += 1) {
        licenses += last.licenses;
        last = await attempt(last.verified, pageRows);
      }
      expect([licenses + (last.ended?.licenses ?? 0), last.ended?.breaks]).toEqual([total, []]);
      expect((await run("--after", last.verified)).printed).toBe("Every chain holds: 0 licenses, 0 events.\n");
    }
  });

  test("reads a page's own rows alone, however many events its license has", async () => {
    const licenseId = await issue();
    await forge(
      sql`insert into licensing."LicenseEvent" (license_id, sequence, type, actor_type, actor_id, changes, request_id, created_at, digest, previous_hash, hash)
        select license_id, 1 + n, type, actor_type, actor_id, changes, request_id, created_at, digest, hash, hash
        from licensing."LicenseEvent", generate_series(1, 3000) n where license_id = ${licenseId}::bigint`,
      sql`analyze licensing."LicenseEvent"`,
    );
    const pages: number[] = [];
    const read: typeof service.runtime.database.read = async (...statements) => {
      const [rows = []] = await service.runtime.database.read(sql`explain (analyze, buffers, format json) ${statements[0]}`);
      const [{ Plan: plan }] = rows[0]?.["QUERY PLAN"] as [{ readonly Plan: Readonly<Record<string, number>> }];
      pages.push((plan["Shared Hit Blocks"] ?? 0) + (plan["Shared Read Blocks"] ?? 0));
      return service.runtime.database.read(...statements);
    };
    try {
      await auditChains({ database: { ...service.runtime.database, read }, after: String(BigInt(licenseId) - 1n), pageRows: 100 });
      expect(pages.length).toBeGreaterThan(25);
      expect(Math.max(...pages)).toBeLessThan(60);
    } finally {
      await forge(sql`delete from licensing."LicenseEvent" where license_id = ${licenseId}::bigint and sequence > 1`);
    }
  });

  test("reports no break for a change that is made while it walks", async () => {
    const licenseId = await walked();
    const other = await walked();
    let turns = 0;
    const report = await auditChains({
      database: {
        ...service.runtime.database,
        read: async (...statements) => {
          const rows = await service.runtime.database.read(...statements);
          if ((turns += 1) % 5 === 0) await service.call("POST", `${base}/licenses/${turns % 2 === 0 ? licenseId : other}/rotate-key`);
          return rows;
        },
      },
      pageRows: 1,
    });
    expect(report.breaks).toEqual([]);
  });

  const forgeries: readonly (readonly [string, string, number, (id: string) => [SQL, ...SQL[]]])[] = [
    ["altered", "its reason", 3, (id) => [sql`update licensing."LicenseEvent" set reason = 'forged' where ${place(id, 3)}`]],
    ["altered", "its instant", 2, (id) => [sql`update licensing."LicenseEvent" set created_at = created_at + interval '1 ms' where ${place(id, 2)}`]],
    ["altered", "its actor", 6, (id) => [sql`update licensing."LicenseEvent" set actor_id = 'eve' where ${place(id, 6)}`]],
    ["removed", "from the middle", 4, (id) => [sql`delete from licensing."LicenseEvent" where ${place(id, 4)}`]],
    ["removed", "from the start", 1, (id) => [sql`delete from licensing."LicenseEvent" where ${place(id, 1)}`]],
    ["removed", "from the end", 6, (id) => [sql`delete from licensing."LicenseEvent" where ${place(id, 6)}`]],
    ["removed", "all of them", 1, (id) => [sql`delete from licensing."LicenseEvent" where license_id = ${id}::bigint`]],
    ["removed", "with the gap closed", 2, (id) => [
      sql`delete from licensing."LicenseEvent" where ${place(id, 2)}`,
      ...[3, 4, 5, 6].map((sequence) => sql`update licensing."LicenseEvent" set sequence = sequence - 1 where ${place(id, sequence)}`),
    ]],
    ["reordered", "two of them", 3, (id) => [
      sql`update licensing."LicenseEvent" set sequence = -1 where ${place(id, 3)}`,
      sql`update licensing."LicenseEvent" set sequence = 3 where ${place(id, 4)}`,
      sql`update licensing."LicenseEvent" set sequence = 4 where ${place(id, -1)}`,
    ]],
    ["inserted", "after the end", 7, (id) => [
      sql`insert into licensing."LicenseEvent" (license_id, sequence, type, actor_type, actor_id, changes, request_id, created_at, digest, previous_hash, hash)
        select license_id, 7, type, actor_type, actor_id, changes, request_id, created_at, digest, hash,
          encode(sha256(convert_to(hash || 7::text || digest, 'UTF8')), 'hex') from licensing."LicenseEvent" where ${place(id, 6)}`,
    ]],
    ["inserted", "before the start", 0, (id) => [
      sql`insert into licensing."LicenseEvent" (license_id, sequence, type, actor_type, actor_id, changes, request_id, created_at, digest, previous_hash, hash)
        select license_id, 0, type, actor_type, actor_id, changes, request_id, created_at, digest, previous_hash, hash from licensing."LicenseEvent" where ${place(id, 1)}`,
    ]],
    ["head", "the license's own hash", 6, (id) => [sql`update licensing."License" set last_event_hash = repeat('0', 64) where id = ${id}::bigint`]],
  ];

  test.each(forgeries)("reports exactly one break, of kind %s (%s), in pages of any size", async (kind, _how, sequence, forgery) => {
    const [before, licenseId, after] = [await walked(), await walked(), await walked()];
    await forge(...forgery(licenseId));
    try {
      const { code, printed } = await run("--json", "--license", licenseId);
      expect(code).toBe(1);
      expect(JSON.parse(printed)).toMatchObject({ state: "broken", licenses: 1, breaks: [{ licenseId, sequence, kind }] });
      for (const pageRows of [1, 1_000]) {
        const report = await auditChains({ database: service.runtime.database, pageRows });
        expect(report.breaks).toHaveLength(1);
        expect(report.breaks[0]).toMatchObject(pageRows < 6 ? { licenseId } : { licenseId, sequence, kind });
      }
      expect((await run()).printed).toMatch(new RegExp(`^license ${licenseId}, event ${sequence}: ${kind} \\(.*\\)\\n1 broken: `));
      for (const whole of [before, after]) expect((await run("--license", whole)).code).toBe(0);
    } finally {
      // The license and its trail are deleted, so that each test finds one break.
      await forge(
        sql`delete from licensing."LicenseEvent" where license_id = ${licenseId}::bigint`,
        sql`delete from licensing."Activation" where license_id = ${licenseId}::bigint`,
        sql`delete from licensing."LicenseKey" where license_id = ${licenseId}::bigint`,
        sql`delete from licensing."CertificateDue" where license_id = ${licenseId}::bigint`,
        sql`delete from licensing."License" where id = ${licenseId}::bigint`,
      );
    }
  });

  test("stops after its largest number of breaks and reports that it is incomplete", async () => {
    await forge(sql`update licensing."LicenseEvent" set digest = digest || 'x'`);
    const report = await auditChains({ database: service.runtime.database, pageRows: 3, breaksMax: 2 });
    expect([report.breaks.length, report.complete]).toEqual([2, false]);
    const rest = await auditChains({ database: service.runtime.database, after: report.verified, breaksMax: 1_000_000 });
    const whole = await auditChains({ database: service.runtime.database, breaksMax: 1_000_000 });
    const found = (breaks: typeof whole.breaks) => new Set(breaks.map(({ licenseId }) => licenseId));
    expect(found([...report.breaks, ...rest.breaks])).toEqual(found(whole.breaks));
    await forge(sql`update licensing."LicenseEvent" set digest = left(digest, 64)`);
    expect((await run()).code).toBe(0);
  });

  test.each([
    [["--license", "nonsense"], "--license: must be an id"],
    [["--license", "4"], "there is no license 4"],
    [["--after", "nonsense"], "--after: must be an id"],
    [["--after", "4", "--license", "4"], "--after: can't be combined with --license"],
    [["--unknown"], "unknown option"],
    [["--database", "http://nowhere"], "APP_ENV_DATABASE_URL: must be a postgres:// URL"],
    [["--database", "postgres://nobody:secret@127.0.0.1:1/none"], "The database could not be read (unavailable)"],
  ])("exits 2 with the reason if it can't check: %j", async (args, fault) => {
    const { code, printed, told } = await run(...args);
    expect([code, printed]).toEqual([2, ""]);
    expect(told).toContain(fault);
    expect(told).not.toContain("secret");
  });

  test("as a command it prints its verdict and exits with it", async () => {
    const file = path.join(import.meta.dirname, "../../core/cli/licensing.mjs");
    const command = (...args: string[]) =>
      promisify(execFile)(process.execPath, [file, "--no-json", "audit", "--offline", ...args], { env: { ...process.env, ...service.environment } }).then(
        ({ stdout }) => ({ code: 0, stdout }),
        ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
      );
    const whole = await command("--json");
    expect(whole.code).toBe(0);
    expect(JSON.parse(whole.stdout)).toMatchObject({ state: "intact", breaks: [], complete: true });
    expect((await command("--license", "4")).code).toBe(2);
    expect((await command("--help")).stdout).toContain("Usage: licensing audit");
  });

  test("needs the database's URL", async () => {
    const { code, told } = await audit([], { environment: {} });
    expect([code, told]).toEqual([2, "APP_ENV_DATABASE_URL: is not set\n"]);
  });

  test("draws its progress on a terminal only", async () => {
    const { told } = await audit([], { isTerminal: true });
    expect(told).toMatch(/\d+ of \d+ licenses, \d+ events/);
  });
});
