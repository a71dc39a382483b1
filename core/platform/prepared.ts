import { Placeholder, sql, type Query, type SQL, type SQLWrapper } from "drizzle-orm";

/** Makes a statement from a prepared one, with a value for each placeholder. */
export type Prepared = (values: Readonly<Record<string, unknown>>) => SQL;

/**
 * A statement with placeholders (`sql.placeholder`) that is printed once: printing a long statement costs more than the rest of
 * its call. The result is a whole statement. When printed, it throws RangeError if a placeholder has no value, or if it is part
 * of another statement, where it would get no values.
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

/** Makes another statement throw if it contains this one. */
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
