import { sql } from "drizzle-orm";
import { firstIdAt } from "../base/snowflake.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";
import type { Unsent } from "./body.ts";
import { reopenedColumns } from "./delivery.sql.ts";
import { fixStatement, holdStatement, lockStatement, settleStatement, takeStatement, type Settlement } from "./queue.sql.ts";

/** A delivery that this run has taken. */
export type Taken = Unsent & {
  readonly id: string;
  readonly webhookId: string;
  readonly token: string;
  readonly tries: number;
  /** Null: it was never sent. */
  readonly body: string | null;
  readonly url: string;
  readonly signatures: readonly string[];
  /** The keys are sealed. */
  readonly secret: string;
  readonly privateKey: string | null;
  readonly formerSecret: string | null;
  readonly formerPrivateKey: string | null;
};

export type Disabled = { readonly id: string; readonly reason: string };
type Exchanged = { readonly taken: readonly Taken[]; readonly disabled: readonly Disabled[] };
type Exchange = { readonly settlements: readonly Settlement[]; readonly limit: number };

/** Records attempts and takes up to `limit` deliveries, in one round trip. May be sent again: an attempt is recorded once. Throws DatabaseError. */
export async function exchange(runtime: Runtime, { settlements, limit }: Exchange): Promise<Exchanged> {
  const now = runtime.now();
  const token = uuidOf(runtime.random(16));
  const [share, start] = [shareOf(runtime), shareOf(runtime)];
  const settle = settlements.length === 0 ? [] : [lockStatement(settlements), settleStatement(settlements, { now, share })];
  const taking = { now, token, limit, share: start };
  const take = limit === 0 ? [] : [holdStatement(taking), takeStatement(taking)];
  const [first, ...rest] = [...settle, ...take];
  if (first === undefined) return { taken: [], disabled: [] };
  const results = await runtime.database.write(first, ...rest);
  const disabled = settle.length === 0 ? [] : (results[1] ?? []).map((row) => ({ id: String(row["id"]), reason: String(row["reason"]) }));
  const taken = limit === 0 ? [] : (results.at(-1) ?? []).map((row) => ({ ...(row["delivery"] as Omit<Taken, "token">), token }));
  return { taken, disabled };
}

/** Stores the bodies of deliveries that are sent for the first time. */
export async function fixBodies(runtime: Runtime, token: string, bodies: Parameters<typeof fixStatement>[1]): Promise<void> {
  await runtime.database.write(fixStatement(token, bodies));
}

/** From 0 to 1. */
export function shareOf(runtime: Runtime): number {
  return (runtime.random(1)[0] ?? 0) / 255;
}

/** Random bytes as the text of a UUID of version 4. */
function uuidOf(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export type Waiting = {
  /** How long the longest due delivery has been due, among the addresses that no failure and no `Retry-After` makes wait. */
  readonly oldestSeconds: number;
  /** Addresses that have failed for an hour, or that failures disabled. */
  readonly failing: number;
};

const failingSecondsMin = 3_600;

/** Reads how far delivering lags behind. One round trip. */
export async function readWaiting(runtime: Runtime): Promise<Waiting> {
  const now = runtime.now();
  const failingSince = timestamp(new Date(now.getTime() - failingSecondsMin * 1000));
  const [rows = []] = await runtime.database.read(sql`select
      (select to_jsonb(min(first.due_at)) from licensing."Webhook" w cross join lateral (select d.due_at from licensing."WebhookDue" d
        where d.webhook_id = w.id order by d.due_at limit 1) first
        where w.enabled and w.failing_since is null and (w.wait_until is null or w.wait_until <= ${timestamp(now)})) as since,
      (select count(*)::int from licensing."Webhook" w where w.receives and (w.failing_since <= ${failingSince} or not w.enabled)) as failing`);
  const since = rows[0]?.["since"];
  const oldestSeconds = typeof since === "string" ? Math.max(0, (now.getTime() - Date.parse(since)) / 1000) : 0;
  return { oldestSeconds, failing: Number(rows[0]?.["failing"]) };
}

/** How long deliveries are kept, ended or held. */
const keptDays = 30;
/** How many rows one call removes. */
const removedMax = 2_000;
/** The number of the advisory lock. No other lock uses it. */
const lockId = 7_110_039;

/**
 * Makes and drops the tables of ended deliveries, ends deliveries that were held for too long, and removes the deliveries of
 * deleted addresses, and records of notices that are no longer needed. A later call removes what this one leaves. Throws
 * DatabaseError.
 */
export async function removeOld(runtime: Runtime): Promise<void> {
  const now = runtime.now();
  const at = timestamp(now);
  const oldest = new Date(now.getTime() - keptDays * 86_400_000);
  await runtime.database.write(
    // Two runs at a week's turn would make the same table.
    sql`select pg_advisory_xact_lock(${lockId})`,
    sql`select licensing.keep_webhook_partitions(${at}, ${keptDays})`,
    sql`with over as (delete from licensing."WebhookDue" d using (select d.webhook_id, d.id from licensing."Webhook" w
        join licensing."WebhookDue" d on d.webhook_id = w.id where w.receives and not w.enabled and d.id < ${firstIdAt(oldest)}::bigint limit ${removedMax}) o
      where d.webhook_id = o.webhook_id and d.id = o.id returning d.*)
      insert into licensing."WebhookDelivery" (${reopenedColumns}, attempts, state, ended_at) select ${reopenedColumns}, attempts, 'exhausted', ${at} from over
      on conflict (id) do nothing`,
    sql`delete from licensing."WebhookDue" d using (select d.webhook_id, d.id from licensing."Webhook" w
        join licensing."WebhookDue" d on d.webhook_id = w.id where w.deleted_at is not null limit ${removedMax}) o
      where d.webhook_id = o.webhook_id and d.id = o.id`,
    sql`update licensing."Webhook" w set former_secret = null, former_private_key = null, former_until = null where w.former_until <= ${at}`,
  );
}
