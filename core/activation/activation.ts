/** One machine's hold on one seat. */
export type Activation = {
  readonly id: string;
  readonly licenseId: string;
  readonly fingerprint: string;
  readonly name: string | null;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  /** Null: the seat is kept until it is freed. */
  readonly leaseUntil: Date | null;
  readonly deactivatedAt: Date | null;
};

/** A row of `Activation` as Postgres's `to_jsonb` writes it, ids as text. */
export type ActivationRow = {
  readonly id: string;
  readonly license_id: string;
  readonly fingerprint: string;
  readonly name: string | null;
  readonly created_at: string;
  readonly last_seen_at: string;
  readonly lease_until: string | null;
  readonly deactivated_at: string | null;
};

export function activationFrom(row: ActivationRow): Activation {
  return {
    id: row.id,
    licenseId: row.license_id,
    fingerprint: row.fingerprint,
    name: row.name,
    createdAt: new Date(row.created_at),
    lastSeenAt: new Date(row.last_seen_at),
    leaseUntil: row.lease_until === null ? null : new Date(row.lease_until),
    deactivatedAt: row.deactivated_at === null ? null : new Date(row.deactivated_at),
  };
}

/** A seat is live until it is freed or its lease runs out: a half-open interval. */
export function isLive(activation: Pick<Activation, "deactivatedAt" | "leaseUntil">, now: Date): boolean {
  return activation.deactivatedAt === null && (activation.leaseUntil === null || activation.leaseUntil > now);
}
