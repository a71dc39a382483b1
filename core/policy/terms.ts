import { integer, json, nullable, reader, text, truth, writer } from "../base/column.ts";
import type { FieldsOf, RowOf } from "../base/column.ts";
import type { Features } from "./features.ts";
import type { Meters } from "./meters.ts";

export const expirationBases = ["from-issue", "from-first-activation"] as const;
/** The instants from which a renewal can count. */
export const renewalBases = ["from-expiry", "from-now", "from-now-if-expired"] as const;
export type RenewalBasis = (typeof renewalBases)[number];
export const fullBehaviours = ["reject", "evict-oldest-idle"] as const;
/** A license's own key and its holder together may free `limit` seats within `period`, which rolls. */
type ReleaseLimit = { readonly limit: number; readonly period: string };

/** The terms that a policy grants and a license copies at issue and at renewal; both tables store them. Durations are ISO 8601 text. */
export const termColumns = {
  /** Null: the license is perpetual. */
  duration: { column: "duration", ...nullable(text()) },
  grace: { column: "grace", ...nullable(text()) },
  /** Null: a seat is kept until it is freed. */
  lease: { column: "lease", ...nullable(text()) },
  /** Null: no limit. */
  activationLimit: { column: "activation_limit", ...nullable(integer) },
  features: { column: "features", ...json<Features>() },
  expirationBasis: { column: "expiration_basis", ...text<(typeof expirationBases)[number]>() },
  renewalBasis: { column: "renewal_basis", ...text<RenewalBasis>() },
  onFull: { column: "on_full", ...text<(typeof fullBehaviours)[number]>() },
  /** How long a seat must be idle before it may be evicted; null: any time. */
  minimumIdle: { column: "minimum_idle", ...nullable(text()) },
  fingerprintRequired: { column: "fingerprint_required", ...truth },
  /** Null: a license's key and its holder may free any number of seats. */
  releases: { column: "releases", ...nullable(json<ReleaseLimit>()) },
  /** How long before its expiry a license is announced to webhooks, once for each duration. */
  remindBefore: { column: "remind_before", ...json<readonly string[]>() },
  /** How long after its start a license covers new releases; null: all releases. */
  maintenance: { column: "maintenance", ...nullable(text()) },
  /** The longest lifetime of a license file; null: there are no files. */
  fileLifetime: { column: "file_lifetime", ...nullable(text()) },
  /** The meters of the license, by code. */
  meters: { column: "meters", ...json<Meters>() },
} as const;

export type Terms = FieldsOf<typeof termColumns>;
export type TermsRow = RowOf<typeof termColumns>;

export const termsFrom = reader(termColumns);
export const termsRow = writer(termColumns) as (terms: Terms) => TermsRow;
