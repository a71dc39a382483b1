import { sql } from "drizzle-orm";
import type { Placeholder, SQL } from "drizzle-orm";
import type { Scope } from "../access/actor.ts";
import type { Activation, ActivationRow } from "../activation/activation.ts";
import { activationFrom } from "../activation/activation.ts";
import type { Policy, PolicyRow } from "../policy/policy.ts";
import { policyFrom } from "../policy/policy.ts";
import type { Row } from "../platform/database.ts";
import { prepared, type Prepared } from "../platform/prepared.ts";
import { timestamp } from "../platform/timestamp.ts";
import type { License, LicenseRow } from "../license/license.ts";
import { namedMeters } from "../usage/meters.sql.ts";
import { meterUsageFrom, type MeterRow, type MeterUsage } from "../usage/usage.ts";
import { licenseFrom } from "../license/license.ts";
import { activationJson, countedReleases, isSeatVisible, keyHeld, lapsed, licenseJson, live, liveSeats, trialDigest, visible } from "../license/license.sql.ts";

/** How a caller names a license: by its id, by the digest of its key, or by the id of a seat. */
export type Locator = { readonly by: "id" | "key" | "activation"; readonly named: string };

type SnapshotQuestion = {
  readonly locator: Locator;
  readonly scope: Scope;
  readonly now: Date;
  /** The fingerprint whose seat is read. */
  readonly fingerprint?: string;
  /** A seat that the caller wants replaced. */
  readonly replace?: string;
  /** Reads the holders of seats if more are live than this limit. They are also read with `fingerprint` or `replace` if the license is full. */
  readonly holders?: HoldersQuestion;
  /** The meters to read, by code. */
  readonly meters?: readonly string[];
  /** Whether to read lapsed seats. They are also read with `fingerprint`, unless it has a seat. */
  readonly lapsed?: boolean;
};

/** The limit that a change would set; null: that of the license's policy. */
type HoldersQuestion = { readonly above: number | null };

/** All data of a decision, read in one round trip. */
export type Snapshot = {
  readonly license: License;
  readonly policy: Policy;
  /** A fresh id for a seat that the decision may give. None is minted if the fingerprint already has a seat. */
  readonly mintedId: string;
  readonly seatsUsed: number;
  /** The seat of the fingerprint (open, though its lease may have run out), or the seat with the given id (in any state). */
  readonly seat: Activation | undefined;
  /** Whether the fingerprint has a seat, or had one before. */
  readonly isKnown: boolean;
  readonly replaced: Activation | undefined;
  /**
   * For a trial and a fingerprint: by which license its machine had the trial, and how many machines this license has seated in
   * its life.
   */
  readonly trial: { readonly machine: "new" | "own" | "others"; readonly machines: number } | undefined;
  /**
   * For a caller with the license's key and for its holder: the number of releases that count against the term `releases`, and the
   * instant at which the first of them stops counting; null: never. Undefined: the term doesn't bind the caller.
   */
  readonly released: { readonly used: number; readonly nextAt: Date | null } | undefined;
  /** Open seats whose lease has run out, for the commit to close: the fingerprint's own, and the longest lapsed ones. */
  readonly lapsed: readonly Activation[];
  /**
   * Live seats, longest idle first, to list when the license is full, or to evict. Read only if requested; for a fingerprint only
   * if it has no seat and the license is full.
   */
  readonly holders: readonly Activation[];
  /** The meters that were asked for and that the license has. Their period begins now if the license hasn't started. */
  readonly usage: readonly MeterUsage[];
};

/** The most lapsed seats that one commit closes, and the most holders that a refusal lists. */
const lapsedMax = 500;
const holdersMax = 100;

/** Longer than any function runs: a seat whose lease lasts this long is still live when the decision is made. */
const heldMs = 60_000;

