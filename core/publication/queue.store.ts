import { sql, type SQL } from "drizzle-orm";
import { publicationGraceSeconds } from "../commit/commit.store.ts";
import type { CommittedDocument } from "../commit/committed.ts";
import { committedStatement } from "../commit/committed.store.ts";
import { deniesNow } from "../license/status.sql.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";

/**
 * The publication queue is the column `certificate_due_at`. Taking a row sets the column to the end of a lease. So each row is
 * taken by one reconciler at a time, and a row whose reconciler died is due again when the lease ends. A commit or a compromised
 * key that changes the column during the lease wins: `settleDue` changes only rows with the lease and the sequence that were
 * taken.
 */

/** How long a reconciler has for the rows it took. */
export const leaseSeconds = 120;

/** How many licenses one statement makes due. */
const madeDueMax = 2_000;

type Taken = { readonly documents: readonly CommittedDocument[]; readonly leaseUntil: Date };

/**
 * Takes up to `limit` due rows, longest overdue first, in the form that a commit returns. `denying`: `first` puts licenses that
 * deny before all others, which reads every due row; `only` takes no others. One round trip.
 */
export async function takeDue(
  runtime: Runtime,
  { limit, denying }: { readonly limit: number; readonly denying: "first" | "only" | "any" },
): Promise<Taken> {
  const now = runtime.now();
  const leaseUntil = new Date(now.getTime() + leaseSeconds * 1000);
  const due = (which: SQL) => sql`select * from (select l.id from licensing."License" l
    where l.certificate_due_at <= ${timestamp(now)} and ${which}
    order by l.certificate_due_at limit ${limit} for no key update skip locked) as due`;
  const denies = denying === "any" ? sql`true` : deniesNow(sql`l`, now);
  const arms = denying === "first" ? sql`${due(denies)} union all ${due(sql`not ${denies}`)}` : due(denies);
  const [rows = []] = await runtime.database.write(
    sql`with wanted as materialized (${arms} limit ${limit}),
      taken as (update licensing."License" l set certificate_due_at = ${timestamp(leaseUntil)}
        from wanted where l.id = wanted.id returning l.id)
      ${committedStatement(sql`l.id = any (array(select id from taken))`, now)}`,
  );
  return { documents: rows.map((row) => row["document"] as CommittedDocument), leaseUntil };
}

export type Settlement = {
  readonly licenseId: string;
  readonly sequence: number;
  readonly dueAt: Date;
  /** The key that signed the certificate in Redis. Null: the certificate couldn't be published, so the license is put off. */
  readonly kid: string | null;
};

/** The value of `certificate_kid` for a license that was put off, until its certificate is in Redis. */
const putOffKid = "";

