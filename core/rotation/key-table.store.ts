import { sql, type SQL } from "drizzle-orm";
import type { Runtime } from "../platform/runtime.ts";
import type { CheckState, Finding } from "./findings.ts";
import type { KeyState, RotationPolicy } from "./states.ts";
import { timestamp } from "../platform/timestamp.ts";

/**
 * A row of the table of keys: the public half, its state and its times. Every change is made under one lock, by one statement
 * that names the state it expects, so that the second of two equal changes does nothing. A partial unique index allows one active
 * key.
 */
export type KeyRecord = {
  readonly kid: string;
  /** Base64url of the 32 bytes of the public key. */
  readonly x: string;
  readonly state: KeyState;
  readonly createdAt: Date;
  readonly activeAt: Date | null;
  readonly retiringAt: Date | null;
  readonly retiredAt: Date | null;
  readonly compromisedAt: Date | null;
  /** Licenses whose certificate was signed by this key when the reconciler last examined it. */
  readonly certificates: number;
};

export type KeyCheck = {
  readonly at: Date;
  readonly state: CheckState;
  readonly findings: readonly Finding[];
  /** Kids whose PEM was in the secret. */
  readonly inSecret: readonly string[];
};

type Row = {
  readonly kid: string;
  readonly x: string;
  readonly state: KeyState;
  readonly created_at: string;
  readonly active_at: string | null;
  readonly retiring_at: string | null;
  readonly retired_at: string | null;
  readonly compromised_at: string | null;
  readonly certificates: number;
};

/** Every key in the order of registration, and the last check. One round trip. */
export async function readKeyTable(runtime: Runtime): Promise<{ readonly keys: readonly KeyRecord[]; readonly check: KeyCheck | undefined }> {
  const [keys = [], checks = []] = await runtime.database.read(
    sql`select to_jsonb(k) || jsonb_build_object('certificates',
        (select count(*) from licensing."License" l where l.certificate_kid = k.kid)) as key
      from licensing."SigningKey" k order by k.created_at, k.kid`,
    sql`select to_jsonb(c) - 'id' as "check" from licensing."KeyCheck" c order by c.at desc, c.id desc limit 1`,
  );
  const check = checks[0]?.["check"] as { at: string; state: CheckState; findings: readonly Finding[]; in_secret: readonly string[] } | undefined;
  return {
    keys: keys.map((row) => recordFrom(row["key"] as Row)),
    check: check === undefined ? undefined : { at: new Date(check.at), state: check.state, findings: check.findings, inSecret: check.in_secret },
  };
}

function recordFrom(row: Row): KeyRecord {
  const date = (text: string | null) => (text === null ? null : new Date(text));
  return {
    kid: row.kid,
    x: row.x,
    state: row.state,
    createdAt: new Date(row.created_at),
    activeAt: date(row.active_at),
    retiringAt: date(row.retiring_at),
    retiredAt: date(row.retired_at),
    compromisedAt: date(row.compromised_at),
    certificates: row.certificates,
  };
}

/** Adds keys as pending, in their order. Known keys keep their state. Returns the kids that were added. */
export async function registerKeys(runtime: Runtime, keys: readonly { readonly kid: string; readonly x: string }[]): Promise<readonly string[]> {
  const listed = JSON.stringify(keys.map(({ kid, x }, place) => ({ kid, x, place })));
  return change(runtime, sql`insert into licensing."SigningKey" (kid, x, state, created_at)
    select d.kid, d.x, 'pending', ${timestamp(runtime.now())} + make_interval(secs => d.place * 0.001)
    from jsonb_to_recordset(${listed}::jsonb) as d(kid text, x text, place int)
    on conflict (kid) do nothing returning kid`);
}

/** Makes a pending key active and the active one retiring, in one statement. False: the state of either has changed. */
export async function activateKey(runtime: Runtime, { kid, instead }: { readonly kid: string; readonly instead: string | null }): Promise<boolean> {
  const now = timestamp(runtime.now());
  const changed = await change(runtime, sql`with stopped as (
      update licensing."SigningKey" set state = 'retiring', retiring_at = ${now}
      where kid = ${instead} and state = 'active'
        and exists (select from licensing."SigningKey" next where next.kid = ${kid} and next.state = 'pending') returning kid)
    update licensing."SigningKey" k set state = 'active', active_at = ${now}
    where k.kid = ${kid} and k.state = 'pending'
      and (select count(*) from stopped) = (select count(*) from licensing."SigningKey" one where one.state = 'active')
    returning k.kid`);
  return changed.length > 0;
}

/** Retires a key that has signed for the last time long enough ago and has no certificates left. False: it may not retire yet. */
export async function retireKey(runtime: Runtime, kid: string, policy: RotationPolicy): Promise<boolean> {
  const now = timestamp(runtime.now());
  const changed = await change(runtime, sql`update licensing."SigningKey" k set state = 'retired', retired_at = ${now}
    where k.kid = ${kid} and k.state = 'retiring'
      and k.retiring_at <= ${now} - make_interval(secs => ${policy.retireAfterSeconds})
      and not exists (select from licensing."License" l where l.certificate_kid = k.kid)
    returning k.kid`);
  return changed.length > 0;
}

/**
 * Denies a key in the state `from`. A `successor`, which is pending or retiring, becomes active at once. False: the state of
 * either has changed.
 */
export async function denyKey(
  runtime: Runtime,
  { kid, from, successor }: { readonly kid: string; readonly from: KeyState; readonly successor: string | null },
): Promise<boolean> {
  const now = timestamp(runtime.now());
  const next = sql`select from licensing."SigningKey" n where n.kid = ${successor} and n.state in ('pending', 'retiring')`;
  const changed = await change(runtime, sql`with denied as (
      update licensing."SigningKey" set state = 'compromised', compromised_at = ${now}
      where kid = ${kid} and state = ${from} and (state <> 'active' or exists (${next})) returning kid),
    followed as (
      update licensing."SigningKey" k set state = 'active', active_at = ${now}, retiring_at = null
      where k.kid = ${successor} and k.state in ('pending', 'retiring') and (select count(*) from denied) = 1 returning k.kid)
    select denied.kid from denied where (select count(*) from followed) >= 0`);
  return changed.length > 0;
}

/** The number of the advisory lock. No other lock uses it. */
const lockId = 7_110_012;

async function change(runtime: Runtime, statement: SQL): Promise<readonly string[]> {
  const results = await runtime.database.write(sql`select pg_advisory_xact_lock(${lockId})`, statement);
  return (results.at(-1) ?? []).map((row) => String(row["kid"]));
}

/** How long checks are kept. */
const keptDays = 90;

/** Stores a check and deletes checks older than `keptDays`. */
export async function recordCheck(runtime: Runtime, check: KeyCheck): Promise<void> {
  const at = timestamp(check.at);
  await runtime.database.write(
    sql`insert into licensing."KeyCheck" (at, state, findings, in_secret)
      values (${at}, ${check.state}, ${JSON.stringify(check.findings)}::jsonb, array(select jsonb_array_elements_text(${JSON.stringify(check.inSecret)}::jsonb)))`,
    sql`delete from licensing."KeyCheck" where at < ${at} - make_interval(days => ${keptDays})`,
  );
}
