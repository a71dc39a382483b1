import { certificateProfile, licenseFileProfile } from "../certificate/envelope.ts";
import type { Verdict } from "../certificate/verification.ts";
import { verification } from "../certificate/verification.ts";
import { isOlderCopy, mark, refusalOf } from "./admission.ts";
import type { ReadOutcome } from "./breaker.ts";
import { codeOfReason, sourceCodeOf } from "./source.ts";
import { closeWindow, type Entry, type Flight } from "./entries.ts";
import { evidenceOf } from "./evidence.ts";
import type { Parts } from "./parts.ts";
import { isTrusted, type Trusted } from "./trust.ts";
import type { UnknownCode } from "./source.ts";
import { withinMs } from "./within.ts";

/** Why a reading is ended that nobody waits for any more: no fault of the source. */
export const givenUp = Symbol("given up");

/** Begins to read a license, one reading at a time; an earlier one that is still under way is given up. */
export function startReading<Key extends { readonly kid: string }>(entry: Entry, parts: Parts<Key>, nowMs: number): Flight {
  entry.flight?.abort.abort(givenUp);
  const flight: Flight = { startedAtMs: nowMs, abort: new AbortController(), done: Promise.resolve() };
  entry.flight = flight;
  flight.done = readOnce(entry, flight, parts);
  closeWindow(entry);
  return flight;
}

/** Never rejects. */
async function readOnce<Key extends { readonly kid: string }>(entry: Entry, flight: Flight, parts: Parts<Key>): Promise<void> {
  let problem: UnknownCode | undefined;
  try {
    // Keys are brought up to date beside the reading: they may be withdrawn while a certificate stays the same.
    const [outcome] = await Promise.all([
      parts.breaker.run(() => readSource(entry, flight, parts)),
      parts.trust.refresh(flight.startedAtMs),
    ]);
    problem = outcome.ok ? await weigh(entry, outcome.text, parts) : outcome.code;
  } catch {
    problem = "FAULT";
  }
  if (entry.flight === flight) settle(entry, flight, { problem, parts });
}

async function readSource<Key extends { readonly kid: string }>(entry: Entry, flight: Flight, parts: Parts<Key>): Promise<ReadOutcome> {
  const { source } = parts.options;
  const { abort } = flight;
  parts.counts.reads += 1;
  try {
    const text = await withinMs(parts.settings.timeoutMs, abort, () => source.read(entry.licenseId, { signal: abort.signal }));
    return { ok: true, text: text ?? undefined };
  } catch (error) {
    return { ok: false, code: sourceCodeOf(error), givenUp: abort.signal.reason === givenUp };
  }
}

type Settling<Key extends { readonly kid: string }> = { readonly problem: UnknownCode | undefined; readonly parts: Parts<Key> };

function settle<Key extends { readonly kid: string }>(entry: Entry, flight: Flight, { problem, parts }: Settling<Key>): void {
  // A source that is down is reported once by the breaker, and a license that isn't there is nobody's fault.
  const reported = problem === undefined || problem === "UNREACHABLE" || problem === "NOT_PUBLISHED";
  if (!reported && problem !== entry.problem) parts.warn(entry.licenseId, problem);
  entry.problem = problem;
  entry.settledAtMs = flight.startedAtMs;
  if (problem === undefined) {
    entry.confirmedAtMs = flight.startedAtMs;
    entry.asOf = new Date(flight.startedAtMs);
  }
  entry.flight = undefined;
  closeWindow(entry);
  parts.entries.place(entry);
}

/** Takes over what was read if it may be believed; answers why not otherwise. The text that is believed already costs a comparison. */
async function weigh<Key extends { readonly kid: string }>(
  entry: Entry,
  text: string | undefined,
  parts: Parts<Key>,
): Promise<UnknownCode | undefined> {
  if (text === undefined) return "NOT_PUBLISHED";
  if (text === entry.held?.text) return undefined;
  const verdict = await verdictOf(entry, text, parts);
  if (verdict === undefined) return "KEYS_UNREACHABLE";
  if (!verdict.ok) return codeOfReason(verdict.reason);

  const nowMs = parts.clock.read();
  const trusted = parts.trust.current(nowMs);
  const evidence = evidenceOf({ text, kid: verdict.kid, claims: verdict.claims });
  const { held, marks } = entry;
  const refusal = refusalOf(evidence, {
    nowMs,
    skewMs: parts.settings.skewMs,
    held,
    marks,
    isTrusted: (kid) => trusted !== undefined && isTrusted(trusted, kid),
  });
  if (refusal !== undefined) return refusal;
  if (held !== undefined && entry.distrust === undefined && isOlderCopy(evidence, held)) return undefined;
  entry.held = evidence;
  entry.distrust = undefined;
  mark(marks, evidence);
  return undefined;
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
  return verification(text, { profile, expected, secrets: await parts.secrets, cryptography });
}
