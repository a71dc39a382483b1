import { createHash } from "node:crypto";
import type { Runtime } from "../platform/runtime.ts";
import { once } from "../platform/once.ts";
import { createCache } from "../platform/cache.ts";
import type { Command } from "../platform/redis.ts";
import { sendTransaction } from "../platform/redis.ts";
import type { Limit } from "./limits.ts";

/** One thing that is counted: a limit and whom it is applied to. `watched`: only looked at, whatever the others are. */
export type Subject = { readonly limit: Limit; readonly id: string; readonly watched?: boolean };
/** `used` is the weighed count; `remaining` is never below zero. */
export type Usage = { readonly limit: Limit; readonly used: number; readonly remaining: number; readonly resetSeconds: number };

/** After a failure Redis is left alone for so long: a hanging Redis must not cost every call its budget. */
const pauseMs = 5_000;
const countersMax = 20_000;

/**
 * Counts one use of each subject, or with `add: 0` only looks, in one Redis pipeline. Never throws: without Redis the
 * process counts for itself, which is a higher limit (one for each instance) but still a limit.
 */
export async function countUse(runtime: Runtime, subjects: readonly Subject[], { add }: { add: 0 | 1 }): Promise<readonly Usage[]> {
  const state = once(runtime, createState);
  const nowMs = runtime.now().getTime();
  if (nowMs >= state.pausedUntilMs) {
    try {
      return await countInRedis(runtime, state, { subjects, add, nowMs });
    } catch (error) {
      // Of many that fail together one says so.
      if (nowMs >= state.pausedUntilMs) runtime.log.write("warn", "limits are counted in the process", { error });
      state.pausedUntilMs = nowMs + pauseMs;
    }
  }
  return countInProcess(state, { subjects, add, nowMs });
}

/** The most exhausted usage, if any of them is over its quota. */
export function exceeded(usages: readonly Usage[]): Usage | undefined {
  return usages.filter(({ used, limit }) => used > limit.quota).toSorted((left, right) => right.resetSeconds - left.resetSeconds)[0];
}

type Count = { readonly subjects: readonly Subject[]; readonly add: 0 | 1; readonly nowMs: number };

/**
 * A process that has counted in a window knows the rest of it: what the window before held can't change any more, and
 * the counter has its end. So a busy subject costs one command a call.
 */
async function countInRedis(runtime: Runtime, state: State, { subjects, add, nowMs }: Count): Promise<readonly Usage[]> {
  const plans = subjects.map((subject) => {
    const keys = keysOf(subject, nowMs);
    return { subject, keys, adds: addsOf(subject, add), known: state.windows.get(keys.current, nowMs) };
  });
  const commands = plans.flatMap(({ subject, keys, adds, known }): Command[] => [
    [adds === 1 ? "INCR" : "GET", keys.current],
    ...(known === undefined ? [["GET", keys.previous] as const] : []),
    ...(adds === 1 && known?.ends !== true ? [["EXPIRE", keys.current, subject.limit.windowSeconds * 2] as const] : []),
  ]);
  const answers = await sendTransaction(runtime, commands);
  let place = 0;
  return plans.map(({ subject, keys, adds, known }) => {
    const current = Number(answers[place] ?? 0);
    const previous = known?.previous ?? Number(answers[place + 1] ?? 0);
    place += 1 + (known === undefined ? 1 : 0) + (adds === 1 && known?.ends !== true ? 1 : 0);
    const ends = adds === 1 || known?.ends === true;
    state.windows.set(keys.current, { previous, ends }, nowMs + subject.limit.windowSeconds * 1_000);
    return usageOf(subject.limit, nowMs, { current, previous });
  });
}

function addsOf(subject: Subject, add: 0 | 1): 0 | 1 {
  return subject.watched === true ? 0 : add;
}

type State = {
  pausedUntilMs: number;
  readonly counters: ReturnType<typeof createCache<{ count: number }>>;
  /** `ends`: this process has given the counter its expiry. */
  readonly windows: ReturnType<typeof createCache<{ readonly previous: number; readonly ends: boolean }>>;
};

function createState(): State {
  return { pausedUntilMs: 0, counters: createCache(countersMax), windows: createCache(countersMax) };
}

function countInProcess(state: State, { subjects, add, nowMs }: Count): readonly Usage[] {
  return subjects.map((subject) => {
    const keys = keysOf(subject, nowMs);
    const counter = state.counters.get(keys.current, nowMs) ?? { count: 0 };
    const adds = addsOf(subject, add);
    counter.count += adds;
    if (adds === 1) state.counters.set(keys.current, counter, nowMs + subject.limit.windowSeconds * 2_000);
    return usageOf(subject.limit, nowMs, {
      current: counter.count,
      previous: state.counters.get(keys.previous, nowMs)?.count ?? 0,
    });
  });
}

/** The subject is digested: a key must not show whom it counts, nor take a shape that the caller chose. */
function keysOf({ limit, id }: Subject, nowMs: number): { readonly current: string; readonly previous: string } {
  const digest = createHash("sha256").update(id).digest("base64url").slice(0, 22);
  const windowNumber = Math.floor(nowMs / (limit.windowSeconds * 1000));
  const key = (number: number) => `licensing:limit:${limit.name}:${digest}:${number}`;
  return { current: key(windowNumber), previous: key(windowNumber - 1) };
}

function usageOf(limit: Limit, nowMs: number, counts: { readonly current: number; readonly previous: number }): Usage {
  const windowMs = limit.windowSeconds * 1000;
  const elapsedMs = nowMs % windowMs;
  const used = counts.current + counts.previous * (1 - elapsedMs / windowMs);
  return {
    limit,
    used,
    remaining: Math.max(0, Math.floor(limit.quota - used)),
    resetSeconds: Math.max(1, Math.ceil((windowMs - elapsedMs) / 1000)),
  };
}
