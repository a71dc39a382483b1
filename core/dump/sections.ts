/** A table that a dump copies row by row, in the order of its key. */
export type Section = { readonly table: string; readonly key: readonly [string, ...string[]] };

/** Tables whose rows belong to one license. The license's own statement reads them, so that they agree with it. */
export const partsOfLicense = ["LicenseKey", "CertificateDue", "TrialMachine"] as const;

/** Seats and events. A license can have more of them than one answer of the database holds. */
export const longPartsOfLicense = ["Activation", "LicenseEvent"] as const;

/**
 * Use, dumped after the licenses: a license's may be longer than one answer. The restore leaves out what belongs to a license that came
 * too late, because a row of use needs its license.
 */
export const usage: Section = { table: "Usage", key: ["license_id", "meter", "period_start", "period_end"] };

/**
 * The other tables, dumped after the licenses. So a dump that holds a license also holds its policy and every credential and stored
 * answer from before it; the restore leaves out what belongs to licenses that came too late.
 */
export const sections: readonly Section[] = [
  { table: "Policy", key: ["id"] },
  { table: "PolicyDefinition", key: ["id"] },
  { table: "Credential", key: ["client_id"] },
  { table: "TrialLedger", key: ["policy_id", "holder_type", "holder_id"] },
  { table: "IdempotencyRecord", key: ["principal", "route", "key"] },
  { table: "SigningKey", key: ["kid"] },
  { table: "SigningKeyNeed", key: ["kid"] },
  { table: "KeyringMark", key: ["place"] },
  { table: "Reminder", key: ["before"] },
  { table: "Webhook", key: ["id"] },
  { table: "WebhookNotice", key: ["license_id", "type"] },
  { table: "WebhookDue", key: ["webhook_id", "id"] },
];

const counts = "The restored licenses and events are counted anew: triggers count the rows that the restore writes.";

/** Tables that a dump leaves out, each with the reason. */
export const leftOut: Readonly<Record<string, string>> = {
  Beacon: "It describes the Redis of the old place; the first run in the new place writes another.",
  WebhookDelivery: "It is the history of deliveries that have ended; open ones are in WebhookDue.",
  Summary: counts,
  Tally: counts,
  TallyChange: counts,
  TallyPage: counts,
  SeatCheck: "It is the position of a comparison that goes through all licenses again and again.",
  KeyCheck: "It is the history of checks; the first check in the new place writes the current one.",
};
