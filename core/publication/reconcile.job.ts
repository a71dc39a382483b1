import { describeError } from "../platform/describe-error.ts";
import { writeMetric } from "../platform/metric.ts";
import { forgetTrustedKeys, trustedKeys } from "../keyring/trusted-keys.store.ts";
import type { TrustedKeys } from "../keyring/trusted-keys.store.ts";
import { publicationGraceSeconds } from "../commit/commit.store.ts";
import { committedFrom } from "../commit/committed.ts";
import type { Committed, CommittedDocument } from "../commit/committed.ts";
import type { License } from "../license/license.ts";
import { denies } from "../license/status.ts";
import { RedisError } from "../platform/redis.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timeBudget } from "../platform/time-budget.ts";
import type { Progress, TimeBudget } from "../platform/time-budget.ts";
import { redisOf } from "../platform/redis-client.ts";
import { addCertificate, getCertificates } from "./certificate.store.ts";
import { countLicenses, countOverdue, isAnyUnsettled, makeDueAfter, makeDueByKeys, readQueue, settleDue, takeDue } from "./queue.store.ts";
import type { Queue, RebuildPosition, Settlement } from "./queue.store.ts";
import { inspectWith } from "./inspect.store.ts";
import { make, signerOf } from "./publish.store.ts";
import { backoffDue, isNewer, nextDue, outrankedText, staleness } from "./refresh.ts";
import type { ReadBack } from "./refresh.ts";
import { putBeacon } from "./beacon.store.ts";
import { advanceRebuild, beginRebuild, demandRebuild, readRebuild } from "./rebuild.store.ts";

type ReconcileOptions = {
  /** Takes only licenses that deny, and makes no others due: for the schedule that runs more often. */
  readonly only?: "denying";
  readonly workMs?: number;
  readonly rowsMax?: number;
  /** Called after every batch. */
  readonly progress?: (progress: Progress) => void;
};

export type Reconciled = {
  readonly examined: number;
  readonly published: number;
  /** Certificates in Redis that need no replacement. */
  readonly kept: number;
  /** Certificates that couldn't be made or compared. They are tried again later. */
  readonly failed: number;
  /**
   * Certificates that have been due for more than a minute and weren't reached, and those whose publication failed, in this run
   * or when they were last tried.
   */
  readonly pending: number;
  readonly stopped: "drained" | "time" | "rows" | "redis" | "unconfigured";
  /** The missing key or secret because of which nothing could be published. */
  readonly reason?: string;
  readonly progress: Progress;
};

/** A batch costs four round trips: take, compare, publish, settle. */
const batchRows = 200;
const workMsDefault = 200_000;
const rowsMaxDefault = 500_000;
/** No batch begins with less than this left of the function's time. */
const reserveMs = 10_000;

/**
 * Makes Redis equal the database. Takes licenses whose certificate is due, compares them with Redis, publishes certificates that
 * are missing, outdated, signed by a leaving key or near their end, and sets when each license is due next. Also makes the
 * licenses of a leaving key due, and all licenses if Redis was lost. Licenses that deny come first. Bounded by time and count,
 * and safe when several run at once; the next run does the rest. Throws DatabaseError.
 */
export async function reconcile(runtime: Runtime, options: ReconcileOptions = {}): Promise<Reconciled> {
  const run = await begin(runtime, options);
  const { reason } = run;
  const stopped = reason === undefined ? await drain(run) : "unconfigured";
  if (reason !== undefined) {
    runtime.log.write("warn", reason, { counts: { due: run.queue.due } });
    if (run.queue.due > 0) writeMetric(runtime, "CertificatesSkipped", { value: run.queue.due });
  }
  const overdue = stopped === "drained" ? 0 : await countOverdue(runtime);
  const { examined, published, kept, failed } = run.counts;
  const pending = overdue + examined - published - kept + run.queue.putOff;
  return { examined, published, kept, failed, pending, stopped, ...(reason === undefined ? {} : { reason }), progress: progressNow(run) };
}

type Reconciliation = {
  readonly runtime: Runtime;
  readonly options: ReconcileOptions;
  readonly time: TimeBudget;
  readonly queue: Queue;
  /** The missing key or secret because of which nothing can be published. */
  readonly reason: string | undefined;
  /** When this run last put the beacon. */
  readonly beacon: { putAtMs: number };
  readonly counts: { examined: number; published: number; kept: number; failed: number; total: number };
  /** Licenses that are still to be made due: those of leaving keys, and those of a rebuild. */
  readonly sources: { kids: readonly string[]; rebuild: RebuildPosition | undefined };
};

