import { sql, type SQL } from "drizzle-orm";
import type { Scope } from "../access/actor.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";
import { visible } from "./license.sql.ts";
import { listed, listedFrom, readSearch, type ListedLicense } from "./list.store.ts";
import { byIndex, matchedBys, meaningsOf, type MatchedBy } from "./search.sql.ts";

type FindQuestion = { readonly text: string; readonly scope: Scope; readonly now: Date };
type FoundLicense = ListedLicense & { readonly matchedBy: MatchedBy };

/** The most licenses that are found. */
export const foundMax = 20;
/** The most matches that one meaning of the text may have before the newest of them are chosen. */
const matchesMax = 100;

/**
 * The licenses of the scope that a pasted text names, best first: whole texts before parts, then the newest. Each meaning that the
 * text can have is looked up by an index, or, for a caller who sees only its own licenses, compared with each of them; in both
 * cases the number of rows that are read doesn't depend on the text. Throws DatabaseError.
 */
export async function findLicenses(runtime: Runtime, { text, scope, now }: FindQuestion): Promise<readonly FoundLicense[]> {
  const meanings = meaningsOf({ ...readSearch(runtime, text), scope, instant: timestamp(now) }, scope.kind === "all" ? "bounded" : "by-row");
  if (meanings.length === 0) return [];
  const matches = scope.kind === "all" ? matchesOfAll(meanings) : matchesOfOwn(meanings, scope);
  const best = sql`select id, min(rank) as rank from (${matches}) m group by id order by min(rank), id desc limit ${foundMax}`;
  const [, rows = []] = await runtime.database.read(byIndex, sql`
    ${listed(now)}, f.rank from (${best}) f join licensing."License" l on l.id = f.id order by f.rank, l.id desc`);
  return rows.map((row) => ({ ...listedFrom(row), matchedBy: meanings[Number(row["rank"])]?.by ?? matchedBys[0] }));
}

type Meanings = ReturnType<typeof meaningsOf>;

/** One index look-up for each meaning. */
function matchesOfAll(meanings: Meanings): SQL {
  const each = meanings.map(({ condition }, rank) => sql`(select l.id, ${rank}::int as rank from licensing."License" l where ${condition} limit ${matchesMax})`);
  return sql.join(each, sql` union all `);
}

/** One pass over the caller's own licenses, each compared in every meaning. */
function matchesOfOwn(meanings: Meanings, scope: Scope): SQL {
  const ranks = meanings.map(({ condition }, rank) => sql`when ${condition} then ${rank}::int`);
  return sql`select * from (
    select l.id, (case ${sql.join(ranks, sql` `)} end) as rank from licensing."License" l where ${visible(scope, sql`l`)}) o where rank is not null`;
}
