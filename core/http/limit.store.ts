import { hash } from "node:crypto";
import type { Runtime } from "../platform/runtime.ts";
import { once } from "../platform/once.ts";
import { createCache } from "../base/cache.ts";
import type { Cache } from "../base/cache.ts";
import type { Command } from "../platform/redis.ts";
import { RedisError, sendTransaction } from "../platform/redis.ts";
import type { Limit } from "./limits.ts";

/** One thing that is counted: a limit and whom it is applied to. */
export type Counted = { readonly limit: Limit; readonly id: string };
/** `used` is the weighed count; `remaining` is never below zero. */
export type Usage = { readonly limit: Limit; readonly used: number; readonly remaining: number; readonly resetSeconds: number };

/** After a failure Redis is left alone for so long: a hanging Redis must not cost every call its budget. */
const pauseMs = 5_000;
/** Counteds of one limit that a process remembers. */
const windowsMax = 10_000;
/** How long a process goes on with what Redis last said, while a subject is below half of its quota. */
const syncMs = 1_000;
/** How much of a quota a process counts by itself before it tells Redis: a part in so many, and so many times that while nobody else counts. */
const untoldPart = 200;
const aloneTimes = 10;

/**
 * Counts one use of each subject, or with `add: 0` only looks. Uses are counted in the process and told to Redis in one
 * pipeline: at the first use and from half of the quota on at once, else after a second or a two-hundredth of the quota,
 * whichever is first; ten times that, where Redis has heard of the subject from this process alone. So a busy subject costs
 * few commands; a burst that hundreds of instances share in one instant may come to twice the quota.
 * Never throws: without Redis the process counts for itself, which is a higher limit (one for each instance) but still one.
 */
export async function countUse(runtime: Runtime, subjects: readonly Counted[], { add }: { add: 0 | 1 }): Promise<readonly Usage[]> {
  const state = once(runtime, createState);
  const nowMs = runtime.now().getTime();
  const uses = subjects.map((subject) => take(state, subject, { adds: add, nowMs }));
  const due = uses.filter((use) => isSyncDue(use, nowMs));
  if (due.length > 0 && nowMs >= state.pausedUntilMs) {
    try {
      await sync(runtime, due, nowMs);
    } catch (error) {
      // Of many that fail together one says so.
      if (nowMs >= state.pausedUntilMs) runtime.log.write("warn", "limits are counted in the process", { reason: reasonOf(error) });
      state.pausedUntilMs = nowMs + pauseMs;
    }
  }
  return uses.map((use) => usageOf(use, nowMs));
}

/** What this process knows of a subject's uses, without asking Redis. */
export function knownUse(runtime: Runtime, subject: Counted): Usage {
  const nowMs = runtime.now().getTime();
  return usageOf(take(once(runtime, createState), subject, { adds: 0, nowMs }), nowMs);
}

/** The most exhausted usage, if any of them is over its quota. */
export function exceeded(usages: readonly Usage[]): Usage | undefined {
  return usages.filter(({ used, limit }) => used > limit.quota).toSorted((left, right) => right.resetSeconds - left.resetSeconds)[0];
}

/** What a process knows of one subject in one window. */
type Window = {
  readonly number: number;
  /** What Redis last said, and how much of that it had from here. */
  told: number;
  own: number;
  /** Of the window before, which can't change any more. */
  previous: number;
  /** Counted here and being told to Redis; and not yet. */
  telling: number;
  untold: number;
  syncedAtMs: number;
  /** This process has given the counter its expiry. */
  ends: boolean;
};

/** One call's use of a subject. `count`: the window's, with this use, as far as this process knows. */
type Use = { readonly subject: Counted; readonly window: Window; readonly adds: 0 | 1; count: number };
/** The newest window of each subject, by its id, for each limit by its name. */
type State = { pausedUntilMs: number; readonly windows: Map<string, Cache<Window>> };

function createState(): State {
  return { pausedUntilMs: 0, windows: new Map() };
}

function windowsOf({ windows }: State, { name }: Limit): Cache<Window> {
  const known = windows.get(name);
  if (known !== undefined) return known;
  const created = createCache<Window>(windowsMax);
  windows.set(name, created);
  return created;
}

function take(state: State, subject: Counted, { adds, nowMs }: { readonly adds: 0 | 1; readonly nowMs: number }): Use {
  const { limit, id } = subject;
  const windows = windowsOf(state, limit);
  const number = Math.floor(nowMs / (limit.windowSeconds * 1000));
  const newest = windows.get(id, nowMs);
  const window = newest?.number === number ? newest : opened(number, newest);
  if (window !== newest) windows.set(id, window, nowMs + limit.windowSeconds * 2_000);
  window.untold += adds;
  return { subject, window, adds, count: window.told + window.telling + window.untold };
}

