import { id, instant, nullable, text, truth } from "../base/column.ts";

/** The columns of `Activation`. */
export const activationColumns = {
  id: { column: "id", ...id },
  licenseId: { column: "license_id", ...id },
  fingerprint: { column: "fingerprint", ...text() },
  name: { column: "name", ...nullable(text()) },
  createdAt: { column: "created_at", ...instant },
  lastSeenAt: { column: "last_seen_at", ...instant },
  /** Null: the seat is kept until it is freed. */
  leaseUntil: { column: "lease_until", ...nullable(instant) },
  /** When the last license file for this machine ends; null: none was given out. */
  fileUntil: { column: "file_until", ...nullable(instant) },
  deactivatedAt: { column: "deactivated_at", ...nullable(instant) },
  /** Whether the license's key or holder freed it, which counts against the term `releases`. */
  byHolder: { column: "by_holder", ...truth },
} as const;
