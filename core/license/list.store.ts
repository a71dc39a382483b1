import { sql, type SQL } from "drizzle-orm";
import type { Scope } from "../access/actor.ts";
import { digestKey } from "../access/license-key.ts";
import type { Row } from "../platform/database.ts";
import type { Runtime } from "../platform/runtime.ts";
import { referenced, type PolicyReference } from "../policy/policy.store.ts";
import { licenseFrom, type License, type LicenseRow } from "./license.ts";
import { licenseJson, liveSeats, visible } from "./license.sql.ts";
import { licensePage, orderOf, type LicenseFilters, type LicensePageQuestion } from "./list.sql.ts";
import { readSearchText } from "./search-text.ts";
import { byIndex } from "./search.sql.ts";

/** The filters as a caller names them. */
export type NamedFilters = Omit<LicenseFilters, "policyId" | "search"> & {
  readonly policy?: PolicyReference | undefined;
  readonly search?: string | undefined;
};

type LicenseListQuestion = Omit<LicensePageQuestion, "filters"> & { readonly filters: NamedFilters };

export type ListedLicense = { readonly license: License; readonly seatsUsed: number };

/**
 * Up to `limit + 1` licenses in the order of the list. A walk over the pages finds every license that existed at its start
 * exactly once, whatever is issued meanwhile. The list by expiry can miss or repeat a license whose expiry changes during the
 * walk. Throws DatabaseError.
 */
export async function listLicenses(runtime: Runtime, question: LicenseListQuestion): Promise<readonly ListedLicense[]> {
  const { now, order } = question;
  const page = licensePage({ ...question, filters: filtersOf(runtime, question.filters) });
  const [, rows = []] = await runtime.database.read(byIndex, sql`${listed(now)} from (${page}) l order by ${orderOf(order)}`);
  return rows.map(listedFrom);
}

function filtersOf(runtime: Runtime, { policy, search: text, ...filters }: NamedFilters): LicenseFilters {
  const policyId = policy === undefined ? undefined : sql`(select p.id from licensing."Policy" p where ${referenced(policy)})`;
  return { ...filters, policyId, ...(text === undefined ? {} : { search: readSearch(runtime, text) }) };
}

/** The meanings of a text, with the digest by which a key is found. */
export function readSearch(runtime: Runtime, text: string): NonNullable<LicenseFilters["search"]> {
  const search = readSearchText(text);
  return { ...search, keyDigest: search.key === undefined ? undefined : digestKey(runtime, search.key) };
}

/** Reads one license. Undefined: it doesn't exist or isn't in the scope. */
export async function readLicense(
  runtime: Runtime,
  { licenseId, scope, now }: { readonly licenseId: string; readonly scope: Scope; readonly now: Date },
): Promise<(ListedLicense & { readonly hasLapsedSeats: boolean }) | undefined> {
  const [rows = []] = await runtime.database.read(sql`
    ${listed(now)}, l.open_seats from licensing."License" l where l.id = ${licenseId}::bigint and ${visible(scope, sql`l`)}`);
  const [row] = rows;
  if (row === undefined) return undefined;
  const found = listedFrom(row);
  return { ...found, hasLapsedSeats: Number(row["open_seats"]) !== found.seatsUsed };
}

/** The columns that `listedFrom` reads, of licenses with the alias `l`. */
export function listed(now: Date): SQL {
  return sql`select ${licenseJson(sql`l`)} as license,
    ${liveSeats(sql`l`, now)}::int as seats_used`;
}

export function listedFrom(row: Row): ListedLicense {
  return { license: licenseFrom(row["license"] as LicenseRow), seatsUsed: Number(row["seats_used"]) };
}
