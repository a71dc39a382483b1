import type { SQL } from "drizzle-orm";
import { sql } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import fc from "fast-check";
import pg from "pg";
import { expect, test } from "vitest";
import { licenseFrom } from "@licensing/core/license/license.ts";
import { timestamp } from "@licensing/core/platform/timestamp.ts";
import { deniesAt, isChangeable, isExpiryUnrecorded, isUsable, statusIs } from "@licensing/core/license/status.sql.ts";
import { denies, statusAt, statuses } from "@licensing/core/license/status.ts";
import { unusable } from "@licensing/core/lifecycle/activate.ts";
import { expire } from "@licensing/core/lifecycle/expire.ts";
import { blocked } from "@licensing/core/lifecycle/blocked.ts";
import { postgresUrl } from "../support/servers.ts";
import { licenseRow, momentAt, now, snapshotOf } from "../unit/lifecycle-world.ts";
import "../support/seeded-properties.ts";

/** Milliseconds around `now`, most often its neighbours. */
const offset = fc.oneof(fc.constantFrom(-1, 0, 1), fc.integer({ min: -1e9, max: 1e9 }));
const instant = fc.option(offset.map((ms) => new Date(now.getTime() + ms).toISOString()));
const columns = fc
  .record({ status: fc.constantFrom(...statuses), starts_at: instant, expires_at: instant, grace_until: instant, recorded: fc.constantFrom("this", "other", "none") })
  .map(({ recorded, ...row }) => ({ ...row, expired_for: recorded === "this" ? row.expires_at : recorded === "other" ? "2020-01-01T00:00:00.000Z" : null }));
const cases = fc.sample(columns, 10_000);

type Case = (typeof cases)[number];
const ms = (text: string | null) => (text === null ? null : Date.parse(text));

/** Each predicate in SQL beside the same rule in TypeScript. */
const predicates: Readonly<Record<string, { readonly inSql: SQL; readonly holds: (row: Case) => boolean }>> = {
  ...Object.fromEntries(
    statuses.map((status) => [
      `the status is ${status}`,
      { inSql: statusIs(status, sql`l`, now), holds: (row: Case) => statusAt({ status: row.status, expiresAtMs: ms(row.expires_at) }, now.getTime()) === status },
    ]),
  ),
  "it denies": { inSql: deniesAt(sql`l`, timestamp(now)), holds: (row) => denies({ status: row.status, graceUntilMs: ms(row.grace_until) }, now.getTime()) },
  "it is usable": { inSql: isUsable(sql`l`, now), holds: (row) => unusable(licenseFrom({ ...licenseRow, ...row }), now) === undefined },
  "its expiry is unrecorded": { inSql: isExpiryUnrecorded(sql`l`, now), holds: (row) => expire(snapshotOf(row), momentAt(now)).kind === "change" },
  "it is changeable": { inSql: isChangeable(sql`l`), holds: (row) => blocked(row, "REVOKED") === undefined },
};

/** PostgreSQL's value of a predicate for each case, in their order. */
async function askedOf(predicate: SQL, rewrite = (text: string) => text): Promise<readonly boolean[]> {
  const query = new PgDialect().sqlToQuery(sql`select jsonb_agg(coalesce(${predicate}, false) order by l.place) as holds
    from rows from (jsonb_to_recordset(${JSON.stringify(cases)}::jsonb)
      as (status text, starts_at timestamptz, expires_at timestamptz, grace_until timestamptz, expired_for timestamptz))
    with ordinality as l(status, starts_at, expires_at, grace_until, expired_for, place)`);
  const client = new pg.Client({ connectionString: await postgresUrl() });
  await client.connect();
  try {
    const { rows } = await client.query<{ holds: boolean[] }>(rewrite(query.sql), query.params);
    return rows[0]?.holds ?? [];
  } finally {
    await client.end();
  }
}

test.each(Object.entries(predicates))("%s: SQL and TypeScript agree for 10,000 random licenses", async (_name, { inSql, holds }) => {
  const answers = await askedOf(inSql);
  expect(cases.filter((row, place) => answers[place] !== holds(row))).toEqual([]);
});

test("(control) a comparison that differs at the very instant is found", async () => {
  const predicate = predicates["it is usable"];
  const answers = await askedOf(predicate?.inSql ?? sql`true`, (text) => text.replace("grace_until >", "grace_until >="));
  expect(cases.filter((row, place) => answers[place] !== predicate?.holds(row)).length).toBeGreaterThan(0);
});
