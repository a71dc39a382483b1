import { sql } from "drizzle-orm";
import type { IdempotencyClaim } from "../http/contract.ts";
import type { Runtime } from "../platform/runtime.ts";
import { changeOnce, findStored } from "./replay.store.ts";

/**
 * `Idempotency-Key` for work that may safely be done twice: the first answer is kept, and given again. Of two at once both
 * do the work, and both give the answer of whoever was first. Throws idempotency-mismatch, DatabaseError.
 */
export async function answerOnce<Answer extends object>(
  runtime: Runtime,
  claim: IdempotencyClaim | undefined,
  work: () => Promise<Answer>,
): Promise<{ readonly body: Answer; readonly replayed: boolean }> {
  const stored = await findStored(runtime, claim);
  if (stored !== undefined) return { body: stored.document as Answer, replayed: true };
  const answer = await work();
  if (claim === undefined) return { body: answer, replayed: false };
  const { document, replayed } = await changeOnce(runtime, claim, { change: sql`select ${JSON.stringify(answer)}::jsonb as document` });
  return { body: document as Answer, replayed };
}
