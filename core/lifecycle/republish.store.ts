import type { Scope } from "../access/actor.ts";
import { publishAgain } from "../publication/publish.store.ts";
import { representPublication } from "../publication/representation.ts";
import type { IdempotencyKey } from "../http/idempotency.sql.ts";
import type { Reply } from "../http/reply.ts";
import { replayHeaders } from "../http/reply.ts";
import { representLicense } from "../license/represent.ts";
import type { Runtime } from "../platform/runtime.ts";
import { throwProblem } from "../problem/problem.ts";
import { conditionMet } from "../platform/condition.ts";
import { readCommitted } from "../commit/committed.store.ts";
import { findStored, remember } from "../http/idempotency.store.ts";

type Wanted = { readonly licenseId: string; readonly scope: Scope; readonly claim?: IdempotencyKey | undefined };

/**
 * Publishes a fresh certificate of the committed license. Repeating it is safe, so the idempotency key is stored only to refuse
 * the same key for another request.
 */
export async function republish(runtime: Runtime, { licenseId, scope, claim }: Wanted): Promise<Reply> {
  const stored = await findStored(runtime, claim);
  const committed = await readCommitted(runtime, { licenseId, scope });
  if (committed === undefined) throwProblem("license-not-found");
  await conditionMet();
  // At the same time, because with a silent Redis the publication takes most of the request's time.
  const [publication] = await Promise.all([publishAgain(committed, runtime), claim === undefined || stored !== undefined ? undefined : remember(runtime, claim)]);
  const { license, seatsUsed, at } = committed;
  return {
    status: 200,
    body: { license: representLicense(license, { seatsUsed, now: at }), certificate: representPublication(publication) },
    headers: { etag: `"${license.sequence}"`, ...replayHeaders(stored !== undefined) },
  };
}