/** The statement whose only row `snapshotFrom` reads. No row: the license doesn't exist or isn't in the scope. */
export function snapshotStatement(question: SnapshotQuestion): SQL {
  const { locator, now, fingerprint, replace, holders, meters } = question;
  const heldUntil = new Date(now.getTime() + heldMs).toISOString();
  return statementFor(question)({ named: locator.named, now: now.toISOString(), heldUntil, fingerprint, replace, above: holders?.above, meters: JSON.stringify(meters) });
}

const statements = new Map<string, Prepared>();

/** Questions of one shape have one text, which is printed once. A scope other than `all` is part of the text, so it isn't cached. */
function statementFor({ locator: { by }, scope, fingerprint, replace, holders, lapsed, meters }: SnapshotQuestion): Prepared {
  const shape: Shape = {
    by, scope, asksSeat: fingerprint !== undefined, asksReplaced: replace !== undefined, asksHolders: holders !== undefined, asksLapsed: lapsed === true,
    asksMeters: meters !== undefined,
  };
  if (scope.kind !== "all") return prepared(written(shape));
  const key = keyOf(shape);
  const known = statements.get(key);
  if (known !== undefined) return known;
  const answering = snapshotFunctions.find((each) => keyOf(each.shape) === key);
  const statement = prepared(answering === undefined ? written(shape) : called(answering));
  statements.set(key, statement);
  return statement;
}

type Shape = {
  readonly by: Locator["by"];
  readonly scope: Scope;
  readonly asksSeat: boolean;
  readonly asksReplaced: boolean;
  readonly asksHolders: boolean;
  readonly asksLapsed: boolean;
  readonly asksMeters: boolean;
};

/** Shapes with the same key ask the same, but for their scope. */
function keyOf({ by, asksSeat, asksReplaced, asksHolders, asksLapsed, asksMeters }: Shape): string {
  return [by, asksSeat, asksReplaced, asksHolders, asksLapsed, asksMeters].join();
}

const atNow = sql.placeholder("now");
const whom = sql.placeholder("named");

/** A function of the database that answers one question. `takes`: the placeholders of its statement, in the order of its parameters. */
type SnapshotFunction = { readonly name: string; readonly shape: Shape; readonly takes: readonly ("named" | "now" | "heldUntil" | "fingerprint")[] };

const anyone: Omit<Shape, "by" | "asksSeat"> = { scope: { kind: "all" }, asksReplaced: false, asksHolders: false, asksLapsed: false, asksMeters: false };

/**
 * The commonest questions, those of most validations and changes, are functions: two thirds of such a statement's cost is its
 * planning. Over HTTP a statement is planned each time; a session keeps the plans of a function. A function whose statement changes
 * gets another name, by a migration: see `infra/snapshot-functions.ts`.
 */
export const snapshotFunctions: readonly SnapshotFunction[] = [
  { name: "snapshot_by_id_v1", shape: { ...anyone, by: "id", asksSeat: false }, takes: ["named", "now"] },
  { name: "snapshot_by_key_v1", shape: { ...anyone, by: "key", asksSeat: false }, takes: ["named", "now"] },
  { name: "snapshot_of_seat_by_id_v1", shape: { ...anyone, by: "id", asksSeat: true }, takes: ["named", "now", "heldUntil", "fingerprint"] },
  { name: "snapshot_of_seat_by_key_v1", shape: { ...anyone, by: "key", asksSeat: true }, takes: ["named", "now", "heldUntil", "fingerprint"] },
];

function called({ name, takes }: SnapshotFunction): SQL {
  return sql`select licensing.${sql.identifier(name)}(${sql.join(takes.map((taken) => sql.placeholder(taken)), sql`, `)}) as snapshot`;
}

