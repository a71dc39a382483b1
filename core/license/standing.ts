import type { Standing } from "./assess.ts";
import { effectiveStatus } from "./assess.ts";
import type { License, Status } from "./license.ts";

/** A license as the assessment sees it. */
export function standingOf(license: License): Standing {
  return {
    status: license.status,
    startsAtMs: license.startsAt?.getTime() ?? null,
    expiresAtMs: license.expiresAt?.getTime() ?? null,
    graceUntilMs: license.graceUntil?.getTime() ?? null,
    fingerprintRequired: license.terms.fingerprintRequired,
    features: license.terms.features,
  };
}

/** The status that holds at `now`. */
export function statusAt(license: License, now: Date): Status {
  return effectiveStatus({ status: license.status, expiresAtMs: license.expiresAt?.getTime() ?? null }, now.getTime());
}
