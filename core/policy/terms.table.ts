import { boolean, integer, jsonb, text } from "drizzle-orm/pg-core";

/** The columns of a policy's terms in `License`, which copies all of them. */
export const copiedTerms = () => ({
  duration: text(),
  grace: text(),
  lease: text(),
  activation_limit: integer(),
  features: jsonb().notNull().default({}),
  expiration_basis: text().notNull(),
  renewal_basis: text().notNull(),
  on_full: text().notNull(),
  minimum_idle: text(),
  fingerprint_required: boolean().notNull(),
  releases: jsonb(),
  /** A license from before this term has no reminders until the policy's terms are copied again. */
  remind_before: jsonb().notNull().default([]),
  maintenance: text(),
  file_lifetime: text(),
  meters: jsonb().notNull().default({}),
});

/** The columns of a policy's terms in `Policy`, with defaults for terms that its author left out. */
export const defaultedTerms = () => {
  const terms = copiedTerms();
  return {
    ...terms,
    expiration_basis: terms.expiration_basis.default("from-issue"),
    renewal_basis: terms.renewal_basis.default("from-now-if-expired"),
    on_full: terms.on_full.default("reject"),
    fingerprint_required: terms.fingerprint_required.default(false),
    releases: terms.releases.default({ limit: 5, period: "P30D" }),
    remind_before: terms.remind_before.default(["P30D", "P7D", "P1D"]),
    file_lifetime: terms.file_lifetime.default("P30D"),
  };
};
