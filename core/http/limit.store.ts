import { hash } from "node:crypto";
import type { Runtime } from "../platform/runtime.ts";
import { once } from "../platform/once.ts";
import { createCache } from "../base/cache.ts";
import type { Cache } from "../base/cache.ts";
import type { Command } from "../platform/redis.ts";
import { RedisError, sendTransaction } from "../platform/redis.ts";
import type { Limit } from "./limits.ts";

/** A limit and the id of the caller or license that it is applied to. */
export type Counted = { readonly limit: Limit; readonly id: string };
/** `used` is the weighted count of the sliding window. `remaining` is never below zero. */
export type Usage = { readonly limit: Limit; readonly used: number; readonly remaining: number; readonly resetSeconds: number };

/** After a failure the process doesn't use Redis for this time, because a hanging Redis must not use up every call's time budget. */
const pauseMs = 5_000;
/** How many subjects of one limit a process remembers. */
const windowsMax = 10_000;
/** How long a process uses Redis's last count, while a subject is below half of its quota. */
const syncMs = 1_000;
/** The most other subjects whose uses one transaction also sends. Each of them would soon need a transaction of its own. */
const alongMax = 50;
/** A process counts up to 1/200 of a quota before it tells Redis, and ten times as much while no other process counts the subject. */
const untoldPart = 200;
const aloneTimes = 10;

/**
 * Counts one use of each subject; with `add: 0` it only reads. Uses are counted in the process and sent to Redis in one
 * transaction: at once for the first use and from half of the quota on, else after a second or 1/200 of the quota, whichever is
 * first; ten times that if this process alone has counted the subject. A transaction also sends the waiting uses of other subjects.
 * So a busy subject costs few commands, and many busy subjects cost few transactions. A burst that hundreds of instances share in one
 * instant may reach twice the quota. Never throws: without Redis each process counts for itself, so each instance has its own quota.
 */
export async function countUse(runtime: Runtime, subjects: readonly Counted[], { add }: { add: 0 | 1 }): Promise<readonly Usage[]> {
  const state = once(runtime, createState);
  const nowMs = runtime.now().getTime();
  const uses = subjects.map((subject) => take(state, subject, { adds: add, nowMs }));
  const due = uses.filter((use) => isSyncDue(use, nowMs));
  if (due.length > 0 && nowMs >= state.pausedUntilMs) {
    try {
      await sync(runtime, [...due, ...takenAlong(state, due, nowMs)], nowMs);
    } catch (error) {
      // If many calls fail at once, only one of them writes the log line.
      if (nowMs >= state.pausedUntilMs) runtime.log.write("warn", "limits are counted in the process", { reason: reasonOf(error) });
      state.pausedUntilMs = nowMs + pauseMs;
    }
  }
  return uses.map((use) => usageOf(use, nowMs));
}

/** A subject's usage as far as this process knows it, without asking Redis. */
export function knownUse(runtime: Runtime, subject: Counted): Usage {
  const nowMs = runtime.now().getTime();
  return usageOf(take(once(runtime, createState), subject, { adds: 0, nowMs }), nowMs);
}

/** Of the usages over their quota, the one with the latest reset; undefined: none is over. */
export function exceeded(usages: readonly Usage[]): Usage | undefined {
  return usages.filter(({ used, limit }) => used > limit.quota).toSorted((left, right) => right.resetSeconds - left.resetSeconds)[0];
}

/** A process's counts of one subject in one window. */
type Window = {
  readonly number: number;
  /** `told`: Redis's last count. `own`: this process's part of it. */
  told: number;
  own: number;
  /** The count of the previous window, which can't change any more. */
  previous: number;
  /** `telling`: uses that are being sent to Redis. `untold`: uses that aren't sent yet. */
  telling: number;
  untold: number;
  syncedAtMs: number;
  /** Whether this process has set the counter's expiry. */
  ends: boolean;
};

/** One call's use of a subject. `count`: the window's count including this use, as far as this process knows. */
type Use = { readonly subject: Counted; readonly window: Window; readonly adds: 0 | 1; count: number };
/** The newest window of each subject: by limit name, then by subject id. */
type State = {
  pausedUntilMs: number;
  readonly windows: Map<string, Cache<Window>>;
  /** Windows with uses that Redis may not know yet; at most `alongMax`. */
  readonly waiting: Map<Window, Counted>;
};

function createState(): State {
  return { pausedUntilMs: 0, windows: new Map(), waiting: new Map() };
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
  if (adds === 1 && state.waiting.size < alongMax) state.waiting.set(window, subject);
  return { subject, window, adds, count: window.told + window.telling + window.untold };
}

/** The uses of other subjects that the transaction of `due` also sends: of windows that were last sent at least `syncMs / 2` ago. */
function takenAlong({ waiting }: State, due: readonly Use[], nowMs: number): readonly Use[] {
  const others: Use[] = [];
  for (const [window, subject] of waiting) {
    if (window.untold === 0 || due.some((use) => use.window === window)) waiting.delete(window);
    else if (nowMs - window.syncedAtMs >= syncMs / 2) others.push({ subject, window, adds: 0, count: 0 });
  }
  return others;
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

/** Sends this process's uses to Redis and reads the total of all processes, in one round trip. */
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
    // If Redis may have counted the uses, they aren't sent again: counting a use twice could lock a caller out.
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
    // Redis counts the uses of all processes in one order, and `told` is the place of this use in that order.
    use.count = told;
  }
}

/** Whether the transaction can't have run: there was no connection, or Redis refused it. */
function isUnsent(error: unknown): boolean {
  return !(error instanceof RedisError) || error.kind === "refused" || error.code === "connect";
}

function reasonOf(error: unknown): string {
  return error instanceof RedisError ? (error.code ?? error.kind) : "not configured";
}

/** The subject's id is hashed, so that the key doesn't reveal it and a caller can't choose the key's form. */
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

/** The sliding window: the previous window counts by the part of it that still lies inside. */
function weigh(limit: Limit, nowMs: number, counts: { readonly current: number; readonly previous: number }): number {
  const windowMs = limit.windowSeconds * 1000;
  return counts.current + counts.previous * (1 - (nowMs % windowMs) / windowMs);
}
