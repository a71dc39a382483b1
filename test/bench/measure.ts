/** A measured operation. `run` does it a number of times; its result keeps the work from being optimized away. */
export type Contender = { readonly name: string; readonly run: (times: number) => unknown };

/** Microseconds for one operation: of CPU, all threads included, and of wall time. */
export type Cost = { readonly cpu: number; readonly wall: number };

export type Measured = {
  readonly name: string;
  /** The medians over the rounds. */
  readonly us: Cost;
  /** Every round's, in their order. */
  readonly rounds: readonly Cost[];
};

export type Measuring = {
  readonly rounds: number;
  /** The CPU time of one contender in one round. */
  readonly sliceMs: number;
  readonly random: () => number;
};

const calibrationsMax = 24;

/**
 * Runs all contenders in every round, shuffled, in one process: a disturbance strikes neighbours alike, so ratios within a round are
 * right on a busy machine, unlike absolute times.
 */
export async function measure(contenders: readonly Contender[], { rounds, sliceMs, random }: Measuring): Promise<ReadonlyMap<string, Measured>> {
  const counted = [];
  for (const contender of contenders) counted.push({ contender, times: await calibrate(contender, sliceMs), costs: [] as Cost[] });
  for (let round = 0; round < rounds; round += 1) {
    for (const { contender, times, costs } of shuffled(counted, random)) {
      const { cpu, wall } = await costOf(contender, times);
      costs.push({ cpu: cpu / times, wall: wall / times });
    }
  }
  const medians = (costs: readonly Cost[]): Cost => ({ cpu: median(costs.map(({ cpu }) => cpu)), wall: median(costs.map(({ wall }) => wall)) });
  return new Map(counted.map(({ contender: { name }, costs }) => [name, { name, us: medians(costs), rounds: costs }]));
}

/** The number of operations that fill a slice: doubles until they take a quarter of it, then scales. */
async function calibrate(contender: Contender, sliceMs: number): Promise<number> {
  let times = 1;
  for (let attempt = 0; attempt < calibrationsMax; attempt += 1) {
    const { cpu } = await costOf(contender, times);
    if (cpu >= sliceMs * 250) return Math.max(1, Math.round((times * sliceMs * 1000) / cpu));
    times *= 2;
  }
  return times;
}

/** The last result, which keeps the work from being optimized away. */
export const answered: { last: unknown } = { last: undefined };

async function costOf(contender: Contender, times: number): Promise<Cost> {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  const result = contender.run(times);
  // Awaiting a value that isn't a promise would add a turn of the event loop to it.
  answered.last = result instanceof Promise ? await result : result;
  const { user, system } = process.cpuUsage(before);
  return { cpu: user + system, wall: (performance.now() - startedMs) * 1000 };
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items.map((item) => ({ item, at: random() })).toSorted((left, right) => left.at - right.at).map(({ item }) => item);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

export type Comparison = { readonly name: string; readonly to: string; readonly by: keyof Cost };

/** The median over the rounds of one contender's cost divided by the other's in the same round. */
export function ratio(measured: ReadonlyMap<string, Measured>, { name, to, by }: Comparison): number {
  const over = measured.get(name)?.rounds ?? [];
  const under = measured.get(to)?.rounds ?? [];
  return median(over.map((cost, round) => cost[by] / (under[round]?.[by] ?? Number.NaN)));
}
