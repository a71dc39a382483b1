import { sql, type SQL } from "drizzle-orm";
import { markRing, type Keyring, type StoredRing } from "../keyring/mark.ts";
import { keepRing, keyringSecret, readMarkedRing, type RingReading } from "../keyring/marked-ring.store.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";
import type { KeyCheck } from "./key-table.store.ts";
import { activated, adopted, denied, registered, retired, type Denial, type Keys } from "./ring-changes.ts";
import type { RotationPolicy } from "./states.ts";

/**
 * The changes of the stored ring, by the database role that alone may write it. Each replaces the whole ring and its mark, in one
 * transaction that names the mark it was made from, so that the second of two changes at once does nothing. The rows of
 * `SigningKey` are a copy of the marked ring, which statements join; they are never believed by themselves.
 */

/** Adds keys as pending, in their order. Known keys keep their state. Returns the kids that were added. */
export async function registerKeys(runtime: Runtime, keys: readonly { readonly kid: string; readonly x: string }[]): Promise<readonly string[]> {
  let added: readonly string[] = [];
  const changed = await change(runtime, (before) => {
    const after = registered(before, keys, runtime.now());
    added = after?.slice(before.length).map(({ kid }) => kid) ?? [];
    return after;
  });
  return changed ? added : [];
}

/** Makes a pending key active and the active one retiring, in one transaction. False: the state of either has changed. */
export function activateKey(runtime: Runtime, step: { readonly kid: string; readonly instead: string | null }): Promise<boolean> {
  return change(runtime, (keys) => activated(keys, step, runtime.now()));
}

/** Retires a key that has signed for the last time long enough ago and has no certificates left. False: it may not retire yet. */
export function retireKey(runtime: Runtime, kid: string, policy: RotationPolicy): Promise<boolean> {
  const unused = sql`not exists (select from licensing."CertificateDue" d where d.kid = ${kid})`;
  return change(runtime, (keys) => retired(keys, kid, { now: runtime.now(), policy }), unused);
}

/** Denies a key, and makes its successor active. False: the state of either has changed. */
export function denyKey(runtime: Runtime, denial: Denial): Promise<boolean> {
  return change(runtime, (keys) => denied(keys, denial, runtime.now()));
}

/**
 * Marks a table that was never marked, with those of its keys whose PEM is in the secret, and the compromised ones. False: it is
 * marked, or empty, or may not be marked, or `inSecret` is empty. No key could sign by such a mark, and the secret may only have been
 * unreadable.
 */
export async function markTable(runtime: Runtime, inSecret: ReadonlySet<string>): Promise<boolean> {
  if (inSecret.size === 0) return false;
  const reading = await readMarkedRing(runtime);
  if (reading.fault !== "unmarked") return false;
  return write(runtime, reading, { keys: adopted(reading.rows, inSecret) });
}

/**
 * Marks the stored ring on an operator's order, despite its fault: the marked keys, or keys of the secret if there are none, and the
 * rows of `kids`. Its counter becomes higher than any that was seen. False: another change came first.
 */
export async function confirmRing(runtime: Runtime, { kids, inSecret }: { readonly kids: ReadonlySet<string>; readonly inSecret: ReadonlySet<string> }): Promise<boolean> {
  const reading = await readMarkedRing(runtime);
  const marked = reading.earlier?.keys ?? adopted(reading.rows, inSecret);
  const known = new Set(marked.map(({ kid }) => kid));
  const confirmed = reading.rows.filter(({ kid }) => kids.has(kid) && !known.has(kid));
  const keys = [...marked, ...confirmed].toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  return write(runtime, reading, { keys });
}

/** Writes the rows again as the mark covers them. Rows that it doesn't cover stay for an operator to see, but none is active. */
export async function restoreRows(runtime: Runtime): Promise<void> {
  const { keyring, fault, stored } = await readMarkedRing(runtime);
  if (keyring === undefined || fault !== undefined || stored === undefined) return;
  await runtime.keyringDatabase.write(lock, ...rowStatements(keyring.keys, stored.mark));
}

/** `guard` must hold when the change is written. A ring with a fault is never changed. */
async function change(runtime: Runtime, decide: (keys: Keys) => Keys | undefined, guard: SQL = sql`true`): Promise<boolean> {
  const reading = await readMarkedRing(runtime);
  if (reading.fault !== undefined) return false;
  const keys = decide(reading.keyring?.keys ?? []);
  return keys !== undefined && (await write(runtime, reading, { keys, guard }));
}

/** The number of the advisory lock. No other lock uses it. */
const lockId = 7_110_012;
const lock = sql`select pg_advisory_xact_lock(${lockId})`;

type Written = { readonly keys: Keys; readonly guard?: SQL };

async function write(runtime: Runtime, { stored, earlier, floor }: RingReading, { keys, guard = sql`true` }: Written): Promise<boolean> {
  const secret = keyringSecret(runtime);
  if (secret === undefined) return false;
  const keyring: Keyring = { stage: runtime.config.stage, counter: Math.max(floor, earlier?.counter ?? 0) + 1, keys };
  const next: StoredRing = markRing(keyring, secret);
  const [, replaced = []] = await runtime.keyringDatabase.write(
    lock,
    sql`insert into licensing."KeyringMark" as before (place, ring, mark) select 1, ${next.ring}, ${next.mark} where ${guard}
      on conflict (place) do update set ring = excluded.ring, mark = excluded.mark where before.mark = ${stored?.mark ?? null}::text
      returning place`,
    ...rowStatements(keys, next.mark),
  );
  if (replaced.length === 0) return false;
  await keepRing(runtime, keyring);
  return true;
}

/**
 * Make the rows equal these keys if the ring has this mark. The first statement retires the previous active key, because a unique
 * index allows only one.
 */
function rowStatements(keys: Keys, mark: string): readonly [SQL, SQL] {
  const isMarked = sql`exists (select from licensing."KeyringMark" m where m.mark = ${mark})`;
  const activeKid = keys.find(({ state }) => state === "active")?.kid ?? null;
  return [
    sql`update licensing."SigningKey" set state = 'retired' where state = 'active' and kid is distinct from ${activeKid}::text and ${isMarked}`,
    sql`insert into licensing."SigningKey" (kid, x, state, created_at, active_at, retiring_at, retired_at, compromised_at)
      select d.kid, d.x, d.state, d."createdAt", d."activeAt", d."retiringAt", d."retiredAt", d."compromisedAt"
      from jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as d(kid text, x text, state text, "createdAt" timestamptz,
        "activeAt" timestamptz, "retiringAt" timestamptz, "retiredAt" timestamptz, "compromisedAt" timestamptz)
      where ${isMarked}
      on conflict (kid) do update set x = excluded.x, state = excluded.state, created_at = excluded.created_at,
        active_at = excluded.active_at, retiring_at = excluded.retiring_at, retired_at = excluded.retired_at,
        compromised_at = excluded.compromised_at`,
  ];
}

/** The days that checks are kept. */
const keptDays = 90;

/** Stores a check and deletes checks older than `keptDays`. */
export async function recordCheck(runtime: Runtime, check: KeyCheck): Promise<void> {
  const at = timestamp(check.at);
  await runtime.keyringDatabase.write(
    sql`insert into licensing."KeyCheck" (at, state, findings, in_secret)
      values (${at}, ${check.state}, ${JSON.stringify(check.findings)}::jsonb, array(select jsonb_array_elements_text(${JSON.stringify(check.inSecret)}::jsonb)))`,
    sql`delete from licensing."KeyCheck" where at < ${at} - make_interval(days => ${keptDays})`,
  );
}
