import type { Activation } from "../activation/activation.ts";
import type { FieldChanges, EventDraft } from "../event/event.ts";
import type { License } from "../license/license.ts";
import { canonical } from "../base/canonical.ts";
import type { Json } from "../base/canonical.ts";

/** The changed fields of an event: only those whose values differ. Each term is a field of its own. */
export function changesBetween(before: Partial<License> | undefined, after: Partial<License>): FieldChanges {
  const changes: Record<string, readonly [Json, Json]> = {};
  const fields = before === undefined ? {} : fieldsOf(before);
  for (const [field, value] of Object.entries(fieldsOf(after))) {
    const from = jsonOf(fields[field]);
    const to = jsonOf(value);
    // Compared in canonical form, because the database returns members in another order.
    if (canonical(from) !== canonical(to)) changes[field] = [from, to];
  }
  return changes;
}

function fieldsOf({ terms, ...fields }: Partial<License>): Readonly<Record<string, unknown>> {
  return { ...fields, ...terms };
}

function jsonOf(value: unknown): Json {
  return JSON.parse(JSON.stringify(value ?? null)) as Json;
}

type SeatName = Pick<Activation, "id" | "fingerprint" | "name">;

function seatJson({ id, fingerprint, name }: SeatName): Json {
  return { id, fingerprint, name };
}

export function activated(seat: SeatName): EventDraft {
  return { type: "activated", reason: null, changes: { activation: [null, seatJson(seat)] } };
}

export function renamed(seat: SeatName, name: string | null): EventDraft {
  return { type: "updated", reason: null, changes: { activation: [seatJson(seat), seatJson({ ...seat, name })] } };
}

type GivenFile = { readonly jti: string; readonly expiresAt: Date; readonly seat: SeatName | null };

/** `activation` is the seat that a machine's file is for; null: the file is for every machine. */
export function fileIssued({ jti, expiresAt, seat }: GivenFile): EventDraft {
  const file = { jti, expiresAt: expiresAt.toISOString(), activation: seat === null ? null : seatJson(seat) };
  return { type: "file-issued", reason: null, changes: { file: [null, file] } };
}

export function deactivated(seat: SeatName, reason: string | null): EventDraft {
  return { type: "deactivated", reason, changes: { activation: [seatJson(seat), null] } };
}
