import type { Soon } from "../base/soon.ts";
import { fileProfileOf } from "../certificate/envelope.ts";
import type { Verdict } from "../certificate/verification.ts";
import { verification } from "../certificate/verification.ts";
import { isOlderCopy, raiseHighWater, refusalOf } from "./admission.ts";
import type { ReadOutcome } from "./breaker.ts";
import { isAbsent, takeBeacon } from "./currency.ts";
import { codeOfReason, failureOf, type Reading } from "./source.ts";
import { closeWindow, type Entry, type Flight } from "./entries.ts";
import { evidenceOf } from "./evidence.ts";
import type { Parts } from "./parts.ts";
import { redisAnswered } from "./redis-error.ts";
import { distrustOf, type Trusted } from "./trust.ts";
import { underKeys } from "./under-keys.ts";
import type { UnknownCode } from "./source.ts";
import { withinMs } from "./within.ts";

/** The reason of an abort that isn't a fault of the source: no check waits for the reading any more. */
export const givenUp = Symbol("given up");

/**
 * Begins to read a license. An earlier reading that is under way is aborted, unless it belongs to another request: objects of
 * another request must not be touched.
 */
export function startReading<Key extends { readonly kid: string }>(entry: Entry, parts: Parts<Key>, nowMs: number): Flight {
  if (parts.settings.isShared) entry.flight?.abort.abort(givenUp);
  const flight: Flight = { startedAtMs: nowMs, abort: new AbortController(), done: Promise.resolve(), isHandedOver: false };
  entry.flight = flight;
  flight.done = readOnce(entry, flight, parts);
  closeWindow(entry);
  return flight;
}

/** Never rejects. */
async function readOnce<Key extends { readonly kid: string }>(entry: Entry, flight: Flight, parts: Parts<Key>): Promise<void> {
  let ending: Ending = {};
  try {
    // Keys are refreshed concurrently: they may be withdrawn while the certificate stays the same.
    const [outcome] = await Promise.all([
      parts.breaker.run(() => readUntilAnswered(entry, flight, parts)),
      parts.trust.refresh(flight.startedAtMs),
    ]);
    noteOutage(parts);
    ending = outcome.ok ? await weigh(entry, outcome.reading, parts) : { problem: outcome.code, cause: outcome.cause };
  } catch {
    ending = { problem: "FAULT" };
  }
  // Several requests may read the same license at once; the reading that began last is the newest.
  const isLatest = parts.settings.isShared ? entry.flight === flight : flight.startedAtMs >= entry.settledAtMs;
  if (isLatest) settle(entry, flight, { ending, parts });
}

/** Keeps the beginning of an outage, because entries without a certificate don't outlast it. */
function noteOutage<Key extends { readonly kid: string }>(parts: Parts<Key>): void {
  const nowMs = parts.clock.read();
  const isOut = parts.breaker.failure() !== undefined || parts.trust.current(nowMs) === undefined;
  parts.outageSinceMs = isOut ? (parts.outageSinceMs ?? nowMs) : undefined;
}

/** Node's fetch keeps two connections to a host that gets one request after another, so the third try uses a new one. */
const attemptsMax = 3;

/** The beacon is as long as forty certificates, so a gate with many licenses reads it once in this time. */
const beaconPauseMs = 1_000;

/**
 * Reads again on another connection if a kept one may have died meanwhile, and without the beacon if Redis refuses to return it.
 * With every license that has no certificate the beacon is read too: only both together tell that there is no such license.
 */
async function readUntilAnswered<Key extends { readonly kid: string }>(entry: Entry, flight: Flight, parts: Parts<Key>): Promise<ReadOutcome> {
  const { currency, options, settings } = parts;
  const { startedAtMs } = flight;
  let withBeacon = options.source.hasBeacon === true && (entry.held === undefined || startedAtMs >= currency.askedAtMs + Math.min(beaconPauseMs, settings.refreshMs));
  if (withBeacon) currency.askedAtMs = startedAtMs;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await readSource(entry, flight, { parts, withBeacon });
    if (withBeacon && !outcome.ok) {
      currency.askedAtMs = -Infinity;
      withBeacon = outcome.cause?.includes(redisAnswered) !== true;
      if (!withBeacon) continue;
    }
    const isAnswered = outcome.ok || outcome.from !== undefined || outcome.givenUp === true;
    if (isAnswered || attempt === attemptsMax || !parts.breaker.mayKeepConnection()) return outcome;
    flight.abort = new AbortController();
  }
}

type ReadingBy<Key extends { readonly kid: string }> = { readonly parts: Parts<Key>; readonly withBeacon: boolean };

async function readSource<Key extends { readonly kid: string }>(entry: Entry, { abort }: Flight, { parts, withBeacon }: ReadingBy<Key>): Promise<ReadOutcome> {
  const { source } = parts.options;
  const { signal } = abort;
  parts.counts.reads += 1;
  try {
    const read = await withinMs(parts.settings.timeoutMs, abort, () => source.read(entry.licenseId, { signal, withBeacon }));
    return { ok: true, reading: typeof read === "object" && read !== null ? read : { certificate: read ?? undefined } };
  } catch (error) {
    return { ok: false, ...failureOf(error), givenUp: abort.signal.reason === givenUp };
  }
}

