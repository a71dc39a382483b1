import { describeError } from "../platform/describe-error.ts";
import { markKeys } from "../publication/queue.store.ts";
import { reconcile } from "../publication/reconcile.job.ts";
import { afterChange } from "../platform/database-error.ts";
import type { Runtime } from "../platform/runtime.ts";
import { throwProblem } from "../problem/problem.ts";
import { factsOf } from "./key-facts.store.ts";
import { denyKey, readKeyTable, registerKeys } from "./key-table.store.ts";
import { successorOf, type KeyFacts } from "./states.ts";
import { rereadSigningKeys } from "../keyring/signing-keys.store.ts";
import { forgetTrustedKeys } from "../keyring/trusted-keys.store.ts";

type Compromised = {
  /** The key as it is now, with the certificates that are still signed by it. */
  readonly key: KeyFacts;
  /** The key that signs now; null: none. */
  readonly activeKid: string | null;
  /** Licenses published again by this call. */
  readonly published: number;
};

/** Two who deny or check keys at once may each be asked to look again. */
const attemptsMax = 5;
/** How much is published again before the answer; the reconciler does the rest. */
const workMs = 4_000;
const rowsMax = 2_000;
const marksMax = 10;

/**
 * Denies a key at once and for good: out of the JWKS, out of what this service trusts; the next key signs in the same
 * statement, and the licenses of the denied one are due, those that deny first. Doing it again goes on with the licenses.
 * Refuses with key-not-found, and with key-last-active while no other key could sign. Throws DatabaseError.
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

/** Answers the keys that the secret held: after the denial it isn't read again, since that may fail. */
async function deny(runtime: Runtime, kid: string): Promise<Secret> {
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const secret = await registerAll(runtime);
    const table = await readKeyTable(runtime);
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

/** A key that was added to the secret for this very moment is not known to the table yet. Answers all that the secret holds. */
async function registerAll(runtime: Runtime): Promise<Secret> {
  const secret = await rereadSigningKeys(runtime);
  const { keys } = await readKeyTable(runtime);
  const known = new Set(keys.map(({ kid }) => kid));
  const unknown = [...secret.values()].filter(({ kid }) => !known.has(kid));
  if (unknown.length > 0) await registerKeys(runtime, unknown.map(({ publicJwk }) => publicJwk));
  return secret;
}

/** Never fails the denial, which is in the database: the reconciler heals what is left. */
async function publishAgain(runtime: Runtime, kid: string): Promise<number> {
  try {
    for (let marks = 0; marks < marksMax; marks += 1) {
      if ((await markKeys(runtime, { kids: [kid], soon: true })) === 0) break;
    }
    const { published } = await reconcile(runtime, { workMs, rowsMax });
    return published;
  } catch (error) {
    runtime.log.write("warn", "Certificate publication pending", { kid, error: describeError(error) });
    return 0;
  }
}
