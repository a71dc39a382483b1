import { isLater, orElse } from "../base/soon.ts";
import { freshBeacon } from "./currency.ts";
import type { Ask, Decision } from "./decision.ts";
import { decisionOf, lookAgainAtMs, lostAtMs, readyAnswer, workOut } from "./answering.ts";
import { questionOf } from "./question.ts";
import type { Engine, Gate } from "./engine.ts";
import type { Entry, Flight } from "./entries.ts";
import { isKeptAlive, type Lifetime } from "./lifetime.ts";
import type { GateOptions } from "./options.ts";
import { partsOf, type Parts } from "./parts.ts";
import { givenUp, startReading } from "./reading.ts";
import type { UnknownCode } from "./source.ts";

/** A check waits for one reading, and for a second one if the process was frozen during the first. */
const waitsMax = 2;

/** Throws KeyFault, RangeError or TypeError for unusable options. */
export function createGate<Key extends { readonly kid: string }>(options: GateOptions, engine: Engine<Key>): Gate {
  const parts = partsOf(options, engine);
  const { entries, counts } = parts;
  const { licenses } = entries;
  const { glance } = parts.clock;

  const check: Gate["check"] = (licenseId, ask, lifetime) => {
    try {
      const entry = licenseId === undefined ? undefined : licenses.get(licenseId);
      const nowMs = entry === undefined ? Number.NaN : glance(entry.untilMs);
      const answer = entry !== undefined && nowMs > 0 ? readyAnswer(entry, ask) : undefined;
      if (answer !== undefined) return decisionOf(answer, nowMs);
    } catch {
      // A member of the question or the caller's clock threw. Below, such a question is refused, and such a clock is no longer read.
    }
    return lookInto(licenseId, ask, { parts, waits: waitsMax, lifetime });
  };

  const checkNow: Gate["checkNow"] = (licenseId, ask, lifetime) => {
    const decision = lookInto(licenseId, ask, { parts, waits: 0, lifetime });
    return isLater(decision) ? unknownNow("NOT_READ", parts) : decision;
  };

  const close = (): void => {
    parts.closed = true;
    parts.trust.close();
    if (!parts.settings.isShared) return;
    for (const entry of [...entries.licenses.values(), ...entries.misses.values()]) entry.flight?.abort.abort(givenUp);
  };

  const stats: Gate["stats"] = () => ({ ...counts, licenses: licenses.size, misses: entries.misses.size });
  const ready: Gate["ready"] = async (licenseId) => {
    try {
      const { readinessOf } = await import("./readiness.ts");
      return await readinessOf(licenseId, { check, parts, freshBeacon });
    } catch {
      return { ok: false, code: "FAULT", problem: "ready() itself failed, which is a bug of this package." };
    }
  };
  return { check, checkNow, ready, close, stats };
}

type Looking<Key extends { readonly kid: string }> = {
  readonly parts: Parts<Key>;
  readonly waits: number;
  readonly lifetime: Lifetime | undefined;
};

/** Answers a check that has no cached answer, or refuses a faulty question. Neither throws nor rejects. */
function lookInto<Key extends { readonly kid: string }>(licenseId: string | undefined, ask: Ask | undefined, looking: Looking<Key>): Decision | Promise<Decision> {
  const { parts } = looking;
  const question = questionOf(licenseId, ask);
  if ("code" in question) {
    if (question.member !== undefined) parts.report.misasks(question.member);
    return { state: "denied", allowed: false, code: question.code, ...nothingKnown };
  }
  return orElse(
    () => lookUp(parts.entries.find(question.licenseId), question.ask, looking),
    () => unknownNow("FAULT", parts),
  );
}

function unknownNow<Key extends { readonly kid: string }>(code: UnknownCode, { settings }: Parts<Key>): Decision {
  return { state: "unknown", allowed: settings.onUnknown === "allow", code, ...nothingKnown };
}

/** Starts a reading that is due, waits for a reading if it must, and works out the answer. */
function lookUp<Key extends { readonly kid: string }>(entry: Entry, ask: Ask | undefined, looking: Looking<Key>): Decision | Promise<Decision> {
  const { parts, waits } = looking;
  const nowMs = parts.clock.read();
  const mustWait = entry.held === undefined || nowMs >= entry.settledAtMs + parts.settings.staleMs;
  const flight = flightOf(entry, looking, { nowMs, mustWait });
  const isWaitedFor = mustWait && waits > 0;
  if (flight !== undefined && (isWaitedFor || (!outlives(flight, entry, looking) && waits > 0))) {
    return flight.done.then(() => lookUp(entry, ask, { ...looking, waits: waits - 1 }));
  }
  const answer = workOut(entry, ask, { parts, nowMs });
  return isLater(answer) ? answer.then((later) => decisionOf(later, parts.clock.read())) : decisionOf(answer, nowMs);
}

/**
 * The reading to wait for, if any: the one under way, or one that is due and is started here. Where I/O belongs to one request, a
 * check never waits for another request's reading; it starts its own.
 */
function flightOf<Key extends { readonly kid: string }>(
  entry: Entry,
  { parts }: Looking<Key>,
  { nowMs, mustWait }: { readonly nowMs: number; readonly mustWait: boolean },
): Flight | undefined {
  const { breaker, settings, closed } = parts;
  const { flight } = entry;
  const isUnderWay = flight !== undefined && nowMs < lostAtMs(flight, parts);
  if (closed) return cold(entry, "CLOSED");
  if (isUnderWay && settings.isShared) return flight;
  if (nowMs < breaker.downUntilMs()) return cold(entry, breaker.failure()?.code ?? "UNREACHABLE");
  if (isUnderWay ? !mustWait : flight === undefined && nowMs < lookAgainAtMs(entry, parts)) return undefined;
  return startReading(entry, parts, nowMs);
}

/** Whether a reading goes on after the request that began it: it was handed over, or the process stays. */
function outlives<Key extends { readonly kid: string }>(flight: Flight, entry: Entry, { parts, lifetime }: Looking<Key>): boolean {
  if (entry.flight === flight && !flight.isHandedOver) {
    flight.isHandedOver = isKeptAlive(flight.done, [lifetime, parts.options, parts.engine]);
  }
  return flight.isHandedOver || parts.settings.isShared;
}

/** No reading begins. A license that was never read gets `code` as its problem. */
function cold(entry: Entry, code: UnknownCode): undefined {
  if (entry.held === undefined && entry.problem === undefined && !entry.isNotFound) entry.problem = code;
}

/** The members of a decision without a certificate. */
const nothingKnown = { license: null, asOf: null, staleForMs: null, problem: null };

