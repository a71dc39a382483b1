import { certificateProfile, licenseFileProfile } from "../certificate/envelope.ts";
import type { Verdict } from "../certificate/verification.ts";
import { verification } from "../certificate/verification.ts";
import { isOlderCopy, raiseHighWater, refusalOf } from "./admission.ts";
import type { ReadOutcome } from "./breaker.ts";
import { codeOfReason, failureOf, type Reading } from "./source.ts";
import { closeWindow, type Entry, type Flight } from "./entries.ts";
import { evidenceOf } from "./evidence.ts";
import type { Parts } from "./parts.ts";
import { isTrusted, type Trusted } from "./trust.ts";
import type { UnknownCode } from "./source.ts";
import { withinMs } from "./within.ts";

/** Why a reading is ended that nobody waits for any more: no fault of the source. */
export const givenUp = Symbol("given up");

/**
 * Begins to read a license. An earlier reading that is still under way is given up, or, where it belongs to another
 * request, left alone: nothing of another request may be touched.
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
    // Keys are brought up to date beside the reading: they may be withdrawn while a certificate stays the same.
    const [outcome] = await Promise.all([
      parts.breaker.run(() => readUntilAnswered(entry, flight, parts)),
      parts.trust.refresh(flight.startedAtMs),
    ]);
    ending = outcome.ok ? await weigh(entry, outcome.reading, parts) : { problem: outcome.code, cause: outcome.cause };
  } catch {
    ending = { problem: "FAULT" };
  }
  // Several requests may each read the same license: whichever began last tells most.
  const isLatest = parts.settings.isShared ? entry.flight === flight : flight.startedAtMs >= entry.settledAtMs;
  if (isLatest) settle(entry, flight, { ending, parts });
}

/** Node's fetch keeps two connections to a host that is asked one thing after the other; the third try is a new one's. */
const attemptsMax = 3;

/** A connection that was kept may have died while nobody looked: then the reading is begun again, on another. */
async function readUntilAnswered<Key extends { readonly kid: string }>(entry: Entry, flight: Flight, parts: Parts<Key>): Promise<ReadOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await readSource(entry, flight, parts);
    const isAnswered = outcome.ok || outcome.from !== undefined || outcome.givenUp === true;
    if (isAnswered || attempt === attemptsMax || !parts.breaker.mayKeepConnection()) return outcome;
    flight.abort = new AbortController();
  }
}

async function readSource<Key extends { readonly kid: string }>(entry: Entry, flight: Flight, parts: Parts<Key>): Promise<ReadOutcome> {
  const { source } = parts.options;
  const { abort } = flight;
  parts.counts.reads += 1;
  try {
    const read = await withinMs(parts.settings.timeoutMs, abort, () => source.read(entry.licenseId, { signal: abort.signal }));
    return { ok: true, reading: typeof read === "object" && read !== null ? read : { certificate: read ?? undefined } };
  } catch (error) {
    return { ok: false, ...failureOf(error), givenUp: abort.signal.reason === givenUp };
  }
}

/** How a reading ended: well, or by a problem. */
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

/** Takes over what was read if it may be believed; answers why not otherwise. The text that is believed already costs a comparison. */
async function weigh<Key extends { readonly kid: string }>(
  entry: Entry,
  { certificate: text, isNotFound = false }: Reading,
  parts: Parts<Key>,
): Promise<Ending> {
  // What was certified once can't be unknown to the same service: then what is believed stays.
  if (text === undefined) return isNotFound && entry.held === undefined ? { isNotFound } : { problem: "NOT_PUBLISHED" };
  if (text === entry.held?.text) return {};
  const verdict = await verdictOf(entry, text, parts);
  if (verdict === undefined) return { problem: "KEYS_UNREACHABLE" };
  if (!verdict.ok) return { problem: codeOfReason(verdict.reason), cause: verdict.kid && `key ${verdict.kid}` };

  const nowMs = parts.clock.read();
  const trusted = parts.trust.current(nowMs);
  const evidence = evidenceOf({ text, kid: verdict.kid, claims: verdict.claims });
  const { held, highWater } = entry;
  const refusal = refusalOf(evidence, {
    nowMs,
    skewMs: parts.settings.skewMs,
    held,
    highWater,
    isTrusted: (kid) => trusted !== undefined && isTrusted(trusted, kid),
  });
  if (refusal !== undefined) return { problem: refusal };
  if (held !== undefined && entry.distrust === undefined && isOlderCopy(evidence, held)) return {};
  entry.held = evidence;
  entry.distrust = undefined;
  raiseHighWater(highWater, evidence);
  return {};
}

/** The verdict about a text under the keys of now; undefined without keys. The same text under the same keys is verified once. */
async function verdictOf<Key extends { readonly kid: string }>(entry: Entry, text: string, parts: Parts<Key>): Promise<Verdict | undefined> {
  const { trust, clock } = parts;
  let under = trust.current(clock.read());
  if (under === undefined) return undefined;
  const known = entry.verified;
  let verdict = known?.text === text && known.under === under ? known.verdict : await verify(entry, text, { under, parts });
  if (!verdict.ok && verdict.reason === "key-unknown") {
    await trust.refreshForUnknownKid(clock.read());
    const fresher = trust.current(clock.read());
    if (fresher !== undefined && fresher !== under) {
      under = fresher;
      verdict = await verify(entry, text, { under, parts });
    }
  }
  entry.verified = { text, verdict, under };
  return verdict;
}

type Verifying<Key extends { readonly kid: string }> = { readonly under: Trusted<Key>; readonly parts: Parts<Key> };

/**
 * Everything but time: the verdict then stays true, and what time decides (`iat`, `exp`, the sequence) is asked again at
 * each decision without verifying again. At this instant and with this skew nothing is early and nothing has ended.
 */
async function verify<Key extends { readonly kid: string }>(entry: Entry, text: string, { under, parts }: Verifying<Key>): Promise<Verdict> {
  const { options, counts } = parts;
  const { audience, issuer } = options;
  const { cryptography } = parts.engine;
  const expected = { licenseId: entry.licenseId, audience, issuer, ...under, nowMs: 0, skewSeconds: Infinity };
  const profile = options.source.format === "license-file" ? licenseFileProfile : certificateProfile;
  counts.verifications += 1;
  return verification(text, { profile, expected, secrets: await parts.secrets(), cryptography });
}
