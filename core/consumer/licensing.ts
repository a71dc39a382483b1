import { readArmour } from "../certificate/armour.ts";
import { cryptoNode, seatDigest } from "../certificate/crypto-node.ts";
import { fileProfileOf } from "../certificate/envelope.ts";
import { verification, type Verdict } from "../certificate/verification.ts";
import type { VerifyKey } from "../keyring/verify-key.ts";
import type { Standing } from "./application-decision.ts";
import { fileEndsAtMs, sentenceOf } from "./application-decision.ts";
import type { License } from "./decision.ts";
import { evidenceOf, licenseAt, type Evidence } from "./evidence.ts";
import type { GateClock } from "./gate-clock.ts";
import type { Kept } from "./kept-license.ts";
import { licenseIdOfFile } from "./license-id-of-file.ts";
import type { Heard, LicenseService, SeatHolder, ServedLicense } from "./license-service.ts";
import { codeOfReason, type UnknownCode } from "./source.ts";
import type { TrustState } from "./trust.ts";
import { underKeys } from "./under-keys.ts";

export type Licensing = {
  readonly fingerprint: string;
  /** Reads the store, and asks the service if there is no usable file or if the service's last answer is old. */
  readonly open: () => Promise<void>;
  readonly refresh: () => Promise<void>;
  readonly replace: (activationId: string) => Promise<void>;
  readonly accept: (file: string) => Promise<void>;
  readonly close: () => Promise<void>;
  readonly standing: () => Standing<VerifyKey>;
  readonly license: () => License | null;
};

type LicensingOptions = {
  readonly kept: Kept;
  readonly clock: GateClock;
  readonly trust: TrustState<VerifyKey>;
  /** Undefined: a machine that never has a network. */
  readonly service: LicenseService | undefined;
  readonly fingerprint: string;
  readonly expected: { readonly audience: string | undefined; readonly issuer: string | undefined };
  readonly name: string | undefined;
  readonly refreshMs: number;
};

/** The facts that this process holds in memory, beside the kept state. */
type Known = {
  /** The kept file that `evidence` was made of. */
  file: string | null;
  evidence: Evidence | undefined;
  /** The reason why the kept file can't be used. */
  fileProblem: UnknownCode | undefined;
  /** The reason why the last request, or the last file that a person brought, had no result. */
  problem: UnknownCode | undefined;
  cause: string | undefined;
  holders: readonly SeatHolder[] | undefined;
  closed: boolean;
};

/** How many times a lease is extended within its length. A process counts as the seat's user for as many refreshes. */
const refreshesInLease = 4;
const usesRefreshes = 3;

export function createLicensing(options: LicensingOptions): Licensing {
  const { kept, clock, trust, service, fingerprint } = options;
  const known: Known = { file: null, evidence: undefined, fileProblem: undefined, problem: undefined, cause: undefined, holders: undefined, closed: false };
  let timer: ReturnType<typeof setTimeout> | undefined;
  let work = Promise.resolve();

  const intervalMs = (): number => {
    const { leaseSeconds } = kept.state();
    return leaseSeconds === null ? options.refreshMs : Math.min(options.refreshMs, (leaseSeconds * 1000) / refreshesInLease);
  };
  /** One piece of work after another. The next refresh follows the last one. */
  const run = (piece: () => Promise<void>): Promise<void> => {
    work = work.then(async () => {
      if (known.closed) return;
      clearTimeout(timer);
      await piece().catch(() => fail(known, "FAULT", undefined));
      if (kept.state().leaseSeconds !== null) await kept.use(kept.now() + usesRefreshes * intervalMs());
      if (service === undefined || known.closed) return;
      timer = setTimeout(() => void refresh(), intervalMs());
      timer.unref();
    });
    return work;
  };
  const parts: Parts = { ...options, known };
  const refresh = (): Promise<void> => run(() => refreshOnce(parts));

  return {
    fingerprint,
    refresh,
    open: () => run(() => openOnce(parts, intervalMs)),
    replace: (activationId) => run(() => activateOnce(parts, activationId)),
    accept: (file) => run(() => acceptOnce(parts, file)),
    close: async () => {
      known.closed = true;
      clearTimeout(timer);
      service?.abort();
      await work;
      await giveBack(parts);
      trust.close();
      await kept.settled();
    },
    standing: () => {
      kept.noteTime();
      return {
        state: kept.state(),
        evidence: known.closed ? undefined : known.evidence,
        fingerprint,
        digestOf: (licenseId) => seatDigest(licenseId, fingerprint),
        trust,
        problem: known.closed ? "CLOSED" : (known.fileProblem ?? known.problem),
        cause: known.cause,
        storeProblem: kept.problem(),
        holders: known.holders,
        nowMs: kept.now(),
      };
    },
    license: () => (known.evidence === undefined ? null : licenseAt(known.evidence, Math.max(kept.now(), clock.read()))),
  };
}

