import { createHash } from "node:crypto";
import { replyReserveMs, withDeadline } from "../platform/deadline.ts";
import type { Runtime } from "../platform/runtime.ts";
import { once } from "../platform/once.ts";
import { createCache } from "../platform/cache.ts";
import type { Limit } from "./limits.ts";

/** One thing that is counted: a limit and whom it is applied to. */
export type Subject = { readonly limit: Limit; readonly id: string };
/** `used` is the weighed count; `remaining` is never below zero. */
export type Usage = { readonly limit: Limit; readonly used: number; readonly remaining: number; readonly resetSeconds: number };

const redisBudgetMs = 300;
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
      return await countInRedis(runtime, { subjects, add, nowMs });
    } catch (error) {
      state.pausedUntilMs = nowMs + pauseMs;
      runtime.log.write("warn", "limits are counted in the process", { error });
    }
  }
  return countInProcess(state, { subjects, add, nowMs });
}

/** The most exhausted usage, if any of them is over its quota. */
export function exceeded(usages: readonly Usage[]): Usage | undefined {
  return usages.filter(({ used, limit }) => used > limit.quota).toSorted((left, right) => right.resetSeconds - left.resetSeconds)[0];
}

type Count = { readonly subjects: readonly Subject[]; readonly add: 0 | 1; readonly nowMs: number };

async function countInRedis(runtime: Runtime, { subjects, add, nowMs }: Count): Promise<readonly Usage[]> {
  const pipeline = runtime.redis.multi();
  for (const subject of subjects) {
    const keys = keysOf(subject, nowMs);
    if (add === 1) pipeline.incr(keys.current).expire(keys.current, subject.limit.windowSeconds * 2);
    else pipeline.get(keys.current);
    pipeline.get(keys.previous);
  }
  const answers = await withDeadline(performance.now() + replyReserveMs + redisBudgetMs, () => pipeline.exec<unknown[]>());
  const step = add === 1 ? 3 : 2;
  return subjects.map((subject, index) =>
    usageOf(subject.limit, nowMs, {
      current: Number(answers[index * step] ?? 0),
      previous: Number(answers[index * step + step - 1] ?? 0),
    }),
  );
}

type State = { pausedUntilMs: number; readonly counters: ReturnType<typeof createCache<{ count: number }>> };

function createState(): State {
  return { pausedUntilMs: 0, counters: createCache(countersMax) };
}

function countInProcess(state: State, { subjects, add, nowMs }: Count): readonly Usage[] {
  return subjects.map((subject) => {
    const keys = keysOf(subject, nowMs);
    const counter = state.counters.get(keys.current, nowMs) ?? { count: 0 };
    counter.count += add;
    if (add === 1) state.counters.set(keys.current, counter, nowMs + subject.limit.windowSeconds * 2_000);
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
