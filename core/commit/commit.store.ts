import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import { genesisHash } from "../event/event.ts";
import type { ColumnType } from "../base/column.ts";
import { activationJson, eventJson, isReleaseCounted, keyHeld, lapsed, licenseJson, live, liveSeats, trialDigest, visible } from "../license/license.sql.ts";
import { licenseTypes } from "../license/patch.ts";
import type { NewLicense } from "../license/patch.ts";
import { deniesAt, isExpiryUnrecorded, isUsable } from "../license/status.sql.ts";
import type { Database } from "../platform/database.ts";
import { timestamp } from "../platform/timestamp.ts";
import { eventDeliveriesStatement } from "../webhook/delivery.sql.ts";
import type { IdempotencyKey } from "../http/idempotency.sql.ts";
import { everyMeterFits, meteredStatement, usageLockStatement, usageUpdate } from "../usage/usage.sql.ts";
import { claimCall, claimStatement } from "./claim.sql.ts";
import { draftStatement } from "./drafts.sql.ts";
import { lockStatement } from "./lock.sql.ts";
import { committedFrom } from "./committed.ts";
import type { Committed, CommittedDocument } from "./committed.ts";
import type { Change, Guard, Issue, Moment } from "./decision.ts";
import { clearExpiredStatement, recordStatement } from "../http/idempotency.store.ts";

/**
 * Options of a commit. A commit is one HTTP request: a batch that Postgres runs as one transaction. A separate statement first waits
 * for the license (`lock.sql.ts`), because a statement that waits and then counts the seats would use an old count and oversell. A
 * function of the database runs both for most claims (`claim.sql.ts`). The license is always the first row locked, so commits can't
 * deadlock.
 */
type CommitOptions = {
  readonly database: Database;
  readonly moment: Moment;
  readonly idempotency: IdempotencyKey | undefined;
};

type Answering = Omit<CommitOptions, "database">;

/** After this time the reconciler examines whether a change's certificate was published. */
export const publicationGraceSeconds = 10;

/** Commits a change. Undefined: the guard didn't hold; read and decide again. Throws DatabaseError. */
export function commit(change: Change, options: CommitOptions): Promise<Committed | undefined> {
  const { moment, idempotency } = options;
  const lock = lockStatement(change.licenseId);
  const call = claimCall(change, moment);
  const claim = call === undefined ? undefined : claimStatement(call);
  if (claim !== undefined && idempotency === undefined) return send(options, [claim]);
  if (claim !== undefined) return send(options, cleared(options, [lock], sql`with answer as materialized (${claim})${recorded(options)} select document from answer`));
  const usage = change.usage === undefined || change.usage.kind === "show" ? [] : [usageLockStatement({ licenseId: change.licenseId, change: change.usage, now: moment.now })];
  return send(options, cleared(options, [lock, ...usage], changeStatement(change, options)));
}

/**
 * Commits a new license: inserts its row without events, then runs the statement of every change, which writes its first event.
 * Undefined: its policy was retired meanwhile. Throws DatabaseError, whose constraint names whether the key or the trial is
 * taken.
 */
export function commitIssue(issue: Issue, options: CommitOptions): Promise<Committed | undefined> {
  return send(options, cleared(options, [insertStatement(issue.row, options.moment)], changeStatement(issue.change, options)));
}

type Batch = readonly [SQL, ...SQL[]];

/** A batch: `first`, the removal of an expired answer of the `Idempotency-Key`, if there is one, and `statement`, which makes the change. */
function cleared({ moment, idempotency }: CommitOptions, first: Batch, statement: SQL): Batch {
  return idempotency === undefined ? [...first, statement] : [...first, clearExpiredStatement(idempotency, moment.now), statement];
}

/** Sends a batch. With an `Idempotency-Key` a second copy of it meets the first one's row, so it may be sent again. */
async function send({ database, idempotency }: CommitOptions, batch: Batch): Promise<Committed | undefined> {
  const results = await (idempotency === undefined ? database.write(...batch) : database.writeKeyed(...batch));
  const document = results.at(-1)?.[0]?.["document"] as CommittedDocument | undefined;
  return document === undefined ? undefined : committedFrom(document);
}

