import type { LicenseKey } from "../access/license-key.ts";
import { keyHint } from "../access/license-key.ts";
import { patchOf } from "../license/patch.ts";
import type { Snapshot } from "./snapshot.sql.ts";
import { change } from "../commit/decision.ts";
import type { Decision, Moment } from "../commit/decision.ts";
import { blocked } from "./blocked.ts";
import { changesBetween } from "./events.ts";

type RotateKeyInput = {
  readonly reason: string | null;
  readonly key: LicenseKey;
  readonly keyDigest: string;
  readonly sealedKey: string;
  /** How long the old key stays valid. 0: the old key becomes invalid at once. */
  readonly overlapSeconds: number;
};

/** Gives a license a new key and changes nothing else. */
export function rotateKey({ license }: Snapshot, input: RotateKeyInput, moment: Moment): Decision {
  const refusal = blocked(license, "REVOKED");
  if (refusal !== undefined) return refusal;
  const previousKeyUntil = input.overlapSeconds === 0 ? null : new Date(moment.now.getTime() + input.overlapSeconds * 1000);
  const after = { keyHint: keyHint(input.key) };
  return change({
    licenseId: license.id,
    guard: { kind: "revision", revision: license.revision },
    set: patchOf({ ...after, keyDigest: input.keyDigest, previousKeyUntil }),
    keepPreviousKey: previousKeyUntil !== null,
    releases: [],
    newKeyDigest: input.keyDigest,
    extra: { sealedKey: input.sealedKey },
    events: [{ type: "updated", reason: input.reason, changes: changesBetween(license, after) }],
  });
}
