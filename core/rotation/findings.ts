import type { RingKey } from "../keyring/mark.ts";
import type { RingFault } from "../keyring/marked-ring.store.ts";
import { hasPassed, isRetirementDue, type KeyFacts, type RotationPolicy } from "./states.ts";

export type CheckState = "ok" | "warn" | "page";

/** One finding of a check. `detail` is for an operator and says what to do. */
export type Finding = { readonly code: string; readonly state: CheckState; readonly detail: string; readonly kid?: string };

/** A key whose certificates don't verify with the published keys. `reason` is the verifier's. */
export type Mismatch = { readonly kid: string; readonly reason: string };

export type CheckFacts = {
  /** The reason why the stored ring is refused; undefined: it isn't. */
  readonly fault: RingFault | undefined;
  /** Rows that the mark doesn't cover. */
  readonly unmarked: readonly Pick<RingKey, "kid" | "state">[];
  /** Marked keys whose row was changed or removed. */
  readonly altered: readonly string[];
  readonly keys: readonly KeyFacts[];
  readonly mismatches: readonly Mismatch[];
  readonly hasApplicationSecret: boolean;
  /** Why the PEMs can't be read; undefined: they can. */
  readonly secretFault: string | undefined;
  /** Whether the published keys could be read. */
  readonly isJwksReadable: boolean;
};

/** The state of a check is that of its worst finding. */
export function checkState(findings: readonly Finding[]): CheckState {
  if (findings.some(({ state }) => state === "page")) return "page";
  return findings.some(({ state }) => state === "warn") ? "warn" : "ok";
}

/** The findings about the keys, after every due step was taken. */
export function examineKeys(facts: CheckFacts, now: Date, policy: RotationPolicy): readonly Finding[] {
  const { keys } = facts;
  return [
    ...ringFindings(facts),
    ...secretFindings(facts),
    ...signingFindings(facts),
    ...keys.flatMap((key) => rotationFindings(key, keys, { now, policy })),
    ...keys.flatMap((key) => leftovers(key, now)),
  ];
}

/** Findings of a refused ring, and of rows that the mark doesn't cover. */
function ringFindings({ fault, unmarked, altered }: CheckFacts): readonly Finding[] {
  return [
    ...(fault === undefined ? [] : [page(`ring-${fault}`, ringAdvice[fault])]),
    ...altered.map((kid) => page("key-row-altered", "Its row was changed or removed by another writer, and was written again as the mark has it.", kid)),
    ...unmarked.map(({ kid, state }) =>
      (state === "retired" ? warn : page)("key-unmarked", `A row (${state}) that the mark doesn't cover and whose PEM is not in the secret: it isn't published. If the key is yours, run npm run keys -- confirm <kid>; else delete the row and find who wrote it.`, kid),
    ),
  ];
}

const ringAdvice: Readonly<Record<RingFault, string>> = {
  "secret-missing": "Keyring secret not configured (APP_ENV_LICENSING_KEYRING_SECRET): no key is published, and no step was taken.",
  unmarked: "The ring has no mark: no key is published. It is marked by the next check that can read the secret.",
  "mark-missing": "The ring has lost its mark: somebody removed it. No step was taken. See the runbook, then npm run keys -- confirm.",
  forged: "The ring's mark isn't this service's: somebody changed the ring, or the keyring secret was changed. No step was taken. See the runbook, then npm run keys -- confirm.",
  behind: "The ring is an earlier one that was put back. No step was taken. After a restored database: npm run keys -- confirm; else find who did it.",
};

function secretFindings({ keys, hasApplicationSecret, secretFault }: CheckFacts): readonly Finding[] {
  const findings: Finding[] = [];
  if (secretFault !== undefined) {
    findings.push(page("secret-unreadable", `The private keys can't be read (${secretFault}).`));
  } else if (!keys.some(({ inSecret }) => inSecret)) {
    findings.push(page("signing-key-missing", "Ed25519 private key not configured"));
  }
  if (!hasApplicationSecret) findings.push(page("application-secret-missing", "Application secret not configured"));
  return findings;
}

function signingFindings({ keys, mismatches, isJwksReadable, secretFault }: CheckFacts): readonly Finding[] {
  const findings: Finding[] = mismatches.map(({ kid, reason }) =>
    page("signer-mismatch", `Certificates by this key don't verify with the published keys (${reason}).`, kid),
  );
  if (!isJwksReadable) findings.push(warn("jwks-unreadable", "The published keys (JWKS) could not be read as consumers read them; no key becomes active until they can."));
  const active = keys.find(({ state }) => state === "active");
  if (active === undefined) findings.push(page("active-key-missing", "No key is active: certificates are skipped. Add a PEM to the secret."));
  else if (!active.inSecret && secretFault === undefined) {
    findings.push(page("active-key-not-in-secret", "The active key's PEM is not in the secret: certificates are skipped. Put it back; it may be removed when its key is retired.", active.kid));
  }
  return findings;
}