function insertStatement(row: NewLicense, moment: Moment): SQL {
  const now = moment.now.toISOString();
  const values = {
    ...row,
    sequence: 0,
    last_event_hash: genesisHash,
    created_at: now,
    updated_at: now,
  };
  const columns = Object.entries(values) as [Column, unknown][];
  return sql`insert into licensing."License" (${sql.join(columns.map(([column]) => sql.identifier(column)), sql`, `)})
    select ${sql.join(columns.map(([column, value]) => typed(column, value)), sql`, `)}
    from licensing."Policy" p where p.id = ${row.policy_id}::bigint and p.retired_at is null for key share`;
}

type Column = Extract<keyof typeof licenseTypes, string>;

/** In a SELECT list a parameter has no type of its own, so it is cast to the column's. */
function typed(column: Column, value: unknown): SQL {
  const type = licenseTypes[column];
  return sql`cast(${type === "jsonb" && value !== null ? JSON.stringify(value) : value} as ${casts[type]})`;
}

/** Each cast is written out, so that no SQL is built from text. */
const casts: Readonly<Record<ColumnType, SQL>> = {
  bigint: sql`bigint`,
  integer: sql`integer`,
  boolean: sql`boolean`,
  jsonb: sql`jsonb`,
  text: sql`text`,
  timestamptz: sql`timestamptz`,
};

/** The part of the statement that stores the answer for the `Idempotency-Key`, if the call has one. */
function recorded({ moment, idempotency }: Answering): SQL {
  return idempotency === undefined ? sql`` : sql`, recorded as (${recordStatement(idempotency, moment.now, { source: sql`answer`, document: sql`answer.document` })})`;
}

/** The statement of every change. Its only row is a `document`; no row: the guard didn't hold. */
export function changeStatement(change: Change, options: Answering): SQL {
  const { moment } = options;
  const now = timestamp(moment.now);
  // Look up each named seat by its id. A kept plan is made for any license: it expects few seats, and would read all of a large one's.
  const byId = change.releasesAll === undefined ? sql`offset 0` : sql``;
  return sql`with ${meteredStatement(change, moment.now)}draft as (${draftStatement(change, moment)}),
    closable as (select a.id, a.lease_until, a.is_live, a.is_live and d.counts as counts from draft d cross join lateral (
        select *, ${live(sql`a`, moment.now)} as is_live from licensing."Activation" a where a.id = d.closes ${byId}) a
      where a.license_id = ${change.licenseId}::bigint and a.deactivated_at is null
        and (not d.if_lapsed or a.lease_until <= ${now})
        and (d.if_unseen_since is null or a.last_seen_at <= d.if_unseen_since)),
    ${targetStatement(change, moment)},
    closed as (update licensing."Activation" a set deactivated_at = least(${now}, a.lease_until), by_holder = closable.counts
      from closable, target where a.id = closable.id returning a.id),
    kept as (select d.*, row_number() over (order by d.ordinal) as place from draft d, target
      where d.closes is null or d.closes in (select id from closed)),
    ${chainStatement()},
    changed as (${changedStatement(change, now)}),
    ${dueStatement(change, now)}
    ${leaseStatement(change)}
    ${seatStatements(change, now)}
    ${recordedTrialStatements(change, moment)}
    ${newKeyStatement(change, now)}
    ${usageUpdate(change, moment.now)}
    event as (${eventStatement(moment, now)}),
    ${deliveryStatement(change, now)}
    ${documentStatement(change, moment)}
    ${recorded(options)}
    select document from answer`;
}

/**
 * Selects the license if the guard holds. For a trial it first records the machine, and selects the license only if the machine's
 * trial is this one.
 */
