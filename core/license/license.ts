import type { Holder } from "../access/actor.ts";
import { reader } from "../base/column.ts";
import type { FieldsOf, RowOf } from "../base/column.ts";
import { termsFrom } from "../policy/terms.ts";
import type { Terms, TermsRow } from "../policy/terms.ts";
import { fieldColumns, holderColumns } from "./columns.ts";

export type License = FieldsOf<typeof fieldColumns> & {
  /** The policy's code. */
  readonly policy: string;
  readonly holder: Holder;
  readonly terms: Terms;
};

/** A row of `License` as `licenseJson` writes it: with its policy's code, and never with a key's digest. */
export type LicenseRow = RowOf<typeof fieldColumns> & RowOf<typeof holderColumns> & TermsRow & { readonly policy_code: string };

const fieldsFrom = reader(fieldColumns);
const holderFrom = reader(holderColumns);

export function licenseFrom(row: LicenseRow): License {
  return { ...fieldsFrom(row), policy: row.policy_code, holder: holderFrom(row), terms: termsFrom(row) };
}
