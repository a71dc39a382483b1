import { Placeholder, sql, type Query, type SQL, type SQLWrapper } from "drizzle-orm";

/** Makes a statement of a prepared one; a value for each of its placeholders. */
export type Prepared = (values: Readonly<Record<string, unknown>>) => SQL;

/**
 * A statement with placeholders (`sql.placeholder`) that is printed once: to print a long one costs more than the rest of
 * its call. What comes of it is a whole statement. Throws RangeError, when it is printed, for a placeholder without a value,
 * and inside another statement, where it would have none.
 */
export function prepared(statement: SQL): Prepared {
  let printed: Query | undefined;
  return (values) => {
    const filled = sql`${unprintable}`;
    filled.toQuery = (config) => {
      printed ??= statement.toQuery(config);
      return { sql: printed.sql, params: printed.params.map((param) => (param instanceof Placeholder ? valueOf(param, values) : param)) };
    };
    return filled;
  };
}

/** What another statement would print in the place of this one. */
const unprintable: SQLWrapper = {
  getSQL: () => {
    throw new RangeError("a prepared statement inside another");
  },
};

function valueOf({ name }: Placeholder, values: Readonly<Record<string, unknown>>): unknown {
  const value = values[name];
  if (value === undefined) throw new RangeError(`no value for ${name}`);
  return value;
}
