import { sql, type SQL } from "drizzle-orm";
import type { Scope } from "../access/actor.ts";
import type { Row } from "../platform/database.ts";
import type { Runtime } from "../platform/runtime.ts";
import { referenced, type PolicyReference } from "../policy/policy.store.ts";
import { licenseFrom, type License, type LicenseRow } from "./license.ts";
import { licenseJson, liveSeats, visible } from "./license.sql.ts";
import { statusIs } from "./status.sql.ts";
import type { Status } from "./status.ts";
import { timestamp } from "../platform/timestamp.ts";

type LicenseFilters = {
  /** The effective status at `now`. */
  readonly status?: Status | undefined;
  readonly holderType?: string | undefined;
  readonly holderId?: string | undefined;
  readonly policy?: PolicyReference | undefined;
  /** `expiresAfter` ≤ expiresAt < `expiresBefore`. Either filter excludes perpetual licenses. */
  readonly expiresBefore?: Date | undefined;
  readonly expiresAfter?: Date | undefined;
  /** Part of the name or the holder's id in any case, the key's last five symbols, or a fingerprint. */
  readonly search?: string | undefined;
};

type LicenseListQuestion = {
  readonly filters: LicenseFilters;
  readonly scope: Scope;
  readonly now: Date;
  /** The id after which the page begins. */
  readonly before: string | undefined;
  readonly limit: number;
};

type ListedLicense = { readonly license: License; readonly seatsUsed: number };

/**
 * Up to `limit + 1` licenses, newest first. A walk over the pages finds every license that existed at its start exactly once,
 * whatever is issued meanwhile.
 */
export async function listLicenses(runtime: Runtime, question: LicenseListQuestion): Promise<readonly ListedLicense[]> {
  const { scope, before, limit, now } = question;
  const conditions = [
    visible(scope, sql`l`),
    ...(before === undefined ? [] : [sql`l.id < ${before}::bigint`]),
    ...conditionsOf(question.filters, now),
  ];
  const page = sql`select l.* from licensing."License" l where ${sql.join(conditions, sql` and `)} order by l.id desc limit ${limit + 1}`;
  const [rows = []] = await runtime.database.read(sql`${listed(now)} from (${page}) l order by l.id desc`);
  return rows.map(listedFrom);
}

/** Reads one license. Undefined: it doesn't exist or isn't in the scope. */
export async function readLicense(
  runtime: Runtime,
  { licenseId, scope, now }: { readonly licenseId: string; readonly scope: Scope; readonly now: Date },
): Promise<ListedLicense | undefined> {
  const [rows = []] = await runtime.database.read(sql`
    ${listed(now)} from licensing."License" l where l.id = ${licenseId}::bigint and ${visible(scope, sql`l`)}`);
  return rows[0] === undefined ? undefined : listedFrom(rows[0]);
}

function listed(now: Date): SQL {
  return sql`select ${licenseJson(sql`l`)} as license,
    ${liveSeats(sql`l`, now)}::int as seats_used`;
}

function listedFrom(row: Row): ListedLicense {
  return { license: licenseFrom(row["license"] as LicenseRow), seatsUsed: Number(row["seats_used"]) };
}

function conditionsOf(filters: LicenseFilters, now: Date): readonly SQL[] {
  const { status, holderType, holderId, policy, expiresBefore, expiresAfter, search } = filters;
  return [
    ...(status === undefined ? [] : [statusIs(status, sql`l`, now)]),
    ...(holderType === undefined ? [] : [sql`l.holder_type = ${holderType}`]),
    ...(holderId === undefined ? [] : [sql`l.holder_id = ${holderId}`]),
    ...(policy === undefined ? [] : [sql`l.policy_id = (select p.id from licensing."Policy" p where ${referenced(policy)})`]),
    ...(expiresBefore === undefined ? [] : [sql`l.expires_at < ${timestamp(expiresBefore)}`]),
    ...(expiresAfter === undefined ? [] : [sql`l.expires_at >= ${timestamp(expiresAfter)}`]),
    ...(search === undefined ? [] : [found(search)]),
  ];
}

const hintSymbols = 5;

function found(search: string): SQL {
  // Stored text is in NFC. The signs of LIKE patterns match themselves.
  const part = `%${search.normalize("NFC").replaceAll(/[\\%_]/g, "\\$&")}%`;
  const symbols = search.replace(/^…/, "");
  const hint = symbols.length === hintSymbols ? symbols : null;
  // Symbols of a generated key may be typed in any case and with look-alikes; those of an imported key must match exactly.
  const folded = hint?.toUpperCase().replaceAll("O", "0").replaceAll(/[IL]/g, "1") ?? null;
  return sql`(l.name ilike ${part} or l.holder_id ilike ${part} or l.key_hint in ('…' || ${hint}::text, '…' || ${folded}::text)
    or l.id in (select a.license_id from licensing."Activation" a where a.fingerprint = ${search}))`;
}