/** Moves taken rows to their next due time. Rows that were changed meanwhile, or are locked, stay as they are. */
export async function settleDue(
  runtime: Runtime,
  { leaseUntil, settlements }: { readonly leaseUntil: Date; readonly settlements: readonly Settlement[] },
): Promise<void> {
  if (settlements.length === 0) return;
  const listed = settlements.map(({ licenseId, sequence, dueAt, kid }) => ({ id: licenseId, sequence, due: dueAt.toISOString(), kid }));
  await runtime.database.write(
    sql`with settled as materialized (
        select l.id, s.due, s.kid from licensing."License" l
        join jsonb_to_recordset(${JSON.stringify(listed)}::jsonb) as s(id bigint, sequence bigint, due timestamptz, kid text) on s.id = l.id
        where l.sequence = s.sequence and l.certificate_due_at = ${timestamp(leaseUntil)}
        for no key update of l skip locked)
      update licensing."License" l set certificate_due_at = settled.due, certificate_kid = coalesce(settled.kid, ${putOffKid})
      from settled where l.id = settled.id`,
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
  const ofKeys = sql`l.certificate_kid in (select jsonb_array_elements_text(${JSON.stringify(kids)}::jsonb))`;
  // Any key may have signed the certificate of a license that was not examined yet, or that was put off.
  const graceEnds = new Date(now.getTime() + publicationGraceSeconds * 1000);
  const unseen = sql`l.certificate_kid is null or l.certificate_kid = ${putOffKid} or l.certificate_due_at <= ${timestamp(graceEnds)}`;
  const leaseEnds = new Date(now.getTime() + leaseSeconds * 1000);
  const later = soon
    ? sql`l.certificate_due_at > ${timestamp(now)} and (${ofKeys} or ${unseen})`
    : sql`l.certificate_due_at > ${timestamp(leaseEnds)} and ${ofKeys}`;
  for (const which of [deniesNow(sql`l`, now), sql`true`]) {
    const { count } = await makeDue(runtime, sql`${later} and ${which}`);
    if (count > 0) return count;
  }
  return 0;
}

/** How far a rebuild has come. It goes through the licenses by id twice: those that deny, then all. */
export type RebuildPosition = { readonly pass: "denying" | "all"; readonly after: string };

/** Makes the next licenses of a rebuild due; undefined: there are no more. */
export async function makeDueAfter(runtime: Runtime, { pass, after }: RebuildPosition): Promise<RebuildPosition | undefined> {
  const which = pass === "denying" ? deniesNow(sql`l`, runtime.now()) : sql`true`;
  const { count, last } = await makeDue(runtime, sql`l.id > ${after}::bigint and ${which}`);
  if (count === madeDueMax) return { pass, after: last };
  return pass === "denying" ? { pass: "all", after: "0" } : undefined;
}

/**
 * Unlike `takeDue` and `settleDue`, this waits for locked rows: a validation locks a license without making it due. It locks in
 * the order of ids, so that two such statements can't deadlock.
 */
async function makeDue(runtime: Runtime, where: SQL): Promise<{ readonly count: number; readonly last: string }> {
  const now = timestamp(runtime.now());
  const [rows = []] = await runtime.database.write(
    sql`with wanted as materialized (select l.id from licensing."License" l where ${where}
        order by l.id limit ${madeDueMax} for no key update),
      due as (update licensing."License" l set certificate_due_at = least(l.certificate_due_at, ${now})
        from wanted where l.id = wanted.id returning l.id)
      select count(*)::int as count, coalesce(max(id), 0)::text as last from due`,
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

/** The work that waits. `leavingKids`: keys that sign no more. The cost of reading it grows with that work, not with the number of licenses. One round trip. */
export async function readQueue(runtime: Runtime, leavingKids: readonly string[]): Promise<Queue> {
  const now = timestamp(runtime.now());
  const [rows = []] = await runtime.database.read(sql`with leaving as (select jsonb_array_elements_text(${JSON.stringify(leavingKids)}::jsonb) as kid)
    select ${counted(sql`l.certificate_due_at <= ${now}`)} as due,
      ${counted(sql`l.certificate_due_at > ${now} and l.certificate_kid in (select kid from leaving)`)} as leaving,
      ${counted(sql`l.certificate_due_at > ${now} and l.certificate_kid = ${putOffKid}`)} as put_off`);
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
  return sql`(select count(*)::int from (select from licensing."License" l where ${where} limit ${countedMax}) as found)`;
}

/** How many licenses a rebuild goes through. */
export async function countLicenses(runtime: Runtime): Promise<number> {
  const [rows = []] = await runtime.database.read(sql`select ${counted(sql`true`)} as count`);
  return Number(rows[0]?.["count"]);
}

/** How long a due certificate may wait before it counts as pending. */
const patienceSeconds = 60;

/** Licenses whose certificate has been due for more than a minute without being taken. */
export async function countOverdue(runtime: Runtime): Promise<number> {
  const since = new Date(runtime.now().getTime() - patienceSeconds * 1000);
  const [rows = []] = await runtime.database.read(sql`select ${counted(sql`l.certificate_due_at <= ${timestamp(since)}`)} as count`);
  return Number(rows[0]?.["count"]);
}
