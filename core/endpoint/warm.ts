import { sql } from "drizzle-orm";
import { withDeadline } from "../platform/deadline.ts";
import { sendTransaction } from "../platform/redis.ts";
import type { Runtime } from "../platform/runtime.ts";

/** A store that doesn't answer in this time is the first request's to deal with. */
const warmMsMax = 1_500;

/**
 * Opens the connections that a function's first request would wait for. While a function starts, Lambda gives it two
 * processors; afterwards a part of one. Never throws: what fails here is tried again by whoever needs it. A part that the
 * function wasn't given is left alone.
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
