import { id, instant, nullable, reader, text, truth } from "../base/column.ts";
import type { FieldsOf, RowOf } from "../base/column.ts";
import { termColumns, termsFrom } from "./terms.ts";
import type { Terms } from "./terms.ts";

/** The members of a policy, besides its terms, that a caller may change. */
const describedColumns = {
  name: { column: "name", ...text() },
  description: { column: "description", ...nullable(text()) },
  keyPrefix: { column: "key_prefix", ...text() },
  /** Each holder gets one license from a trial policy. */
  trial: { column: "trial", ...truth },
} as const;

const ownColumns = {
  id: { column: "id", ...id },
  code: { column: "code", ...text() },
  ...describedColumns,
  /** From this instant on no new licenses are issued; existing ones stay. */
  retiredAt: { column: "retired_at", ...nullable(instant) },
  createdAt: { column: "created_at", ...instant },
  updatedAt: { column: "updated_at", ...instant },
} as const;

/** The columns that a caller may change. */
export const changeableColumns = { ...describedColumns, ...termColumns } as const;
/** All columns of `Policy`. */
export const policyColumns = { ...ownColumns, ...termColumns } as const;

/** The template from which licenses are issued. */
export type Policy = FieldsOf<typeof ownColumns> & { readonly terms: Terms };
export type PolicyRow = RowOf<typeof policyColumns>;

const ownFrom = reader(ownColumns);

export function policyFrom(row: PolicyRow): Policy {
  return { ...ownFrom(row), terms: termsFrom(row) };
}
