import { setTimeout as delay } from "node:timers/promises";
import { patient } from "./slowness.ts";

const lookEveryMs = 20;
const msMax = 120_000;

/** Waits until `isSo` answers true. Throws an error that names the condition after two minutes of a quiet machine. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const endsAt = performance.now() + patient(msMax);
  while (!(await isSo())) {
    if (performance.now() > endsAt) throw new Error(`${what}: not in time`);
    await delay(lookEveryMs);
  }
}

/**
 * Vacuums and analyzes every table of the service until its pages count as visible to all sessions: an index-only scan reads fewer
 * pages then. A vacuum that runs beside another session's transaction leaves the pages that changed since that began.
 */
export async function vacuumed({ query }: { readonly query: (text: string) => Promise<{ readonly rows: readonly unknown[] }> }): Promise<void> {
  await until("every page visible", async () => {
    await query("vacuum analyze");
    const { rows } = await query(`select c.relname from pg_class c where c.relnamespace = 'licensing'::regnamespace and c.relkind = 'r'
      and c.relpages > 100 and c.relallvisible < 0.9 * c.relpages`);
    return rows.length === 0;
  });
}