function targetStatement(change: Change, moment: Moment): SQL {
  const held = sql`select l.* from licensing."License" l where l.id = ${change.licenseId}::bigint and ${holds(change.guard, moment)}${pinned(change)}${owned(change, moment)}${released(change, moment)}${change.usage === undefined ? sql`` : sql` and ${everyMeterFits}`}`;
  const { fingerprint, trialMachinesMax } = change.claim ?? {};
  if (trialMachinesMax === undefined) return sql`target as (${held})`;
  const digest = trialDigest(sql`h.policy_id`, sql`${fingerprint}::text`);
  return sql`held as (${held}),
    machine as (insert into licensing."TrialMachine" as machine (policy_id, fingerprint_digest, license_id, created_at)
      select h.policy_id, ${digest}, h.id, ${timestamp(moment.now)} from held h
      where ${trialMachinesMax}::int > (select count(*) from licensing."TrialMachine" m
        where m.license_id = h.id and m.policy_id = h.policy_id and m.fingerprint_digest <> ${digest})
      on conflict (policy_id, fingerprint_digest) do update set license_id = machine.license_id returning license_id),
    target as (select h.* from held h join machine m on m.license_id = h.id)`;
}

function pinned({ atSequence, atRevision }: Change): SQL {
  const sequence = atSequence === undefined ? sql`` : sql` and l.sequence = ${atSequence}`;
  return atRevision === undefined ? sequence : sql`${sequence} and l.revision = ${atRevision}`;
}

function owned({ heldBy }: Change, moment: Moment): SQL {
  if (heldBy === undefined) return sql``;
  const { scope, keyDigest } = heldBy;
  return sql` and ${visible(scope, sql`l`)}${keyDigest === undefined ? sql`` : sql` and ${keyHeld(keyDigest, timestamp(moment.now))}`}`;
}

/** The license's key and holder free no more seats than the term `releases` allows. Only a release of all seats needs an open seat. */
function released({ releases, releasesAll, events }: Change, moment: Moment): SQL {
  const some = releasesAll === undefined || events.length > 0 ? sql`` : sql` and exists (select from closable)`;
  if (releasesAll?.isCounted !== true && !releases.some(({ isCounted }) => isCounted === true)) return some;
  return sql`${some} and (l.releases is null or not exists (select from closable where counts)
      or (select count(*) from closable where counts) + (select count(*) from licensing."Activation" a where ${isReleaseCounted(sql`a`, moment.now)})
        <= (l.releases->>'limit')::int)`;
}

function holds(guard: Guard, moment: Moment): SQL {
  switch (guard.kind) {
    case "none":
      return sql`true`;
    case "status": {
      const status = sql`l.status = ${guard.status}`;
      const { expiry } = guard;
      return expiry === undefined ? status : sql`${status} and l.expires_at is not distinct from ${timestamp(expiry.expiresAt)}
        and l.expired_for is not distinct from ${timestamp(expiry.expiredFor)}`;
    }
    case "revision": {
      const revision = sql`l.revision = ${guard.revision}`;
      const { seatsMax = null } = guard;
      return seatsMax === null ? revision : sql`${revision} and ${seatsMax}::int >= ${liveSeats(sql`l`, moment.now)}`;
    }
    case "seat-open":
      return sql`exists (select from licensing."Activation" a where a.id = ${guard.activationId}::bigint and a.license_id = l.id
        and a.deactivated_at is null and ${guard.live ? stillLive(moment) : sql`true`})`;
    case "expiry":
      return sql`l.expires_at = ${timestamp(guard.expiresAt)} and ${isExpiryUnrecorded(sql`l`, moment.now)}`;
    case "seat-free":
      return sql`${isUsable(sql`l`, moment.now)}
        and l.policy_id = ${guard.policyId}::bigint
        and l.starts_at is not distinct from ${timestamp(guard.startsAt)}
        and l.lease is not distinct from ${guard.lease}::text
        and not exists (select from licensing."Activation" a where a.license_id = l.id
          and a.fingerprint = ${guard.fingerprint} and ${live(sql`a`, moment.now)} and a.id not in (select id from closable))
        and (l.activation_limit is null or l.activation_limit > ${liveSeats(sql`l`, moment.now)}
          - (select count(*) from closable where is_live))`;
    default:
      return guard satisfies never;
  }
}

