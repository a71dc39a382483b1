import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emptyDetails } from "@licensing/core/license/details.ts";
import type { LicenseRow } from "@licensing/core/license/license.ts";
import { activate } from "@licensing/core/lifecycle/activate.ts";
import { deactivate } from "@licensing/core/lifecycle/deactivate.ts";
import type { Decision, Moment } from "@licensing/core/commit/decision.ts";
import { expire } from "@licensing/core/lifecycle/expire.ts";
import { heartbeat } from "@licensing/core/lifecycle/heartbeat.ts";
import { issue } from "@licensing/core/lifecycle/issue.ts";
import { issueFile } from "@licensing/core/lifecycle/issue-file.ts";
import { reinstate, revoke, suspend } from "@licensing/core/lifecycle/transitions.ts";
import { releaseSeats } from "@licensing/core/lifecycle/release-seats.ts";
import { transfer } from "@licensing/core/lifecycle/transfer.ts";
import { renew } from "@licensing/core/lifecycle/renew.ts";
import { update } from "@licensing/core/lifecycle/update.ts";
import { assessSnapshot, validate } from "@licensing/core/lifecycle/validate.ts";
import { stateOf } from "@licensing/core/license/assess.ts";
import { statusAt } from "@licensing/core/license/status.ts";
import type { LicenseKey } from "@licensing/core/access/license-key.ts";
import type { PolicyRow } from "@licensing/core/policy/policy.ts";
import { policyFrom } from "@licensing/core/policy/policy.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import type { Answer } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { evidence, sweep, told, trailFaults } from "../support/witness.ts";
import type { Memory, Question } from "./lifecycle-memory.ts";
import { commitTo, snapshotOf } from "./lifecycle-memory.ts";
import type { Model, Terms } from "./lifecycle-model.ts";
import { heldBy, issued, statusOf, verbs } from "./lifecycle-model.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const start = Date.parse("2027-03-01T09:00:00.000Z");
const machines = ["machine-000a", "machine-000b", "machine-000c", "machine-000d"] as const;

const terms: fc.Arbitrary<Terms & { readonly limit: number }> = fc.record({
  duration: fc.constantFrom(30 * dayMs, 30 * dayMs, Infinity),
  grace: fc.constantFrom(0, 3 * dayMs),
  lease: fc.constantFrom(2 * dayMs, Infinity),
  minimumIdle: fc.constantFrom(0, dayMs),
  evicts: fc.boolean(),
  waits: fc.boolean(),
  asksFingerprint: fc.boolean(),
  renewal: fc.constantFrom("from-expiry", "from-now", "from-now-if-expired"),
  limit: fc.constantFrom(1, 2, 3, Infinity),
  maintenance: fc.constantFrom(20 * dayMs, 60 * dayMs, Infinity),
  fileLifetime: fc.constantFrom(0, 6 * dayMs, 40 * dayMs),
});

type Command =
  | { readonly do: "suspend" | "reinstate" | "revoke" | "sweep" | "release" | "transfer" }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "renew"; readonly periods: number }
  | { readonly do: "limit"; readonly limit: number }
  | { readonly do: "activate" | "heartbeat" | "deactivate"; readonly machine: string }
  | { readonly do: "file"; readonly machine: string | undefined; readonly lifetime: number | undefined }
  | { readonly do: "validate"; readonly machine: string | undefined; readonly takes: boolean; readonly releasedAgo: number | undefined };

const machine = fc.constantFrom(...machines);
const seatVerb = (verb: "activate" | "heartbeat" | "deactivate") => fc.record({ do: fc.constant(verb), machine });
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 15, arbitrary: seatVerb("activate") },
  { weight: 9, arbitrary: seatVerb("heartbeat") },
  { weight: 6, arbitrary: seatVerb("deactivate") },
  { weight: 12, arbitrary: fc.record({ do: fc.constant("validate" as const), machine: fc.option(machine, { nil: undefined }), takes: fc.boolean(), releasedAgo: fc.constantFrom(undefined, undefined, 0, dayMs, 20 * dayMs) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("file" as const), machine: fc.option(machine, { nil: undefined }), lifetime: fc.constantFrom(undefined, dayMs, 10 * dayMs) }) },
  { weight: 18, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(hourMs, dayMs - 1, dayMs, dayMs + 1, 2 * dayMs, 6 * dayMs, 20 * dayMs, 30 * dayMs) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("renew" as const), periods: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("limit" as const), limit: fc.constantFrom(1, 2, 3, 4, Infinity) }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constantFrom("suspend" as const, "reinstate" as const, "reinstate" as const, "sweep" as const, "sweep" as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("release" as const, "transfer" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("revoke" as const) }) },
);
const commands = fc.array(command, { minLength: 30, maxLength: 30, size: "max" });

