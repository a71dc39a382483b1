import { parsedJson } from "../base/parsed-json.ts";
import * as z from "zod/mini";
import { hashJson } from "../base/canonical.ts";
import { throwFaults } from "../problem/problem.ts";
import type { Reply } from "./reply.ts";

/**
 * The position after a page's last row: the name of the list, because a position is valid in its own list only, and the values by
 * which the list is ordered.
 */
type Cursor = readonly [list: string, ...position: (string | number | null)[]];

const limitDefault = 20;
const limitMax = 100;
const cursorLengthMax = 1024;

const limitText = z.string().check(z.regex(/^(?:[1-9][0-9]?|100)$/, { error: `must be a whole number from 1 to ${limitMax}` }));

/** The query fields of every list; spread into its strict query schema. */
export const pageFields = {
  limit: z
    ._default(z.pipe(limitText, z.transform(Number)), limitDefault)
    .check(z.meta({ description: `The most items of a page: 1 to ${limitMax}.`, examples: ["20"] })),
  cursor: z
    .optional(z.string().check(z.regex(/^[A-Za-z0-9_-]{1,1024}$/, { error: "must be a cursor of this list" })))
    .check(z.meta({ description: "The `nextCursor` of the previous page." })),
};

/** The body schema of a list of `item`. */
export function pageOf<Item extends z.ZodMiniType>(item: Item) {
  return z.strictObject({
    data: z.array(item),
    pagination: z.strictObject({ hasMore: z.boolean(), nextCursor: z.nullable(z.string()) }),
  });
}

const digestLength = 16;

/**
 * A list's name in its cursors. Other filters or another order make another list, where positions mean something else. The page
 * size and the format don't matter.
 */
export function listName(name: string, query: Readonly<Record<string, unknown>>): string {
  const { limit: _limit, cursor: _cursor, format: _format, ...rest } = query;
  return `${name} ${hashJson(rest).slice(0, digestLength)}`;
}

/** Opaque to callers: base64url of a JSON array. */
export function encodeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString("base64url");
}

/**
 * Reads a cursor with the schema of its list. Undefined without a cursor. Throws malformed-request for a text that `encodeCursor`
 * didn't make for this list.
 */
export function decodeCursor<Schema extends z.ZodMiniType<Cursor>>(text: string | undefined, schema: Schema): z.output<Schema> | undefined {
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text, "base64url");
  if (text.length <= cursorLengthMax && bytes.toString("base64url") === text) {
    const parsed = schema.safeParse(parsedJson(bytes.toString("utf8")));
    if (parsed.success) return parsed.data;
  }
  return throwFaults([{ pointer: "/query/cursor", detail: "is not a cursor of this list" }]);
}

export type Page<Item> = { readonly data: readonly Item[]; readonly pagination: { readonly hasMore: boolean; readonly nextCursor: string | null } };

/** Makes a page of up to `limit + 1` rows. The last, additional row shows that there are more. */
export function pageFrom<Item>(rows: readonly Item[], limit: number, cursorOf: (item: Item) => Cursor): Page<Item> {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { data, pagination: { hasMore, nextCursor: hasMore ? encodeCursor(cursorOf(last)) : null } };
}

/** 200 with the page, and `Link: <…>; rel="next"` (RFC 8288): the same request with the next cursor. */
export function listReply<Item>(page: Page<Item>): Reply {
  const { nextCursor } = page.pagination;
  return {
    status: 200,
    body: page,
    headers: { "x-response-count": String(page.data.length) },
    ...(nextCursor === null ? {} : { link: (path, query) => nextLink({ path, query, cursor: nextCursor }) }),
  };
}

function nextLink({ path, query, cursor }: { readonly path: string; readonly query: string; readonly cursor: string }): string {
  const next = new URLSearchParams(query);
  next.set("cursor", cursor);
  return `<${path}?${next.toString()}>; rel="next"`;
}
