import { isLater } from "../base/soon.ts";
import type { Ask, Decision } from "./decision.ts";
import { decisionOf, lookAgainAtMs, readyAnswer, workOut } from "./answering.ts";
import type { Engine, Gate } from "./engine.ts";
import type { Entry, Flight } from "./entries.ts";
import type { GateOptions } from "./options.ts";
import { partsOf, type Parts } from "./parts.ts";
import { givenUp, startReading } from "./reading.ts";

/** A license id, as the service mints them. Nothing else is ever sent to a source. */
const licenseIdPattern = /^[1-9][0-9]{0,18}$/;

/** A check waits for one reading, and for a second if the process slept through the first. */
const waitsMax = 2;

/** Throws KeyFault, RangeError or TypeError for options that can't be meant. */
export function createGate<Key extends { readonly kid: string }>(options: GateOptions, engine: Engine<Key>): Gate {
  const parts = partsOf(options, engine);
  const { entries, counts } = parts;
  const { licenses } = entries;
  const { glance } = parts.clock;

  const check: Gate["check"] = (licenseId, ask) => {
    const entry = licenseId === undefined ? undefined : licenses.get(licenseId);
    if (entry !== undefined) {
      const nowMs = glance(entry.untilMs);
      const answer = nowMs > 0 ? readyAnswer(entry, ask) : undefined;
      if (answer !== undefined) return decisionOf(answer, nowMs);
    }
    if (!isLicenseId(licenseId)) return without("LICENSE_ID_INVALID", parts);
    return lookUp(entry ?? entries.find(licenseId), ask, { parts, waits: waitsMax });
  };

  const checkNow: Gate["checkNow"] = (licenseId, ask) => {
    if (!isLicenseId(licenseId)) return without("LICENSE_ID_INVALID", parts);
    const decision = lookUp(entries.find(licenseId), ask, { parts, waits: 0 });
    return isLater(decision) ? without("NOT_READ", parts) : decision;
  };

  const close = (): void => {
    parts.closed = true;
    parts.trust.close();
    for (const entry of [...entries.licenses.values(), ...entries.misses.values()]) entry.flight?.abort.abort(givenUp);
  };

  const stats: Gate["stats"] = () => ({ ...counts, licenses: licenses.size, misses: entries.misses.size });
  return { check, checkNow, close, stats };
}

function isLicenseId(licenseId: string | undefined): licenseId is string {
  return typeof licenseId === "string" && licenseIdPattern.test(licenseId);
}

type Looking<Key extends { readonly kid: string }> = { readonly parts: Parts<Key>; readonly waits: number };

/** The long way: starts a reading that is due, waits for one that must be waited for, and works out the answer. */
function lookUp<Key extends { readonly kid: string }>(entry: Entry, ask: Ask | undefined, { parts, waits }: Looking<Key>): Decision | Promise<Decision> {
  const nowMs = parts.clock.read();
  const flight = flightOf(entry, parts, nowMs);
  const mustWait = entry.held === undefined || nowMs >= entry.settledAtMs + parts.settings.staleMs;
  if (flight !== undefined && mustWait && waits > 0) {
    return flight.done.then(() => lookUp(entry, ask, { parts, waits: waits - 1 }));
  }
  const answer = workOut(entry, ask, { parts, nowMs });
  return isLater(answer) ? answer.then((later) => decisionOf(later, parts.clock.read())) : decisionOf(answer, nowMs);
}

/** The reading that is under way, or the one that is due and is started here. One that began too long ago tells nothing about now. */
function flightOf<Key extends { readonly kid: string }>(entry: Entry, parts: Parts<Key>, nowMs: number): Flight | undefined {
  const { flight } = entry;
  if (parts.closed) return cold(entry, "CLOSED");
  if (flight !== undefined && nowMs < flight.startedAtMs + parts.settings.staleMs) return flight;
  if (nowMs < parts.breaker.downUntilMs()) return cold(entry, "UNREACHABLE");
  if (flight === undefined && nowMs < lookAgainAtMs(entry, parts)) return undefined;
  return startReading(entry, parts, nowMs);
}

/** Nothing is read, and a license that never was has this for a reason. */
function cold(entry: Entry, code: "CLOSED" | "UNREACHABLE"): undefined {
  if (entry.held === undefined && entry.problem === undefined) entry.problem = code;
}

/** Without having looked. */
function without<Key extends { readonly kid: string }>(code: "LICENSE_ID_INVALID" | "NOT_READ", parts: Parts<Key>): Decision {
  const allowed = parts.settings.onUnknown === "allow";
  return { state: "unknown", allowed, code, license: null, asOf: null, staleForMs: null, problem: null };
}