/** The statement of a question. Its only column is a SnapshotRow. */
export function written(shape: Shape): SQL {
  const { by, scope, asksSeat, asksReplaced } = shape;
  const own = asksSeat ? sql`left join licensing."Activation" s
      on s.license_id = l.id and s.fingerprint = ${sql.placeholder("fingerprint")} and s.deactivated_at is null` : sql``;
  // One column, because for each column the protocol sends a description and the driver looks up a parser.
  return sql`select to_jsonb(s) as snapshot from (select ${licenseJson(sql`l`, sql`p`)} as license,
      to_jsonb(p) || jsonb_build_object('id', p.id::text) as policy,
      ${asksSeat ? sql`(case when ${held()} then null else licensing.snowflake()::text end)` : sql`null`} as minted,
      ${liveSeats(sql`l`, atNow)}::int as seats_used,
      ${seatExpression(shape)} as seat,
      ${knownExpression(shape)} as known,
      ${asksReplaced ? sql`(select ${activationJson(sql`a`)} from licensing."Activation" a
        where a.license_id = l.id and a.id = ${sql.placeholder("replace")}::bigint and ${isSeatVisible(scope, sql`a`)})` : sql`null::jsonb`} as replaced,
      ${lapsedExpression(shape)} as lapsed,
      ${holdersExpression(shape)} as holders, ${asksSeat ? trialExpression() : sql`null::jsonb`} as trial,
      ${scope.kind === "all" ? sql`null::jsonb` : countedReleases(atNow)} as released,
      ${shape.asksMeters ? namedMeters(sql.placeholder("meters"), atNow) : sql`'[]'::jsonb`} as usage
    from licensing."License" l join licensing."Policy" p on p.id = l.policy_id ${own}
    where ${located({ by, named: whom }, timestamp(atNow))} and ${inScope(shape)}) s`;
}

/** SQL that holds if the caller sees the license and, if the locator names a seat, the seat. */
function inScope({ by, scope }: Shape): SQL {
  const key = scope.kind === "license" ? sql` and ${keyHeld(scope.keyDigest, timestamp(atNow))}` : sql``;
  const seat = by === "activation" && scope.kind !== "all"
    ? sql` and exists (select from licensing."Activation" a where a.id = ${whom}::bigint and ${isSeatVisible(scope, sql`a`)})` : sql``;
  return sql`${visible(scope, sql`l`)}${key}${seat}`;
}

/**
 * SQL that holds if the fingerprint (row `s`) has a seat and so gets no other. Then no id is minted, so a read-only database can
 * still answer.
 */
function held(): SQL {
  return sql`s.id is not null and ${live(sql`s`, sql.placeholder("heldUntil"))}`;
}

/** The seats to close; none if the fingerprint has a live seat. Its own lapsed seat is always among them. */
function lapsedExpression({ asksSeat, asksLapsed }: Shape): SQL {
  if (!asksSeat && !asksLapsed) return sql`'[]'::jsonb`;
  const longest = sql`(select * from licensing."Activation" a where a.license_id = l.id and ${lapsed(sql`a`, timestamp(atNow))}
            ${asksSeat ? sql`and a.id is distinct from s.id` : sql``} order by a.lease_until limit ${asksSeat ? lapsedMax - 1 : lapsedMax})`;
  const own = sql`select s.* where s.id is not null and ${lapsed(sql`s`, timestamp(atNow))} union all`;
  const all = sql`coalesce((select jsonb_agg(${activationJson(sql`x`)} order by x.lease_until, x.id) from (
          ${asksSeat ? own : sql``} ${longest}) x), '[]')`;
  return asksSeat && !asksLapsed ? sql`(case when ${held()} then '[]' else ${all} end)` : all;
}

/** The holders of seats, for eviction or a refusal; none if the fingerprint has a seat, another one is free, or the wanted limit fits. */
function holdersExpression({ asksSeat, asksReplaced, asksHolders }: Shape): SQL {
  if (!asksSeat && !asksReplaced && !asksHolders) return sql`'[]'::jsonb`;
  const all = sql`coalesce((select jsonb_agg(${activationJson(sql`h`)} order by h.last_seen_at, h.id) from (
          select * from licensing."Activation" a where a.license_id = l.id and ${live(sql`a`, atNow)}
          order by a.last_seen_at, a.id limit ${holdersMax}) h), '[]')`;
  if (asksHolders) return sql`(case when coalesce(${sql.placeholder("above")}::int, p.activation_limit) < ${liveSeats(sql`l`, atNow)} then ${all} else '[]' end)`;
  const isFull = sql`l.activation_limit <= ${liveSeats(sql`l`, atNow)}`;
  return sql`(case when ${isFull} ${asksSeat ? sql`and not coalesce(${held()}, false)` : sql``} then ${all} else '[]' end)`;
}

