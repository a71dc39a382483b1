import { csvOf, type CsvField } from "../base/csv.ts";
import { listReply, type Page } from "./page.ts";
import type { Reply } from "./reply.ts";

/** A list's columns by name, in order. Each function reads its field of an item. */
export type CsvColumns<Item> = Readonly<Record<string, (item: Item) => CsvField>>;

/** A page as CSV instead of JSON, with the file name `<name>.csv`. `Link` holds the next page's address, as in the JSON form. */
export function csvReply<Item>(page: Page<Item>, { name, columns }: { readonly name: string; readonly columns: CsvColumns<Item> }): Reply {
  const reply = listReply(page);
  const reads = Object.values(columns);
  const headers = {
    ...reply.headers,
    "content-type": "text/csv; charset=utf-8; header=present",
    "content-disposition": `attachment; filename="${name}.csv"`,
  };
  return { ...reply, body: csvOf(Object.keys(columns), page.data.map((item) => reads.map((read) => read(item)))), headers };
}
