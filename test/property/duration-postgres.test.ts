import * as fc from "fast-check";
import pg from "pg";
import { expect, test } from "vitest";
import { addDuration, requireDuration } from "@licensing/core/policy/duration.ts";
import { durationCase } from "./duration-cases.ts";
import { postgresUrl } from "../support/servers.ts";
import "../support/seeded-properties.ts";

const zones = ["UTC", "America/New_York", "Europe/London", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe"];

/** An interval times a whole number multiplies each of its fields, so this adds to the anchor as `addDuration` does. */
const sumInUtc = `(start AT TIME ZONE 'UTC' + text::interval * times) AT TIME ZONE 'UTC'`;
/** The control: the sum of a statement that ignores the zone. */
const sumInSession = `start + text::interval * times`;

const statement = (sum: string) => `
  SELECT jsonb_agg(extract(epoch FROM ${sum}) * 1000 ORDER BY place) AS sums
  FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS row(value, place),
       jsonb_to_record(value) AS argument(start timestamptz, text text, times integer)`;

const cases = fc.sample(durationCase, 10_000);
const ours = cases.map(({ start, text, times }) => addDuration(start, requireDuration(text), times).getTime());

async function sumsIn(zone: string, sum: string): Promise<number[]> {
  const client = new pg.Client({ connectionString: await postgresUrl() });
  await client.connect();
  try {
    await client.query("SELECT set_config('TimeZone', $1, false)", [zone]);
    const { rows } = await client.query<{ sums: number[] }>(statement(sum), [JSON.stringify(cases)]);
    return rows[0]?.sums ?? [];
  } finally {
    await client.end();
  }
}

/** The cases in which both sums differ, as readable text. */
function differences(theirs: readonly number[]) {
  return cases.flatMap((value, index) => (theirs[index] === ours[index] ? [] : [{ ...value, ours: ours[index], theirs: theirs[index] }]));
}

test.each(zones)("10,000 random sums agree with PostgreSQL in a session in %s", async (zone) => {
  expect(differences(await sumsIn(zone, sumInUtc))).toEqual([]);
});

test("(control) PostgreSQL's own sum depends on the session's zone, so no statement adds an interval", async () => {
  expect(differences(await sumsIn("America/New_York", sumInSession)).length).toBeGreaterThan(100);
});