async function begin(runtime: Runtime, options: ReconcileOptions): Promise<Reconciliation> {
  const time = timeBudget(options.workMs ?? workMsDefault, reserveMs);
  forgetTrustedKeys(runtime);
  const trusted = await trustedKeys(runtime);
  const [queue, signer] = await Promise.all([readQueue(runtime, trusted.leavingKids), signerOf(runtime, trusted.activeKid)]);
  const total = options.only === "denying" ? 0 : queue.due + queue.leaving;
  const counts = { examined: 0, published: 0, kept: 0, failed: 0, total };
  const kids = options.only === "denying" || queue.leaving === 0 ? [] : trusted.leavingKids;
  const reason = "reason" in signer ? signer.reason : undefined;
  return { runtime, options, time, queue, reason, beacon: { putAtMs: 0 }, counts, sources: { kids, rebuild: undefined } };
}

async function drain(run: Reconciliation): Promise<Reconciled["stopped"]> {
  try {
    await keepBeacon(run);
    await openRebuild(run);
    return await takeBatches(run);
  } catch (error) {
    if (!(error instanceof RedisError)) throw error;
    run.runtime.log.write("warn", "Certificate publication pending", { counts: run.counts, error: describeError(error) });
    return "redis";
  }
}

/** How often a run puts the beacon, however much is due. */
const beaconPeriodMs = 60_000;

/**
 * Puts the beacon if it is due, by the ring as it is then: a key may be denied during the run. Begins a rebuild if Redis isn't
 * whole although its sentinel says so.
 */
async function keepBeacon({ runtime, options, beacon }: Reconciliation): Promise<void> {
  const nowMs = runtime.now().getTime();
  if (options.only === "denying" || nowMs - beacon.putAtMs < beaconPeriodMs) return;
  const trusted = await trustedKeys(runtime);
  const signer = await signerOf(runtime, trusted.activeKid);
  if ("reason" in signer) return;
  beacon.putAtMs = nowMs;
  const incomplete = await putBeacon(runtime, { trusted, signingKey: signer.signingKey });
  if (incomplete !== "discontinuous" && incomplete !== "hole") return;
  runtime.log.write("warn", "Redis lacks certificates: publishing what is missing", { code: incomplete });
  await demandRebuild(redisOf(runtime));
}

async function openRebuild(run: Reconciliation): Promise<void> {
  const { runtime, options, sources, counts } = run;
  if (options.only === "denying") return;
  sources.rebuild = await readRebuild(redisOf(runtime));
  if (sources.rebuild === undefined) return;
  runtime.log.write("warn", "Redis has lost its certificates: publishing all again");
  await beginRebuild(redisOf(runtime));
  counts.total = Math.max(counts.total, await countLicenses(runtime));
}

/** Each turn takes rows or makes rows due until neither is left. Time and `rowsMax` bound the loop too. */
async function takeBatches(run: Reconciliation): Promise<"drained" | "time" | "rows"> {
  const { runtime, options, counts } = run;
  const rowsMax = options.rowsMax ?? rowsMaxDefault;
  for (;;) {
    if (!run.time.hasTime()) return "time";
    await keepBeacon(run);
    const limit = Math.min(batchRows, rowsMax - counts.examined);
    if (limit <= 0) return "rows";
    const takenAt = runtime.now();
    const taken = await takeDue(runtime, { limit, only: options.only });
    if (taken.documents.length > 0) await heal(run, taken);
    options.progress?.(progressNow(run));
    if (taken.documents.length === limit) continue;
    if (!(await makeDue(run, takenAt))) return "drained";
  }
}

/**
 * Makes the next licenses due; false: there are none left. `drainedAt` is the instant at which none was due. A rebuild ends then,
 * unless another run hasn't published yet what it took: a later run ends it.
 */
async function makeDue({ runtime, sources }: Reconciliation, drainedAt: Date): Promise<boolean> {
  if (sources.kids.length > 0) {
    if ((await makeDueByKeys(runtime, { kids: sources.kids, soon: false })) > 0) return true;
    sources.kids = [];
  }
  if (sources.rebuild === undefined) return false;
  if (sources.rebuild.pass === "ending") {
    if (!(await isAnyUnsettled(runtime, drainedAt))) await advanceRebuild(redisOf(runtime), undefined);
    return false;
  }
  sources.rebuild = await makeDueAfter(runtime, sources.rebuild);
  await advanceRebuild(redisOf(runtime), sources.rebuild);
  return true;
}

type Row = {
  readonly committed: Committed;
  /** The certificate in Redis, and its claims if it can be verified. */
  readonly text: string | undefined;
  readonly held: ReadBack | undefined;
};

