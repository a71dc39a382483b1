import { describeError } from "../platform/describe-error.ts";
import { writeMetric } from "../platform/metric.ts";
import { ConfigError } from "../platform/config.ts";
import type { Runtime } from "../platform/runtime.ts";
import { applicationSecrets } from "../keyring/application-secrets.ts";
import { consumerKeys } from "./published-jwks.store.ts";
import { checkState, examineKeys, keyAgeDays, note, type CheckState, type Finding, type Mismatch } from "./findings.ts";
import type { SigningKey } from "../keyring/signing-key.ts";
import type { VerifyKey } from "../keyring/verify-key.ts";
import { KeyFault } from "../keyring/key-fault.ts";
import { factsOf } from "./key-facts.store.ts";
import { activateKey, confirmRing, markTable, recordCheck, registerKeys, restoreRows, retireKey } from "./change-ring.store.ts";
import { readKeyTable, type KeyCheck, type KeyTable } from "./key-table.store.ts";
import { probeSigning } from "./probe.ts";
import { dueStep, rotationPolicy, type KeyFacts, type Step } from "./states.ts";
import { rereadSigningKeys } from "../keyring/signing-keys.store.ts";
import { enqueueNotices } from "../webhook/enqueue.store.ts";
import { forgetTrustedKeys } from "../keyring/trusted-keys.store.ts";

/** The keys in the order of registration, and the result of the check. */
export type KeyReport = { readonly keys: readonly KeyFacts[]; readonly check: KeyCheck };

/** A check never needs more: each step moves one key to its next state, and there are few keys. */
const stepsMax = 40;

/**
 * Takes every step of the rotation that is due, tests whether certificates verify with the published keys, and records the
 * findings: in a row, in metrics and in the log. Safe at any time and as often as one likes; if several checks run at once, one
 * of them takes each step. Throws DatabaseError.
 */
export async function checkKeys(runtime: Runtime): Promise<KeyReport> {
  const policy = rotationPolicy(runtime.config.certificate.ttlSeconds);
  const secret = await readSecret(runtime);
  const taken: Step[] = [];
  const isMarkedNow = await markTable(runtime, new Set(secret.keys.keys()));
  let facts = await gatherFacts(runtime, secret.keys);
  const before = facts.findingsBefore;
  for (let steps = 0; steps < stepsMax && facts.fault === undefined; steps += 1) {
    const step = dueStep(facts.keys, runtime.now(), policy);
    if (step === undefined) break;
    if (await takeStep(runtime, step, secret.keys)) taken.push(step);
    facts = await gatherFacts(runtime, secret.keys);
  }
  if (taken.length > 0 || isMarkedNow) forgetTrustedKeys(runtime);
  if (facts.altered.length > 0) await restoreRows(runtime);
  const now = runtime.now();
  const { fault: secretFault } = secret;
  const hasApplicationSecret = applicationSecrets(runtime) !== undefined;
  const findings = [...(isMarkedNow ? [ringMarked] : []), ...taken.flatMap(stepFindings), ...examineKeys({ ...facts, secretFault, hasApplicationSecret }, now, policy)];
  const check = { at: now, state: checkState(findings), findings, inSecret: secret.fault === undefined ? [...secret.keys.keys()] : facts.inSecretBefore };
  // Sent before the check is recorded, so that they are sent again if the check dies in between.
  await enqueueNotices(runtime, freshFindings(findings, before).map((finding) => ({ type: "key.finding", data: { finding } })));
  await recordCheck(runtime, check);
  report(runtime, facts.keys, check);
  return { keys: facts.keys, check };
}

/** The keys and the last check, for a caller that holds the secret. Takes no step and writes nothing. Throws DatabaseError. */
export async function lookAtKeys(runtime: Runtime): Promise<{ readonly keys: readonly KeyFacts[]; readonly check: KeyCheck | undefined }> {
  const [{ keys, check }, secret] = await Promise.all([readKeyTable(runtime), readSecret(runtime)]);
  return { keys: factsOf(keys, secret.keys), check };
}

/**
 * Marks the ring on an operator's order; see `confirmRing`. Throws KeyFault if the keyring secret is missing, the signing keys
 * can't be read, a kid isn't in the table, or the ring changed meanwhile. Throws DatabaseError.
 */
export async function confirmKeys(runtime: Runtime, kids: readonly string[]): Promise<void> {
  const [{ keys, unmarked, fault }, secret] = await Promise.all([readKeyTable(runtime), readSecret(runtime)]);
  if (fault === "secret-missing") throw new KeyFault("Keyring secret not configured (APP_ENV_LICENSING_KEYRING_SECRET)");
  if (secret.keys.size === 0) throw new KeyFault(secret.fault ?? "The secret has no signing key");
  const rows = new Set([...keys, ...unmarked].map(({ kid }) => kid));
  const unknown = kids.filter((kid) => !rows.has(kid));
  if (unknown.length > 0) throw new KeyFault(`The table has no key ${unknown.join(", ")}`);
  if (!(await confirmRing(runtime, { kids: new Set(kids), inSecret: new Set(secret.keys.keys()) }))) throw new KeyFault("The ring was changed meanwhile. Run it again.");
  forgetTrustedKeys(runtime);
}

type Secret = { readonly keys: ReadonlyMap<string, SigningKey>; readonly fault: string | undefined };

