import { sql } from "drizzle-orm";
import type { RingKey } from "../keyring/mark.ts";
import { isRefusal, readMarkedRing, type RingFault } from "../keyring/marked-ring.store.ts";
import type { Runtime } from "../platform/runtime.ts";
import type { CheckState, Finding } from "./findings.ts";

export type KeyRecord = RingKey & {
  /** Licenses whose certificate was signed by this key when the reconciler last examined it; at most 100,000. */
  readonly certificates: number;
  /** The end of the last license file that it signed; null: it signed none. */
  readonly neededUntil: Date | null;
};

export type KeyCheck = {
  readonly at: Date;
  readonly state: CheckState;
  readonly findings: readonly Finding[];
  /** Kids whose PEM was in the secret. */
  readonly inSecret: readonly string[];
};

export type KeyTable = {
  /** The marked keys in the order of registration; the table's own rows as long as the ring was never marked. */
  readonly keys: readonly KeyRecord[];
  readonly check: KeyCheck | undefined;
  readonly fault: RingFault | undefined;
  /** Rows that the mark doesn't cover. */
  readonly unmarked: readonly RingKey[];
  /** Kids of marked keys whose row was changed or removed. */
  readonly altered: readonly string[];
};

/** Counting the certificates of a key stops here, so that its cost doesn't grow with all licenses. */
const certificatesMax = 100_000;

/** The ring and the last check. Throws DatabaseError. */
export async function readKeyTable(runtime: Runtime): Promise<KeyTable> {
  // A missing setting throws here, before a reading begins whose failure no code would await.
  const { database } = runtime;
  const [reading, [counts = [], checks = []]] = await Promise.all([
    readMarkedRing(runtime),
    database.read(
      // A range in the index's order, as in the count of a policy's licenses: see core/policy/list.store.ts.
      sql`select k.kid, (select count(*) from (select from licensing."CertificateDue" d where d.kid between k.kid and k.kid
          order by d.kid, d.denies, d.due_at limit ${certificatesMax}) d) as certificates,
          (select to_jsonb(n.needed_until) from licensing."SigningKeyNeed" n where n.kid = k.kid) as needed_until
        from licensing."SigningKey" k`,
      sql`select to_jsonb(c) - 'id' as "check" from licensing."KeyCheck" c order by c.at desc, c.id desc limit 1`,
    ),
  ]);
  const { keyring, fault, rows, strays } = reading;
  const uses = new Map(counts.map((row) => [String(row["kid"]), useFrom(row)]));
  const check = checks[0]?.["check"] as { at: string; state: CheckState; findings: readonly Finding[]; in_secret: readonly string[] } | undefined;
  const marked = new Set(keyring?.keys.map(({ kid }) => kid));
  return {
    keys: (keyring?.keys ?? (isUnmarked(fault) ? rows : [])).map((key) => ({ ...key, ...(uses.get(key.kid) ?? unused) })),
    check: check === undefined ? undefined : { at: new Date(check.at), state: check.state, findings: check.findings, inSecret: check.in_secret },
    fault,
    unmarked: isUnmarked(fault) ? [] : rows.filter(({ kid }) => !marked.has(kid)),
    altered: strays.filter((kid) => marked.has(kid)),
  };
}

type Use = Pick<KeyRecord, "certificates" | "neededUntil">;
const unused: Use = { certificates: 0, neededUntil: null };

function useFrom(row: Readonly<Record<string, unknown>>): Use {
  const until = row["needed_until"];
  return { certificates: Number(row["certificates"]), neededUntil: typeof until === "string" ? new Date(until) : null };
}

function isUnmarked(fault: RingFault | undefined): boolean {
  return fault !== undefined && !isRefusal(fault);
}
