import { sql, type SQL } from "drizzle-orm";
import type { Scope } from "../access/actor.ts";
import { timestamp } from "../platform/timestamp.ts";
import { liveSeats, visible } from "./license.sql.ts";
import type { SearchText } from "./search-text.ts";
import { hasMember, meaningsOf, type Use } from "./search.sql.ts";
import { statusIs, statusIsOfEnding, statusParts } from "./status.sql.ts";
import { isStopped, type Status } from "./status.ts";

export type LicenseFilters = {
  /** The effective status at `now`. */
  readonly status?: Status | undefined;
  readonly holderType?: string | undefined;
  readonly holderId?: string | undefined;
  /** The policy's id, as SQL. */
  readonly policyId?: SQL | undefined;
  /** `expiresAfter` ≤ expiresAt < `expiresBefore`. Either filter excludes perpetual licenses. */
  readonly expiresBefore?: Date | undefined;
  readonly expiresAfter?: Date | undefined;
  /** Only licenses without a free seat at `now`. */
  readonly full?: boolean;
  /** Members of the metadata, each with its text. */
  readonly metadata?: readonly { readonly name: string; readonly value: string }[];
  /** A text that names the license: see `SearchText`. Texts in metadata don't count. */
  readonly search?: (SearchText & { readonly keyDigest: string | undefined }) | undefined;
};

/** Licenses without an expiry come last in both directions. */
export type LicenseOrder = { readonly by: "createdAt" | "expiresAt"; readonly falling: boolean };

/** The last license of the previous page. `expiresAt` counts only if it orders the list. */
type LicensePlace = { readonly id: string; readonly expiresAt: string | null };

export type LicensePageQuestion = {
  readonly filters: LicenseFilters;
  readonly scope: Scope;
  readonly now: Date;
  readonly order: LicenseOrder;
  readonly after: LicensePlace | undefined;
  readonly limit: number;
};

/**
 * The rows of a page of licenses, up to `limit + 1`, in their order. The page joins several parts. An index holds a part
 * in this order, or the part has few rows. So a page reads about as many rows as it holds, however many licenses there are.
 */
export function licensePage(question: LicensePageQuestion): SQL {
  const { limit, order, scope } = question;
  const parts = order.by === "createdAt" ? partsByCreation(question) : partsByExpiry(question);
  const conditions = [visible(scope, sql`l`), ...conditionsOf(question)];
  const page = (part: Part, more: readonly SQL[]) => pageOfPart({ ...part, conditions: [...conditions, ...part.conditions, ...more] }, limit);
  const whole = (pages: readonly SQL[]) => sql`select l.* from (${sql.join([...pages], sql` union all `)}) l order by ${orderOf(order)} limit ${limit + 1}`;
  const narrowed = narrowingOf(question);
  if (narrowed === undefined || scope.kind !== "all") return whole(parts.map((part) => page(part, narrowed === undefined ? [] : [narrowed("by-row")])));
  return sql`with found as materialized (select array(select l.id from licensing."License" l
      where ${narrowed("by-index")} limit ${candidatesMax + 1}) as ids)
    ${whole(parts.flatMap((part) => [page(part, [isFew, isFound]), page(part, [isMany, narrowed("by-row")])]))}`;
}

/** Part of a page: its rows fulfil all conditions. */
type Part = {
  readonly conditions: readonly SQL[];
  readonly order: SQL;
  /** Whether no index has the rows in this order. All of them are then sorted: only their ids, because an index may hold those. */
  readonly isSorted?: boolean;
};

function pageOfPart({ conditions, order, isSorted = false }: Part, limit: number): SQL {
  const rows = (columns: SQL) => sql`select ${columns} from licensing."License" l
    where ${sql.join([...conditions], sql` and `)} order by ${order} limit ${limit + 1}`;
  return isSorted ? sql`(select l.* from licensing."License" l where l.id = any (array(${rows(sql`l.id`)})))` : sql`(${rows(sql`l.*`)})`;
}

/** The SQL order of the whole list. */
export function orderOf({ by, falling }: LicenseOrder): SQL {
  const direction = falling ? sql`desc` : sql`asc`;
  return by === "createdAt" ? sql`l.id ${direction}` : sql`l.expires_at ${direction} nulls last, l.id ${direction}`;
}

/**
 * A text or a member of metadata may fit few licenses or nearly all. Up to this many licenses are read and then sorted. If
 * there are more, a page is soon full when the licenses are read in their order.
 */
const candidatesMax = 1_000;
const isFew = sql`(select cardinality(ids) <= ${candidatesMax} from found)`;
const isMany = sql`(select cardinality(ids) > ${candidatesMax} from found)`;
const isFound = sql`l.id = any ((select ids from found)::bigint[])`;

