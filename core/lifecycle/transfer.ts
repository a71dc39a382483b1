import type { Holder } from "../access/actor.ts";
import { keyHint, type LicenseKey } from "../access/license-key.ts";
import { change, type Decision } from "../commit/decision.ts";
import { patchOf } from "../license/patch.ts";
import { blocked } from "./blocked.ts";
import { changesBetween } from "./events.ts";
import type { Snapshot } from "./snapshot.sql.ts";

type NewKey = { readonly key: LicenseKey; readonly keyDigest: string; readonly sealedKey: string };

type TransferInput = {
  readonly holder: Holder;
  /** Undefined: the license keeps its key. */
  readonly newKey: NewKey | undefined;
  readonly keepSeats: boolean;
  readonly reason: string | null;
};

/**
 * Hands a license over: a new holder and, unless they are kept, a new key and no seat. The overlap of a rotated key ends in any
 * case. A suspended license stays suspended. A trial is recorded for the new holder too, who must not have had it.
 */
export function transfer({ license, policy }: Snapshot, { holder, newKey, keepSeats, reason }: TransferInput): Decision {
  const refusal = blocked(license, "REVOKED");
  if (refusal !== undefined) return refusal;
  const after = { holder, ...(newKey === undefined ? {} : { keyHint: keyHint(newKey.key) }) };
  return change({
    licenseId: license.id,
    guard: { kind: "revision", revision: license.revision },
    set: patchOf({ ...after, ...(newKey === undefined ? {} : { keyDigest: newKey.keyDigest }), previousKeyUntil: null }),
    handsOver: true,
    ...(policy.trial ? { recordsTrial: true } : {}),
    releases: [],
    ...(keepSeats ? {} : { releasesAll: { reason: "transferred", isCounted: false } }),
    ...(newKey === undefined ? {} : { newKeyDigest: newKey.keyDigest, extra: { sealedKey: newKey.sealedKey } }),
    events: [{ type: "transferred", reason, changes: changesBetween(license, after) }],
  });
}
