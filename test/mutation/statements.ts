import type { Replacement } from "./project-copy.ts";

/**
 * Stryker sees a statement as one text and empties it, which every test notices. So its parts are changed here, one at a time, and
 * count as mutants of the group: every condition of a guard or a release, and other parts that could be left out.
 */
export type StatementMutant = Replacement & { readonly what: string };

const file = "core/commit/commit.store.ts";
const live = "${live(sql`a`, moment.now)}";
const without = (what: string, from: string, to = ""): StatementMutant => ({ what, file, from, to });
const statusFile = "core/license/status.sql.ts";
const withoutStatus = (what: string, from: string, to: string): StatementMutant => ({ what, file: statusFile, from, to });

const withoutSeats = (what: string, from: string, to: string): StatementMutant => ({ what, file: "core/license/license.sql.ts", from, to });

const releases: readonly StatementMutant[] = [
  without("a release of another license's seat", "where a.license_id = ${change.licenseId}::bigint and a.deactivated_at is null\n", "where a.deactivated_at is null\n"),
  without("a release of a seat that is free", "where a.license_id = ${change.licenseId}::bigint and a.deactivated_at is null\n", "where a.license_id = ${change.licenseId}::bigint\n"),
  without("a release of a lease that runs", "not d.if_lapsed or a.lease_until <= ${now}", "true"),
  without("a release of a lease at its instant", "not d.if_lapsed or a.lease_until <= ${now}", "not d.if_lapsed or a.lease_until < ${now}"),
  without("a release of a seat that was used meanwhile", "d.if_unseen_since is null or a.last_seen_at <= d.if_unseen_since", "true"),
  without("a release of a seat that wasn't used meanwhile", "d.if_unseen_since is null or a.last_seen_at <= d.if_unseen_since", "d.if_unseen_since is null or a.last_seen_at < d.if_unseen_since"),
  without("an event of a release that wasn't possible", "d.closes is null or d.closes in (select id from closed)", "true"),
  without("an event of a release", "d.closes is null or d.closes in (select id from closed)", "d.closes is null"),
  without("events in their order", "row_number() over (order by d.ordinal)", "row_number() over (order by d.ordinal desc)"),
];

const seatGuard: readonly StatementMutant[] = [
  withoutStatus("the license's status", "${isRunning(license)} and (${license}.grace_until", "(${license}.grace_until"),
  withoutStatus("a license that has expired and is in its grace", "${license}.status in ('ACTIVATED', 'EXPIRED')", "${license}.status = 'ACTIVATED'"),
  withoutStatus("the end of the grace", "(${license}.grace_until is null or ${license}.grace_until > ${instant})", "true"),
  withoutStatus("the end of the grace, at its instant", "${license}.grace_until is null or ${license}.grace_until > ${instant}", "${license}.grace_until is null or ${license}.grace_until >= ${instant}"),
  withoutStatus("a license without an end", "${license}.grace_until is null or ${license}.grace_until > ${instant}", "${license}.grace_until > ${instant}"),
  withoutStatus("the start", "(${license}.starts_at is null or ${license}.starts_at <= ${instant})", "true"),
  withoutStatus("the start, at its instant", "${license}.starts_at is null or ${license}.starts_at <= ${instant}", "${license}.starts_at is null or ${license}.starts_at < ${instant}"),
  withoutStatus("a license that waits", "${license}.starts_at is null or ${license}.starts_at <= ${instant}", "${license}.starts_at <= ${instant}"),
  without("a start that was moved", "and l.starts_at is not distinct from ${timestamp(guard.startsAt)}"),
  without("a lease that came or went", "and l.lease is not distinct from ${guard.lease}::text"),
  without("the license of the seat", `a.fingerprint = \${guard.fingerprint} and ${live}`, live),
  without("a machine that has a seat", `a.fingerprint = \${guard.fingerprint} and ${live}`, "false"),
  without("a machine whose seat is closed here", `${live} and a.id not in (select id from closable))\n        and (l`, `${live})\n        and (l`),
  without("the limit", "l.activation_limit > ${liveSeats", "l.activation_limit > 0 * ${liveSeats"),
  without("the last seat", "l.activation_limit > ${liveSeats", "l.activation_limit > 1 + ${liveSeats"),
  without("a seat too many", "l.activation_limit > ${liveSeats", "l.activation_limit >= ${liveSeats"),
  without("a license without a limit", "l.activation_limit is null or ", ""),
  without("seats that are closed here", "- (select count(*) from closable where is_live", "- 0 * (select count(*) from closable where is_live"),
  without("lapsed seats that are closed here", "- (select count(*) from closable where is_live", "- (select count(*) from closable"),
  without("a lease that ended before the license's last change", " and (a.lease_until is null or a.lease_until > l.updated_at)"),
  withoutSeats("the number that the license keeps", "${license}.open_seats, ", ""),
  withoutSeats("seats of a license without the number", "o.license_id = ${license}.id and o.deactivated_at is null)", "false)"),
  withoutSeats("lapsed seats", "${lapsed(sql`o`, timestamp(now))}", "false"),
  withoutSeats("seats that are lapsed but free", "${activation}.deactivated_at is null and ${activation}.lease_until <= ${instant}", "${activation}.lease_until <= ${instant}"),
  withoutSeats("a lapse at its instant", "${activation}.lease_until <= ${instant}", "${activation}.lease_until < ${instant}"),
  without("another policy", "and l.policy_id = ${guard.policyId}::bigint"),
  without("the number of machines of a trial", "where ${trialMachinesMax}::int > (select count(*)", "where ${trialMachinesMax}::int > 0 * (select count(*)"),
  without("the license that gave the machine its trial", "join machine m on m.license_id = h.id", "join machine m on true"),
];

