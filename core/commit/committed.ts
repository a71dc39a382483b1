import { activationFrom, type Activation, type ActivationRow } from "../activation/activation.ts";
import { eventFrom, type EventRow, type LicenseEvent } from "../event/event.ts";
import { licenseFrom, type License, type LicenseRow } from "../license/license.ts";

declare const committed: unique symbol;

/**
 * A change that is in the database. Only a commit makes one (or its replay, or reading the rows back), and only one can be
 * published: nobody can publish what is not committed.
 */
export type Committed = {
  readonly [committed]: true;
  readonly license: License;
  /** Without events nothing changed that a certificate shows. */
  readonly events: readonly LicenseEvent[];
  /** The seat that was taken or extended. */
  readonly seat: Activation | undefined;
  /** Fingerprints of live seats, oldest first: one more than a certificate lists, if there are as many. */
  readonly seats: readonly string[];
  readonly seatsUsed: number;
  /** The key that signs, by the table; null before the first check of the keys. */
  readonly signingKid: string | null;
  readonly extra: Readonly<Record<string, string>>;
  /** The instant of the change. */
  readonly at: Date;
};

/** The JSON that the commit's statement returns and the idempotency row keeps. */
export type CommittedDocument = {
  readonly license: LicenseRow;
  readonly events: readonly EventRow[];
  readonly seat: ActivationRow | null;
  readonly seats: readonly string[];
  readonly seats_used: number;
  readonly signing_kid: string | null;
  readonly extra: Readonly<Record<string, string>>;
  readonly at: string;
};

/** For what is committed: the commit itself, its replay, and rows that were read. */
export function committedFrom(document: CommittedDocument): Committed {
  return {
    license: licenseFrom(document.license),
    events: document.events.map(eventFrom),
    seat: document.seat === null ? undefined : activationFrom(document.seat),
    seats: document.seats,
    seatsUsed: document.seats_used,
    signingKid: document.signing_kid,
    extra: document.extra,
    at: new Date(document.at),
  } as Omit<Committed, typeof committed> as Committed;
}
