import { sql, type SQL } from "drizzle-orm";
import { DatabaseError } from "../platform/database-error.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";
import { storedFrom, storedStatement, type IdempotencyKey, type Stored } from "./idempotency.sql.ts";

/**
 * How long an answer is stored. The row is written by the statement that makes the change, so either both exist or neither. A
 * second request with the same key violates the primary key, is rolled back, and is answered from the row.
 */
const keptSeconds = 86_400;

/**
 * The insert, for use as a CTE of the changing statement. `source` is the CTE whose single row is the change; without a row
 * nothing is stored. `document` is a jsonb expression over it. An expired row must be removed before, by `clearExpiredStatement`.
 */
export function recordStatement(claim: IdempotencyKey, now: Date, { source, document }: { source: SQL; document: SQL }): SQL {
  const until = new Date(now.getTime() + keptSeconds * 1000);
  return sql`insert into licensing."IdempotencyRecord" as record
      (principal, route, key, body_hash, document, created_at, expires_at)
    select ${claim.principal}, ${claim.route}, ${claim.key}, ${claim.bodyHash}, ${document},
      ${timestamp(now)}, ${timestamp(until)}
    from ${source}`;
}

/** Removes the expired row of this key, so that the key can be used again. Sent in the same batch, before the change. */
export function clearExpiredStatement(claim: IdempotencyKey, now: Date): SQL {
  return sql`delete from licensing."IdempotencyRecord"
    where principal = ${claim.principal} and route = ${claim.route} and key = ${claim.key}
      and expires_at <= ${timestamp(now)}`;
}

/** Whether a commit failed because its idempotency row exists: the answer is stored and can be read. */
export function isReplayRace(error: unknown): boolean {
  return isTaken(error) && error.constraint === "IdempotencyRecord_pkey";
}

/** Whether a unique constraint was violated. */
function isTaken(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && error.kind === "constraint";
}

type OnceStatement = {
  /** A statement before the change, in the same transaction: the lock that the change waits for. */
  readonly first?: SQL;
  /** CTEs before the change, without `with` and without a trailing comma. */
  readonly with?: SQL;
  /** An INSERT, UPDATE or DELETE … RETURNING one jsonb column named `document`. */
  readonly change: SQL;
};

export type Changed = { readonly document: unknown; readonly replayed: boolean };

/**
 * For changes outside the license road: runs `change` once for each key and returns its document, or the stored one. `document`
 * is undefined if the change touched no row. Throws DatabaseError, which names a violated unique constraint.
 */
export async function changeOnce(runtime: Runtime, claim: IdempotencyKey | undefined, change: OnceStatement): Promise<Changed> {
  const now = runtime.now();
  const found = await findStored(runtime, claim);
  if (found !== undefined) return { document: found.document, replayed: true };
  try {
    const document = await write(runtime, change, { claim, now });
    // A change that touched no row may have met the effect of its copy.
    const raced = document === undefined ? await findStored(runtime, claim) : undefined;
    return raced === undefined ? { document, replayed: false } : { document: raced.document, replayed: true };
  } catch (error) {
    // A copy of the same request writes the same unique values, and Postgres may meet any of them before the idempotency row.
    const raced = isTaken(error) ? await findStored(runtime, claim) : undefined;
    if (raced === undefined) throw error;
    return { document: raced.document, replayed: true };
  }
}

/** The stored answer of a key, if there is one. Without a key it reads nothing. */
export async function findStored(runtime: Runtime, claim: IdempotencyKey | undefined): Promise<Stored | undefined> {
  if (claim === undefined) return undefined;
  const [rows = []] = await runtime.database.read(storedStatement(claim, runtime.now()));
  return storedFrom(rows[0], claim);
}

async function write(runtime: Runtime, change: OnceStatement, { claim, now }: { claim: IdempotencyKey | undefined; now: Date }): Promise<unknown> {
  const before = change.with === undefined ? sql`` : sql`${change.with},`;
  const statements = (...own: readonly [SQL, ...SQL[]]) => (change.first === undefined ? own : ([change.first, ...own] as const));
  if (claim === undefined) {
    const statement = sql`with ${before} changed as (${change.change}) select document from changed`;
    const rows = (await runtime.database.write(...statements(statement))).at(-1);
    return rows?.[0]?.["document"];
  }
  const record = recordStatement(claim, now, { source: sql`changed`, document: sql`changed.document` });
  const statement = sql`with ${before} changed as (${change.change}), recorded as (${record}) select document from changed`;
  const results = await runtime.database.writeKeyed(...statements(clearExpiredStatement(claim, now), statement));
  return results.at(-1)?.[0]?.["document"];
}

/** Stores a key after a change that may safely be repeated. An existing row stays. */
export async function remember(runtime: Runtime, claim: IdempotencyKey): Promise<void> {
  const record = recordStatement(claim, runtime.now(), { source: sql`(select 1) as once`, document: sql`'{}'::jsonb` });
  await runtime.database.write(sql`${record} on conflict (principal, route, key) do nothing`);
}

/**
 * `Idempotency-Key` for work that may safely be done twice: the first answer is stored and repeated. Two concurrent requests both
 * do the work, and both return the answer that was stored first. Throws idempotency-mismatch, DatabaseError.
 */
export async function answerOnce<Answer extends object>(
  runtime: Runtime,
  claim: IdempotencyKey | undefined,
  work: () => Promise<Answer>,
): Promise<{ readonly body: Answer; readonly replayed: boolean }> {
  const stored = await findStored(runtime, claim);
  if (stored !== undefined) return { body: stored.document as Answer, replayed: true };
  const answer = await work();
  if (claim === undefined) return { body: answer, replayed: false };
  const { document, replayed } = await changeOnce(runtime, claim, { change: sql`select ${JSON.stringify(answer)}::jsonb as document` });
  return { body: document as Answer, replayed };
}