function foretell(model: Model, command: Command): string {
  switch (command.do) {
    case "wait":
      model.now += command.ms;
      return "ok";
    case "renew":
      return verbs.renew(model, command.periods);
    case "limit":
      return verbs.limit(model, command.limit);
    case "validate":
      return verbs.validate(model, command.machine, command);
    case "file":
      return verbs.file(model, command.machine, command.lifetime);
    case "activate":
    case "heartbeat":
    case "deactivate":
      return verbs[command.do](model, command.machine);
    case "suspend":
    case "reinstate":
    case "revoke":
    case "sweep":
    case "release":
    case "transfer":
      return verbs[command.do](model);
  }
}

/** Leaves out commands about a seat that the machine never had, and an unchanged limit. */
function isAskable(model: Model, command: Command): boolean {
  if (command.do === "limit") return command.limit !== model.limit;
  if (command.do !== "heartbeat" && command.do !== "deactivate") return true;
  return model.seats.some((seat) => seat.machine === command.machine);
}

const msOf = (text: string | null) => (text === null ? null : Date.parse(text));
const finite = (value: number) => (value === Infinity ? null : value);
const days = (ms: number) => (ms === Infinity || ms === 0 ? null : `P${ms / dayMs}D`);

const policyTerms = (given: Terms & { readonly limit: number }) => ({
  duration: days(given.duration), grace: days(given.grace), lease: days(given.lease), minimumIdle: days(given.minimumIdle),
  activationLimit: finite(given.limit), onFull: given.evicts ? "evict-oldest-idle" as const : "reject" as const,
  expirationBasis: given.waits ? "from-first-activation" as const : "from-issue" as const, renewalBasis: given.renewal, fingerprintRequired: given.asksFingerprint,
  maintenance: days(given.maintenance), fileLifetime: days(given.fileLifetime),
});

/** The state that is compared after every command. */
const view = (model: Model) => ({
  status: statusOf(model), expiresAt: finite(model.ends), maintenanceUntil: finite(model.covers), held: heldBy(model).map((seat) => seat.machine).sort(), told: [...model.told],
});

