import { describeError } from "../platform/describe-error.ts";
import { makeDueByKeys } from "../publication/queue.store.ts";
import { reconcile } from "../publication/reconcile.job.ts";
import { afterChange } from "../platform/database-error.ts";
import type { Runtime } from "../platform/runtime.ts";
import { throwProblem } from "../problem/problem.ts";
import { factsOf } from "./key-facts.store.ts";
import { denyKey, markTable, registerKeys } from "./change-ring.store.ts";
import { readKeyTable } from "./key-table.store.ts";
import { successorOf, type KeyFacts } from "./states.ts";
import { rereadSigningKeys } from "../keyring/signing-keys.store.ts";
import { forgetTrustedKeys } from "../keyring/trusted-keys.store.ts";

type Compromised = {
  /** The key, with the certificates that are still signed by it. */
  readonly key: KeyFacts;
  /** The key that signs now; null: none. */
  readonly activeKid: string | null;
  /** Licenses published again by this call. */
  readonly published: number;
};

/** A denial that loses a race to another change of the keys looks again, at most this often. */
const attemptsMax = 5;
/** Bounds of the publishing before the answer; the reconciler does the rest. */
const workMs = 4_000;
const rowsMax = 2_000;
const turnsMax = 10;

/**
 * Denies a key at once and for good: it leaves the JWKS and the keys that this service trusts, the next key signs in the same
 * statement, and the licenses of the denied key become due, denying ones first. A repeated call goes on with the licenses. Throws
 * the problems key-not-found, and key-last-active while no other key could sign. Throws DatabaseError.
 */
export async function compromiseKey(runtime: Runtime, kid: string): Promise<Compromised> {
  const secret = await deny(runtime, kid);
  forgetTrustedKeys(runtime);
  const published = await publishAgain(runtime, kid);
  const table = await readKeyTable(runtime).catch(afterChange);
  const keys = factsOf(table.keys, secret);
  const key = keys.find((candidate) => candidate.kid === kid);
  if (key === undefined) throwProblem("key-not-found");
  return { key, activeKid: keys.find(({ state }) => state === "active")?.kid ?? null, published };
}

type Secret = Awaited<ReturnType<typeof rereadSigningKeys>>;

/** Returns the keys of the secret: reading it again after the denial could fail. */
async function deny(runtime: Runtime, kid: string): Promise<Secret> {
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const secret = await registerAll(runtime);
    const table = await readKeyTable(runtime);
    if (table.fault !== undefined) throwProblem("dependency-unavailable", { detail: refused, retryAfterSeconds: 60 });
    const keys = factsOf(table.keys, secret);
    const key = keys.find((candidate) => candidate.kid === kid);
    if (key === undefined || key.state === "unregistered") throwProblem("key-not-found");
    if (key.state === "compromised") return secret;
    const successor = key.state === "active" ? successorOf(kid, keys) : undefined;
    if (key.state === "active" && successor === undefined) throwProblem("key-last-active", { detail: whatToDo });
    if (await denyKey(runtime, { kid, from: key.state, successor: successor?.kid ?? null })) {
      runtime.log.write("error", "Signing key compromised", { kid, code: key.state });
      if (successor !== undefined) runtime.log.write("info", "Active: signs from now on.", { kid: successor.kid, code: "key-activated" });
      return secret;
    }
  }
  throwProblem("dependency-unavailable", { detail: "The keys are being changed by others.", retryAfterSeconds: 1 });
}

const whatToDo =
  "No other key could sign. Add a second private key to the secret (npm run keys -- generate makes one), then ask again.";

const refused = "The key ring is refused: see the findings of POST /keys/check, and the runbook.";

/** Marks a ring that was never marked, and registers keys of the secret that the table doesn't know: the successor may have just been added. Returns all keys of the secret. */
async function registerAll(runtime: Runtime): Promise<Secret> {
  const secret = await rereadSigningKeys(runtime);
  await markTable(runtime, new Set(secret.keys()));
  const { keys } = await readKeyTable(runtime);
  const known = new Set(keys.map(({ kid }) => kid));
  const unknown = [...secret.values()].filter(({ kid }) => !known.has(kid));
  if (unknown.length > 0) await registerKeys(runtime, unknown.map(({ publicJwk }) => publicJwk));
  return secret;
}

/** Never throws: the denial is already committed, and the reconciler publishes the rest. */
async function publishAgain(runtime: Runtime, kid: string): Promise<number> {
  try {
    for (let turn = 0; turn < turnsMax; turn += 1) {
      if ((await makeDueByKeys(runtime, { kids: [kid], soon: true })) === 0) break;
    }
    const { published } = await reconcile(runtime, { workMs, rowsMax });
    return published;
  } catch (error) {
    runtime.log.write("warn", "Certificate publication pending", { kid, error: describeError(error) });
    return 0;
  }
}
