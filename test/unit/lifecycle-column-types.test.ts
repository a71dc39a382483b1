import { getTableColumns } from "drizzle-orm";
import { expect, test } from "vitest";
import { licenseTable } from "@licensing/core/license/license.table.ts";
import { licenseColumnTypes } from "@licensing/core/commit/columns.ts";

test("the types that a commit says of License's columns are the table's, and every column without a default is among them", () => {
  const columns = Object.entries(getTableColumns(licenseTable));
  const types = Object.fromEntries(columns.map(([name, column]) => [name, column.getSQLType().replace(/^timestamp.*/, "timestamptz")]));
  expect(types).toMatchObject(licenseColumnTypes);
  const required = columns.filter(([, column]) => column.notNull && !column.hasDefault).map(([name]) => name);
  expect(required.filter((name) => !(name in licenseColumnTypes))).toEqual([]);
});