/** The conditions of `search` and `metadata`; undefined without any. For callers that see only their own licenses, each row is checked. */
function narrowingOf({ filters: { search, metadata = [] }, now, scope }: LicensePageQuestion): ((use: Use) => SQL) | undefined {
  if (search === undefined && metadata.length === 0) return undefined;
  return (use) => {
    const found = search === undefined ? [] : meaningsOf({ ...search, values: [], scope, instant: timestamp(now) }, use).map(({ condition }) => condition);
    const text = search === undefined ? [] : [found.length === 0 ? sql`false` : sql`(${sql.join(found, sql` or `)})`];
    return sql.join([...text, ...metadata.map((member) => hasMember(member, use))], sql` and `);
  };
}

function partsByCreation({ filters, now, order: { falling }, after }: LicensePageQuestion): readonly Part[] {
  const { status, expiresAfter, expiresBefore } = filters;
  const [direction, beyond] = falling ? [sql`desc`, sql`<`] : [sql`asc`, sql`>`];
  const place = after === undefined ? [] : [sql`l.id ${beyond} ${after.id}::bigint`];
  const ordered = (conditions: readonly SQL[], first: SQL): Part => ({ conditions: [...place, ...conditions], order: sql`${first}l.id ${direction}` });
  // No index has the order of this sum, so the rows are read by the index on their condition.
  const sorted = (conditions: readonly SQL[]): Part => ({ conditions: [...place, ...conditions], order: sql`(l.id + 0) ${direction}`, isSorted: true });
  if (expiresAfter !== undefined || expiresBefore !== undefined) return [sorted(status === undefined ? [] : [statusIsOfEnding(status, sql`l`, now)])];
  if (status === undefined) return [ordered([], sql``)];
  const { stored, others } = statusParts(status, sql`l`, now);
  return [ordered([stored], sql`l.status ${direction}, `), ...(others === undefined ? [] : [sorted([others])])];
}

function partsByExpiry({ filters, now, order: { falling }, after }: LicensePageQuestion): readonly Part[] {
  const { status, expiresAfter, expiresBefore } = filters;
  const [direction, beyond] = falling ? [sql`desc`, sql`<`] : [sql`asc`, sql`>`];
  const isStatus = status === undefined ? [] : [statusIs(status, sql`l`, now)];
  const order = sql`l.expires_at ${direction}, l.id ${direction}`;
  const place = after === undefined ? [] : [sql`(l.expires_at, l.id) ${beyond} (${after.expiresAt}::timestamptz, ${after.id}::bigint)`];
  const isEnding = [sql`l.expires_at is not null`, ...place, ...(status === undefined ? [] : [statusIsOfEnding(status, sql`l`, now)])];
  // Suspended and revoked licenses are few, and may lie anywhere in the order of expiry.
  const ending = status !== undefined && isStopped(status)
    ? { conditions: isEnding, order: sql`(l.expires_at + interval '0') ${direction}, l.id ${direction}`, isSorted: true }
    : { conditions: isEnding, order };
  const placeOfEndless = after?.expiresAt === null ? [sql`l.id ${beyond} ${after.id}::bigint`] : [];
  const endless = { conditions: [sql`l.expires_at is null`, ...placeOfEndless, ...isStatus], order };
  const mustEnd = expiresAfter !== undefined || expiresBefore !== undefined || status === "EXPIRED";
  return [...(after?.expiresAt === null ? [] : [ending]), ...(mustEnd ? [] : [endless])];
}

/** The conditions that each part has, besides scope, status and place. */
function conditionsOf({ filters, now }: LicensePageQuestion): readonly SQL[] {
  const { holderType, holderId, policyId, expiresBefore, expiresAfter, full } = filters;
  return [
    ...(holderType === undefined ? [] : [sql`l.holder_type = ${holderType}`]),
    ...(holderId === undefined ? [] : [sql`l.holder_id = ${holderId}`]),
    ...(policyId === undefined ? [] : [sql`l.policy_id = ${policyId}`]),
    ...(expiresBefore === undefined ? [] : [sql`l.expires_at < ${timestamp(expiresBefore)}`]),
    ...(expiresAfter === undefined ? [] : [sql`l.expires_at >= ${timestamp(expiresAfter)}`]),
    ...(full === true ? [isFull(now)] : []),
  ];
}

/** No seat is free. Partial indexes hold the licenses whose open seats reach the limit; few of them have lapsed seats that aren't closed yet. */
function isFull(now: Date): SQL {
  return sql`l.seats_full and ${liveSeats(sql`l`, now)} >= l.activation_limit`;
}
