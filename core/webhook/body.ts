import { eventFrom, type EventRow } from "../event/event.ts";
import { representEvent } from "../event/representation.ts";
import { licenseFrom, type LicenseRow } from "../license/license.ts";
import { representLicense } from "../license/represent.ts";

/** A delivery that was never sent, and the rows that its body is made of. */
export type Unsent = {
  readonly type: string;
  readonly createdAt: string;
  /** The members of `data` that were given with the notice. */
  readonly data: Readonly<Record<string, unknown>> | null;
  /** Null: it concerns no license. */
  readonly license: LicenseRow | null;
  readonly seatsUsed: number | null;
  /** Null: the delivery isn't about an event. */
  readonly event: EventRow | null;
};

const bodyBytesMax = 256 * 1024;

/**
 * The body of a delivery: the license as it is now, and the event. It is fixed by being stored before it is first sent. Null: it would
 * be too large.
 */
export function bodyOf({ type, createdAt, data, license, seatsUsed, event }: Unsent, now: Date): string | null {
  const body = JSON.stringify({
    type,
    timestamp: new Date(createdAt).toISOString(),
    data: {
      ...(license === null ? {} : { license: representLicense(licenseFrom(license), { seatsUsed: seatsUsed ?? 0, now }) }),
      ...(event === null ? {} : { event: representEvent(eventFrom(event)) }),
      ...data,
    },
  });
  return Buffer.byteLength(body, "utf8") > bodyBytesMax ? null : body;
}
