import type { SQL } from "drizzle-orm";
import { CasingCache } from "drizzle-orm/casing";

/** A statement as Postgres takes it: text with `$1`, `$2`, …, and their values apart, so that no value is ever part of the text. */
export type Statement = { readonly text: string; readonly values: unknown[] };

/**
 * drizzle's `sql` as text and values. The dialect's own rules, without the dialect: that brings the query builders and all
 * column types along, 75 KB that no function uses.
 */
export function statementOf(sql: SQL): Statement {
  const { sql: text, params } = sql.toQuery(rules);
  return { text, values: params };
}

const rules = {
  casing: new CasingCache(),
  escapeName: (name: string) => `"${name.replaceAll('"', '""')}"`,
  escapeParam: (index: number) => `$${index + 1}`,
  escapeString: (text: string) => `'${text.replaceAll("'", "''")}'`,
};