describe("the decisions", () => {
  function memoryOf(given: Terms & { readonly limit: number }): Memory {
    const { activationLimit, onFull, expirationBasis, renewalBasis, fingerprintRequired, minimumIdle, fileLifetime, ...same } = policyTerms(given);
    const at = new Date(start).toISOString();
    const policy: PolicyRow = {
      ...same, id: "1", code: "policy", name: "A policy", description: null, features: {}, activation_limit: activationLimit, on_full: onFull,
      expiration_basis: expirationBasis, renewal_basis: renewalBasis, fingerprint_required: fingerprintRequired, minimum_idle: minimumIdle,
      file_lifetime: fileLifetime, releases: null, remind_before: [], meters: {}, key_prefix: "LIC", trial: false, retired_at: null, created_at: at, updated_at: at,
    };
    const key = "LIC-00000-00000-00000-00000-00000" as LicenseKey;
    const decided = issue(
      { policy: policyFrom(policy), mintedId: "2" },
      { ...emptyDetails, holder: { type: "user", id: "ada" }, features: undefined, activationLimit: undefined, startsAt: undefined, expiresAt: undefined, key, keyDigest: "", sealedKey: "" },
      momentAt(start),
    );
    if (decided.kind === "problem") throw new Error(decided.code);
    const license = {
      ...decided.change.row, policy_code: "policy", sequence: 1, revision: 0, last_event_hash: "", files_until: null, expired_for: null, last_validated_at: null, created_at: at, updated_at: at,
    } as LicenseRow;
    return { license, policy, seats: [], told: ["created"], minted: 10 };
  }

  const momentAt = (nowMs: number): Moment => ({ now: new Date(nowMs), actor: { type: "system", id: "test" }, requestId: "a-test-0001" });

  const lastSeatOf = (memory: Memory, fingerprint: string): Question => {
    const id = memory.seats.findLast((seat) => seat.fingerprint === fingerprint)?.id;
    return id === undefined ? {} : { activationId: id };
  };

  function decide(memory: Memory, command: Exclude<Command, { do: "wait" }>, moment: Moment): Decision {
    const look = (question: Question = {}) => snapshotOf(memory, question, moment.now);
    switch (command.do) {
      case "suspend":
        return suspend(look(), { reason: null });
      case "reinstate":
        return reinstate(look(), { reason: null }, moment);
      case "revoke":
        return revoke(look(), { reason: null });
      case "sweep":
        return expire(look(), moment);
      case "release":
        return releaseSeats(look(), { reason: null });
      case "transfer":
        return transfer(look(), { holder: { type: "user", id: "bob" }, newKey: undefined, keepSeats: false, reason: null });
      case "renew":
        return renew(look(), { reason: null, periods: command.periods }, moment);
      case "limit":
        return update(look(), { activationLimit: finite(command.limit) }, moment);
      case "activate":
        return activate(look({ fingerprint: command.machine }), { fingerprint: command.machine, name: null, replace: undefined }, moment);
      case "heartbeat":
        return heartbeat(look(lastSeatOf(memory, command.machine)), moment);
      case "deactivate":
        return deactivate(look(lastSeatOf(memory, command.machine)), { reason: null }, moment);
      case "file": {
        const lifetime = command.lifetime === undefined ? undefined : (days(command.lifetime) ?? undefined);
        const question = command.machine === undefined ? {} : { fingerprint: command.machine };
        return issueFile(look(question), { fingerprint: command.machine, name: null, lifetime, ttlSecondsMax: undefined, jti: "jti" }, moment);
      }
      case "validate": {
        const question = command.machine === undefined ? {} : { fingerprint: command.machine };
        return validate(look(question), askOf(command, moment.now), moment);
      }
    }
  }

  const askOf = ({ machine, takes, releasedAgo }: Extract<Command, { do: "validate" }>, now: Date) => ({
    fingerprint: machine, name: null, features: [], activate: takes, releasedAtMs: releasedAgo === undefined ? undefined : now.getTime() - releasedAgo,
  });

  function answerOf(memory: Memory, command: Command, moment: Moment): string {
    if (command.do === "wait") return "ok";
    const decision = decide(memory, command, moment);
    if (command.do === "validate") {
      const snapshot = snapshotOf(memory, command.machine === undefined ? {} : { fingerprint: command.machine }, moment.now);
      const { code } = assessSnapshot(snapshot, askOf(command, moment.now), moment);
      note(memory, command.machine, moment.now);
      commitTo(memory, decision, moment);
      return code;
    }
    commitTo(memory, decision, moment);
    if (decision.kind === "problem") return decision.code;
    return command.do === "activate" && decision.kind === "change" && decision.change.claim !== undefined ? "created" : "ok";
  }

  /** The read of a validation writes a live seat's last-seen time. */
  function note(memory: Memory, fingerprint: string | undefined, now: Date): void {
    memory.seats = memory.seats.map((seat) => {
      const isLiveNow = seat.deactivated_at === null && (seat.lease_until === null || new Date(seat.lease_until) > now);
      return seat.fingerprint === fingerprint && isLiveNow ? { ...seat, last_seen_at: now.toISOString() } : seat;
    });
  }

  const seen = (memory: Memory, now: Date) => {
    const { license } = snapshotOf(memory, {}, now);
    const held = snapshotOf(memory, {}, now).holders.map((seat) => seat.fingerprint).sort();
    return { status: statusAt(stateOf(license), now.getTime()), expiresAt: license.expiresAt?.getTime() ?? null, maintenanceUntil: license.maintenanceUntil?.getTime() ?? null, held, told: [...memory.told] };
  };

  test.each([process.env["LICENSING_PROVE"] === "long" ? 3_000 : 1_000])("agree with the reference on any sequence of verbs, 30 commands each: %i licenses", (numRuns) => {
    fc.assert(
      fc.property(terms, commands, (given, sequence) => {
        const model = issued(given, { now: start, limit: given.limit });
        const memory = memoryOf(given);
        for (const each of sequence) {
          if (!isAskable(model, each)) continue;
          const expected = foretell(model, each);
          const moment = momentAt(model.now);
          expect({ command: each, answer: answerOf(memory, each, moment), ...seen(memory, moment.now) }).toEqual({ command: each, answer: expected, ...view(model) });
        }
      }),
      { numRuns, seed: 20_270_301 },
    );
  });
});

