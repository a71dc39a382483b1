import { sql, type SQL } from "drizzle-orm";
import { eventJson } from "../license/license.sql.ts";
import type { Database, Row } from "../platform/database.ts";
import { chainStart, verifyChain, type ChainBreak, type ChainHead, type ChainPosition, type ChainRow } from "./chain.ts";

type AuditOptions = {
  readonly database: Database;
  /** Verifies only this license. */
  readonly licenseId?: string | undefined;
  /** Verifies only licenses with greater ids: where an earlier audit ended. */
  readonly after?: string | undefined;
  /** Called after every page. */
  readonly progress?: (progress: AuditProgress) => void;
  /** How many events are in memory at a time. */
  readonly pageRows?: number;
  /** The verification ends when it has found this many breaks. */
  readonly breaksMax?: number;
};

type AuditCounts = { readonly licenses: number; readonly events: number };

/** `verified`: the chains of all licenses up to this id are verified. An audit with `after` set to it verifies the others. */
export type AuditProgress = AuditCounts & { readonly verified: string };

type LicenseBreak = ChainBreak & { readonly licenseId: string };

export type AuditReport = AuditCounts & {
  readonly breaks: readonly LicenseBreak[];
  /** False: the verification ended early, at `breaksMax`. */
  readonly complete: boolean;
  /** If it ended early: the id after which it can go on. */
  readonly verified?: string;
};

const pageRowsDefault = 500;
const breaksMaxDefault = 100;

/**
 * Verifies the chains of all licenses, in pages, against the head that each license stores. Each page is one statement, so its
 * events and heads are of one instant and a concurrent change isn't reported as a break. Throws DatabaseError.
 */
export async function auditChains(options: AuditOptions): Promise<AuditReport> {
  const { database, licenseId, after = "0", progress, pageRows = pageRowsDefault, breaksMax = breaksMaxDefault } = options;
  const breaks: LicenseBreak[] = [];
  let counts: AuditCounts = { licenses: 0, events: 0 };
  let walk: Walk = { open: undefined, after: { licenseId: licenseId === undefined ? after : idBefore(licenseId), sequence: lastSequence } };
  // Every full page advances, so there are no more pages than rows.
  for (;;) {
    const [rows = []] = await database.read(pageStatement(walk.after, { licenseId, pageRows }));
    const page = { chains: chainsOf(rows), isLast: rows.length < pageRows };
    const step = verifyPage(page, walk.open);
    breaks.push(...step.breaks);
    const events = page.chains.reduce((sum, chain) => sum + chain.events.length, 0);
    counts = { licenses: counts.licenses + step.completed, events: counts.events + events };
    const place = lastOf(page.chains, walk.after);
    const verified = step.open === undefined ? place.licenseId : idBefore(step.open.licenseId);
    progress?.({ ...counts, verified });
    if (page.isLast) return { ...counts, breaks: breaks.slice(0, breaksMax), complete: true };
    if (breaks.length >= breaksMax) return { ...counts, breaks: breaks.slice(0, breaksMax), complete: false, verified };
    walk = { open: step.open, after: place };
  }
}

/** The place before all events of a license is the place after all events of the id before. */
function idBefore(licenseId: string): string {
  return String(BigInt(licenseId) - 1n);
}

/** The last row of the previous page. */
type Place = { readonly licenseId: string; readonly sequence: number };
/** Greater than the sequence of any event. */
const lastSequence = Number.MAX_SAFE_INTEGER;
type Walk = { readonly open: OpenChain | undefined; readonly after: Place };

/**
 * The last license of a full page, whose events may continue on the next page. `position` is undefined if its break was already
 * reported.
 */
type OpenChain = { readonly licenseId: string; readonly head: ChainHead; readonly position: ChainPosition | undefined };

type Chain = { readonly licenseId: string; readonly head: ChainHead; readonly events: readonly ChainRow[] };

/**
 * The rows after a place, in the order of license and sequence: the rest of its license, then the licenses after it. Each of the
 * two begins in the index where the previous page ended. A license without events yields one row of its own, so that a trail that
 * was removed as a whole is found too.
 */
