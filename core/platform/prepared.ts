import { Placeholder, sql } from "drizzle-orm";
import type { Query, SQL } from "drizzle-orm";

/** Makes a statement of a prepared one; a value for each of its placeholders. */
export type Prepared = (values: Readonly<Record<string, unknown>>) => SQL;

/**
 * A statement with placeholders (`sql.placeholder`) that is printed once: to print a long one costs more than the rest of
 * its call. What comes of it is a whole statement; the database refuses it inside another, where it would have no values.
 * Throws RangeError, when it is printed, for a placeholder without a value.
 */
export function prepared(statement: SQL): Prepared {
  let printed: Query | undefined;
  return (values) => {
    const filled = sql`${statement}`;
    filled.toQuery = (config) => {
      printed ??= statement.toQuery(config);
      return { sql: printed.sql, params: printed.params.map((param) => (param instanceof Placeholder ? valueOf(param, values) : param)) };
    };
    return filled;
  };
}

function valueOf({ name }: Placeholder, values: Readonly<Record<string, unknown>>): unknown {
  const value = values[name];
  if (value === undefined) throw new RangeError(`no value for ${name}`);
  return value;
}