/** The end of a reading: a success, or its problem. */
type Ending = { readonly problem?: UnknownCode; readonly cause?: string | undefined; readonly isNotFound?: boolean };
type Settling<Key extends { readonly kid: string }> = { readonly ending: Ending; readonly parts: Parts<Key> };

function settle<Key extends { readonly kid: string }>(entry: Entry, flight: Flight, { ending, parts }: Settling<Key>): void {
  const { problem, cause, isNotFound = false } = ending;
  if (entry.problem !== undefined && entry.problem !== problem) parts.report.ends(entry.problem);
  if (problem !== undefined) parts.report.begins(entry, problem, cause);
  entry.problem = problem;
  entry.cause = cause;
  entry.isNotFound = isNotFound;
  entry.settledAtMs = flight.startedAtMs;
  if (problem === undefined) {
    entry.confirmedAtMs = flight.startedAtMs;
    entry.asOf = new Date(flight.startedAtMs);
  }
  if (entry.flight === flight) entry.flight = undefined;
  closeWindow(entry);
  parts.entries.place(entry);
}

/**
 * Accepts a certificate that was read if it may be accepted; else returns the problem. A text that equals the accepted one costs
 * one comparison.
 */
async function weigh<Key extends { readonly kid: string }>(
  entry: Entry,
  reading: Reading,
  parts: Parts<Key>,
): Promise<Ending> {
  const { certificate: text, isNotFound = false } = reading;
  const beacon = "beacon" in reading ? await takeBeacon(reading.beacon ?? undefined, parts) : undefined;
  if (text === undefined) {
    const isNowhere = isNotFound || isAbsent(entry.licenseId, beacon, parts.clock.read());
    // A license with a certificate can't be unknown to the same service, so its certificate stays.
    return isNowhere && entry.held === undefined ? { isNotFound: true } : { problem: "NOT_PUBLISHED" };
  }
  if (text === entry.held?.text) return {};
  if (typeof text !== "string" || text.length > parts.profile.charactersMax) return { problem: "MALFORMED" };
  const verdict = await verdictOf(entry, text, parts);
  if (verdict === undefined) return { problem: "KEYS_UNREACHABLE" };
  if (!verdict.ok) return { problem: codeOfReason(verdict.reason), cause: verdict.kid && `key ${verdict.kid}` };

  const nowMs = parts.clock.read();
  const trusted = parts.trust.current(nowMs);
  const evidence = evidenceOf({ text, ...verdict });
  const { held, highWater } = entry;
  const refusal = refusalOf(evidence, {
    nowMs,
    skewMs: parts.settings.skewMs,
    held,
    highWater,
    isTrusted: (kid) => distrustOf(trusted, kid) === undefined,
  });
  if (refusal !== undefined) return { problem: refusal };
  if (held !== undefined && entry.distrust === undefined && isOlderCopy(evidence, held)) return {};
  entry.held = evidence;
  entry.distrust = undefined;
  raiseHighWater(highWater, evidence);
  return {};
}

/**
 * The verdict on a text under the current keys; undefined without keys. A text that a verification refused isn't verified again
 * under the same keys. Such a text isn't kept, because a hostile source would fill the memory with them.
 */
async function verdictOf<Key extends { readonly kid: string }>(entry: Entry, text: string, parts: Parts<Key>): Promise<Verdict | undefined> {
  const digestOf = (): Soon<string> => parts.engine.seatDigest(entry.licenseId, text);
  return underKeys<Key, Verdict>(parts, async (under) => {
    const { refused } = entry;
    if (refused?.under === under && refused.digest === (await digestOf())) return refused.verdict;
    const verdict = await verify(entry, text, { under, parts });
    entry.refused = verdict.ok ? undefined : { digest: await digestOf(), verdict, under };
    return verdict;
  });
}

type Verifying<Key extends { readonly kid: string }> = { readonly under: Trusted<Key>; readonly parts: Parts<Key> };

/**
 * Verifies everything but time, so that the verdict stays valid. Time (`iat`, `exp`, the sequence) is checked again by each
 * decision, without another verification. With this `nowMs` and skew no certificate is too early and none has ended.
 */
async function verify<Key extends { readonly kid: string }>(entry: Entry, text: string, { under, parts }: Verifying<Key>): Promise<Verdict> {
  const { counts } = parts;
  const profile = parts.profile.sealed ? parts.profile : fileProfileOf(text);
  const { audience, issuer } = parts.options;
  const { cryptography } = parts.engine;
  const expected = { licenseId: entry.licenseId, audience, issuer, ...under, nowMs: 0, skewSeconds: Infinity };
  counts.verifications += 1;
  return verification(text, { profile, expected, secrets: await parts.secrets(), cryptography });
}