/**
 * SQL that holds for a seat that is live now and was live at the license's last change. While this change waited for the lock,
 * the lease may have run out, and the last change may have counted the seat as free without closing it.
 */
function stillLive(moment: Moment): SQL {
  return sql`${live(sql`a`, moment.now)} and (a.lease_until is null or a.lease_until > l.updated_at)`;
}

/** Links each event to the one before it, beginning with the license's last hash. The lock is held, so no sequence is used twice. */
function chainStatement(): SQL {
  return sql`chain as (select place, hash, lag(hash, 1, head) over (order by place) as previous_hash from (
      select k.place, t.last_event_hash as head, licensing.event_chain(t.last_event_hash, t.sequence + k.place, k.digest) over (order by k.place) as hash
      from kept k cross join target t) linked)`;
}

function changedStatement(change: Change, now: SQL): SQL {
  if (isWithoutEvents(change)) return sql`select * from target`;
  const columns = Object.entries(change.set).map(([column, value]) => sql`${sql.identifier(column)} = ${stored(column, value)}`);
  const previous = change.newKeyDigest === undefined ? [] : [sql`previous_key_digest = ${change.keepPreviousKey === true ? sql`l.key_digest` : sql`null`}`];
  const handOver = change.handsOver === true ? [sql`transferred_at = ${now}`, sql`transferred_sequence = l.sequence + (select count(*) from kept)`] : [];
  const always = [
    sql`sequence = l.sequence + (select count(*) from kept)`,
    sql`last_event_hash = coalesce((select hash from chain order by place desc limit 1), l.last_event_hash)`,
    sql`open_seats = l.open_seats - (select count(*) from closed) + ${change.claim === undefined ? 0 : 1}::int`,
    sql`updated_at = ${now}`,
  ];
  return sql`update licensing."License" l set ${sql.join([...columns, ...previous, ...handOver, ...always], sql`, `)} from target t where l.id = t.id returning l.*`;
}

/**
 * Puts the license into the publication queue: see `publication/certificate-due.table.ts`. The reconciler examines it a little
 * later, when the change's own publication can't arrive any more. A reconciler that has already taken the row must not settle it,
 * so the row's token is cleared.
 */
function dueStatement(change: Change, now: SQL): SQL {
  if (isWithoutEvents(change)) return sql``;
  return sql`due as (insert into licensing."CertificateDue" as d (license_id, due_at, denies, changed_at)
      select c.id, w.due_at, ${deniesAt(sql`c`, sql`w.due_at`)}, ${now}
      from changed c cross join (select ${now} + make_interval(secs => ${publicationGraceSeconds}) as due_at) w
      on conflict (license_id) do update set due_at = excluded.due_at, denies = excluded.denies, lease = null,
        changed_at = least(d.changed_at, excluded.changed_at)),`;
}

function isWithoutEvents({ events, releases, releasesAll }: Change): boolean {
  return events.length === 0 && releases.length === 0 && releasesAll === undefined;
}

function stored(column: string, value: unknown): unknown {
  // Two license files may be issued at the same time, so the later end counts.
  if (column === "files_until") return sql`greatest(l.files_until, ${value}::timestamptz)`;
  return licenseTypes[column as Column] === "jsonb" && value !== null ? sql`${JSON.stringify(value)}::jsonb` : value;
}

/**
 * If a change gives a lease to seats without one, the lease counts from each seat's `lastSeenAt`, and lasts at least to the end
 * of the seat's license file.
 */
