/** One thing that is measured. `run` does it so many times; what it answers keeps the work from being optimized away. */
export type Contender = { readonly name: string; readonly run: (times: number) => unknown };

export type Measured = {
  readonly name: string;
  /** Microseconds of CPU for one operation, all threads included: the median over the rounds. */
  readonly cpuUs: number;
  /** Of every round, in the order of the rounds. */
  readonly roundsUs: readonly number[];
};

export type Measuring = {
  readonly rounds: number;
  /** CPU that one contender should take in one round. */
  readonly sliceMs: number;
  readonly random: () => number;
};

const calibrationsMax = 24;

/**
 * Runs all contenders in every round, shuffled, in one process: what disturbs one disturbs its neighbours, and ratios
 * taken within a round hold on a busy machine where absolute times don't. CPU time, not the wall clock's.
 */
export async function measure(contenders: readonly Contender[], { rounds, sliceMs, random }: Measuring): Promise<ReadonlyMap<string, Measured>> {
  const counted = [];
  for (const contender of contenders) counted.push({ contender, times: await calibrate(contender, sliceMs), roundsUs: [] as number[] });
  for (let round = 0; round < rounds; round += 1) {
    for (const { contender, times, roundsUs } of shuffled(counted, random)) roundsUs.push((await cpuUsOf(contender, times)) / times);
  }
  return new Map(counted.map(({ contender: { name }, roundsUs }) => [name, { name, cpuUs: median(roundsUs), roundsUs }]));
}

/** How often to run for a slice: doubles until it takes a quarter of one, then scales. */
async function calibrate(contender: Contender, sliceMs: number): Promise<number> {
  let times = 1;
  for (let attempt = 0; attempt < calibrationsMax; attempt += 1) {
    const us = await cpuUsOf(contender, times);
    if (us >= sliceMs * 250) return Math.max(1, Math.round((times * sliceMs * 1000) / us));
    times *= 2;
  }
  return times;
}

let sink: unknown;
async function cpuUsOf(contender: Contender, times: number): Promise<number> {
  const before = process.cpuUsage();
  const result = contender.run(times);
  // Awaiting what isn't a promise would charge a turn of the event loop to it.
  sink = result instanceof Promise ? await result : result;
  const { user, system } = process.cpuUsage(before);
  return sink === measure ? 0 : user + system;
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

/** The median over the rounds of one's time divided by the other's in the same round. */
export function ratio(measured: ReadonlyMap<string, Measured>, name: string, to: string): number {
  const over = measured.get(name)?.roundsUs ?? [];
  const under = measured.get(to)?.roundsUs ?? [];
  return median(over.map((us, round) => us / (under[round] ?? Number.NaN)));
}