function opened(number: number, newest: Window | undefined): Window {
  const previous = newest?.number === number - 1 ? newest.told + newest.telling + newest.untold : 0;
  return { number, told: 0, own: 0, previous, telling: 0, untold: 0, syncedAtMs: Number.NEGATIVE_INFINITY, ends: false };
}

function isSyncDue({ subject: { limit }, window, count, adds }: Use, nowMs: number): boolean {
  const isOld = nowMs - window.syncedAtMs >= syncMs;
  const isAlone = window.own > 0 && window.told <= window.own;
  const isMuch = adds === 1 && window.untold >= Math.max(1, Math.floor(limit.quota / untoldPart) * (isAlone ? aloneTimes : 1));
  return isOld || isMuch || weigh(limit, nowMs, { current: count, previous: window.previous }) > limit.quota / 2;
}

/** Tells Redis what it doesn't know and learns what others used, in one round trip. */
async function sync(runtime: Runtime, uses: readonly Use[], nowMs: number): Promise<void> {
  const plans = uses.map((use) => ({ use, amount: use.window.untold, isNew: use.window.syncedAtMs < 0, ends: use.window.ends, keys: keysOf(use) }));
  const commands = plans.flatMap(({ use: { subject }, keys, amount, isNew, ends }): Command[] => [
    amount > 0 ? ["INCRBY", keys.current, amount] : ["GET", keys.current],
    ...(isNew ? [["GET", keys.previous] as const] : []),
    ...(amount > 0 && !ends ? [["EXPIRE", keys.current, subject.limit.windowSeconds * 2] as const] : []),
  ]);
  for (const { use, amount } of plans) {
    use.window.untold -= amount;
    use.window.telling += amount;
  }
  const answers = await sendTransaction(runtime, commands).catch((error: unknown) => {
    // Where Redis may have counted, nothing is told again: a use that counts twice could lock somebody out.
    const again = isUnsent(error);
    for (const { use, amount } of plans) {
      use.window.telling -= amount;
      if (again) use.window.untold += amount;
      else use.window.told += amount;
    }
    throw error;
  });
  let place = 0;
  for (const { use, amount, isNew, ends } of plans) {
    const { window } = use;
    const told = Number(answers[place] ?? 0);
    if (isNew) window.previous = Math.max(window.previous, Number(answers[place + 1] ?? 0));
    place += 1 + (isNew ? 1 : 0) + (amount > 0 && !ends ? 1 : 0);
    window.telling -= amount;
    window.told = Math.max(window.told, told);
    window.own += amount;
    window.syncedAtMs = nowMs;
    window.ends ||= amount > 0;
    // Redis put the uses of all processes in one order: this is the place of this one in it.
    use.count = told;
  }
}

/** The transaction can't have run: no connection, or an answer that says so. */
function isUnsent(error: unknown): boolean {
  return !(error instanceof RedisError) || error.kind === "refused" || error.code === "connect";
}

function reasonOf(error: unknown): string {
  return error instanceof RedisError ? (error.code ?? error.kind) : "not configured";
}

/** The subject is digested: a key must not show whom it counts, nor take a shape that the caller chose. */
function keysOf({ subject: { limit, id }, window }: Use): { readonly current: string; readonly previous: string } {
  const digest = hash("sha256", id, "base64url").slice(0, 22);
  const key = (number: number) => `licensing:limit:${limit.name}:${digest}:${number}`;
  return { current: key(window.number), previous: key(window.number - 1) };
}

function usageOf({ subject: { limit }, count, window }: Use, nowMs: number): Usage {
  const windowMs = limit.windowSeconds * 1000;
  const used = weigh(limit, nowMs, { current: count, previous: window.previous });
  return {
    limit,
    used,
    remaining: Math.max(0, Math.floor(limit.quota - used)),
    resetSeconds: Math.max(1, Math.ceil((windowMs - (nowMs % windowMs)) / 1000)),
  };
}

/** A window slides: of the one before counts what of it is still inside. */
function weigh(limit: Limit, nowMs: number, counts: { readonly current: number; readonly previous: number }): number {
  const windowMs = limit.windowSeconds * 1000;
  return counts.current + counts.previous * (1 - (nowMs % windowMs) / windowMs);
}
