import type { Holder } from "../access/actor.ts";
import { reader } from "../base/column.ts";
import type { FieldsOf, RowOf } from "../base/column.ts";
import { storedOverrides } from "../policy/overrides.ts";
import type { Overrides } from "../policy/overrides.ts";
import { termsFrom } from "../policy/terms.ts";
import type { Terms, TermsRow } from "../policy/terms.ts";
import type { formerColumns} from "./columns.ts";
import { fieldColumns, holderColumns } from "./columns.ts";

export type License = Omit<FieldsOf<typeof fieldColumns>, "overrides"> & {
  /** The overrides of the policy's terms. */
  readonly overrides: Overrides;
  /** The policy's code. */
  readonly policy: string;
  readonly holder: Holder;
  readonly terms: Terms;
};

/** A row of `License` as `licenseJson` writes it: with its policy's code, and without digests of keys. */
export type LicenseRow = RowOf<typeof fieldColumns> & RowOf<typeof formerColumns> & RowOf<typeof holderColumns> & TermsRow & {
  readonly policy_code: string;
};

const fieldsFrom = reader(fieldColumns);
const holderFrom = reader(holderColumns);

export function licenseFrom(row: LicenseRow): License {
  const fields = fieldsFrom(row);
  const terms = termsFrom(row);
  return { ...fields, policy: row.policy_code, holder: holderFrom(row), terms, overrides: storedOverrides(row.overrides, { own: fields.overrides ?? null, terms }) };
}
