import { activationFrom, type Activation, type ActivationRow } from "../activation/activation.ts";
import { eventFrom, type EventRow, type LicenseEvent } from "../event/event.ts";
import { meterUsageFrom, type MeterRow, type MeterUsage } from "../usage/usage.ts";
import { licenseFrom, type License, type LicenseRow } from "../license/license.ts";

declare const committed: unique symbol;

/**
 * A committed change. A value of this type comes only from a commit, its replay, or a reading of the rows. Only this type can be
 * published, so an uncommitted change can't be.
 */
export type Committed = {
  readonly [committed]: true;
  readonly license: License;
  /** Empty if nothing changed that a certificate shows. */
  readonly events: readonly LicenseEvent[];
  /** The seat that was taken or extended. */
  readonly seat: Activation | undefined;
  /** Fingerprints of live seats, oldest first. At most one more than a certificate lists, which shows that there are more. */
  readonly seats: readonly string[];
  readonly seatsUsed: number;
  /** The meters that were changed, after the change. */
  readonly usage: readonly MeterUsage[];
  /** The kid of the table's active key; null before the first check of the keys. */
  readonly signingKid: string | null;
  readonly extra: Readonly<Record<string, string>>;
  /** How many webhook deliveries the change has written. */
  readonly deliveries: number;
  /** The instant of the change. */
  readonly at: Date;
};

/** The JSON that the commit's statement returns and the idempotency row stores. */
export type CommittedDocument = {
  readonly license: LicenseRow;
  readonly events: readonly EventRow[];
  readonly seat: ActivationRow | null;
  readonly seats: readonly string[];
  readonly seats_used: number;
  /** Absent: no meter was changed. */
  readonly usage?: readonly MeterRow[] | null;
  readonly signing_kid: string | null;
  readonly extra: Readonly<Record<string, string>>;
  /** Absent in a document that the previous release stored. */
  readonly deliveries?: number;
  readonly at: string;
};

/** Makes a `Committed`. Call it only for a commit's document, its replay, and rows that were read. */
export function committedFrom(document: CommittedDocument): Committed {
  return {
    license: licenseFrom(document.license),
    events: document.events.map(eventFrom),
    seat: document.seat === null ? undefined : activationFrom(document.seat),
    seats: document.seats,
    seatsUsed: document.seats_used,
    usage: (document.usage ?? []).flatMap((row) => meterUsageFrom(row) ?? []),
    signingKid: document.signing_kid,
    extra: document.extra,
    deliveries: document.deliveries ?? 0,
    at: new Date(document.at),
  } as Omit<Committed, typeof committed> as Committed;
}
