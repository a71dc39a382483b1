import { Placeholder, sql } from "drizzle-orm";
import type { Query, SQL } from "drizzle-orm";

/** Makes a statement of a prepared one; a value for each of its placeholders. */
export type Prepared = (values: Readonly<Record<string, unknown>>) => SQL;

/**
 * A statement with placeholders (`sql.placeholder`) that is printed once: to print a long one costs more than the rest of
 * its call. What comes of it is a whole statement; inside another it would run without its values, which the driver refuses.
 */
export function prepared(statement: SQL): Prepared {
  let printed: Query | undefined;
  return (values) => {
    const filled = sql`${statement}`;
    filled.toQuery = (config) => {
      printed ??= statement.toQuery(config);
      const params = printed.params.map((param) => (param instanceof Placeholder ? values[param.name] : param));
      return { sql: printed.sql, params };
    };
    return filled;
  };
}