/** Reports unreadable PEMs as a finding, because a finding tells an operator more than a failed function. */
async function readSecret(runtime: Runtime): Promise<Secret> {
  try {
    return { keys: await rereadSigningKeys(runtime), fault: undefined };
  } catch (error) {
    if (error instanceof KeyFault || error instanceof ConfigError) return { keys: new Map(), fault: error.message };
    runtime.log.write("error", "Signing keys could not be read", { error: describeError(error) });
    return { keys: new Map(), fault: "the parameter store does not answer" };
  }
}

type Facts = Pick<KeyTable, "fault" | "unmarked" | "altered"> & {
  readonly keys: readonly KeyFacts[];
  readonly mismatches: readonly Mismatch[];
  readonly isJwksReadable: boolean;
  /** Kids that the last check found in the secret. An unreadable secret isn't an empty one. */
  readonly inSecretBefore: readonly string[];
  /** The findings of the last check. */
  readonly findingsBefore: readonly Finding[];
};

async function gatherFacts(runtime: Runtime, secret: ReadonlyMap<string, SigningKey>): Promise<Facts> {
  const [{ keys: records, check: before, fault, unmarked, altered }, consumer] = await Promise.all([readKeyTable(runtime), consumerKeys(runtime)]);
  const probed = records.flatMap((record) => {
    const key = secret.get(record.kid);
    const reason = consumer === undefined || key === undefined ? undefined : probe(runtime, key, consumer);
    return reason === undefined ? [] : [{ kid: record.kid, state: record.state, reason }];
  });
  const keys = factsOf(records, secret).map((facts) => ({
    ...facts,
    verifiable: consumer === undefined ? undefined : consumer.has(facts.kid) && !probed.some(({ kid }) => kid === facts.kid),
  }));
  // A pending key signs nothing yet, and retired or compromised keys must not verify.
  const mismatches = probed.filter(({ state }) => state === "active" || state === "retiring");
  return { fault, unmarked, altered, keys, mismatches, isJwksReadable: consumer !== undefined, inSecretBefore: before?.inSecret ?? [], findingsBefore: before?.findings ?? [] };
}

/** Why a consumer would refuse certificates signed by this key; undefined: it accepts them. */
function probe(runtime: Runtime, key: SigningKey, ring: ReadonlyMap<string, VerifyKey>): string | undefined {
  const secrets = applicationSecrets(runtime);
  if (secrets === undefined) return ring.has(key.kid) ? undefined : "key-unknown";
  return probeSigning({ key, secrets, ring }, runtime.now());
}

/** False: another check has taken the step. */
async function takeStep(runtime: Runtime, step: Step, secret: ReadonlyMap<string, SigningKey>): Promise<boolean> {
  switch (step.kind) {
    case "register": {
      const keys = step.kids.flatMap((kid) => secret.get(kid)?.publicJwk ?? []);
      return (await registerKeys(runtime, keys)).length > 0;
    }
    case "activate":
      return activateKey(runtime, step);
    case "retire":
      return retireKey(runtime, step.kid, rotationPolicy(runtime.config.certificate.ttlSeconds));
    default:
      return step satisfies never;
  }
}

/** Findings that an operator must act on and that the previous check didn't have. */
function freshFindings(findings: readonly Finding[], before: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ code, kid, state }) => state !== "ok" && !before.some((known) => known.code === code && known.kid === kid && known.state === state));
}

const ringMarked: Finding = {
  code: "ring-marked",
  state: "warn",
  detail: "The ring had no mark, as before this version, and was marked now. Compare its keys with the secret: npm run keys -- status.",
};

function stepFindings(step: Step): readonly Finding[] {
  switch (step.kind) {
    case "register":
      return step.kids.map((kid) => note("key-registered", "Registered: published from now on.", kid));
    case "activate": {
      const stopped = step.instead === null ? [] : [note("key-retiring", "Signs no more; published until its certificates are gone.", step.instead)];
      return [note("key-activated", "Active: signs from now on.", step.kid), ...stopped];
    }
    case "retire":
      return [note("key-retired", "Retired: published no more once the last license file that it signed has ended.", step.kid)];
    default:
      return step satisfies never;
  }
}

/** Each kid's metric costs money for as long as it is written. It is written only while the key's certificates matter. */
function isWatched({ state, certificates }: KeyFacts): boolean {
  return state === "pending" || state === "active" || state === "retiring" || (state === "compromised" && certificates > 0);
}

const loudness: Readonly<Record<CheckState, number>> = { ok: 0, warn: 1, page: 2 };

function report(runtime: Runtime, keys: readonly KeyFacts[], { at, state, findings }: KeyCheck): void {
  const active = keys.find((key) => key.state === "active");
  if (active !== undefined) writeMetric(runtime, "KeyAgeDays", { value: keyAgeDays(active, at) });
  for (const { kid, certificates } of keys.filter(isWatched)) writeMetric(runtime, "KeyCertificates", { value: certificates, dimensions: { Kid: kid } });
  writeMetric(runtime, "KeyCheckState", { value: loudness[state] });
  for (const found of findings) {
    const level = found.state === "ok" ? "info" : found.state === "warn" ? "warn" : "error";
    runtime.log.write(level, found.detail, { code: found.code, ...(found.kid === undefined ? {} : { kid: found.kid }) });
  }
  const counts = { keys: keys.length, inSecret: keys.filter(({ inSecret }) => inSecret).length, findings: findings.length };
  runtime.log.write("info", "Keys checked", { code: state, counts, ...(active === undefined ? {} : { kid: active.kid }) });
}