function pageStatement({ licenseId, sequence }: Place, { licenseId: only, pageRows }: { readonly licenseId: string | undefined; readonly pageRows: number }): SQL {
  const place = sql`${licenseId}::bigint`;
  const isAsked = only === undefined ? sql`` : sql`and l.id = ${only}::bigint`;
  const page = (join: SQL, where: SQL) => sql`(select l.id, e.sequence, l.sequence as head_sequence, l.last_event_hash as head_hash,
      case when e.license_id is null then null else ${eventJson(sql`e`)} end as event
    from licensing."License" l ${join} where ${where} order by l.id, e.sequence limit ${pageRows})`;
  const rest = page(sql`join licensing."LicenseEvent" e on e.license_id = l.id`, sql`l.id = ${place} and e.sequence > ${sequence}::bigint`);
  const next = page(sql`left join lateral (select * from licensing."LicenseEvent" o where o.license_id = l.id order by o.sequence limit ${pageRows}) e on true`,
    sql`l.id > ${place} ${isAsked}`);
  return sql`select id::text as license_id, head_sequence, head_hash, event from (${rest} union all ${next}) p order by p.id, p.sequence limit ${pageRows}`;
}

function chainsOf(rows: readonly Row[]): readonly Chain[] {
  const chains = new Map<string, { head: ChainHead; events: ChainRow[] }>();
  for (const row of rows) {
    const id = String(row["license_id"]);
    const head = { sequence: Number(row["head_sequence"]), lastEventHash: String(row["head_hash"]) };
    const chain = chains.get(id) ?? { head, events: [] };
    if (row["event"] !== null) chain.events.push(row["event"] as ChainRow);
    chains.set(id, chain);
  }
  return [...chains].map(([licenseId, chain]) => ({ licenseId, ...chain }));
}

type Page = { readonly chains: readonly Chain[]; readonly isLast: boolean };
type Step = { readonly breaks: readonly LicenseBreak[]; readonly completed: number; readonly open: OpenChain | undefined };

function verifyPage({ chains, isLast }: Page, carried: OpenChain | undefined): Step {
  const ended = carried !== undefined && chains[0]?.licenseId !== carried.licenseId ? [carried] : [];
  const breaks = ended.flatMap(endOf);
  let open: OpenChain | undefined;
  for (const chain of chains) {
    const before = chain.licenseId === carried?.licenseId ? carried : undefined;
    const isOpen = !isLast && chain === chains.at(-1);
    const part = verifyPart(chain, { before, isOpen });
    breaks.push(...part.breaks);
    if (isOpen) open = { licenseId: chain.licenseId, head: chain.head, position: part.position };
  }
  return { breaks, completed: ended.length + chains.length - (open === undefined ? 0 : 1), open };
}

type Part = { readonly before: OpenChain | undefined; readonly isOpen: boolean };

/** Reports one break for each license: after the first, the rest of its chain can't be verified. */
function verifyPart(
  { licenseId, head, events }: Chain,
  { before, isOpen }: Part,
): { readonly breaks: readonly LicenseBreak[]; readonly position: ChainPosition | undefined } {
  if (before !== undefined && before.position === undefined) return { breaks: [], position: undefined };
  const verdict = verifyChain(events, { from: before?.position ?? chainStart, ...(isOpen ? {} : { head }) });
  if (verdict.intact) return { breaks: [], position: verdict.position };
  return { breaks: [{ licenseId, ...verdict.break }], position: undefined };
}

/** Verifies the head of a chain whose last event was the last row of its page. Both were read in one statement, so they must agree. */
function endOf({ licenseId, head, position }: OpenChain): LicenseBreak[] {
  if (position === undefined) return [];
  const verdict = verifyChain([], { from: position, head });
  return verdict.intact ? [] : [{ licenseId, ...verdict.break }];
}

function lastOf(chains: readonly Chain[], before: Place): Place {
  const last = chains.at(-1);
  if (last === undefined) return before;
  return { licenseId: last.licenseId, sequence: last.events.at(-1)?.sequence ?? lastSequence };
}
