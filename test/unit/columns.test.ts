import { getTableColumns } from "drizzle-orm";
import type { Table } from "drizzle-orm";
import { expect, test } from "vitest";
import { activationTable } from "@licensing/core/activation/activation.table.ts";
import { activationColumns } from "@licensing/core/activation/columns.ts";
import type { Columns } from "@licensing/core/base/column.ts";
import { reader, writer } from "@licensing/core/base/column.ts";
import { actorColumns, digestColumns, eventColumns } from "@licensing/core/event/columns.ts";
import { licenseEventTable } from "@licensing/core/event/event.table.ts";
import { fieldColumns, formerColumns, hiddenColumns, holderColumns } from "@licensing/core/license/columns.ts";
import { licenseTable } from "@licensing/core/license/license.table.ts";
import { policyColumns } from "@licensing/core/policy/policy.ts";
import { policyTable } from "@licensing/core/policy/policy.table.ts";
import { termColumns } from "@licensing/core/policy/terms.ts";
import { revisionTrigger } from "../support/revision-trigger.ts";

type Kept = { readonly type: string; readonly isNullable: boolean };

function keptIn(table: Table): Readonly<Record<string, Kept>> {
  return Object.fromEntries(
    Object.values(getTableColumns(table)).map((column) => [
      column.name,
      { type: column.getSQLType().replace(/^timestamp.*/, "timestamptz"), isNullable: !column.notNull },
    ]),
  );
}

function keptBy(maps: readonly Columns[]): Readonly<Record<string, Kept>> {
  return Object.fromEntries(maps.flatMap((map) => Object.values(map).map(({ column, type, isNullable }) => [column, { type, isNullable }])));
}

test.each<readonly [string, Table, readonly Columns[]]>([
  ["Policy", policyTable, [policyColumns]],
  ["License", licenseTable, [fieldColumns, formerColumns, holderColumns, termColumns, hiddenColumns]],
  ["Activation", activationTable, [activationColumns]],
  ["LicenseEvent", licenseEventTable, [eventColumns, actorColumns, digestColumns]],
])("the columns of %s have the names, types and nulls of its table, and are complete", (_name, table, maps) => {
  expect(keptBy(maps)).toEqual(keptIn(table));
});

test("(control) another type or another null is a difference", () => {
  const other = { ...activationColumns, name: { ...activationColumns.name, isNullable: false }, createdAt: { ...activationColumns.createdAt, type: "text" as const } };
  const differing = Object.entries(keptIn(activationTable)).filter(([name, kept]) => JSON.stringify(kept) !== JSON.stringify(keptBy([other])[name]));
  expect(differing.map(([name]) => name)).toEqual(["name", "created_at"]);
});

test("reading and writing a row leaves it the same", () => {
  const row = {
    id: "31", license_id: "20", fingerprint: "machine-0031", name: null, created_at: "2027-03-01T09:00:00.000Z",
    last_seen_at: "2027-03-01T09:00:00.000Z", lease_until: "2027-03-02T09:00:00.000Z", file_until: null, deactivated_at: null, by_holder: false,
  };
  expect(writer(activationColumns)(reader(activationColumns)(row))).toEqual(row);
});

test("only given fields are written", () => {
  expect(writer(activationColumns)({ leaseUntil: null })).toEqual({ lease_until: null });
});

/** Columns by which no verb decides under a guard by the revision: identity, the trail, seats, a hand-over's time, use. */
const unguarded = [
  "id", "sequence", "last_event_hash", "revision", "transferred_at", "transferred_sequence", "files_until", "last_validated_at", "open_seats", "seats_full",
  "created_at", "updated_at",
];

test("a change of any other column of License raises its revision, by the trigger of the newest migration that makes it", () => {
  expect([...revisionTrigger().columns, ...unguarded].toSorted()).toEqual(Object.keys(keptIn(licenseTable)).toSorted());
});
