import type { refreshed } from "@licensing/core/base/refreshed.ts";
import type { Removal } from "./module-without.ts";

export type Make = typeof refreshed;
type Value = { readonly kids: readonly string[] };

const spans: Parameters<Make>[1] = { freshMs: 100, staleMs: 1_000, retryMs: 20, cooldownMs: 50 };

/** A value whose loads the test settles one by one, in the order in which they began. */
export function createWorld(make: Make, changes: Partial<typeof spans> = {}) {
  const loads: (PromiseWithResolvers<Value> & { readonly before: Value | undefined })[] = [];
  const load = async (before: Value | undefined): Promise<Value> => {
    const begun = { ...Promise.withResolvers<Value>(), before };
    loads.push(begun);
    return begun.promise;
  };
  const value = make(load, { ...spans, ...changes });
  const answerOf = async (asked: Promise<Value>): Promise<string> =>
    asked.then(({ kids }) => kids.join(), (error: unknown) => `failed: ${String(error)}`);
  return {
    value,
    loads,
    /** The kids, or the failure, that a caller gets. The test must settle a load that begins meanwhile. */
    get: async (nowMs: number, wanted?: string) => answerOf(wanted === undefined ? value.get(nowMs) : value.get(nowMs, ({ kids }) => kids.includes(wanted))),
    /** Settles the newest load, and lets its callers go on. */
    succeed: async (...kids: readonly string[]) => {
      loads.at(-1)?.resolve({ kids });
      await settle();
    },
    fail: async (error: string) => {
      loads.at(-1)?.reject(error);
      await settle();
    },
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

type World = ReturnType<typeof createWorld>;

/** Loads "a" at 0. */
async function loaded(world: World, kid = "a"): Promise<void> {
  const asked = world.get(0);
  await world.succeed(kid);
  await asked;
}

/** A guarantee, shown by the events of a scenario, and the code without which the scenario has another outcome. */
export type Guarantee = {
  readonly name: string;
  readonly story: (world: World) => Promise<readonly unknown[]>;
  readonly promised: readonly unknown[];
  readonly without: Pick<Removal, "from" | "to">;
  readonly spans?: Partial<typeof spans>;
};

export const guarantees: readonly Guarantee[] = [
  {
    name: "simultaneous callers share one load",
    story: async ({ get, loads, succeed }) => {
      const asked = [get(0), get(0), get(5)];
      await succeed("a");
      return [loads.length, ...(await Promise.all(asked))];
    },
    promised: [1, "a", "a", "a"],
    without: { from: "const joined = isShared ? flightAt(nowMs) : undefined;", to: "const joined = undefined;" },
  },
  {
    name: "callers that can't share a load begin one each, and the value of an earlier load is kept after a later one began",
    story: async ({ get, loads, value }) => {
      const first = get(0);
      void get(1);
      loads[0]?.resolve({ kids: ["a"] });
      await settle();
      return [loads.length, await first, value.known(2)?.kids.join()];
    },
    promised: [2, "a", "a"],
    without: { from: "const joined = isShared ? flightAt(nowMs) : undefined;", to: "const joined = flightAt(nowMs);" },
    spans: { isShared: false },
  },
  {
    name: "a fresh value is given without a load, up to the last millisecond",
    story: async (world) => {
      await loaded(world);
      return [await world.get(99), world.loads.length];
    },
    promised: ["a", 1],
    without: { from: "if (fresh !== undefined && isEnough(fresh.value)) return fresh.value;", to: "" },
    spans: { cooldownMs: 0 },
  },
  {
    name: "a value that is no longer fresh is loaded again before it is given",
    story: async (world) => {
      await loaded(world);
      const asked = world.get(100);
      await world.succeed("b");
      return [await asked, world.loads.length];
    },
    promised: ["b", 2],
    without: { from: "within(freshMs, ", to: "within(freshMs + 1, " },
  },
  {
    name: "a value is as old as the beginning of its load",
    story: async (world) => {
      const slow = world.get(0);
      await settle();
      const joined = world.get(90);
      await world.succeed("a");
      await Promise.all([slow, joined]);
      const asked = world.get(100);
      await world.succeed("b");
      return [await asked];
    },
    promised: ["b"],
    without: { from: "settle(state, { held: { value, atMs } })", to: "settle(state, { held: { value, atMs: atMs + 90 } })" },
  },
  {
    name: "a clock that is set back does not keep a value fresh",
    story: async (world) => {
      await loaded(world);
      const asked = world.get(-100);
      await world.succeed("b");
      return [await asked];
    },
    promised: ["b"],
    without: { from: "Math.abs(nowMs - past.atMs)", to: "nowMs - past.atMs" },
  },
  {
    name: "after a failure the old value is given until it is stale, then the failure",
    story: async (world) => {
      await loaded(world);
      const answers = [];
      for (const nowMs of [100, 999, 1_000 + spans.retryMs]) {
        const asked = world.get(nowMs);
        await world.fail("away");
        answers.push(await asked);
      }
      return answers;
    },
    promised: ["a", "a", "failed: away"],
    without: { from: "?? within(staleMs, state.held, nowMs)", to: "" },
  },
  {
    name: "after a failure no value is given if staleMs is 0",
    story: async (world) => {
      await loaded(world);
      const asked = world.get(100);
      await world.fail("away");
      return [await asked];
    },
    promised: ["failed: away"],
    without: { from: "within(staleMs, ", to: "within(Infinity, " },
    spans: { staleMs: 0 },
  },
  {
    name: "after a failure nothing is loaded before retryMs, and the failure is thrown meanwhile",
    story: async (world) => {
      const first = world.get(0);
      await world.fail("away");
      const answers = [await first, await world.get(19), world.loads.length];
      const again = world.get(20);
      await world.succeed("a");
      return [...answers, await again, world.loads.length];
    },
    promised: ["failed: away", "failed: away", 1, "a", 2],
    without: { from: "if (failed !== undefined) return insteadOf(failed.error);", to: "" },
  },
  {
    name: "after a failure and within retryMs the old value is given if it is enough",
    story: async (world) => {
      await loaded(world);
      const first = world.get(100);
      await world.fail("away");
      return [await first, await world.get(119), await world.get(119, "b"), world.loads.length];
    },
    promised: ["a", "a", "failed: away", 2],
    without: { from: "if (old !== undefined && isEnough(old)) return old;", to: "if (old !== undefined) return old;" },
  },
  {
    name: "a fresh value that is not enough is loaded again once in a cooldown, and given if the load brought no more",
    story: async (world) => {
      await loaded(world);
      const answers = [await world.get(49, "b"), world.loads.length];
      const asked = world.get(50, "b");
      await world.succeed("a");
      return [...answers, await asked, await world.get(99, "b"), world.loads.length];
    },
    promised: ["a", 1, "a", "a", 2],
    without: { from: "if (recent !== undefined) return recent.value;", to: "" },
  },
  {
    name: "a value that is not enough is loaded again after the cooldown",
    story: async (world) => {
      await loaded(world);
      const asked = world.get(50, "b");
      await world.succeed("a", "b");
      return [await asked];
    },
    promised: ["a,b"],
    without: { from: "if (fresh !== undefined && isEnough(fresh.value)) return", to: "if (fresh !== undefined) return" },
  },
  {
    name: "a value that is not enough and can't be loaded again is a failure, and is loaded again after retryMs instead of the cooldown",
    story: async (world) => {
      await loaded(world);
      const first = world.get(50, "b");
      await world.fail("away");
      const again = world.get(70, "b");
      await world.succeed("b");
      return [await first, await again];
    },
    promised: ["failed: away", "b"],
    without: { from: "within(cooldownMs, fresh, nowMs)", to: "within(75, fresh, nowMs)" },
  },
  {
    name: "a success ends the failure",
    story: async (world) => {
      const first = world.get(0);
      await world.fail("away");
      const during = world.value.isFailing();
      const again = world.get(20);
      await world.succeed("a");
      return [await first, during, await again, world.value.isFailing()];
    },
    promised: ["failed: away", true, "a", false],
    without: { from: "{ held, failure, flight: undefined }", to: "{ held, failure: failure ?? state.failure, flight: undefined }" },
  },
  {
    name: "a load gets the value before it",
    story: async (world) => {
      await loaded(world);
      const asked = world.get(100);
      await world.succeed("b");
      await asked;
      return world.loads.map(({ before }) => before?.kids.join());
    },
    promised: [undefined, "a"],
    without: { from: "load(state.held?.value)", to: "load(undefined)" },
  },
  {
    name: "a load that died in a freeze is begun again by the request that waited for it",
    story: async (world) => {
      void world.get(0);
      const asked = world.get(20);
      await world.fail("lost in the freeze");
      await world.succeed("a");
      return [await asked, world.loads.length];
    },
    promised: ["a", 2],
    without: { from: "joined === undefined || isAgain ? insteadOf(error) : ask(nowMs, isEnough, true)", to: "insteadOf(error)" },
  },
  {
    name: "requests that waited for a dead load share the next one and its failure",
    story: async (world) => {
      void world.get(0);
      const asked = [world.get(20), world.get(20)];
      await world.fail("lost in the freeze");
      await world.fail("away");
      return [...(await Promise.all(asked)), world.loads.length];
    },
    promised: ["failed: away", "failed: away", 2],
    without: { from: "ask(nowMs, isEnough, true)", to: "ask(nowMs, isEnough, false)" },
    spans: { retryMs: 0 },
  },
  {
    name: "a request that waited for a load that failed does not begin another before retryMs",
    story: async (world) => {
      const asked = [world.get(0), world.get(19)];
      await world.fail("away");
      return [...(await Promise.all(asked)), world.loads.length];
    },
    promised: ["failed: away", "failed: away", 1],
    without: { from: "within(retryMs, state.failure, nowMs)", to: "undefined" },
  },
  {
    name: "a request whose own load failed does not try again",
    story: async (world) => {
      const asked = world.get(0);
      await world.fail("away");
      return [await asked, world.loads.length];
    },
    promised: ["failed: away", 1],
    without: { from: "joined === undefined || isAgain ? insteadOf(error)", to: "isAgain ? insteadOf(error)" },
    spans: { retryMs: 0 },
  },
  {
    name: "no request waits for an earlier request's load that a freeze stopped",
    story: async (world) => {
      void world.get(0);
      const asked = world.get(30_000);
      await world.succeed("a");
      return [world.loads.length, await Promise.race([asked, settle()])];
    },
    promised: [2, "a"],
    without: { from: "within(loadMsMax, state.flight, nowMs)", to: "state.flight" },
  },
  {
    name: "the late result of a stopped load does not replace a newer value",
    story: async (world) => {
      void world.get(0);
      const asked = world.get(30_000);
      await world.succeed("new");
      world.loads[0]?.resolve({ kids: ["old"] });
      await settle();
      return [await asked, world.value.known(30_000)?.kids];
    },
    promised: ["new", ["new"]],
    without: { from: "if (isLatest) settle(state, { held: { value, atMs } });", to: "settle(state, { held: { value, atMs } });" },
  },
  {
    name: "the late failure of a stopped load is not the value's failure",
    story: async (world) => {
      void world.get(0);
      const asked = world.get(30_000);
      await world.succeed("new");
      world.loads[0]?.reject("lost in the freeze");
      await settle();
      return [await asked, world.value.isFailing()];
    },
    promised: ["new", false],
    without: { from: "if (state.flight === flight) settle(state, { held: state.held, failure", to: "settle(state, { held: state.held, failure" },
  },
  {
    name: "a forgotten value is loaded again, and given if that load fails",
    story: async (world) => {
      await loaded(world);
      world.value.forget();
      const first = world.get(1);
      await world.fail("away");
      const again = world.get(21);
      await world.succeed("b");
      return [await first, await again, world.loads.length];
    },
    promised: ["a", "b", 3],
    without: { from: "state.held?.isForgotten === true ? undefined : state.held", to: "state.held" },
  },
  {
    name: "a load that a change overtook is not kept",
    story: async (world) => {
      const before = world.get(0);
      world.value.forget();
      const after = world.get(0);
      world.loads[0]?.resolve({ kids: ["before"] });
      await settle();
      await world.succeed("after");
      return [await before, await after, await world.get(1), world.loads.length];
    },
    promised: ["before", "after", "after", 2],
    without: { from: "flight: undefined } satisfies", to: "flight: state.flight } satisfies" },
  },
  {
    name: "a value that was loaded elsewhere is fresh from then on, and ends the failure",
    story: async (world) => {
      const first = world.get(0);
      await world.fail("away");
      world.value.keep(10, { kids: ["b"] });
      return [await first, await world.get(109), world.value.isFailing(), world.loads.length];
    },
    promised: ["failed: away", "b", false, 1],
    without: { from: "settle(state, { held: { value, atMs: nowMs } })", to: "settle(state, { held: { value, atMs: nowMs - 90 } })" },
  },
  {
    name: "the known value begins no load, and ends when it is stale",
    story: async (world) => {
      const before = world.value.known(0);
      await loaded(world);
      return [before, world.value.known(999)?.kids, world.value.known(1_000), world.loads.length];
    },
    promised: [undefined, ["a"], undefined, 1],
    without: { from: "(freshAt(nowMs) ?? within(staleMs, state.held, nowMs))?.value", to: "state.held?.value" },
  },
  {
    name: "the known value is given while it is fresh, however short staleMs is",
    story: async (world) => {
      await loaded(world);
      return [world.value.known(99)?.kids, world.value.known(100)];
    },
    promised: [["a"], undefined],
    without: { from: "freshAt(nowMs) ?? within", to: "within" },
    spans: { staleMs: 0 },
  },
];
