import { instantMs } from "../certificate/claimed-license.ts";
import { featuresMax } from "../certificate/claims.ts";
import { isCovered } from "../license/assess.ts";
import { overtaken } from "./currency.ts";
import type { Ask, Decision, License } from "./decision.ts";
import { decide, type Asked, type Finding } from "./decide.ts";
import type { Answer, Entry, Flight } from "./entries.ts";
import { changesAtMs, licenseAt } from "./evidence.ts";
import type { Parts } from "./parts.ts";
import { releasedAtMsOf } from "./question.ts";
import type { UnknownCode } from "./source.ts";
import { distrustOf } from "./trust.ts";

/** How many fingerprints are cached for each license. */
const fingerprintsMax = 256;

/** A cached answer as the decision of one moment. Written as one literal, because a warm check costs little else. */
export function decisionOf(answer: Answer, nowMs: number): Decision {
  const { state, allowed, code, license, asOf, confirmedAtMs, problem } = answer;
  const staleForMs = confirmedAtMs === null ? null : nowMs - confirmedAtMs;
  return { state, allowed, code, license, asOf, staleForMs, problem } as Decision;
}

/**
 * The cached answer; undefined: it must be worked out, or the question is at fault. Every check calls this, so it is only a loop
 * over the members, of which each is read once. Throws if one of them does.
 */
export function readyAnswer(entry: Entry, ask: Ask | undefined): Answer | undefined {
  if (ask === undefined) return entry.plain;
  if (typeof ask !== "object" || ask === null) return undefined;
  let answer = entry.plain;
  let features: unknown;
  let releasedAt: unknown;
  for (const name in ask) {
    const value: unknown = ask[name as keyof Ask];
    if (name === "fingerprint" && typeof value === "string") answer = entry.answers.get(value);
    else if (name === "features") features = value;
    else if (name === "releasedAt") releasedAt = value;
    else return undefined;
  }
  if (answer === undefined || (features === undefined && releasedAt === undefined)) return answer;
  if (answer.license === null || !answer.allowed) return undefined;
  if (features !== undefined && !(Array.isArray(features) && grantsAll(answer.license.features, features))) return undefined;
  return releasedAt === undefined || covers(answer.license, releasedAt) ? answer : undefined;
}

/** Whether a license covers the release of a build. */
function covers({ maintenanceUntil }: License, releasedAt: unknown): boolean {
  const releasedAtMs = releasedAtMsOf(releasedAt);
  return releasedAtMs !== undefined && isCovered(instantMs(maintenanceUntil), releasedAtMs);
}

function grantsAll(granted: Readonly<Record<string, unknown>>, wanted: readonly unknown[]): boolean {
  const { length } = wanted;
  if (length > featuresMax) return false;
  for (let index = 0; index < length; index += 1) {
    const code = wanted[index];
    if (typeof code !== "string" || !Object.hasOwn(granted, code)) return false;
  }
  return true;
}

/** Works out the answer at `nowMs` and caches it. Returns a promise only if a digest must be computed asynchronously. */
export function workOut<Key extends { readonly kid: string }>(
  entry: Entry,
  ask: Ask | undefined,
  { parts, nowMs, known }: { readonly parts: Parts<Key>; readonly nowMs: number; readonly known?: string },
): Answer | Promise<Answer> {
  if (!(nowMs < entry.untilMs)) openWindow(entry, parts, nowMs);
  const ready = readyAnswer(entry, ask);
  if (ready !== undefined) return ready;
  const fingerprint = ask?.fingerprint;
  if (fingerprint === undefined || entry.held === undefined) return keep(entry, ask, { parts, nowMs, digest: undefined });
  const digest = known ?? digestOf(entry, fingerprint, parts);
  if (typeof digest === "string") return keep(entry, ask, { parts, nowMs, digest });
  // Time has passed, and another certificate may decide: begin again with the digest.
  return digest.then((text) => workOut(entry, ask, { parts, nowMs: parts.clock.read(), known: text }));
}

function digestOf<Key extends { readonly kid: string }>(entry: Entry, fingerprint: string, parts: Parts<Key>): string | Promise<string> {
  const remember = (digest: string): string => {
    if (entry.digests.size >= fingerprintsMax) entry.digests.clear();
    entry.digests.set(fingerprint, digest);
    return digest;
  };
  const digest = entry.digests.get(fingerprint) ?? parts.engine.seatDigest(entry.licenseId, fingerprint);
  return typeof digest === "string" ? remember(digest) : digest.then(remember);
}

type Working<Key extends { readonly kid: string }> = {
  readonly parts: Parts<Key>;
  readonly nowMs: number;
  readonly digest: string | undefined;
};

