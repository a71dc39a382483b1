import type { Features } from "./features.ts";
import type { RenewalBasis } from "./period.ts";

export const expirationBases = ["from-issue", "from-first-activation"] as const;
type ExpirationBasis = (typeof expirationBases)[number];

export const fullBehaviours = ["reject", "evict-oldest-idle"] as const;
type FullBehaviour = (typeof fullBehaviours)[number];

/** What a policy grants and a license copies at issue and at renewal. Durations are ISO-8601 text. */
export type Terms = {
  /** Null: the license is perpetual. */
  readonly duration: string | null;
  readonly grace: string | null;
  /** Null: a seat is kept until it is freed. */
  readonly lease: string | null;
  /** Null: no limit. */
  readonly activationLimit: number | null;
  readonly features: Features;
  readonly expirationBasis: ExpirationBasis;
  readonly renewalBasis: RenewalBasis;
  readonly onFull: FullBehaviour;
  /** How long a seat must have been idle before it may be evicted; null: no time. */
  readonly minimumIdle: string | null;
  readonly fingerprintRequired: boolean;
};

/** The columns of `Policy` and `License` that hold terms, as JSON. */
export type TermsRow = {
  readonly duration: string | null;
  readonly grace: string | null;
  readonly lease: string | null;
  readonly activation_limit: number | null;
  readonly features: Features;
  readonly expiration_basis: string;
  readonly renewal_basis: string;
  readonly on_full: string;
  readonly minimum_idle: string | null;
  readonly fingerprint_required: boolean;
};

export function termsFrom(row: TermsRow): Terms {
  return {
    duration: row.duration,
    grace: row.grace,
    lease: row.lease,
    activationLimit: row.activation_limit,
    features: row.features,
    expirationBasis: row.expiration_basis as ExpirationBasis,
    renewalBasis: row.renewal_basis as RenewalBasis,
    onFull: row.on_full as FullBehaviour,
    minimumIdle: row.minimum_idle,
    fingerprintRequired: row.fingerprint_required,
  };
}

export function termsRow(terms: Terms): TermsRow {
  return {
    duration: terms.duration,
    grace: terms.grace,
    lease: terms.lease,
    activation_limit: terms.activationLimit,
    features: terms.features,
    expiration_basis: terms.expirationBasis,
    renewal_basis: terms.renewalBasis,
    on_full: terms.onFull,
    minimum_idle: terms.minimumIdle,
    fingerprint_required: terms.fingerprintRequired,
  };
}