function leaseStatement({ set }: Change): SQL {
  if (typeof set.lease !== "string") return sql``;
  return sql`leased as (update licensing."Activation" a
      set lease_until = greatest((a.last_seen_at at time zone 'UTC' + ${set.lease}::interval) at time zone 'UTC', a.file_until)
      from target t, changed where a.license_id = changed.id and t.lease is null and a.deactivated_at is null
        and a.lease_until is null and a.id not in (select id from closed)
      returning a.id, a.lease_until),`;
}

/**
 * Records the trial of the holder and of each machine with a seat. If another license has recorded it, or this one has and its
 * period begins anew, a unique constraint is violated.
 */
function recordedTrialStatements({ recordsTrial, restartsTrial, handsOver }: Change, moment: Moment): SQL {
  if (recordsTrial !== true) return sql``;
  const now = timestamp(moment.now);
  const digest = trialDigest(sql`changed.policy_id`, sql`a.fingerprint`);
  return sql`trial as (insert into licensing."TrialLedger" (policy_id, holder_type, holder_id, license_id, created_at)
      select changed.policy_id, changed.holder_type, changed.holder_id, changed.id, ${now} from changed
      where ${restartsTrial === true}::boolean or not exists (select from licensing."TrialLedger" t where t.policy_id = changed.policy_id
        and t.holder_type = changed.holder_type and t.holder_id = changed.holder_id and t.license_id = changed.id)),
    ${handsOver === true ? formerHolderStatement(now) : sql``}
    machines as (insert into licensing."TrialMachine" (policy_id, fingerprint_digest, license_id, created_at)
      select changed.policy_id, ${digest}, changed.id, ${now}
      from changed join licensing."Activation" a on a.license_id = changed.id and ${live(sql`a`, moment.now)}
      where not exists (select from licensing."TrialMachine" m where m.policy_id = changed.policy_id
        and m.fingerprint_digest = ${digest} and m.license_id = changed.id)
      order by 2),`;
}

/** After a hand-over both holders have had the trial. */
function formerHolderStatement(now: SQL): SQL {
  return sql`former as (insert into licensing."TrialLedger" (policy_id, holder_type, holder_id, license_id, created_at)
      select t.policy_id, t.holder_type, t.holder_id, t.id, ${now} from target t, changed
      where (t.holder_type, t.holder_id) <> (changed.holder_type, changed.holder_id) on conflict do nothing),`;
}

/** The insert reads `closed`, so that seats are closed before: one fingerprint may be closed and claimed in the same commit. */
function seatStatements(change: Change, now: SQL): SQL {
  const { claim, extend, rename, shows } = change;
  if (claim !== undefined) {
    return sql`seat as (insert into licensing."Activation"
        (id, license_id, fingerprint, name, created_at, last_seen_at, lease_until, file_until)
      select ${claim.activationId}::bigint, changed.id, ${claim.fingerprint}, ${claim.name}, ${now}, ${now},
        ${timestamp(claim.leaseUntil)}, ${timestamp(claim.fileUntil ?? null)}
      from changed where (select count(*) from closed) >= 0 returning *),`;
  }
  if (extend !== undefined) {
    return sql`seat as (update licensing."Activation" a
      set last_seen_at = greatest(a.last_seen_at, ${now}), lease_until = ${extendedLease(extend)},
        file_until = ${extend.fileUntil === undefined ? sql`a.file_until` : sql`greatest(a.file_until, ${timestamp(extend.fileUntil)})`}
      from changed where a.id = ${extend.activationId}::bigint returning a.*),`;
  }
  if (rename !== undefined) {
    return sql`seat as (update licensing."Activation" a set name = ${rename.name} from changed
      where a.id = ${rename.activationId}::bigint returning a.*),`;
  }
  return sql`seat as (select a.* from licensing."Activation" a, changed where a.id = ${shows ?? null}::bigint),`;
}

/** A lease is never shortened: two heartbeats may arrive in the wrong order. */
function extendedLease({ leaseUntil }: NonNullable<Change["extend"]>): SQL {
  if (leaseUntil === undefined) return sql`a.lease_until`;
  return leaseUntil === null ? sql`null` : sql`greatest(a.lease_until, ${timestamp(leaseUntil)})`;
}

