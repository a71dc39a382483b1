import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { Scope } from "../access/actor.ts";
import type { Activation, ActivationRow } from "../activation/activation.ts";
import { activationFrom } from "../activation/activation.ts";
import type { Policy, PolicyRow } from "../policy/policy.ts";
import { policyFrom } from "../policy/policy.ts";
import type { Row } from "../platform/database.ts";
import type { License, LicenseRow } from "./license.ts";
import { licenseFrom } from "./license.ts";
import { activationJson, licenseJson, live } from "./license-json.store.ts";
import { visible } from "./visible.store.ts";

/** How a caller names a license. */
export type Locator =
  | { readonly by: "id"; readonly licenseId: string }
  | { readonly by: "key"; readonly keyDigest: string }
  | { readonly by: "activation"; readonly activationId: string };

export type SnapshotQuestion = {
  readonly locator: Locator;
  readonly scope: Scope;
  readonly now: Date;
  /** Whose seat is asked about. */
  readonly fingerprint?: string;
  /** A seat that the caller wants replaced. */
  readonly replace?: string;
  /** Whether to read who holds the seats; read with `fingerprint` or `replace` too, unless the fingerprint holds one. */
  readonly holders?: boolean;
};

/** Everything that a decision may look at, read in one round trip. */
export type Snapshot = {
  readonly license: License;
  readonly policy: Policy;
  /** A fresh id for a seat that the decision may give: there is none where the fingerprint holds one already. */
  readonly mintedId: string;
  readonly seatsUsed: number;
  /** The seat asked about by fingerprint (open, though its lease may have run out) or by id (in any state). */
  readonly seat: Activation | undefined;
  readonly replaced: Activation | undefined;
  /** Open seats whose lease has run out, oldest first; the next commit closes them. */
  readonly lapsed: readonly Activation[];
  /** Live seats, longest idle first: whom to name when the license is full, or to evict. Only if they were asked for, and not for who holds a seat. */
  readonly holders: readonly Activation[];
};

/** How many lapsed seats one commit closes, and how many holders a refusal lists. */
export const lapsedMax = 50;
export const holdersMax = 100;

/** The statement whose one row `snapshotFrom` reads; no row: no such license, or not for this caller's eyes. */
export function snapshotStatement(question: SnapshotQuestion): SQL {
  const { now, scope, fingerprint, replace } = question;
  const instant = sql`${now.toISOString()}::timestamptz`;
  const own = fingerprint === undefined ? sql`` : sql`left join licensing."Activation" s
      on s.license_id = l.id and s.fingerprint = ${fingerprint} and s.deactivated_at is null`;
  return sql`select ${licenseJson(sql`l`)} as license,
      to_jsonb(p) || jsonb_build_object('id', p.id::text) as policy,
      ${mintedExpression(question)} as minted,
      (select count(*)::int from licensing."Activation" a where a.license_id = l.id and ${live(sql`a`, now)}) as seats_used,
      ${seatExpression(question)} as seat,
      ${replace === undefined ? sql`null::jsonb` : sql`(select ${activationJson(sql`a`)} from licensing."Activation" a
        where a.license_id = l.id and a.id = ${replace}::bigint)`} as replaced,
      coalesce((select jsonb_agg(${activationJson(sql`x`)} order by x.lease_until, x.id) from (
          select * from licensing."Activation" a
          where a.license_id = l.id and a.deactivated_at is null and a.lease_until <= ${instant}
          order by ${fingerprint === undefined ? sql`` : sql`(a.id = s.id) desc nulls last,`} a.lease_until, a.id limit ${lapsedMax}) x), '[]') as lapsed,
      ${holdersExpression(question)} as holders
    from licensing."License" l join licensing."Policy" p on p.id = l.policy_id ${own}
    where ${located(question.locator, instant)} and ${visible(scope, sql`l`)}`;
}

/** Longer than any function runs: a seat that is live for so long is still held when the decision is taken. */
const heldMs = 60_000;

/** SQL that holds when the fingerprint (row `s`) holds a seat: then it gets no other one. */
function held(now: Date): SQL {
  return sql`s.id is not null and ${live(sql`s`, new Date(now.getTime() + heldMs))}`;
}

/** Nothing is minted for who holds a seat, so that a database which only reads can still say so. */
function mintedExpression({ fingerprint, now }: SnapshotQuestion): SQL {
  return fingerprint === undefined ? sql`null` : sql`(case when ${held(now)} then null else licensing.snowflake()::text end)`;
}

/** Who could make room, or is named to who finds none; not for who holds a seat. */
function holdersExpression({ fingerprint, replace, holders, now }: SnapshotQuestion): SQL {
  if (fingerprint === undefined && replace === undefined && holders !== true) return sql`'[]'::jsonb`;
  const all = sql`coalesce((select jsonb_agg(${activationJson(sql`h`)} order by h.last_seen_at, h.id) from (
          select * from licensing."Activation" a where a.license_id = l.id and ${live(sql`a`, now)}
          order by a.last_seen_at, a.id limit ${holdersMax}) h), '[]')`;
  return fingerprint === undefined || holders === true ? all : sql`(case when ${held(now)} then '[]' else ${all} end)`;
}

function seatExpression({ fingerprint, locator }: SnapshotQuestion): SQL {
  if (locator.by === "activation") {
    return sql`(select ${activationJson(sql`a`)} from licensing."Activation" a where a.id = ${locator.activationId}::bigint)`;
  }
  return fingerprint === undefined ? sql`null::jsonb` : sql`(case when s.id is not null then ${activationJson(sql`s`)} end)`;
}

/** SQL that holds for the license (alias `l`) that a locator names. */
export function located(locator: Locator, instant: SQL): SQL {
  switch (locator.by) {
    case "id":
      return sql`l.id = ${locator.licenseId}::bigint`;
    case "key":
      return keyHeld(locator.keyDigest, instant);
    case "activation":
      return sql`l.id = (select a.license_id from licensing."Activation" a where a.id = ${locator.activationId}::bigint)`;
    default:
      return locator satisfies never;
  }
}

/** SQL that holds for the license (alias `l`) whose key this is: its own, or the one before during its overlap. */
export function keyHeld(keyDigest: string, instant: SQL): SQL {
  return sql`(l.key_digest = ${keyDigest} or (l.previous_key_digest = ${keyDigest} and l.previous_key_until > ${instant}))`;
}

export function snapshotFrom(row: Row | undefined): Snapshot | undefined {
  if (row === undefined) return undefined;
  const seat = row["seat"] as ActivationRow | null;
  const replaced = row["replaced"] as ActivationRow | null;
  return {
    license: licenseFrom(row["license"] as LicenseRow),
    policy: policyFrom(row["policy"] as PolicyRow),
    mintedId: String(row["minted"]),
    seatsUsed: Number(row["seats_used"]),
    seat: seat === null ? undefined : activationFrom(seat),
    replaced: replaced === null ? undefined : activationFrom(replaced),
    lapsed: (row["lapsed"] as ActivationRow[]).map(activationFrom),
    holders: (row["holders"] as ActivationRow[]).map(activationFrom),
  };
}