type Parts = LicensingOptions & { readonly known: Known };

async function openOnce(parts: Parts, intervalMs: () => number): Promise<void> {
  const { kept, trust, service } = parts;
  await Promise.all([kept.load(), trust.refresh(kept.now())]);
  await readKept(parts);
  // The start is noted even if nobody asks, so that a later start can't be earlier.
  await kept.change({});
  if (service === undefined) return;
  const { word } = kept.state();
  if (!isUsable(parts) || (word?.denial ?? null) !== null) await activateOnce(parts);
  else if (word === null || kept.now() >= word.atMs + intervalMs()) await refreshOnce(parts);
}

/** Whether there is a file that still permits or denies by itself. */
function isUsable({ kept, known }: Parts): boolean {
  return known.evidence !== undefined && kept.now() < fileEndsAtMs(known.evidence, kept.state());
}

/** Makes evidence of the kept file, unless that was done. A file that couldn't be verified is tried again: its key may be loaded now. */
async function readKept(parts: Parts): Promise<void> {
  const { kept, known } = parts;
  const { file, licenseId } = kept.state();
  if (file === known.file && known.fileProblem === undefined) return;
  known.file = file;
  known.evidence = undefined;
  known.fileProblem = undefined;
  if (file === null) return;
  const verdict = await verdictOf(parts, file, licenseId);
  if (verdict.ok) known.evidence = verdict.evidence;
  else known.fileProblem = verdict.problem;
}

type FileVerdict = { readonly ok: true; readonly evidence: Evidence } | { readonly ok: false; readonly problem: UnknownCode };

/** Verifies everything about a file but its time, which each decision checks. */
async function verdictOf({ trust, clock, expected }: Parts, file: string, licenseId: string | null): Promise<FileVerdict> {
  const armour = readArmour(file);
  if (!armour.ok) return { ok: false, problem: "MALFORMED" };
  const { content } = armour;
  const named = licenseId ?? licenseIdOfFile(file) ?? "";
  const verdict = await underKeys<VerifyKey, Verdict>({ trust, clock }, (under) =>
    verification(content, { profile: fileProfileOf(content), expected: { ...expected, ...under, licenseId: named, nowMs: 0, skewSeconds: Infinity }, cryptography: cryptoNode }),
  );
  if (verdict === undefined) return { ok: false, problem: "KEYS_UNREACHABLE" };
  return verdict.ok ? { ok: true, evidence: evidenceOf({ text: content, kid: verdict.kid, claims: verdict.claims }) } : { ok: false, problem: codeOfReason(verdict.reason) };
}

async function refreshOnce(parts: Parts): Promise<void> {
  const { kept, known, trust, service, fingerprint } = parts;
  await Promise.all([kept.load(), trust.refresh(kept.now())]);
  await readKept(parts);
  if (service === undefined) return;
  const { word, licenseId } = kept.state();
  // A freed seat is taken again at a start or by `replace`, but not by a refresh, because its owner freed it on purpose.
  const isFreed = word?.denial?.code === "NOT_ACTIVATED";
  if (licenseId === null || (!isUsable(parts) && !isFreed) || word?.denial?.code === "ACTIVATION_LIMIT_REACHED") return activateOnce(parts);
  const validation = await answerOf(parts, await service.validate(fingerprint));
  if (validation === undefined) return;
  // Quoted, because the package's build shortens this name elsewhere.
  if (!validation["valid"]) return note(parts, validation);
  const { license, activation, asOf } = validation;
  const leaseSeconds = leaseOf(activation?.leaseUntil, asOf);
  await kept.change({ activationId: activation?.id ?? kept.state().activationId, leaseSeconds, word: { atMs: kept.now(), denial: null } });
  known.holders = undefined;
  if (isDue(known.evidence, license, kept.now())) await fetchFile(parts, license.id, leaseSeconds);
}

/** Takes this machine's seat, or its seat again, and fetches a file. */
async function activateOnce(parts: Parts, replace?: string): Promise<void> {
  const { kept, known, service, fingerprint, name } = parts;
  if (service === undefined) return;
  const activated = await answerOf(parts, await service.activate({ fingerprint, name, replace }));
  if (activated === undefined) return;
  const { license, activation } = activated;
  const leaseSeconds = leaseOf(activation.leaseUntil, activation.lastSeenAt);
  await kept.change({ licenseId: license.id, activationId: activation.id, leaseSeconds, word: { atMs: kept.now(), denial: null } });
  known.holders = undefined;
  await fetchFile(parts, license.id, leaseSeconds);
}

function leaseOf(leaseUntil: string | null | undefined, from: string): number | null {
  return leaseUntil === null || leaseUntil === undefined ? null : Math.max(1, Math.floor((Date.parse(leaseUntil) - Date.parse(from)) / 1000));
}

/**
 * Whether a file must be fetched: there is none, half of its time is over, or it shows another license than the service. Seats of
 * other machines don't count: each of a fleet's files would make all others fetch one.
 */
