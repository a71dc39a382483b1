import { setImmediate as turn } from "node:timers/promises";
import type { Timing } from "@licensing/core/platform/connections.ts";
import type { DeadWhileFrozen } from "../support/fault-proxy.ts";

/** How connections died while the process was frozen, and how many of them. */
const kinds: readonly DeadWhileFrozen[] = ["reset", "closed", "silent"];
export const deaths = kinds.flatMap((how) => [1, 2, 5].map((count) => [how, count] as const));

/** Time that passes only when a test moves it. */
export type Clock = Timing & { readonly advance: (ms: number) => void; readonly waiting: () => number };

export function createClock(): Clock {
  let nowMs = Date.UTC(2026, 10, 23);
  const timers = new Set<{ readonly atMs: number; readonly run: () => void }>();
  return {
    nowMs: () => nowMs,
    after: (ms, run) => {
      const timer = { atMs: nowMs + ms, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance: (ms) => {
      nowMs += ms;
      for (const timer of [...timers].filter(({ atMs }) => atMs <= nowMs)) {
        timers.delete(timer);
        timer.run();
      }
    },
    waiting: () => timers.size,
  };
}

/** Moves time in small steps until the promise is settled. Returns the time that passed. */
export async function whileTimePasses<Value>(clock: Clock, work: Promise<Value>): Promise<{ readonly value: Value; readonly tookMs: number }> {
  const startedAtMs = clock.nowMs();
  let settled = false;
  const done = work.finally(() => (settled = true));
  done.catch(() => undefined);
  while (!settled) {
    // This timer runs last: everything that can happen at this moment has happened.
    for (let times = 0; times < 200 && !settled; times += 1) await turn();
    if (!settled && clock.waiting() > 0) clock.advance(10);
  }
  return { value: await done, tookMs: clock.nowMs() - startedAtMs };
}
