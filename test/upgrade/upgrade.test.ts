import { describe, expect, test } from "vitest";
import { patient } from "../support/slowness.ts";
import { checks } from "./checks.ts";
import { consumerChecks } from "./consumers.ts";
import { migrationsWithout, newEntries } from "./migrations.ts";
import { upgrade } from "./upgraded.ts";

describe.each(["data-folder", "cluster"] as const)("after this version started on a %s of the version before,", async (name) => {
  const upgraded = await upgrade(name);

  test.each([...consumerChecks, ...checks])("$guarantee", { timeout: patient(60_000) }, async ({ faults }) => {
    expect(await faults(upgraded)).toEqual([]);
  });
});

const isLong = process.env["LICENSING_PROVE"] === "long";
/** Files that fill new columns and tables from the former ones. Without them the schema is complete, but rows are missing. */
const fillings = newEntries.filter(({ tag }) => /later_count_open_seats|fill_the_publication_queue/.test(tag));

/** The files without which no check fails, and the reasons. */
const dispensable: Readonly<Record<string, string>> = {
  "0015_later_count_seats_of_new_licenses": "the seats of a license that lacks the number are counted when they are read",
  "0017_later_require_the_number_of_open_seats": "it only requires the number that the file before it has filled in",
  "0036_later_drop_the_former_publication_queue": "it only drops columns and a trigger that this version doesn't use",
};

const isDispensable = ({ tag }: { readonly tag: string }): boolean => tag in dispensable;
const needed = newEntries.filter((entry) => !isDispensable(entry));

test.each(isLong ? needed : fillings)("control: with $tag left out, a check fails", { timeout: patient(120_000) }, async ({ idx }) => {
  const migrations = migrationsWithout((entry) => entry.idx === idx);
  expect(await faultsOf(() => upgrade("data-folder", { migrations }))).not.toEqual([]);
});

test(`with ${Object.keys(dispensable).join(", ")} left out, no check fails`, { timeout: patient(120_000), skip: !isLong }, async () => {
  expect(await faultsOf(() => upgrade("data-folder", { migrations: migrationsWithout(isDispensable) }))).toEqual([]);
});

/** The faults of the first check that finds some; a start that is refused is one. */
async function faultsOf(starting: () => ReturnType<typeof upgrade>): Promise<readonly string[]> {
  try {
    const upgraded = await starting();
    for (const { faults } of checks) {
      const found = await faults(upgraded);
      if (found.length > 0) return found;
    }
    return [];
  } catch (error) {
    return [String(error)];
  }
}
