import { sql, type SQL } from "drizzle-orm";
import { publicationGraceSeconds } from "../commit/commit.store.ts";
import type { CommittedDocument } from "../commit/committed.ts";
import { committedStatement } from "../commit/committed.store.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";

/**
 * The publication queue is the table `CertificateDue`. Taking a row puts a token into it and moves `due_at` to the end of a lease.
 * So each row is taken by one reconciler at a time, and a row whose reconciler died is due again when the lease ends. Every commit
 * and a compromised key clear the token, so they win: `settleDue` changes only rows that still hold it. Rows of licenses that deny
 * are taken first. Every statement here reads an index for the rows that it takes or counts, and no others.
 */

/** How long a reconciler has for the rows it took. */
export const leaseSeconds = 120;

/** How many licenses one statement makes due. */
const madeDueMax = 2_000;

type Taken = { readonly documents: readonly CommittedDocument[]; readonly lease: string };

/**
 * Takes up to `limit` due rows, those that deny first, then the longest overdue ones, in the form that a commit returns. One round
 * trip.
 */
export async function takeDue(runtime: Runtime, { limit, only }: { readonly limit: number; readonly only?: "denying" | undefined }): Promise<Taken> {
  const now = runtime.now();
  const lease = uuidOf(runtime.random(16));
  const leaseUntil = new Date(now.getTime() + leaseSeconds * 1000);
  const due = (denies: boolean) => sql`(select d.license_id from licensing."CertificateDue" d
    where d.denies = ${denies} and d.due_at <= ${timestamp(now)} order by d.due_at limit ${limit} for no key update skip locked)`;
  const [rows = []] = await runtime.database.write(
    sql`with denying as materialized ${due(true)}, others as materialized ${only === "denying" ? sql`(select license_id from denying where false)` : due(false)},
      wanted as materialized (select license_id from denying union all select license_id from others limit ${limit}),
      taken as (update licensing."CertificateDue" d set due_at = ${timestamp(leaseUntil)}, lease = ${lease}::uuid
        from wanted where d.license_id = wanted.license_id returning d.license_id)
      ${committedStatement(sql`l.id = any (array(select license_id from taken))`, now)}`,
  );
  return { documents: rows.map((row) => row["document"] as CommittedDocument), lease };
}