const service = await startService({ now: new Date(start).toISOString() });
const { call, clock } = service;

describe("the service", () => {
  type Target = { readonly licenseId: string; readonly at: string; readonly ids: Map<string, string> };

  async function perform(target: Target, command: Command): Promise<string> {
    const { licenseId, at, ids } = target;
    switch (command.do) {
      case "wait":
        clock.advance(command.ms / 1_000);
        return "ok";
      case "sweep":
        await sweep(service, licenseId);
        return "ok";
      case "release":
        return said(await call("POST", `${at}/release-seats`));
      case "transfer":
        return said(await call("POST", `${at}/transfer`, { body: { holder: { type: "user", id: "bob" } } }));
      case "suspend":
      case "reinstate":
      case "revoke":
        return said(await call("POST", `${at}/${command.do}`));
      case "renew":
        return said(await call("POST", `${at}/renew`, { body: { periods: command.periods } }));
      case "limit":
        return said(await call("PATCH", at, { body: { activationLimit: finite(command.limit) } }));
      case "activate": {
        const answer = await call("POST", `${base}/activations`, { body: { licenseId, fingerprint: command.machine } });
        return remember(ids, command.machine, answer);
      }
      case "heartbeat":
        return said(await call("POST", `${base}/activations/${ids.get(command.machine)}/heartbeat`));
      case "deactivate":
        return said(await call("DELETE", `${base}/activations/${ids.get(command.machine)}`));
      case "file": {
        const body = { ...(command.lifetime === undefined ? {} : { lifetime: days(command.lifetime) }), ...(command.machine === undefined ? {} : { fingerprint: command.machine }) };
        return remember(ids, command.machine, await call("POST", `${at}/file`, { body }));
      }
      case "validate": {
        const fingerprint = command.machine === undefined ? {} : { fingerprint: command.machine };
        const releasedAt = command.releasedAgo === undefined ? {} : { releasedAt: new Date(clock.now().getTime() - command.releasedAgo).toISOString() };
        const answer = await call("POST", `${base}/licenses/validate`, { body: { licenseId, activate: command.takes, ...fingerprint, ...releasedAt } });
        remember(ids, command.machine, answer);
        return answer.body.code;
      }
    }
  }

  function remember(ids: Map<string, string>, fingerprint: string | undefined, answer: Answer): string {
    const id = answer.body.activation?.id as string | undefined;
    if (id !== undefined && fingerprint !== undefined) ids.set(fingerprint, id);
    return said(answer);
  }

  function said({ status, body }: Answer): string {
    if (status >= 400) return String(body.code);
    return status === 201 ? "created" : "ok";
  }

  async function seen({ licenseId, at }: Target) {
    const { body } = await call("GET", at);
    const found = await evidence(service, licenseId);
    const now = clock.now();
    const held = found.seats
      .filter((seat) => seat["deactivated_at"] === null && (seat["lease_until"] === null || new Date(String(seat["lease_until"])) > now))
      .map((seat) => String(seat["fingerprint"]))
      .sort();
    expect(body.seatsUsed).toBe(held.length);
    expect(trailFaults(found)).toEqual([]);
    return { status: body.status, expiresAt: msOf(body.expiresAt), maintenanceUntil: msOf(body.maintenanceUntil), held, told: told(found.events) };
  }

  test("agrees with the reference on any sequence of verbs: 25 licenses, 30 commands each", async () => {
    await fc.assert(
      fc.asyncProperty(terms, commands, async (given, sequence) => {
        clock.set(new Date(start));
        const license = await issueLicense(service, await createPolicy(service, policyTerms(given)));
        const target: Target = { ...license, ids: new Map() };
        const model = issued(given, { now: start, limit: given.limit });
        for (const each of sequence) {
          if (!isAskable(model, each)) continue;
          const expected = foretell(model, each);
          const answer = await perform(target, each);
          const after = each.do === "wait" ? view(model) : await seen(target);
          expect({ command: each, answer, ...after }).toEqual({ command: each, answer: expected, ...view(model) });
        }
      }),
      { numRuns: 25, seed: 20_270_301, endOnFailure: true },
    );
  }, patient(300_000));
});