/** Works out and caches the answer without features and release, and derives the requested answer from it. */
function keep<Key extends { readonly kid: string }>(entry: Entry, ask: Ask | undefined, working: Working<Key>): Answer {
  const { fingerprint, features = [], releasedAt } = ask ?? {};
  const base = answerFor(entry, { features: [] }, working);
  if (fingerprint === undefined) entry.plain = base;
  else if (entry.held !== undefined) {
    if (entry.answers.size >= fingerprintsMax) entry.answers.clear();
    entry.answers.set(fingerprint, base);
  }
  const isPlain = features.length === 0 && releasedAt === undefined;
  return isPlain ? base : answerFor(entry, { features, releasedAtMs: releasedAtMsOf(releasedAt) }, working);
}

function answerFor<Key extends { readonly kid: string }>(entry: Entry, asked: Omit<Asked, "seat">, working: Working<Key>): Answer {
  const { held, asOf, confirmedAtMs, problem = null } = entry;
  const seat = held === undefined ? "not-asked" : held.seats.seatOf(working.digest);
  const finding = decide(entry, { seat, ...asked }, working.nowMs);
  if (finding.state === "unknown") working.parts.report.begins(entry, finding.code, entry.cause);
  else if (entry.problem === undefined) entry.reported = undefined;
  const allowed = finding.state === "active" || (finding.state === "unknown" && allowedUnknown(entry, finding.code, working));
  const license = finding.state === "unknown" ? null : (entry.license ?? null);
  return { ...(finding satisfies Finding), allowed, license, asOf, confirmedAtMs, problem };
}

/** Opens a window in which cached answers hold: until the license changes by time, or a reading is due. */
function openWindow<Key extends { readonly kid: string }>(entry: Entry, parts: Parts<Key>, nowMs: number): void {
  const { held } = entry;
  const past = held && overtaken(held, parts, nowMs);
  entry.overtaken = past?.code;
  entry.distrust = held && distrustOf(parts.trust.current(nowMs), held.kid);
  entry.license = held && licenseAt(held, nowMs);
  if (held !== undefined && (entry.distrust ?? entry.overtaken) === undefined && nowMs < held.endsAtMs) entry.unknownSinceMs = undefined;
  if (held?.seats.isTruncated === false) entry.unlistedSinceMs = undefined;
  entry.plain = undefined;
  entry.answers.clear();
  entry.untilMs = Math.min(lookAgainAtMs(entry, parts), held === undefined ? Infinity : changesAtMs(held, nowMs), past?.untilMs ?? Infinity);
}

/** When the next check must start a reading, or wait for the one under way. */
export function lookAgainAtMs<Key extends { readonly kid: string }>(entry: Entry, parts: Parts<Key>): number {
  const { refreshMs, staleMs } = parts.settings;
  if (entry.flight !== undefined) return Math.min(entry.settledAtMs + staleMs, lostAtMs(entry.flight, parts));
  return Math.max(entry.settledAtMs + refreshMs, parts.breaker.downUntilMs());
}

/**
 * When a reading that hasn't ended is given up. Either the process was frozen during it, or the request that began it ended, and
 * with it, on some platforms, the reading.
 */
export function lostAtMs<Key extends { readonly kid: string }>({ startedAtMs }: Flight, { settings }: Parts<Key>): number {
  return startedAtMs + (settings.isShared ? settings.staleMs : settings.refreshMs);
}

/** The codes of a license that can't be read because no license can. */
const outageCodes: ReadonlySet<UnknownCode> = new Set(["UNREACHABLE", "FORBIDDEN", "KEYS_UNREACHABLE"]);

/**
 * A grace counts from the end of the last usable certificate. Without one it counts from the first question, or in an outage from the
 * outage's beginning, whichever is earlier. The window ends with the grace.
 */
function allowedUnknown<Key extends { readonly kid: string }>(entry: Entry, code: UnknownCode, { parts, nowMs }: Working<Key>): boolean {
  const { onUnknown } = parts.settings;
  if (typeof onUnknown !== "object") return onUnknown === "allow";
  let sinceMs: number;
  if (code === "SEATS_NOT_LISTED") {
    sinceMs = entry.unlistedSinceMs ??= nowMs;
  } else {
    const { held } = entry;
    const ended = held !== undefined && entry.distrust === undefined && nowMs >= held.endsAtMs;
    sinceMs = entry.unknownSinceMs ??= ended ? held.endsAtMs : nowMs;
    if (held === undefined && outageCodes.has(code)) sinceMs = Math.min(sinceMs, parts.outageSinceMs ?? sinceMs);
  }
  const endsAtMs = sinceMs + onUnknown.graceSeconds * 1000;
  if (nowMs >= endsAtMs) return false;
  entry.untilMs = Math.min(entry.untilMs, endsAtMs);
  return true;
}
