import { describeError } from "../platform/describe-error.ts";
import type { Runtime } from "../platform/runtime.ts";
import { timeBudget } from "../platform/time-budget.ts";
import { bodyOf } from "./body.ts";
import type { Attempt } from "./delivery.ts";
import { createNetwork } from "./network.store.ts";
import type { Settlement } from "./queue.sql.ts";
import { exchange, fixBodies, readWaiting, removeOld, shareOf, type Disabled, type Taken, type Waiting } from "./queue.store.ts";
import { continueReplay } from "./replay.store.ts";
import { nextAttemptAt } from "./retry.ts";
import { openKey } from "./secret.ts";
import { sendWebhook, type Sent } from "./send.store.ts";
import { signatureHeaders, type SigningKeys } from "./signature.ts";
import { wakeDeliveries } from "./wake.store.ts";

type Delivered = Waiting & {
  readonly delivered: number;
  /** Failed attempts. */
  readonly failed: number;
  readonly disabled: number;
};

type DeliverOptions = {
  readonly workMs?: number;
  /** Sends one attempt; it never throws. */
  readonly send?: (delivery: { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string }) => Promise<Sent>;
};

const workMsDefault = 40_000;
/** An attempt takes ten seconds, and its result must be recorded after it. */
const reserveMs = 15_000;
/** How many deliveries a run has under way. */
const underWayMax = 64;
/** A delivery isn't sent later than this after it was taken, so that its attempt ends well before its lease does. */
const begunWithinMs = 20_000;
/** A delivery that is due again so soon isn't left to the minute's next run. */
const soonMs = 15_000;

type Run = {
  readonly runtime: Runtime;
  readonly send: NonNullable<DeliverOptions["send"]>;
  readonly underWay: Set<Promise<void>>;
  /** Results that aren't recorded yet. */
  readonly settlements: Settlement[];
  readonly counts: { delivered: number; failed: number; disabled: number };
  /** The last of the attempts that are due again soon, in milliseconds since 1970; 0: there are none. */
  soonAtMs: number;
};

/**
 * Sends the deliveries that are due. Several runs at once share the work: a delivery is under way in one of them. A run that dies
 * leaves its deliveries to the next ones, when their leases end: then an attempt may reach its receiver twice. Bounded by time; the
 * next run does the rest. For attempts that are due again in a few seconds it sends the queue one delayed message. Throws
 * DatabaseError.
 */
export async function deliverWebhooks(runtime: Runtime, { workMs = workMsDefault, send }: DeliverOptions = {}): Promise<Delivered> {
  const network = createNetwork(runtime);
  const run: Run = { runtime, send: send ?? ((delivery) => sendWebhook(delivery, network)), underWay: new Set(), settlements: [], counts: { delivered: 0, failed: 0, disabled: 0 }, soonAtMs: 0 };
  const time = timeBudget(workMs, reserveMs);
  await removeOld(runtime);
  let hasReplay = true;
  for (;;) {
    hasReplay = hasReplay && time.hasTime() && (await continueReplay(runtime));
    const taken = await turn(run, time.hasTime() ? underWayMax - run.underWay.size : 0);
    if (taken.length > 0) begin(run, taken);
    if (run.underWay.size > 0) await Promise.race(run.underWay);
    // Wait until other deliveries have ended too, because one statement records them all.
    await new Promise(setImmediate);
    if (taken.length === 0 && run.underWay.size === 0 && run.settlements.length === 0) break;
  }
  const [waiting] = await Promise.all([readWaiting(runtime), wakeSoon(run)]);
  return { ...run.counts, ...waiting };
}

/** Sends a delayed message for the first retries, so that the next run begins when they are due. */
async function wakeSoon({ runtime, soonAtMs }: Run): Promise<void> {
  if (soonAtMs > 0) await wakeDeliveries(runtime, { delaySeconds: Math.max(0, Math.ceil((soonAtMs - runtime.now().getTime()) / 1000)) });
}

/** Records the results so far and takes new deliveries. If the outcome is lost, the results are recorded by the next turn. */
async function turn(run: Run, limit: number): Promise<readonly Taken[]> {
  const { runtime } = run;
  const settlements = [...run.settlements];
  const { taken, disabled } = await exchange(runtime, { settlements, limit });
  // More results arrived while these were recorded.
  run.settlements.splice(0, settlements.length);
  run.counts.disabled += disabled.length;
  for (const each of disabled) reportDisabled(runtime, each);
  return taken;
}

function reportDisabled({ log }: Runtime, { id, reason }: Disabled): void {
  log.write("error", "Webhook disabled", { webhookId: id, reason });
}