const otherGuards: readonly StatementMutant[] = [
  without("the status", "const status = sql`l.status = ${guard.status}`", "const status = sql`${guard.status}::text is not null`"),
  without("the end beside the status", "and l.expires_at is not distinct from ${timestamp(expiry.expiresAt)}", "and ${timestamp(expiry.expiresAt)} is not null"),
  without("the record of the end beside the status", "and l.expired_for is not distinct from ${timestamp(expiry.expiredFor)}"),
  without("the revision", "const revision = sql`l.revision = ${guard.revision}`", "const revision = sql`${guard.revision}::bigint is not null`"),
  without("the seats beside the revision", "${seatsMax}::int >= ${liveSeats", "${seatsMax}::int >= 0 * ${liveSeats"),
  without("as many seats as allowed", "${seatsMax}::int >= ${liveSeats", "${seatsMax}::int > ${liveSeats"),
  without("the revision beside another guard", "sql`${sequence} and l.revision = ${atRevision}`", "sql`${sequence} and ${atRevision}::bigint is not null`"),
  without("the sequence that the caller named", "sql` and l.sequence = ${atSequence}`", "sql` and ${atSequence}::bigint is not null`"),
  without("the license of the open seat", "::bigint and a.license_id = l.id\n", "::bigint\n"),
  without("whether the seat is open", "and a.deactivated_at is null and ${guard.live", "and ${guard.live"),
  withoutStatus("an expiry of a license that isn't active", "${license}.status = 'ACTIVATED' and ${license}.expires_at", "${license}.expires_at"),
  without("an expiry of another end", "l.expires_at = ${timestamp(guard.expiresAt)}", "${timestamp(guard.expiresAt)} is not null"),
  withoutStatus("an expiry that isn't due", "and ${license}.expires_at <= ${timestamp(now)} and", "and"),
  withoutStatus("an expiry at its instant", "and ${license}.expires_at <= ${timestamp(now)} and", "and ${license}.expires_at < ${timestamp(now)} and"),
  withoutStatus("an expiry that is recorded", " and ${license}.expired_for is distinct from ${license}.expires_at", ""),
];