/** Random bytes as the text of a UUID of version 4. */
function uuidOf(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export type Settlement = {
  readonly licenseId: string;
  readonly dueAt: Date;
  /** Whether the license denies at `dueAt`. */
  readonly denies: boolean;
  /** The key that signed the certificate in Redis. Null: the certificate couldn't be published, so the license is put off. */
  readonly kid: string | null;
};

/** The value of `kid` for a license that was put off, until its certificate is in Redis. */
export const putOffKid = "";

/**
 * Moves taken rows to their next due time. A row that was changed meanwhile, or is locked, stays as it is. Once a certificate is in
 * Redis, no change waits for it any more.
 */
export async function settleDue(
  runtime: Runtime,
  { lease, settlements }: { readonly lease: string; readonly settlements: readonly Settlement[] },
): Promise<void> {
  if (settlements.length === 0) return;
  const listed = settlements.map(({ licenseId, dueAt, denies, kid }) => ({ id: licenseId, due: dueAt.toISOString(), denies, kid }));
  await runtime.database.write(
    sql`with settled as materialized (
        select d.license_id, s.due, s.denies, s.kid from licensing."CertificateDue" d
        join jsonb_to_recordset(${JSON.stringify(listed)}::jsonb) as s(id bigint, due timestamptz, denies boolean, kid text) on s.id = d.license_id
        where d.lease = ${lease}::uuid
        for no key update of d skip locked)
      update licensing."CertificateDue" d set due_at = settled.due, denies = settled.denies, lease = null,
        kid = coalesce(settled.kid, ${putOffKid}), changed_at = case when settled.kid is null then d.changed_at end
      from settled where d.license_id = settled.license_id`,
  );
}

/**
 * Makes licenses due whose certificate is signed by one of these keys, denying ones first. Returns how many, at most `madeDueMax`;
 * 0 when none are left. A license that is due isn't found again, so the work can be cut off anywhere and repeated. `soon` also
 * takes licenses that no reconciler has examined since their last change, and doesn't wait for leases to end.
 */
export async function makeDueByKeys(runtime: Runtime, { kids, soon }: { readonly kids: readonly string[]; readonly soon: boolean }): Promise<number> {
  if (kids.length === 0) return 0;
  const now = runtime.now();
  const inSeconds = (seconds: number) => timestamp(new Date(now.getTime() + seconds * 1000));
  const after = soon ? timestamp(now) : inSeconds(leaseSeconds);
  // Any key may have signed the certificate of a license that was not examined yet, or that was put off.
  const ofKeys = [...kids.map((kid) => sql`d.kid = ${kid}`), ...(soon ? [sql`d.kid is null`, sql`d.kid = ${putOffKid}`] : [])];
  for (const denies of [true, false]) {
    const found = ofKeys.map((ofKey) => arm(sql`${ofKey} and d.denies = ${denies} and d.due_at > ${after}`));
    const fresh = soon ? [arm(sql`d.denies = ${denies} and d.due_at > ${after} and d.due_at <= ${inSeconds(publicationGraceSeconds)}`)] : [];
    const { count } = await makeDue(runtime, sql`${sql.join([...found, ...fresh], sql` union `)}`, after);
    if (count > 0) return count;
  }
  return 0;
}

/** Each arm reads an index in its order and stops. */
function arm(where: SQL): SQL {
  return sql`(select d.license_id from licensing."CertificateDue" d where ${where} order by d.due_at limit ${madeDueMax})`;
}

/**
 * How far a rebuild has come. It goes through the licenses by id twice: those that deny, then all. Then it is `ending`, until all that
 * it made due is published.
 */
export type RebuildPosition = { readonly pass: "denying" | "all" | "ending"; readonly after: string };

/** Makes the next licenses of a rebuild due; `ending`: there are no more. */
export async function makeDueAfter(runtime: Runtime, { pass, after }: RebuildPosition): Promise<RebuildPosition> {
  const which = pass === "denying" ? sql`d.denies` : sql`true`;
  const next = sql`(select d.license_id from licensing."CertificateDue" d where d.license_id > ${after}::bigint and ${which}
    order by d.license_id limit ${madeDueMax})`;
  const { count, last } = await makeDue(runtime, next, sql`'-infinity'::timestamptz`);
  if (count === madeDueMax) return { pass, after: last };
  return pass === "denying" ? { pass: "all", after: "0" } : { pass: "ending", after: last };
}

/**
 * Whether a reconciler, alive or dead, has taken a license and not settled it, or a license that was due by `dueBy` isn't settled. To
 * a caller that found nothing due at `dueBy`, the latter are those that another reconciler is just taking. One round trip.
 */
export async function isAnyUnsettled(runtime: Runtime, dueBy: Date): Promise<boolean> {
  // Twice a lease, since the clock of the process that took it may be ahead.
  const leasesEnd = timestamp(new Date(runtime.now().getTime() + 2 * leaseSeconds * 1000));
  const [rows = []] = await runtime.database.read(sql`select exists (select from licensing."CertificateDue" d
    where ${eitherWay} and d.due_at <= ${leasesEnd} and (d.lease is not null or d.due_at <= ${timestamp(dueBy)})) as unsettled`);
  return rows[0]?.["unsettled"] === true;
}

/**
 * Makes the chosen licenses due, unless they are due by `after`. Unlike `takeDue` and `settleDue`, this waits for locked rows. It
 * locks in the order of ids, so that two such statements can't deadlock.
 */
async function makeDue(runtime: Runtime, chosen: SQL, after: SQL): Promise<{ readonly count: number; readonly last: string }> {
  const now = timestamp(runtime.now());
  const [rows = []] = await runtime.database.write(
    sql`with chosen as materialized (select license_id from (${chosen}) c limit ${madeDueMax}),
      wanted as materialized (select d.license_id from licensing."CertificateDue" d
        where d.license_id = any (array(select license_id from chosen)) and d.due_at > ${after} order by d.license_id for no key update),
      due as (update licensing."CertificateDue" d set due_at = least(d.due_at, ${now}), lease = null
        from wanted where d.license_id = wanted.license_id returning d.license_id)
      select count(*)::int as count, coalesce(max(license_id), 0)::text as last from due`,
  );
  return { count: Number(rows[0]?.["count"]), last: String(rows[0]?.["last"]) };
}

export type Queue = {
  /** Licenses that are due, counted up to `countedMax`. */
  readonly due: number;
  /** Licenses that aren't due and whose certificate is signed by a leaving key. */
  readonly leaving: number;
  /** Licenses whose certificate could not be published, and that aren't due again yet. */
  readonly putOff: number;
};

/** The waiting work. `leavingKids`: keys that sign no more. The cost of reading it grows with that work, not with the number of licenses. One round trip. */
export async function readQueue(runtime: Runtime, leavingKids: readonly string[]): Promise<Queue> {
  const now = timestamp(runtime.now());
  const [rows = []] = await runtime.database.read(sql`with leaving as (select jsonb_array_elements_text(${JSON.stringify(leavingKids)}::jsonb) as kid)
    select ${counted(sql`${eitherWay} and d.due_at <= ${now}`)} as due,
      ${counted(sql`d.kid in (select kid from leaving) and ${eitherWay} and d.due_at > ${now}`)} as leaving,
      ${counted(sql`d.kid = ${putOffKid} and ${eitherWay} and d.due_at > ${now}`)} as put_off`);
  const row = rows[0] ?? {};
  return {
    due: Number(row["due"]),
    leaving: Number(row["leaving"]),
    putOff: Number(row["put_off"]),
  };
}

/** Counting stops here: the number is for people and alarms, and must not cost as much as the work itself. */
const countedMax = 1_000_000;

function counted(where: SQL): SQL {
  return sql`(select count(*)::int from (select from licensing."CertificateDue" d where ${where} limit ${countedMax}) as found)`;
}

/** Names the column that indexes have before `due_at`. */
const eitherWay = sql`d.denies in (true, false)`;

/** How many licenses a rebuild goes through. */
export async function countLicenses(runtime: Runtime): Promise<number> {
  const [rows = []] = await runtime.database.read(sql`select ${counted(sql`true`)} as count`);
  return Number(rows[0]?.["count"]);
}

/** Makes these licenses due, of which there are at most `madeDueMax`, unless they are. */
export async function makeDueByIds(runtime: Runtime, licenseIds: readonly string[]): Promise<void> {
  const chosen = sql`select id::bigint as license_id from jsonb_array_elements_text(${JSON.stringify(licenseIds)}::jsonb) as id`;
  await makeDue(runtime, chosen, timestamp(runtime.now()));
}

/** How long a due certificate may wait before it counts as pending. */
const patienceSeconds = 60;

/** Licenses whose certificate has been due for more than a minute without being taken. */
export async function countOverdue(runtime: Runtime): Promise<number> {
  const since = new Date(runtime.now().getTime() - patienceSeconds * 1000);
  const [rows = []] = await runtime.database.read(sql`select ${counted(sql`${eitherWay} and d.due_at <= ${timestamp(since)}`)} as count`);
  return Number(rows[0]?.["count"]);
}
