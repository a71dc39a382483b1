import { getTableColumns } from "drizzle-orm";
import { expect, test } from "vitest";
import { columnTypes } from "@licensing/core/license/column-types.ts";
import { licenseTable } from "@licensing/core/license/license.sql.ts";

test("a parameter for a column is cast to the column's own type", () => {
  const declared = Object.entries(getTableColumns(licenseTable)).map(([name, column]) => [name, column.getSQLType().replace(/^timestamp.*with time zone$/, "timestamptz")]);
  expect(columnTypes).toEqual(Object.fromEntries(declared));
});
