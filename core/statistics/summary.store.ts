import { sql } from "drizzle-orm";
import type { Runtime } from "../platform/runtime.ts";
import { noFigures, type Figures } from "./figures.ts";

export type Summary = { readonly asOf: Date | null; readonly figures: Figures };

/** The last summary; zeros before the first. Reads one row. Throws DatabaseError. */
export async function readSummary(runtime: Runtime): Promise<Summary> {
  const [rows = []] = await runtime.database.read(sql`select to_jsonb(s.as_of) as as_of, s.figures from licensing."Summary" s`);
  const row = rows[0];
  if (typeof row?.["as_of"] !== "string") return { asOf: null, figures: noFigures(runtime.now()) };
  return { asOf: new Date(row["as_of"]), figures: row["figures"] as Figures };
}
