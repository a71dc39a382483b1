import type { SQL } from "drizzle-orm";
import { writeMetric } from "../platform/metric.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timeBudget, type TimeBudget } from "../platform/time-budget.ts";
import { figuresOf, type Figures } from "./figures.ts";
import { countedFrom, countedStatements, writeStatements } from "./summary.sql.ts";
import { beginStatement, countChangesStatement, countEventsStatement, countLicensesStatement, forgetPagesStatement, lockStatement } from "./tally.sql.ts";

type SummarizeOptions = { readonly workMs?: number; readonly pagesMax?: number; readonly rowsMax?: number };

type Summarized = {
  /** Licenses that were counted for the first time: those that are older than the triggers. */
  readonly licenses: number;
  /** Changes of licenses, and events, that were added to the running counts. */
  readonly changes: number;
  readonly events: number;
  /** 1: the summary is written; 0: the running counts are behind, the next run goes on, and the summary stays. */
  readonly written: number;
};

const workMsDefault = 45_000;
/**
 * The statements of each kind in one run, and the rows that each counts. The first count gets fewer statements, because it reads
 * all licenses.
 */
const pagesMaxDefault = 200;
const firstPagesMax = 40;
const rowsMaxDefault = 5_000;
/** No statement begins with less than this left of the function's time. */
const reserveMs = 10_000;

/**
 * Brings the running counts up to date and writes the summary. A run reads the changes and events since the last one, never all
 * licenses: those that are older than the triggers are counted once, page by page, over as many runs as that takes. Safe at any time,
 * and when two overlap. Throws DatabaseError.
 */
export async function summarize(runtime: Runtime, options: SummarizeOptions = {}): Promise<Summarized> {
  const { workMs = workMsDefault, pagesMax = pagesMaxDefault, rowsMax = rowsMaxDefault } = options;
  const paging = { runtime, time: timeBudget(workMs, reserveMs), pagesMax };
  const [, [state] = []] = await runtime.database.write(beginStatement(), lockStatement());
  const licenses = state?.["ended"] === true ? { count: 0, ended: true } : await pagesOf({ ...paging, pagesMax: Math.min(pagesMax, firstPagesMax) }, countLicensesStatement(rowsMax));
  const changes = await pagesOf(paging, countChangesStatement(rowsMax));
  const events = await pagesOf(paging, countEventsStatement(rowsMax));
  if (state?.["is_counted"] !== true) await runtime.database.write(lockStatement(), forgetPagesStatement());
  const isCurrent = licenses.ended && changes.ended && events.ended;
  if (isCurrent) await write(runtime);
  return { licenses: licenses.count, changes: changes.count, events: events.count, written: isCurrent ? 1 : 0 };
}

type Paging = { readonly runtime: Runtime; readonly time: TimeBudget; readonly pagesMax: number };

/** Repeats a statement until it says that nothing is left. */
async function pagesOf({ runtime, time, pagesMax }: Paging, statement: SQL): Promise<{ readonly count: number; readonly ended: boolean }> {
  let count = 0;
  for (let pages = 0; pages < pagesMax && time.hasTime(); pages += 1) {
    const [, [row] = []] = await runtime.database.write(lockStatement(), statement);
    count += Number(row?.["count"]);
    if (row?.["ended"] === true) return { count, ended: true };
  }
  return { count, ended: false };
}

async function write(runtime: Runtime): Promise<void> {
  const now = runtime.now();
  const figures = figuresOf(countedFrom(await runtime.database.read(...countedStatements(now))), now);
  await runtime.database.write(...writeStatements(figures, now));
  report(runtime, figures);
}

function report(runtime: Runtime, { licenses, seats, attention }: Figures): void {
  for (const [status, value] of Object.entries(licenses.byStatus)) writeMetric(runtime, "Licenses", { value, dimensions: { Status: status } });
  writeMetric(runtime, "SeatsOpen", { value: seats.open });
  writeMetric(runtime, "LicensesFull", { value: attention.full });
  writeMetric(runtime, "LicensesExpiringSoon", { value: attention.expiringSoon });
  writeMetric(runtime, "KeyFindings", { value: attention.keyFindings });
}
