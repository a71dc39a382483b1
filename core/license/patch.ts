import { typesOf, writer } from "../base/column.ts";
import type { FieldsOf, RowOf } from "../base/column.ts";
import { termColumns, termsRow } from "../policy/terms.ts";
import type { TermsRow } from "../policy/terms.ts";
import { fieldColumns, formerColumns, hiddenColumns, holderColumns } from "./columns.ts";
import type { License } from "./license.ts";

/** Fields that the commit and a validation write by themselves. */
type Kept =
  | "id" | "sequence" | "revision" | "lastEventHash" | "lastValidatedAt" | "createdAt" | "updatedAt"
  | "previousKeyDigest" | "openSeats" | "seatsFull" | "transferredAt" | "transferredSequence";

type SettableColumns = Omit<typeof fieldColumns & typeof hiddenColumns, Kept>;

/** Columns of `License` that a verb may set, in their stored form; instants as ISO 8601 text. */
export type LicensePatch = Partial<RowOf<SettableColumns> & RowOf<typeof formerColumns> & RowOf<typeof holderColumns> & TermsRow>;

/** The row of a new license without the columns that the commit fills in. */
export type NewLicense = Required<Omit<LicensePatch, "previous_key_until" | "expired_for" | "files_until">> & { readonly id: string };

/** The Postgres type of each column of `License`. */
export const licenseTypes = {
  ...typesOf(fieldColumns), ...typesOf(formerColumns), ...typesOf(holderColumns), ...typesOf(termColumns), ...typesOf(hiddenColumns),
};

type Settable = Omit<FieldsOf<SettableColumns>, "overrides"> & Pick<License, "overrides" | "holder" | "terms">;

const fieldsRow = writer({ ...fieldColumns, ...formerColumns, ...hiddenColumns });
const holderRow = writer(holderColumns);

/** The columns of the given fields. A policy's code has no column here, because the policy's row stores it. */
export function patchOf({ holder, terms, ...fields }: Partial<Settable & Pick<License, "policy">>): LicensePatch {
  return {
    ...fieldsRow(fields.overrides === undefined ? fields : { ...fields, overrideNames: Object.keys(fields.overrides) }),
    ...(holder === undefined ? {} : holderRow(holder)),
    ...(terms === undefined ? {} : termsRow(terms)),
  };
}

/** The columns of a license that is about to be inserted. */
export function newLicense({ id, ...fields }: Omit<Settable, "previousKeyUntil" | "expiredFor" | "filesUntil"> & Pick<License, "id">): NewLicense {
  return { id, ...patchOf(fields) } as NewLicense;
}
