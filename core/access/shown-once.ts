import type { IdempotencyKey } from "../http/idempotency.sql.ts";
import type { Runtime } from "../platform/runtime.ts";
import { sealSecret, type Place, type Purpose } from "../platform/vault.ts";

/** A secret that one answer and its replays show: its purpose, and the answer's idempotency key. */
export type ShownOnce = { readonly purpose: Purpose; readonly claim: IdempotencyKey | undefined };

/**
 * Seals a secret for the row that stores the answer. Without an idempotency key no row stores it; it is only passed through the
 * commit.
 */
export function sealShown(runtime: Runtime, text: string, shown: ShownOnce): string {
  return sealSecret(runtime, text, placeOf(shown));
}

/** The identity of the row that stores the answer: its principal, route and key. */
export function placeOf({ purpose, claim }: ShownOnce): Place {
  return { purpose, names: claim === undefined ? [] : [claim.principal, claim.route, claim.key] };
}