async function heal(run: Reconciliation, taken: Awaited<ReturnType<typeof takeDue>>): Promise<void> {
  const { runtime, counts } = run;
  counts.examined += taken.documents.length;
  const trusted = await trustedKeys(runtime);
  const rows = await compare(runtime, trusted, taken.documents);
  const pipeline = redisOf(runtime).pipeline();
  const settlements: Settlement[] = [];
  let publishing = 0;
  for (const [place, document] of taken.documents.entries()) {
    const row = rows[place];
    const kept = row === undefined ? undefined : keep(runtime, trusted, row);
    const made = row === undefined || kept !== undefined ? kept : await remake(run, row, pipeline);
    settlements.push(made ?? putOff(document, runtime.now()));
    if (made === undefined) counts.failed += 1;
    else if (kept !== undefined) counts.kept += 1;
    else publishing += 1;
  }
  if (publishing > 0) await pipeline.exec();
  counts.published += publishing;
  await settleDue(runtime, { lease: taken.lease, settlements });
}

/** The certificate in Redis of each license; undefined if the license can't be read, or its key in Redis has another type. */
async function compare(runtime: Runtime, trusted: TrustedKeys, documents: readonly CommittedDocument[]): Promise<readonly (Row | undefined)[]> {
  const found = await getCertificates(redisOf(runtime), documents.map(({ license }) => license.id));
  return documents.map((document, place) => {
    const text = found[place];
    const licenseId = document.license.id;
    try {
      if (text === "unreadable") throw new RangeError("the certificate's key in Redis isn't a sorted set");
      const held = text === undefined ? undefined : inspectWith(trusted, text, { licenseId, runtime });
      return { committed: committedFrom(document), text, held };
    } catch (error) {
      runtime.log.write("error", "Certificate could not be compared", { licenseId, error: describeError(error) });
      return undefined;
    }
  });
}

/** The settlement of a certificate that may stay; undefined: it must be replaced. */
function keep(runtime: Runtime, trusted: TrustedKeys, { committed, held }: Row): Settlement | undefined {
  const { license } = committed;
  const { ttlSeconds } = runtime.config.certificate;
  const now = runtime.now();
  // The license was read with its signing key, so a key that was denied since the ring was read keeps no certificate. If there is no
  // active key, the first key of the secret signs, and a certificate by any trusted key is as good.
  const moment = { now, ttlSeconds, signingKid: committed.signingKid ?? trusted.activeKid ?? held?.kid ?? "" };
  if (held === undefined || staleness(held, license, moment) !== undefined) return undefined;
  return settlementOf(runtime, committed, held);
}

/**
 * Adds a fresh certificate to the pipeline; undefined: it can't be made. If Redis holds a newer one, that was published after
 * this license was read, or before its database was restored: the license is due again when the newer one ends.
 */
async function remake({ runtime }: Reconciliation, { committed, text, held }: Row, pipeline: Parameters<typeof addCertificate>[0]): Promise<Settlement | undefined> {
  const made = await make(committed, runtime);
  if ("reason" in made) return undefined;
  try {
    const { sequence } = committed.license;
    addCertificate(pipeline, made, outrankedText({ text, held }, sequence));
    const settlement = settlementOf(runtime, committed, made);
    const endsAtMs = held !== undefined && isNewer(held, sequence) ? held.claims.exp * 1000 : Infinity;
    return { ...settlement, dueAt: new Date(Math.min(settlement.dueAt.getTime(), endsAtMs)) };
  } catch (error) {
    runtime.log.write("error", "Certificate could not be made", { licenseId: committed.license.id, error: describeError(error) });
    return undefined;
  }
}

function settlementOf(runtime: Runtime, { license }: Committed, held: ReadBack): Settlement {
  const share = (runtime.random(1)[0] ?? 0) / 255;
  const { ttlSeconds } = runtime.config.certificate;
  const dueAt = nextDue(held, license, { now: runtime.now(), ttlSeconds, share, publishedWithinSeconds: publicationGraceSeconds });
  return { licenseId: license.id, dueAt, denies: deniesAt(license, dueAt), kid: held.kid };
}

function putOff({ license }: CommittedDocument, now: Date): Settlement {
  const dueAt = backoffDue({ updatedAt: new Date(license.updated_at) }, now);
  const graceUntil = license.grace_until === null ? null : new Date(license.grace_until);
  return { licenseId: license.id, dueAt, denies: deniesAt({ status: license.status, graceUntil }, dueAt), kid: null };
}

function deniesAt({ status, graceUntil }: Pick<License, "status" | "graceUntil">, instant: Date): boolean {
  return denies({ status, graceUntilMs: graceUntil?.getTime() ?? null }, instant.getTime());
}

function progressNow({ counts, time }: Reconciliation): Progress {
  return time.progress(counts.examined, counts.total);
}