function newKeyStatement(change: Change, now: SQL): SQL {
  if (change.newKeyDigest === undefined) return sql``;
  return sql`key as (insert into licensing."LicenseKey" (digest, license_id, created_at)
    select ${change.newKeyDigest}, changed.id, ${now} from changed),`;
}

function eventStatement(moment: Moment, now: SQL): SQL {
  return sql`insert into licensing."LicenseEvent"
      (license_id, sequence, type, actor_type, actor_id, reason, changes, request_id, created_at, digest, previous_hash, hash)
    select t.id, t.sequence + k.place, k.type, ${moment.actor.type}, ${moment.actor.id}, k.reason, k.changes, ${moment.requestId}, ${now},
      k.digest, c.previous_hash, c.hash
    from target t, changed, kept k join chain c on c.place = k.place
    order by k.place returning *`;
}

/** The deliveries of the events to the webhooks that ask for them. Without one it reads no page and writes nothing. */
function deliveryStatement(change: Change, now: SQL): SQL {
  if (isWithoutEvents(change)) return sql``;
  return sql`delivery as (${eventDeliveriesStatement(now)} returning 1),`;
}

/**
 * The document for the reply, the certificate and a later replay, made of the written rows. The list of seats names the license by
 * its id and stops early, so that its cost doesn't grow with the seats.
 */
function documentStatement(change: Change, moment: Moment): SQL {
  const now = timestamp(moment.now);
  const gainsLease = typeof change.set.lease === "string";
  const unlapsed = gainsLease ? sql`and a.id not in (select id from leased where lease_until <= ${now})` : sql``;
  const newlyLapsed = gainsLease ? sql`- (select count(*) from leased where lease_until <= ${now})` : sql``;
  const released = change.releasesAll === undefined ? sql`` : sql` || jsonb_build_object('released', (select count(*)::text from closable where is_live))`;
  const usage = change.usage === undefined ? sql`` : sql` || jsonb_build_object('usage', (select jsonb_agg(document order by meter) from metered))`;
  return sql`listed as (
      (select a.id, a.fingerprint from licensing."Activation" a
        where a.license_id = ${change.licenseId}::bigint and ${live(sql`a`, moment.now)} and a.id not in (select id from closed)
          and a.id not in (select id from seat) ${unlapsed}
        order by a.id limit ${listedMax + 1})
      union all
      select id, fingerprint from seat),
    open as (select coalesce(changed.open_seats, (select count(*) from licensing."Activation" a
          where a.license_id = changed.id and a.deactivated_at is null and a.id not in (select id from closed))
        + ${change.claim === undefined ? 0 : 1}::int) as seats from changed),
    answer as (select jsonb_build_object(
        'license', ${licenseJson(sql`changed`)},
        'events', coalesce((select jsonb_agg(${eventJson(sql`e`)} order by e.sequence) from (select * from event order by sequence desc limit ${eventsMax}) e), '[]'),
        'seat', (select ${activationJson(sql`seat`)} from seat),
        'seats', coalesce((select jsonb_agg(s.fingerprint order by s.id) from (select * from listed order by id limit ${listedMax + 1}) s), '[]'),
        'seats_used', open.seats ${newlyLapsed} - (select count(*) from licensing."Activation" a
          where a.license_id = ${change.licenseId}::bigint and ${lapsed(sql`a`, now)} and a.id not in (select id from closed)),
        'signing_kid', (select kid from licensing."SigningKey" where state = 'active'),
        'extra', ${JSON.stringify(change.extra ?? {})}::jsonb${released},
        'deliveries', ${isWithoutEvents(change) ? sql`0` : sql`(select count(*) from delivery)`},
        'at', ${moment.now.toISOString()}::text)${usage} as document
      from changed, open)`;
}

/** The most events of a commit that its answer contains: the last ones, and so the verb's own. */
const eventsMax = 1_000;
/** The most seats that a certificate lists. */
export const listedMax = 300;
