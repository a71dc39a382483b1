import type { Terms, TermsRow } from "./terms.ts";
import { termsFrom } from "./terms.ts";

/** The template that licenses are issued from. */
export type Policy = {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly description: string | null;
  readonly terms: Terms;
  readonly keyPrefix: string;
  /** Once per holder. */
  readonly trial: boolean;
  /** No new licenses from then on; those there are stay. */
  readonly retiredAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** A row of `Policy` as Postgres's `to_jsonb` writes it, ids as text. */
export type PolicyRow = TermsRow & {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly description: string | null;
  readonly key_prefix: string;
  readonly trial: boolean;
  readonly retired_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
};

export function policyFrom(row: PolicyRow): Policy {
  return {
    id: row.id,
    code: row.code,
    name: row.name,
    description: row.description,
    terms: termsFrom(row),
    keyPrefix: row.key_prefix,
    trial: row.trial,
    retiredAt: row.retired_at === null ? null : new Date(row.retired_at),
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  };
}