const written: readonly StatementMutant[] = [
  without("a later end of the license's last file", "sql`greatest(l.files_until, ${value}::timestamptz)`", "sql`${value}::timestamptz`"),
  without("a later end of a seat's file", "sql`greatest(a.file_until, ${timestamp(extend.fileUntil)})`", "timestamp(extend.fileUntil)"),
  without("the end of a file when a lease is gained", " at time zone 'UTC', a.file_until)", " at time zone 'UTC')"),
  without("the end of the file that a seat is taken with", "${timestamp(claim.fileUntil ?? null)}", "null"),
  without("the policy's retirement", "and p.retired_at is null for key share", "for key share"),
  without("the sequence in an event's hash", "t.sequence + k.place, k.digest)", "0::bigint, k.digest)"),
  without("the content in an event's hash", "t.sequence + k.place, k.digest)", "t.sequence + k.place, '')"),
  without("the event before in an event's hash", "event_chain(t.last_event_hash,", "event_chain('',"),
  without("more than one event", "sql`sequence = l.sequence + (select count(*) from kept)`", "sql`sequence = l.sequence + 1`"),
  without("the last of several hashes", "order by place desc limit 1", "order by place limit 1"),
  without("the instant of the change", "sql`updated_at = ${now}`", "sql`updated_at = ${now} - interval '1 second'`"),
  without("the due time of its certificate", "do update set due_at = excluded.due_at", "do update set due_at = excluded.due_at + interval '1 hour'"),
  without("the denial at that time", "denies = excluded.denies, lease", "lease"),
  without("the token of a reconciler", "lease = null,\n", "lease = d.lease,\n"),
  without("the oldest change", "changed_at = least(d.changed_at, excluded.changed_at)", "changed_at = excluded.changed_at"),
  without("the close before the claim", "where (select count(*) from closed) >= 0 returning *", "returning *"),
  without("a later last-seen time", "greatest(a.last_seen_at, ${now})", "${now}"),
  without("a later end of the lease", "sql`greatest(a.lease_until, ${timestamp(leaseUntil)})`", "sql`${timestamp(leaseUntil)}`"),
  without("seats that were closed", `${live} and a.id not in (select id from closed)\n`, `${live}\n`),
  without("the seats that are closed in the number", "l.open_seats - (select count(*) from closed)", "l.open_seats"),
  without("the seat that is taken in the number", "change.claim === undefined ? 0 : 1}::int`", "change.claim === undefined ? 0 : 0}::int`"),
  without("lapsed seats that stay open", "${lapsed(sql`a`, now)} and a.id not in (select id from closed)", "false"),
  without("the end of a lapsed seat", "least(${now}, a.lease_until)", "${now}"),
  without("when a seat without a lease was last seen", "(a.last_seen_at at time zone 'UTC'", "(changed.updated_at at time zone 'UTC'"),
  without("seats that had a lease before", "a.lease_until is null and a.id not in (select id from closed)", "a.id not in (select id from closed)"),
  without("a seat that is there already", "\n          and a.id not in (select id from seat)"),
  without("the seat of the change", "select id, fingerprint from seat)", "select id, fingerprint from seat where false)"),
  without("the age of seats", "from listed order by id limit", "from listed order by id desc limit"),
  without("the order of seats", "jsonb_agg(s.fingerprint order by s.id)", "jsonb_agg(s.fingerprint order by s.id desc)"),
  without("the order of events", "order by e.sequence)", "order by e.sequence desc)"),
  without("the key that signs", "where state = 'active')", "where state = 'pending')"),
];

const licenseFile = "core/license/license.sql.ts";
const withoutOwner = (what: string, from: string, to = ""): StatementMutant => ({ what, file: licenseFile, from, to });

const owners: readonly StatementMutant[] = [
  without("the scope of a key or holder", "sql` and ${visible(scope, sql`l`)}${keyDigest", "sql`${keyDigest"),
  without("the limit of releases", "<= (l.releases->>'limit')::int)", "<= 1000000 + (l.releases->>'limit')::int)"),
  without("the last release", "<= (l.releases->>'limit')::int)", "< (l.releases->>'limit')::int)"),
  without("a release of a lapsed seat", "or not exists (select from closable where counts)"),
  without("releases that were made before", "where counts) + (select count(*)", "where counts) + 0 * (select count(*)"),
  without("several releases at once", "(select count(*) from closable where counts) + ", "1 + "),
  without("the mark of a released seat", ", by_holder = closable.counts"),
  without("lapsed seats among those that are marked", "a.is_live and d.counts as counts", "d.counts as counts"),
  without("the refusal of a second beginning", "${restartsTrial === true}::boolean or not exists", "not exists"),
  without("the former holder's trial", "where (t.holder_type, t.holder_id) <> (changed.holder_type, changed.holder_id)", "where false"),
  without("the sequence of a hand-over", "transferred_sequence = l.sequence + (select count(*) from kept)", "transferred_sequence = l.sequence"),
  without("the instant of a hand-over", "sql`transferred_at = ${now}`", "sql`transferred_at = null`"),
  withoutOwner("the license of the release", "and ${activation}.by_holder"),
  withoutOwner("releases from before a hand-over", "and ${activation}.deactivated_at > coalesce(l.transferred_at, '-infinity')"),
  withoutOwner("the end of a release's period", "and ${releaseEnds(activation)} > ${timestamp(now)}"),
  withoutOwner("the end of a release's period, at its instant", "${releaseEnds(activation)} > ${timestamp(now)}", "${releaseEnds(activation)} >= ${timestamp(now)}"),
  withoutOwner("seats from before a hand-over", "or ${activation}.deactivated_at > l.transferred_at", "or true"),
  withoutOwner("events from before a hand-over", "sql`${event}.sequence >= l.transferred_sequence`", "sql`true`"),
  withoutOwner("the hand-over's own event", "${event}.sequence >= l.transferred_sequence", "${event}.sequence > l.transferred_sequence"),
];

export const statementMutants: readonly StatementMutant[] = [...releases, ...seatGuard, ...otherGuards, ...owners, ...written];
