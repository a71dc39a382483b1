import type { LambdaFunction } from "./function.ts";
import type { LambdaProcess, ProcessOptions } from "./process.ts";
import { startLambdaProcess } from "./process.ts";

/**
 * Processes for events: an idle one of the function if there is one, else a new one, else the next free one. A process that failed to
 * answer isn't used again. Only processes that were started here are ended.
 */
type LambdaPool = {
  /** Rejects with a process's FunctionFault, or with PoolFullError. */
  readonly invoke: (target: LambdaFunction, event: unknown) => Promise<unknown>;
  /** The number of processes by function. */
  readonly counts: () => ReadonlyMap<string, number>;
  readonly close: () => Promise<void>;
};

/** Lambda's throttling: too many events at once for one function. */
export class PoolFullError extends Error {
  override readonly name = "PoolFullError";
}

export type PoolOptions = ProcessOptions & { readonly perFunctionMax?: number; readonly processesMax?: number; readonly idleMs?: number };

const defaults = { perFunctionMax: 4, processesMax: 32, idleMs: 60_000 };
const queuedMax = 512;

type Slot = { readonly target: LambdaFunction; readonly process: Promise<LambdaProcess>; busy: boolean; idleTimer: NodeJS.Timeout | undefined };
type Waiting = { readonly target: LambdaFunction; readonly take: (slot: Slot) => void; readonly give: (error: Error) => void };
type State = { readonly slots: Set<Slot>; readonly queue: Waiting[]; readonly options: Required<Omit<PoolOptions, "client">> & ProcessOptions; closed: boolean };

export function createLambdaPool(options: PoolOptions): LambdaPool {
  const state: State = { slots: new Set(), queue: [], options: { ...defaults, ...options }, closed: false };
  return {
    invoke: (target, event) => invoke(state, target, event),
    counts: () => counts(state),
    close: () => close(state),
  };
}

async function invoke(state: State, target: LambdaFunction, event: unknown): Promise<unknown> {
  const slot = await acquire(state, target);
  try {
    const process = await slot.process;
    return await process.invoke(event);
  } finally {
    await release(state, slot);
  }
}

function acquire(state: State, target: LambdaFunction): Promise<Slot> {
  if (state.closed) return Promise.reject(new PoolFullError("the pool is closed"));
  const slot = freeSlot(state, target) ?? newSlot(state, target);
  if (slot !== undefined) return Promise.resolve(slot);
  if (state.queue.length >= queuedMax) return Promise.reject(new PoolFullError(`more than ${queuedMax} events wait`));
  return new Promise((take, give) => state.queue.push({ target, take, give }));
}

function freeSlot(state: State, target: LambdaFunction): Slot | undefined {
  for (const slot of state.slots) {
    if (slot.busy || slot.target.name !== target.name) continue;
    clearTimeout(slot.idleTimer);
    slot.busy = true;
    return slot;
  }
  return undefined;
}

/** Undefined if the function has its largest number of processes, or the pool is full of busy ones. */
function newSlot(state: State, target: LambdaFunction): Slot | undefined {
  const { perFunctionMax, processesMax, print, client } = state.options;
  if ((counts(state).get(target.name) ?? 0) >= perFunctionMax) return undefined;
  if (state.slots.size >= processesMax) {
    const idle = [...state.slots].find((slot) => !slot.busy);
    if (idle === undefined) return undefined;
    void discard(state, idle);
  }
  const process = startLambdaProcess(target, client === undefined ? { print } : { print, client });
  // The next invocation rejects with this error; until then it has no listener.
  process.catch(() => undefined);
  const slot: Slot = { target, process, busy: true, idleTimer: undefined };
  state.slots.add(slot);
  return slot;
}

async function release(state: State, slot: Slot): Promise<void> {
  const isAlive = await slot.process.then(
    (process) => process.isAlive(),
    () => false,
  );
  if (isAlive && !state.closed) {
    // Added to the end of the set, so the longest idle process is found first.
    state.slots.delete(slot);
    state.slots.add(slot);
    slot.busy = false;
    slot.idleTimer = setTimeout(() => void discard(state, slot), state.options.idleMs).unref();
  } else {
    await discard(state, slot);
  }
  serveQueue(state);
}

/** Gives free processes to waiting events in their order; an event whose function is at its limit doesn't hold up the others. */
function serveQueue(state: State): void {
  for (const waiting of [...state.queue]) {
    const slot = freeSlot(state, waiting.target) ?? newSlot(state, waiting.target);
    if (slot === undefined) continue;
    state.queue.splice(state.queue.indexOf(waiting), 1);
    waiting.take(slot);
  }
}

async function discard(state: State, slot: Slot): Promise<void> {
  clearTimeout(slot.idleTimer);
  state.slots.delete(slot);
  await slot.process.then(
    (process) => process.stop(),
    () => undefined,
  );
}

function counts(state: State): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { target } of state.slots) found.set(target.name, (found.get(target.name) ?? 0) + 1);
  return found;
}

async function close(state: State): Promise<void> {
  state.closed = true;
  for (const waiting of state.queue.splice(0)) waiting.give(new PoolFullError("the pool is closed"));
  await Promise.all([...state.slots].map((slot) => discard(state, slot)));
}