function isDue(evidence: Evidence | undefined, served: ServedLicense, nowMs: number): boolean {
  if (evidence === undefined || nowMs >= (evidence.issuedAtMs + evidence.endsAtMs) / 2) return true;
  return shown(evidence.license) !== shown(served);
}

function shown({ policy, holder, features, activationLimit, startsAt, expiresAt, graceUntil, maintenanceUntil }: Omit<ServedLicense, "id">): string {
  const sorted = Object.entries(features).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify([policy, holder.type, holder.id, sorted, activationLimit, startsAt, expiresAt, graceUntil ?? expiresAt, maintenanceUntil]);
}

/**
 * Fetches a file for this machine: as long as the policy allows, or as the seat's lease. If the policy allows none, a file for every
 * machine serves, which lasts as long as a certificate.
 */
async function fetchFile(parts: Parts, licenseId: string, leaseSeconds: number | null): Promise<void> {
  const { kept, known, service, fingerprint } = parts;
  if (service === undefined) return;
  let heard = await service.file(licenseId, { fingerprint, lifetime: leaseSeconds === null ? undefined : `PT${leaseSeconds}S` });
  if (heard.kind === "failed" && heard.problem === "malformed-request") heard = await service.file(licenseId, { fingerprint });
  if (heard.kind === "failed" && heard.problem === "file-not-allowed") heard = await service.certificate(licenseId);
  const file = await answerOf(parts, heard);
  if (file === undefined) return;
  const verdict = await verdictOf(parts, file, licenseId);
  if (!verdict.ok) return fail(known, verdict.problem, undefined);
  await keep(parts, file, verdict.evidence);
  const { endsAtMs } = verdict.evidence;
  if (kept.now() >= endsAtMs) fail(known, "CERTIFICATE_EXPIRED", "the service gave a file that has ended by this machine's clock: set the clock");
}

/** Keeps a file. Its `iat` is the service's time, so it is the latest that was seen, unless this machine's clock is ahead. */
async function keep(parts: Parts, file: string, { issuedAtMs, claims }: Evidence): Promise<void> {
  await parts.kept.change({ file, fileAtMs: issuedAtMs, seenMs: issuedAtMs, licenseId: claims.sub });
  await readKept(parts);
}

async function acceptOnce(parts: Parts, file: unknown): Promise<void> {
  const { kept, known } = parts;
  await kept.load();
  await readKept(parts);
  const verdict = typeof file === "string" ? await verdictOf(parts, file, null) : { ok: false as const, problem: "MALFORMED" as const };
  if (!verdict.ok) return fail(known, verdict.problem, undefined);
  const { evidence } = verdict;
  if (known.evidence !== undefined && evidence.issuedAtMs < known.evidence.issuedAtMs) return fail(known, "ROLLBACK", undefined);
  if (evidence.seats.seatOf(seatDigest(evidence.claims.sub, parts.fingerprint)) === "none") return fail(known, "WRONG_LICENSE", "it was made for another machine");
  known.problem = undefined;
  known.cause = undefined;
  const { word } = kept.state();
  // A file that was issued after a denial is the service's later answer. One from before it leaves the denial in force.
  if (word === null || word.atMs < evidence.issuedAtMs) await kept.change({ word: { atMs: evidence.issuedAtMs, denial: null } });
  await keep(parts, String(file), evidence);
}

/**
 * The requested answer; undefined: the service gave none. A refusal is stored as the service's last answer. A failure is reported as
 * the problem, and the file still decides.
 */
async function answerOf<Body>(parts: Parts, heard: Heard<Body>): Promise<Body | undefined> {
  const { known } = parts;
  if (heard.kind === "failed") {
    fail(known, "UNREACHABLE", heard.cause);
    return undefined;
  }
  known.problem = undefined;
  known.cause = undefined;
  if (heard.kind === "answered") return heard.body;
  known.holders = heard.holders;
  await note(parts, heard);
  return undefined;
}

function note({ kept }: Parts, { code, detail }: { readonly code: string; readonly detail: string }): Promise<void> {
  const said = code === "NOT_ACTIVATED" || code === "FORBIDDEN" || detail === "" ? sentenceOf(code) : detail;
  return kept.change({ word: { atMs: kept.now(), denial: { code, detail: said } } });
}

function fail(known: Known, problem: UnknownCode, cause: string | undefined): void {
  known.problem = problem;
  known.cause = cause;
}

/** Gives a leased seat back, unless another process uses it; then the file goes too, because another machine may get the seat. */
async function giveBack({ kept, service }: Parts): Promise<void> {
  const { leaseSeconds } = kept.state();
  if (service === undefined || leaseSeconds === null) return;
  await kept.use(0);
  const { activationId } = kept.state();
  if (activationId === null || kept.isShared()) return;
  const heard = await service.deactivate(activationId);
  if (heard.kind === "answered") await kept.forget();
}
