import { sql } from "drizzle-orm";
import { withDeadline } from "../platform/deadline.ts";
import { sendTransaction } from "../platform/redis.ts";
import type { Runtime } from "../platform/runtime.ts";

/** How long the start waits for a store; the first request handles one that answers later. */
const warmMsMax = 1_500;

/**
 * Opens the connections that a function's first request would wait for. While a function starts, Lambda gives it two processors,
 * afterwards a part of one. Never throws: a request that needs a failed connection opens it again. A dependency that the function
 * wasn't given is skipped.
 */
export async function warm(runtime: Runtime): Promise<void> {
  const { database, redis } = runtime.config;
  await withDeadline(performance.now() + warmMsMax, () =>
    Promise.allSettled([
      ...(database === undefined ? [] : [runtime.database.read(sql`select 1`)]),
      ...(redis === undefined ? [] : [sendTransaction(runtime, [["PING"]])]),
    ]),
  );
}
