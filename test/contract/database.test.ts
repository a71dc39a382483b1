import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { prepared } from "@licensing/core/platform/prepared.ts";
import { startService } from "../support/service.ts";
import { patient } from "../support/slowness.ts";

const { database } = (await startService()).runtime;

describe("moments", () => {
  const at = "2026-11-23 20:00:05.123456+00";
  const columns = sql`timestamptz '2026-11-23T20:00:05.123456Z' as at, array[timestamptz '2026-11-23T20:00:05.123456Z'] as all_at, date '2026-11-23' as day, interval '36 hours' as span, null::timestamptz as never`;
  const read = { at, all_at: `{"${at}"}`, day: "2026-11-23", span: "36:00:00", never: null };

  test("are read in the text that Postgres writes, with microseconds", async () => {
    expect(await database.read(sql`select ${columns}`)).toEqual([[read]]);
  });
  test("are read in that text in a batch, too", async () => {
    expect(await database.write(sql`select ${columns}`, sql`select 1 as one`)).toEqual([[read], [{ one: 1 }]]);
  });
});

describe("a prepared statement", () => {
  const statement = prepared(sql`select ${sql.placeholder("a")}::text as a, ${"fixed"}::text as b, ${sql.placeholder("a")}::text as c, ${sql.placeholder("n")}::int as n`);

  test("is run with each call's own values, alone, in a batch, concurrently and repeatedly", async () => {
    const first = statement({ a: "first", n: 1 });
    const second = statement({ a: "second", n: null });
    const answers = [{ a: "first", b: "fixed", c: "first", n: 1 }, { a: "second", b: "fixed", c: "second", n: null }];
    expect(await database.read(first, second, first)).toEqual([[answers[0]], [answers[1]], [answers[0]]]);
    const many = await Promise.all(Array.from({ length: 20 }, (_, n) => database.read(statement({ a: `of ${n}`, n }))));
    expect(many.map(([rows]) => rows?.[0]?.["a"])).toEqual(many.map((_, n) => `of ${n}`));
  });

  test.each([
    ["without a value", () => statement({ a: "a" })],
    ["with one that is undefined", () => statement({ a: undefined, n: 1 })],
    ["inside another", () => sql`select * from (${statement({ a: "a", n: 1 })}) x`],
  ])("is refused %s", async (_how, make) => {
    await expect(database.read(make())).rejects.toMatchObject({ kind: "bug" });
  });
});

describe("a change", () => {
  const limits = sql`select extract(epoch from current_setting('lock_timeout')::interval)::float as lock, extract(epoch from current_setting('statement_timeout')::interval)::float as statement`;
  const bounded = { lock: patient(2_000) / 1000, statement: patient(4_000) / 1000 };

  test("waits for locks, and runs, no longer than its caller waits, alone and in a batch", async () => {
    expect(await database.write(limits)).toEqual([[bounded]]);
    expect(await database.write(sql`select 1 as one`, limits)).toEqual([[{ one: 1 }], [bounded]]);
  });
  test("leaves no time limit behind for the next statement on the same connection", async () => {
    await database.write(limits);
    const [[after] = []] = await database.read(limits);
    expect(after).not.toMatchObject({ lock: bounded.lock });
  });
});
