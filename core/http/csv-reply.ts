import * as z from "zod/mini";
import { csvOf, type CsvField } from "../base/csv.ts";
import { listReply, type Page } from "./page.ts";
import type { Reply } from "./reply.ts";

/** The query field of a list that is also answered as CSV; spread into its strict query schema. */
export const formatField = {
  format: z._default(z.enum(["json", "csv"]), "json").check(z.meta({ description: "`csv`: RFC 4180 with a header row." })),
};
type Format = "json" | "csv";

/** The content types of such a list. */
export const listTypes = ["application/json", "text/csv"] as const;

type Columns = Readonly<Record<string, (item: object) => CsvField>>;

/** The form of a list's answer: its format, the name of its file without the ending, and the schema of its items. */
type Table = { readonly format: Format; readonly name: string; readonly representation: z.ZodMiniObject };

/**
 * A page as JSON, or as CSV with the file name `<name>.csv`. `Link` holds the next page's address in both forms. A record has a
 * field for each member of the representation, in its order. A member that consists of `type` and `id` has two (`actorType`,
 * `actorId`); another object is written as JSON.
 */
export function tableReply(page: Page<object>, { format, name, representation }: Table): Reply {
  const reply = listReply(page);
  if (format === "json") return reply;
  const columns = columnsOf(representation);
  const reads = Object.values(columns);
  const headers = {
    ...reply.headers,
    "content-type": "text/csv; charset=utf-8; header=present",
    "content-disposition": `attachment; filename="${name}.csv"`,
  };
  return { ...reply, body: csvOf(Object.keys(columns), page.data.map((item) => reads.map((read) => read(item)))), headers };
}

function columnsOf({ shape }: z.ZodMiniObject): Columns {
  return Object.fromEntries(Object.entries(shape).flatMap(([name, schema]) => {
    const read = (item: object): unknown => (item as Readonly<Record<string, unknown>>)[name];
    if (!isIdentity(schema)) return [[name, (item: object) => fieldOf(read(item))] as const];
    const part = (member: "type" | "id") => (item: object) => fieldOf((read(item) as Readonly<Record<string, unknown>>)[member]);
    return [[`${name}Type`, part("type")] as const, [`${name}Id`, part("id")] as const];
  }));
}

function isIdentity(schema: unknown): boolean {
  return schema instanceof z.ZodMiniObject && Object.keys(schema.shape).join() === "type,id";
}

function fieldOf(value: unknown): CsvField {
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}