/** Looked up only if the fingerprint has no seat. */
function knownExpression({ asksSeat }: Shape): SQL {
  if (!asksSeat) return sql`false`;
  return sql`(s.id is not null or exists (select from licensing."Activation" a
        where a.fingerprint = ${sql.placeholder("fingerprint")} and a.license_id = l.id))`;
}

function trialExpression(): SQL {
  return sql`(case when p.trial then jsonb_build_object(
        'owner', (select m.license_id::text from licensing."TrialMachine" m
          where m.policy_id = p.id and m.fingerprint_digest = ${trialDigest(sql`p.id`, sql`${sql.placeholder("fingerprint")}::text`)}),
        'machines', (select count(*)::int from licensing."TrialMachine" m where m.license_id = l.id and m.policy_id = p.id)) end)`;
}

function seatExpression({ by, asksSeat }: Shape): SQL {
  if (by === "activation") return sql`(select ${activationJson(sql`a`)} from licensing."Activation" a where a.id = ${whom}::bigint)`;
  return asksSeat ? sql`(case when s.id is not null then ${activationJson(sql`s`)} end)` : sql`null::jsonb`;
}

/** SQL that holds for the license (alias `l`) that a locator names. */
export function located(locator: { readonly by: Locator["by"]; readonly named: string | Placeholder }, instant: SQL): SQL {
  switch (locator.by) {
    case "id":
      return sql`l.id = ${locator.named}::bigint`;
    case "key":
      return keyHeld(locator.named, instant);
    case "activation":
      return sql`l.id = (select a.license_id from licensing."Activation" a where a.id = ${locator.named}::bigint)`;
    default:
      return locator.by satisfies never;
  }
}

/** The column `snapshot`. */
type SnapshotRow = {
  readonly license: LicenseRow;
  readonly policy: PolicyRow;
  readonly minted: string | null;
  readonly seats_used: number;
  readonly seat: ActivationRow | null;
  readonly known: boolean;
  readonly replaced: ActivationRow | null;
  readonly lapsed: readonly ActivationRow[];
  readonly holders: readonly ActivationRow[];
  readonly trial: { readonly owner: string | null; readonly machines: number } | null;
  readonly released: { readonly used: number; readonly next: string | null } | null;
  readonly usage: readonly MeterRow[];
};

export function snapshotFrom(row: Row | undefined): Snapshot | undefined {
  // If there is no license, a function returns null, and a statement returns no row.
  const found = row?.["snapshot"] as SnapshotRow | null | undefined;
  if (found === null || found === undefined) return undefined;
  const { license, policy, minted, seats_used: seatsUsed, seat, known, replaced, lapsed, holders, trial, released, usage } = found;
  return {
    license: licenseFrom(license),
    policy: policyFrom(policy),
    mintedId: String(minted),
    seatsUsed,
    seat: seat === null ? undefined : activationFrom(seat),
    isKnown: known,
    replaced: replaced === null ? undefined : activationFrom(replaced),
    lapsed: lapsed.map(activationFrom),
    holders: holders.map(activationFrom),
    trial: trial === null ? undefined : { machine: machineOf(trial.owner, license.id), machines: trial.machines },
    released: released === null ? undefined : { used: released.used, nextAt: released.next === null ? null : new Date(released.next) },
    usage: usage.flatMap((meter) => meterUsageFrom(meter) ?? []),
  };
}

function machineOf(owner: string | null, licenseId: string): "new" | "own" | "others" {
  if (owner === null) return "new";
  return owner === licenseId ? "own" : "others";
}
