import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { Caller, LicenseKeyCaller, Scope } from "../access/actor.ts";
import { createCache } from "../base/cache.ts";
import { storedStatement } from "../http/idempotency.sql.ts";
import type { IdempotencyKey } from "../http/idempotency.sql.ts";
import { credentialStatement, keyHeld } from "../license/license.sql.ts";
import type { Row } from "../platform/database.ts";
import { DatabaseError } from "../platform/database-error.ts";
import { once } from "../platform/once.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timestamp } from "../platform/timestamp.ts";
import { isLastSeenDue, lastSeenSeconds } from "./last-seen.ts";
import { located, snapshotFrom, snapshotStatement } from "./snapshot.sql.ts";
import type { Locator, Snapshot } from "./snapshot.sql.ts";
import { lastSeenStatement } from "./last-seen.sql.ts";

type ValidationQuestion = {
  /** `none`: a key that no license can have. */
  readonly locator: Locator | "none";
  readonly caller: Caller | LicenseKeyCaller;
  /** The digest of the license key in the header, if there is one. */
  readonly credential: string | undefined;
  readonly fingerprint: string | undefined;
  /** The codes of the meters that the validation consumes. */
  readonly meters: readonly string[] | undefined;
  readonly idempotency: IdempotencyKey | undefined;
  /** Whether nothing may be written, not even last-seen times. */
  readonly dryRun: boolean;
  readonly now: Date;
};

type ValidationRead = {
  readonly snapshot: Snapshot | undefined;
  /** The row of the stored answer. */
  readonly stored?: Row | undefined;
  /** The id of the license whose key is in the header. */
  readonly credentialOf: string | undefined;
};

type Found = ValidationQuestion & { readonly locator: Locator };

/**
 * Reads the data of a validation, and writes `lastValidatedAt` and the seat's `lastSeenAt`, in one round trip. Throws
 * DatabaseError.
 */
export async function readForValidation(runtime: Runtime, question: ValidationQuestion): Promise<ValidationRead> {
  const { locator, credential, idempotency, now } = question;
  if (locator === "none") return readCredential(runtime, credential, now);
  // If the caller's own key found the license, the key is known, and needs no statement of its own.
  const isFoundByKey = locator.by === "key" && locator.named === credential;
  const held = credential === undefined || isFoundByKey ? undefined : keyHeld(credential, timestamp(now));
  const seen = seenBy(runtime, { ...question, locator }, held);
  const [rows = [], ...others] = await readAndMarkSeen(runtime, seen.lastSeen, [
    snapshotOf({ ...question, locator }),
    ...(idempotency === undefined ? [] : [storedStatement(idempotency, now)]),
    ...(held === undefined ? [] : [credentialStatement(held)]),
  ]);
  const snapshot = snapshotFrom(rows[0]);
  const stored = idempotency === undefined ? undefined : others.shift()?.[0];
  const credentialOf = isFoundByKey ? snapshot?.license.id : idOf(held === undefined ? undefined : others.shift()?.[0]);
  const isOwn = credential === undefined || credentialOf === snapshot?.license.id;
  if (snapshot !== undefined && isOwn) seen.heed(snapshot, others[0] ?? []);
  return { snapshot, stored, credentialOf };
}

function snapshotOf({ locator, caller, fingerprint, meters, now }: Found): SQL {
  const scope: Scope = "scope" in caller ? caller.scope : { kind: "all" };
  return snapshotStatement({ locator, scope, now, ...(fingerprint === undefined ? {} : { fingerprint }), ...(meters === undefined ? {} : { meters }) });
}

type Seen = {
  /** Undefined: nothing may be written, or this process knows that no write is due yet. */
  readonly lastSeen: SQL | undefined;
  /**
   * Remembers that no write is due for a while, and warns if a due write failed. `written`: the rows that `lastSeen` returned.
   */
  readonly heed: (snapshot: Snapshot, written: readonly Row[]) => void;
};

const unseen: Seen = { lastSeen: undefined, heed: () => undefined };

/** The statement that writes `lastValidatedAt` and `lastSeenAt`. */
function seenBy(runtime: Runtime, { locator, fingerprint, dryRun, now }: Found, held: SQL | undefined): Seen {
  if (dryRun) return unseen;
  const fresh = once(runtime, createFresh);
  const asked = `${locator.named}:${fingerprint ?? ""}`;
  if (fresh.get(asked, now.getTime()) === true) return unseen;
  const found = located(locator, timestamp(now));
  const where = held === undefined ? found : sql`${found} and ${held}`;
  const heed = (snapshot: Snapshot, written: readonly Row[]) => {
    const isDue = isLastSeenDue(snapshot.license.lastValidatedAt, now);
    if (isDue && written.length === 0) runtime.log.write("warn", "Failed to update lastValidatedAt", { licenseId: snapshot.license.id });
    if (!isDue) fresh.set(asked, true, freshUntilMs(snapshot));
  };
  return { lastSeen: lastSeenStatement({ where, fingerprint, now }), heed };
}

const freshMax = 20_000;

/** Licenses and seats whose instants were written less than a minute ago, so that the statement would write nothing. */
function createFresh() {
  return createCache<true>(freshMax);
}

/** The instant until which no write is due for this license and seat. */
function freshUntilMs({ license, seat }: Snapshot): number {
  const writtenAtMs = [license.lastValidatedAt, seat?.lastSeenAt].map((at) => at?.getTime() ?? Infinity);
  return Math.min(...writtenAtMs) + lastSeenSeconds * 1000;
}

/** Sends one round trip that may safely be repeated. A read-only database refuses the write, and then the reads are sent alone. */
async function readAndMarkSeen(runtime: Runtime, lastSeen: SQL | undefined, statements: readonly [SQL, ...SQL[]]) {
  try {
    return await runtime.database.read(...statements, ...(lastSeen === undefined ? [] : [lastSeen]));
  } catch (error) {
    if (lastSeen === undefined || !(error instanceof DatabaseError) || error.code === undefined) throw error;
    return runtime.database.read(...statements);
  }
}

async function readCredential(runtime: Runtime, credential: string | undefined, now: Date): Promise<ValidationRead> {
  if (credential === undefined) return { snapshot: undefined, credentialOf: undefined };
  const [rows = []] = await runtime.database.read(credentialStatement(keyHeld(credential, timestamp(now))));
  return { snapshot: undefined, credentialOf: idOf(rows[0]) };
}

function idOf(row: Row | undefined): string | undefined {
  return row === undefined ? undefined : String(row["id"]);
}
