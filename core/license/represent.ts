import { instantOrNull } from "../base/instant-or-null.ts";
import type { License } from "./license.ts";
import { stateOf } from "./assess.ts";
import { statusAt } from "./status.ts";

/** A license in the form of `licenseRepresentation`. Separate from that schema, which only documents and tests need. */
export function representLicense(license: License, { seatsUsed, now }: { readonly seatsUsed: number; readonly now: Date }) {
  return {
    id: license.id,
    policyId: license.policyId,
    policy: license.policy,
    name: license.name,
    holder: license.holder,
    status: statusAt(stateOf(license), now.getTime()),
    sequence: license.sequence,
    features: license.terms.features,
    activationLimit: license.terms.activationLimit,
    overrides: license.overrides,
    seatsUsed,
    keyHint: license.keyHint,
    startsAt: instantOrNull(license.startsAt),
    expiresAt: instantOrNull(license.expiresAt),
    graceUntil: instantOrNull(license.graceUntil),
    maintenanceUntil: instantOrNull(license.maintenanceUntil),
    lastValidatedAt: instantOrNull(license.lastValidatedAt),
    metadata: license.metadata,
    createdAt: license.createdAt.toISOString(),
    updatedAt: license.updatedAt.toISOString(),
  };
}