/** Fixes the bodies of deliveries that are sent for the first time, and sends them all. */
function begin(run: Run, taken: readonly Taken[]): void {
  const { runtime } = run;
  const startedAtMs = performance.now();
  const drafted = taken.map((delivery) => ({ delivery, body: delivery.body ?? bodyOf(delivery, runtime.now()) }));
  const fresh = drafted.flatMap(({ delivery: { id, webhookId, body: fixed }, body }) => (fixed !== null || body === null ? [] : [{ id, webhookId, body }]));
  const token = taken[0]?.token ?? "";
  const fixing = fresh.length === 0 ? Promise.resolve() : fixBodies(runtime, token, fresh);
  for (const { delivery, body } of drafted) {
    const sending = fixing
      .then(() => (performance.now() - startedAtMs > begunWithinMs ? undefined : attempt(run, delivery, body)))
      .catch((error: unknown) => {
        // Another run sends it when its lease has ended.
        runtime.log.write("error", "Webhook delivery could not be sent", { webhookId: delivery.webhookId, error: describeError(error) });
      })
      .finally(() => run.underWay.delete(sending));
    run.underWay.add(sending);
  }
}

async function attempt(run: Run, delivery: Taken, body: string | null): Promise<void> {
  const { runtime, counts } = run;
  const at = runtime.now();
  const keys = keysOf(runtime, delivery);
  const sent = body === null ? unsendable("body-too-large") : keys === undefined ? unsendable("keys-unreadable") : await send(run, { delivery, body, keys, at });
  const settlement = settlementOf(runtime, delivery, { at, sent });
  if (settlement.isDelivered) counts.delivered += 1;
  else counts.failed += 1;
  run.soonAtMs = Math.max(run.soonAtMs, soonOf(settlement, runtime.now()));
  run.settlements.push(settlement);
}

/** When the delivery is due again, in milliseconds since 1970, if that is soon; else 0. */
function soonOf({ isDelivered, isGone, nextAt }: Settlement, now: Date): number {
  const nextAtMs = isDelivered || isGone || nextAt === null ? 0 : Date.parse(nextAt);
  return nextAtMs <= now.getTime() + soonMs ? nextAtMs : 0;
}

type Unsendable = Omit<Sent, "error"> & { readonly error: string };

function unsendable(error: string): Unsendable {
  return { status: null, durationMs: 0, error, retryAfterSeconds: null };
}

type Sending = { readonly delivery: Taken; readonly body: string; readonly keys: SigningKeys; readonly at: Date };

function send(run: Run, { delivery: { id, url }, body, keys, at }: Sending): Promise<Sent> {
  const headers = { "content-type": "application/json", "user-agent": "licensing-webhooks/1", ...signatureHeaders({ id, at, body }, keys) };
  return run.send({ url, headers, body });
}

/** The keys that sign: during a rotation the new ones and the former. Undefined: the database's seals don't open. */
function keysOf(runtime: Runtime, { webhookId, signatures, secret, formerSecret, privateKey, formerPrivateKey }: Taken): SigningKeys | undefined {
  const open = (purpose: "webhook-secret" | "webhook-signing-key", sealed: readonly (string | null)[]) =>
    sealed.flatMap((texts) => texts?.split(" ") ?? []).map((text) => openKey(runtime, text, { purpose, webhookId }));
  const secrets = signatures.includes("v1") ? open("webhook-secret", [secret, formerSecret]) : [];
  const privateKeys = signatures.includes("v1a") ? open("webhook-signing-key", [privateKey, formerPrivateKey]) : [];
  const isOpen = (key: string | undefined): key is string => key !== undefined;
  const opened = { secrets: secrets.filter(isOpen), privateKeys: privateKeys.filter(isOpen) };
  return opened.secrets.length + opened.privateKeys.length === 0 ? undefined : opened;
}

const gone = 410;

function settlementOf(runtime: Runtime, delivery: Taken, { at, sent }: { readonly at: Date; readonly sent: Sent | Unsendable }): Settlement {
  const { status, durationMs, error, retryAfterSeconds } = sent;
  const now = runtime.now();
  const attempted: Attempt = { at: at.toISOString(), status, durationMs: Math.round(durationMs), error };
  const isDelivered = status !== null && status >= 200 && status < 300;
  const isGone = status === gone;
  const nextAt = isGone ? now : nextAttemptAt({ tries: delivery.tries + 1, retryAfterSeconds, share: shareOf(runtime) }, now);
  const waitUntil = isDelivered || retryAfterSeconds === null ? null : new Date(now.getTime() + retryAfterSeconds * 1000);
  return {
    webhookId: delivery.webhookId, id: delivery.id, token: delivery.token, url: delivery.url, isDelivered, isTest: delivery.type === "webhook.test", isGone,
    attempt: attempted, nextAt: nextAt?.toISOString() ?? null, waitUntil: waitUntil?.toISOString() ?? null,
  };
}
