import type { Activation } from "../activation/activation.ts";
import { isLive } from "../activation/activation.ts";
import { endOf } from "../certificate/issue.ts";
import { change } from "../commit/decision.ts";
import type { Change, Decision, Moment } from "../commit/decision.ts";
import type { License } from "../license/license.ts";
import { addDuration, requireDuration } from "../policy/duration.ts";
import { problem } from "../problem/problem.ts";
import type { Problem } from "../problem/problem.ts";
import { activate, unusable } from "./activate.ts";
import { fileIssued } from "./events.ts";
import { bounded, isProblem } from "./renewal-terms.ts";
import type { Snapshot } from "./snapshot.sql.ts";

type FileInput = {
  /** The only machine that the file is for, which gets a seat if it has none. Undefined: the file is for every machine. */
  readonly fingerprint: string | undefined;
  /** The name of the seat, if the file takes a new one. */
  readonly name: string | null;
  /** Undefined: the longest lifetime that is allowed. */
  readonly lifetime: string | undefined;
  /** A bound, beside the policy's, on the lifetime of a file that is for every machine. Undefined: the policy's bound alone. */
  readonly ttlSecondsMax: number | undefined;
  readonly jti: string;
};

/**
 * Issues a license file. A file for one machine takes this machine's seat, and the seat's lease then lasts at least to the file's
 * end. The file is made after the commit, from the values in `extra`; a replay makes the same file from the same values.
 */
export function issueFile(snapshot: Snapshot, input: FileInput, moment: Moment): Decision {
  const { license } = snapshot;
  const refusal = unusable(license, moment.now);
  if (refusal !== undefined) return refusal;
  const ttlSeconds = lifetimeOf(license, input, moment.now);
  if (typeof ttlSeconds !== "number") return ttlSeconds;
  const decided = input.fingerprint === undefined ? undefined : activate(snapshot, { ...input, fingerprint: input.fingerprint, replace: undefined }, moment);
  if (decided?.kind === "problem") return decided;
  const own = decided?.kind === "change" ? decided.change : unchanged(snapshot, input, moment.now);
  const graceUntil = own.set.grace_until ?? license.graceUntil;
  const endsAt = new Date(endOf({ nowMs: moment.now.getTime(), ttlSeconds, graceUntilMs: graceUntil === null ? null : new Date(graceUntil).getTime() }) * 1000);
  const seat = input.fingerprint === undefined ? null : seatOf(own, snapshot);
  return change({
    ...withFile(own, license, endsAt),
    // The file's end and claims depend on the license's terms and dates, so the license must not have changed.
    atRevision: license.revision,
    set: { ...own.set, files_until: endsAt.toISOString() },
    events: [...own.events, fileIssued({ jti: input.jti, expiresAt: endsAt, seat })],
    extra: { jti: input.jti, ttlSeconds: String(ttlSeconds) },
  });
}

/**
 * The lifetime of the file in whole seconds. The license's own end, if it is earlier, cuts the file short later. A problem: the
 * policy allows no file, or none of this lifetime.
 */
function lifetimeOf({ terms: { fileLifetime } }: License, { lifetime, fingerprint, ttlSecondsMax }: FileInput, now: Date): number | Problem {
  if (fileLifetime === null) return problem("file-not-allowed");
  const secondsOf = (duration: string) => Math.floor(addDuration(now, requireDuration(duration), 1).getTime() / 1000) - Math.floor(now.getTime() / 1000);
  const seconds = bounded(() => ({ longest: secondsOf(fileLifetime), wanted: secondsOf(lifetime ?? fileLifetime) }), "/lifetime");
  if (isProblem(seconds)) return seconds;
  const isCut = fingerprint === undefined && ttlSecondsMax !== undefined && ttlSecondsMax < seconds.longest;
  const longest = isCut ? { seconds: ttlSecondsMax, text: `PT${ttlSecondsMax}S` } : { seconds: seconds.longest, text: fileLifetime };
  if (lifetime === undefined) return longest.seconds;
  if (seconds.wanted <= longest.seconds) return seconds.wanted;
  return problem("malformed-request", {
    detail: isCut ? "A file that isn't for one machine lasts no longer than a certificate; give a fingerprint for a longer one." : "The lifetime is longer than the policy allows.",
    errors: [{ pointer: "/lifetime", detail: `must be at most ${longest.text}` }],
  });
}

/** The change for a file that takes no new seat, because its machine has a seat or the file is for every machine. */
function unchanged({ license, seat }: Snapshot, { fingerprint }: FileInput, now: Date): Change {
  const base = { licenseId: license.id, set: {}, releases: [], events: [] };
  if (fingerprint === undefined || seat === undefined || !isLive(seat, now)) return { ...base, guard: { kind: "revision", revision: license.revision } };
  return { ...base, guard: { kind: "seat-open", activationId: seat.id, live: true }, extend: { activationId: seat.id } };
}

/** The seat of the machine that the file is for: the seat that the change gives it, or the seat that it had. */
function seatOf({ claim }: Change, { seat }: Snapshot): Pick<Activation, "id" | "fingerprint" | "name"> | null {
  return claim === undefined ? (seat ?? null) : { id: claim.activationId, fingerprint: claim.fingerprint, name: claim.name };
}

/** Lets the lease of the machine's seat last at least to the file's end, and notes that end. A seat without a lease has no end. */
function withFile(own: Change, { terms: { lease } }: License, endsAt: Date): Change {
  const leaseUntil = (until: Date | null | undefined) => (lease === null || until === null ? until : later(until, endsAt));
  const { claim, extend } = own;
  return {
    ...own,
    ...(claim === undefined ? {} : { claim: { ...claim, leaseUntil: leaseUntil(claim.leaseUntil) ?? null, fileUntil: endsAt } }),
    ...(extend === undefined ? {} : { extend: { ...extend, ...leaseOf(leaseUntil(extend.leaseUntil)), fileUntil: endsAt } }),
  };
}

function leaseOf(leaseUntil: Date | null | undefined): { readonly leaseUntil?: Date | null } {
  return leaseUntil === undefined ? {} : { leaseUntil };
}

function later(until: Date | undefined, endsAt: Date): Date {
  return until === undefined || until < endsAt ? endsAt : until;
}
