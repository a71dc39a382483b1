import type { IdempotencyKey } from "../http/idempotency.sql.ts";
import type { Runtime } from "../platform/runtime.ts";
import { sealSecret, type Place, type Purpose } from "../platform/vault.ts";

/** A secret that one answer shows, and the replays of that answer: what it is, and whose answer. */
export type ShownOnce = { readonly purpose: Purpose; readonly claim: IdempotencyKey | undefined };

/** Seals a secret for the row that keeps the answer. Without a claim no row keeps it: it is only carried through the commit. */
export function sealShown(runtime: Runtime, text: string, shown: ShownOnce): string {
  return sealSecret(runtime, text, placeOf(shown));
}

/** The row that keeps the answer: its principal, route and key. */
export function placeOf({ purpose, claim }: ShownOnce): Place {
  return { purpose, names: claim === undefined ? [] : [claim.principal, claim.route, claim.key] };
}
