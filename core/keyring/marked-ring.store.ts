import { sql } from "drizzle-orm";
import { readSecretText } from "../base/secret-text.ts";
import { describeError } from "../platform/describe-error.ts";
import { writeMetric } from "../platform/metric.ts";
import { once } from "../platform/once.ts";
import { sendTransaction } from "../platform/redis.ts";
import type { Runtime } from "../platform/runtime.ts";
import { counterText, keyOf, readCounter, readRing, strayKids, type Keyring, type KeyringSecret, type RingKey, type StoredRing } from "./mark.ts";

/**
 * The reason why the stored ring isn't trusted:
 *
 * | fault | the ring |
 * |---|---|
 * | `secret-missing` | can't be judged: this process has no `APP_ENV_LICENSING_KEYRING_SECRET` |
 * | `unmarked` | was never marked, as in a database of an earlier version |
 * | `mark-missing` | has lost its mark: one was seen before |
 * | `forged` | has a mark that isn't by this secret and stage, over this text |
 * | `behind` | is an earlier one, put back: a higher counter was seen before |
 */
export type RingFault = "secret-missing" | "unmarked" | "mark-missing" | "forged" | "behind";

/**
 * Whether a fault shows that somebody else has changed the database. A ring without a mark, or in a process without the secret,
 * can't be judged.
 */
export function isRefusal(fault: RingFault | undefined): fault is Exclude<RingFault, "secret-missing" | "unmarked"> {
  return fault !== undefined && fault !== "unmarked" && fault !== "secret-missing";
}

export type RingReading = {
  /** The ring that the mark covers. With a fault: the last one that this process believed. Undefined: there is none. */
  readonly keyring: Keyring | undefined;
  readonly fault: RingFault | undefined;
  /** The rows of the table, marked or not, in the order of registration. */
  readonly rows: readonly RingKey[];
  /** Kids whose row differs from the marked ring. */
  readonly strays: readonly string[];
  /** The stored ring, believed or not. */
  readonly stored: StoredRing | undefined;
  /** The ring in the stored text if its mark is valid, even if it is behind. */
  readonly earlier: Keyring | undefined;
  /** The highest counter that was seen, here or in Redis. */
  readonly floor: number;
};

/** The key in Redis that holds the counter of the newest ring. It doesn't expire. */
const counterKey = "licensing:keyring";

/** The secret that marks the ring; undefined if this process has none. */
export function keyringSecret(runtime: Runtime): KeyringSecret | undefined {
  return once(runtime, loadSecret);
}

function loadSecret({ config }: Runtime): KeyringSecret | undefined {
  const text = config.keyring.secret;
  const bytes = text === undefined ? undefined : readSecretText(text);
  return bytes === undefined || "fault" in bytes ? undefined : bytes;
}

/** The newest ring that this process has believed. */
type Seen = { keyring: Keyring | undefined };

function seenBy(_runtime: Runtime): Seen {
  return { keyring: undefined };
}

/**
 * Reads the ring and judges it. A ring with a fault is never published: callers use `keyring`. One round trip to the database,
 * and one to Redis at the same time; if Redis is away, the counter that this process has seen decides. Throws DatabaseError.
 */
export async function readMarkedRing(runtime: Runtime): Promise<RingReading> {
  const secret = keyringSecret(runtime);
  const [{ rows, stored }, counter] = await Promise.all([readTables(runtime), secret === undefined ? 0 : readCounterOf(runtime, secret)]);
  const seen = once(runtime, seenBy);
  const floor = Math.max(counter, seen.keyring?.counter ?? 0);
  const earlier = stored === undefined || secret === undefined ? undefined : readRing(stored, secret, runtime.config.stage);
  const fault = faultOf({ hasSecret: secret !== undefined, rows, stored, earlier, floor });
  if (fault === undefined) seen.keyring = earlier;
  else if (isRefusal(fault)) report(runtime, fault);
  const keyring = seen.keyring;
  return { keyring, fault, rows, strays: keyring === undefined ? [] : strayKids(keyring.keys, rows), stored, earlier, floor };
}

type Found = Pick<RingReading, "rows" | "stored" | "earlier" | "floor"> & { readonly hasSecret: boolean };

function faultOf({ hasSecret, rows, stored, earlier, floor }: Found): RingFault | undefined {
  if (!hasSecret) return "secret-missing";
  if (stored === undefined && floor > 0) return "mark-missing";
  if (stored === undefined) return rows.length === 0 ? undefined : "unmarked";
  if (earlier === undefined) return "forged";
  return earlier.counter < floor ? "behind" : undefined;
}

/** The metric raises the alarm of the check of the keys, without waiting for the next check. */
function report(runtime: Runtime, fault: RingFault): void {
  runtime.log.write("error", "The key ring is refused", { code: fault });
  writeMetric(runtime, "KeyCheckState", { value: 2 });
}

/** Both in one statement, so that a change between them can't look like a stray row. */
async function readTables(runtime: Runtime): Promise<{ readonly rows: readonly RingKey[]; readonly stored: StoredRing | undefined }> {
  const [found = []] = await runtime.database.read(sql`select
    (select coalesce(jsonb_agg(jsonb_build_object('kid', kid, 'x', x, 'state', state, 'createdAt', created_at, 'activeAt', active_at,
        'retiringAt', retiring_at, 'retiredAt', retired_at, 'compromisedAt', compromised_at) order by created_at, kid), '[]')
      from licensing."SigningKey") as keys,
    (select jsonb_build_object('ring', ring, 'mark', mark) from licensing."KeyringMark") as stored`);
  const rows = (found[0]?.["keys"] ?? []) as readonly Parameters<typeof keyOf>[0][];
  return { rows: rows.map(keyOf), stored: (found[0]?.["stored"] as StoredRing | null | undefined) ?? undefined };
}

async function readCounterOf(runtime: Runtime, secret: KeyringSecret): Promise<number> {
  try {
    const [text] = await sendTransaction(runtime, [["GET", counterKey]]);
    return readCounter(typeof text === "string" ? text : undefined, secret, runtime.config.stage);
  } catch (error) {
    runtime.log.write("warn", "The key ring's counter could not be read", { error: describeError(error) });
    return 0;
  }
}

/** Keeps a ring that this process has just written, and publishes its counter. */
export async function keepRing(runtime: Runtime, keyring: Keyring): Promise<void> {
  const seen = once(runtime, seenBy);
  if (keyring.counter > (seen.keyring?.counter ?? 0)) seen.keyring = keyring;
  await tellCounter(runtime, keyring.counter);
}

/** How often a higher counter is put back. Each time another change of the ring came in between. */
const toldMax = 5;

/**
 * Publishes the counter of the newest ring in Redis, for all readers. A higher counter that it replaces is put back. 0: there is no
 * ring. Never throws, because the counter is published again each minute.
 */
export async function tellCounter(runtime: Runtime, counter: number): Promise<void> {
  const secret = keyringSecret(runtime);
  const { stage } = runtime.config;
  if (secret === undefined || counter === 0 || counter < (once(runtime, seenBy).keyring?.counter ?? 0)) return;
  try {
    let told = counter;
    for (let turn = 0; turn < toldMax; turn += 1) {
      const [before] = await sendTransaction(runtime, [["SET", counterKey, counterText(told, secret, stage), "GET"]]);
      const replaced = readCounter(typeof before === "string" ? before : undefined, secret, stage);
      // The ring was changed after this process had read it. The higher counter must not be lost.
      if (replaced <= told) return;
      told = replaced;
    }
  } catch (error) {
    runtime.log.write("warn", "The key ring's counter could not be published", { error: describeError(error) });
  }
}