type At = { readonly now: Date; readonly policy: RotationPolicy };

function rotationFindings(key: KeyFacts, keys: readonly KeyFacts[], at: At): readonly Finding[] {
  switch (key.state) {
    case "active":
      return ageFindings(key, keys, at);
    case "pending":
      return pendingFindings(key, keys, at);
    case "retiring":
      return retiringFindings(key, at);
    case "unregistered":
    case "retired":
    case "compromised":
      return [];
    default:
      return key.state satisfies never;
  }
}

function ageFindings(active: KeyFacts, keys: readonly KeyFacts[], { now, policy }: At): readonly Finding[] {
  const ageDays = keyAgeDays(active, now);
  const isUnderWay = keys.some(({ state, inSecret }) => state === "pending" && inSecret);
  if (ageDays < policy.ageWarnDays || isUnderWay) return [];
  const detail = `The active key is ${Math.floor(ageDays)} days old; its policy allows ${policy.ageWarnDays}. Add a second PEM to the secret.`;
  return [ageDays >= policy.agePageDays ? page("rotation-overdue", detail, active.kid) : warn("rotation-due", detail, active.kid)];
}

/** Days since the key became active, with fractions. */
export function keyAgeDays(active: Pick<KeyFacts, "activeAt">, now: Date): number {
  return active.activeAt === null ? 0 : Math.max(0, (now.getTime() - active.activeAt.getTime()) / 86_400_000);
}

function pendingFindings(key: KeyFacts, keys: readonly KeyFacts[], { now, policy }: At): readonly Finding[] {
  if (!key.inSecret) return [warn("pending-key-not-in-secret", "Its PEM is not in the secret, so it can't become active. Put it back.", key.kid)];
  const createdAt = key.createdAt ?? now;
  if (!hasPassed(createdAt, policy.pendingForSeconds, now)) {
    return [note("pending", `Becomes active after ${later(createdAt, policy.pendingForSeconds)}.`, key.kid)];
  }
  if (keys.some(({ state }) => state === "retiring")) return [note("pending", "Becomes active when the retiring key is retired.", key.kid)];
  return key.verifiable === true ? [] : [warn("pending-blocked", "Can't become active: consumers can't verify with it yet.", key.kid)];
}

function retiringFindings(key: KeyFacts, { now, policy }: At): readonly Finding[] {
  const left = `${key.certificates} certificates are left on it`;
  if (!isRetirementDue(key, now, policy)) {
    return [note("retiring", `Will be retired after ${later(key.retiringAt ?? now, policy.retireAfterSeconds)}; ${left}. Keep its PEM until then.`, key.kid)];
  }
  return key.certificates === 0 ? [] : [warn("retirement-blocked", `Should be retired, but ${left}: does the reconciler run?`, key.kid)];
}

/** PEMs that should go, certificates that should have been replaced, and license files that haven't ended. */
function leftovers(key: KeyFacts, now: Date): readonly Finding[] {
  const filesUntil = key.neededUntil !== null && key.neededUntil > now ? key.neededUntil.toISOString() : undefined;
  const findings: Finding[] = [];
  if (key.state === "retired" && key.inSecret) findings.push(note("pem-removable", "Retired: its PEM may be removed from the secret.", key.kid));
  if (key.state === "retired" && filesUntil !== undefined) findings.push(note("published-for-files", `Retired, and published until ${filesUntil}: license files that it signed work until then.`, key.kid));
  if (key.state !== "compromised") return findings;
  if (filesUntil !== undefined) findings.push(note("compromised-files", `License files that it signed, the last of them until ${filesUntil}, are refused: issue them again.`, key.kid));
  if (key.inSecret) findings.push(warn("compromised-key-in-secret", "Compromised: remove its PEM from the secret.", key.kid));
  if (key.certificates > 0) findings.push(warn("compromised-certificates", `${key.certificates} certificates are still to be published again.`, key.kid));
  return findings;
}

function later(since: Date, seconds: number): string {
  return new Date(since.getTime() + seconds * 1000).toISOString();
}

/** A finding that needs no action: a step that was taken, or a normal state. */
export function note(code: string, detail: string, kid?: string): Finding {
  return finding("ok", { code, detail, kid });
}

function warn(code: string, detail: string, kid?: string): Finding {
  return finding("warn", { code, detail, kid });
}

function page(code: string, detail: string, kid?: string): Finding {
  return finding("page", { code, detail, kid });
}

function finding(state: CheckState, { code, detail, kid }: { code: string; detail: string; kid: string | undefined }): Finding {
  return { code, state, detail, ...(kid === undefined ? {} : { kid }) };
}
