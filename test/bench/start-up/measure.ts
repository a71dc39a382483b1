import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { median } from "../measure.ts";
import type { Contender } from "./contenders.ts";
import type { Scene } from "./scene.ts";

/** One fresh process: milliseconds, and microseconds of CPU per later request. */
export type Sample = { readonly importMs: number; readonly firstMs: number; readonly cpuUs: number; readonly rssMebibytes: number; readonly undici: boolean };
export type Rounds = { readonly rounds: number; readonly warmupCount: number; readonly warmCount: number };

const child = path.join(import.meta.dirname, "child.mjs");
const timeoutMs = 120_000;

/** All contenders in each round, in an order of the round's own; one sample each a round. */
export async function measure(contenders: readonly Contender[], scene: Scene, plan: Rounds & { readonly folder: string }): Promise<ReadonlyMap<Contender, readonly Sample[]>> {
  const samples = new Map<Contender, Sample[]>(contenders.map((contender) => [contender, []]));
  const files = Object.entries(scene.events).map(([name, event]) => {
    const file = path.join(plan.folder, `${name}.json`);
    writeFileSync(file, JSON.stringify(event));
    return [name, file] as const;
  });
  const eventFile = new Map<string, string>(files);
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const contender of rotated(contenders, round)) {
      const args = [child, contender.bundle, eventFile.get(contender.event) ?? "", String(plan.warmupCount), String(plan.warmCount)];
      const { stderr } = await promisify(execFile)(process.execPath, args, { env: scene.environment, timeout: timeoutMs });
      samples.get(contender)?.push(JSON.parse(stderr.slice(stderr.indexOf('{"importMs"'))) as Sample);
    }
  }
  return samples;
}

function rotated<Item>(items: readonly Item[], by: number): readonly Item[] {
  const start = (by * 7) % items.length;
  const turned = [...items.slice(start), ...items.slice(0, start)];
  return by % 2 === 0 ? turned : turned.toReversed();
}

/** The median of the ratios within each round: a drift from round to round strikes both. */
export function ratio(samples: readonly Sample[], floor: readonly Sample[], of: (sample: Sample) => number): number {
  return median(samples.map((sample, round) => of(sample) / of(floor[round] ?? sample)));
}
