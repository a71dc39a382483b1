import { sql, type SQL } from "drizzle-orm";
import { isSeatVisible, keyHeld } from "./license.sql.ts";
import type { Scope } from "../access/actor.ts";
import type { SearchText } from "./search-text.ts";

/**
 * Reads that must use an index begin with this statement: if the planner estimates that a rare text is common, it would read the
 * table instead.
 */
export const byIndex: SQL = sql`select set_config('enable_seqscan', 'off', true)`;

type Meanings = SearchText & {
  /** The digest of the text, if it can be a key. */
  readonly keyDigest: string | undefined;
  /** The instant, as a parameter. */
  readonly instant: SQL;
  readonly scope: Scope;
};

/**
 * The form of a condition. `bounded`: an index finds its rows, up to a bound, so it may miss some of very many. `by-row`: it is
 * evaluated for rows that other conditions find, as for callers who see only their own licenses.
 */
export type Use = "by-index" | "bounded" | "by-row";

/** The ways in which a text finds a license (alias `l`), best first, each with the condition that holds for it. */
export function meaningsOf(meanings: Meanings, use: Use): readonly { readonly by: MatchedBy; readonly condition: SQL }[] {
  const { id, keyDigest, hints, fingerprint, wholes, values, part, instant, scope } = meanings;
  const found = (by: MatchedBy, condition: SQL | undefined) => (condition === undefined ? [] : [{ by, condition }]);
  return [
    ...found("key", keyDigest === undefined ? undefined : keyHeld(keyDigest, instant)),
    ...found("id", id === undefined ? undefined : sql`l.id = ${id}::bigint`),
    ...found("keyHint", hints.length === 0 ? undefined : isAny(sql`l.key_hint`, hints)),
    ...found("fingerprint", fingerprint === undefined ? undefined : seats(fingerprint, scope, use)),
    ...found("holder", wholes.length === 0 ? undefined : isAny(sql`l.holder_id`, wholes)),
    ...found("name", wholes.length === 0 ? undefined : isAny(sql`l.name`, wholes)),
    ...found("metadata", values.length === 0 ? undefined : holdsValue(values, use)),
    ...found("holder", part === undefined ? undefined : contains("holder_id", part, use)),
    ...found("name", part === undefined ? undefined : contains("name", part, use)),
  ];
}

export const matchedBys = ["key", "id", "keyHint", "fingerprint", "holder", "name", "metadata"] as const;
export type MatchedBy = (typeof matchedBys)[number];

function isAny(column: SQL, texts: readonly string[]): SQL {
  return sql`${column} in (${sql.join(texts.map((text) => sql`${text}::text`), sql`, `)})`;
}

/** The most seats of one fingerprint that are read to find its licenses. */
const seatsMax = 1_000;

function seats(fingerprint: string, scope: Scope, use: Use): SQL {
  const held = sql`licensing."Activation" a where a.fingerprint = ${fingerprint}`;
  if (use === "by-row") return sql`exists (select from ${held} and a.license_id = l.id and ${isSeatVisible(scope, sql`a`)})`;
  return sql`l.id = any (array(select a.license_id from ${held} order by a.license_id desc limit ${seatsMax}))`;
}

type Part = NonNullable<SearchText["part"]>;

/** Without its index the condition lower-cases both sides, which is how ILIKE compares. */
function contains(name: "name" | "holder_id", part: Part, use: Use): SQL {
  const column = sql.identifier(name);
  const holds = (text: SQL) => sql`strpos(lower(${text}), lower(${part.text}::text)) > 0`;
  switch (use) {
    case "by-row":
      return holds(sql`l.${column}`);
    case "by-index":
      return sql`(l.${column} ilike ${part.pattern} and ${holds(sql`l.${column}`)})`;
    case "bounded":
      return sql`l.id = any (array(select c.id from (${candidates(column, part)}) c where ${holds(sql`c.text`)}))`;
    default:
      return use satisfies never;
  }
}

/** The most rows whose text is compared with a part. */
const comparedMax = 400;

/**
 * Rows that have each group of three letters or digits of the part. The index knows only such groups, so its rows are candidates,
 * whose text is compared afterwards. The bound keeps a text cheap whose groups are in every row although the text is in none.
 */
function candidates(column: ReturnType<typeof sql.identifier>, { groups }: Part): SQL {
  const each = groups.map((group) => sql`p.${column} ilike ${`%${group}%`}`);
  return sql`select p.id, p.${column} as text from licensing."License" p where ${sql.join(each, sql` and `)} limit ${comparedMax}`;
}

/** A text at the top level of the metadata equals one of `values`. A string of JSON is a string of a JSON path too. */
function holdsValue(values: readonly string[], use: Use): SQL {
  const path = `$.* ? (${values.map((value) => `@ == ${JSON.stringify(value)}`).join(" || ")})`;
  return use === "by-row" ? sql`jsonb_path_exists(l.metadata, ${path}::jsonpath)` : sql`l.metadata @? ${path}::jsonpath`;
}

/** A member of the metadata, as the API writes it in JSON, has this text. */
export function hasMember({ name, value }: { readonly name: string; readonly value: string }, use: Use): SQL {
  const members = [value, ...bareOf(value)].map((each) => sql`l.metadata @> ${JSON.stringify({ [name]: each })}::jsonb`);
  // Compared by row, the same condition is written so that no index fits it.
  return use === "by-row" ? sql`((${sql.join(members, sql` or `)}) is true)` : sql`(${sql.join(members, sql` or `)})`;
}

/** The truth value or number that JSON writes as this text. */
function bareOf(text: string): readonly (boolean | number)[] {
  if (text === "true" || text === "false") return [text === "true"];
  return text !== "" && String(Number(text)) === text && Number.isFinite(Number(text)) ? [Number(text)] : [];
}
