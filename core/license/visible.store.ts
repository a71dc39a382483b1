import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { Scope } from "../access/actor.ts";

/** SQL that holds for the licenses a caller may see. `license` is the alias of a `License` row in the query. */
export function visible(scope: Scope, license: SQL): SQL {
  switch (scope.kind) {
    case "all":
      return sql`true`;
    case "license":
      return sql`${license}.id = ${scope.licenseId}::bigint`;
    case "holders": {
      if (scope.holders.length === 0) return sql`false`;
      const pairs = scope.holders.map(
        (holder) => sql`(${license}.holder_type = ${holder.type} and ${license}.holder_id = ${holder.id})`,
      );
      return sql`(${sql.join(pairs, sql` or `)})`;
    }
    default:
      return scope satisfies never;
  }
}
