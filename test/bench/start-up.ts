import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { bundleContenders } from "./start-up/contenders.ts";
import type { Contender } from "./start-up/contenders.ts";
import { measure, median, ratio } from "./start-up/measure.ts";
import type { Sample } from "./start-up/measure.ts";
import { createScene } from "./start-up/scene.ts";

/**
 * What a cold start of `validate` costs until its first answer, and what a warm call costs, as ratios to a hello world
 * with one query over global fetch, in the same run. The stores answer at once, so this is the function's own time.
 *
 *   node test/bench/start-up.ts [--rounds 15] [--warm 1000] [--json]
 */
export type StartUpRow = {
  readonly name: string;
  readonly kilobytes: number;
  readonly importMs: number;
  readonly firstMs: number;
  /** Of import and first answer to the floor's. */
  readonly coldRatio: number;
  readonly warmCpuUs: number;
  readonly warmCpuRatio: number;
  readonly undici: boolean;
};

const coldMs = ({ importMs, firstMs }: Sample) => importMs + firstMs;

export async function measureStartUp({ rounds, warmCount }: { readonly rounds: number; readonly warmCount: number }): Promise<readonly StartUpRow[]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "licensing-start-up-"));
  const scene = await createScene();
  try {
    const contenders = await bundleContenders(folder);
    const samples = await measure(contenders, scene, { rounds, warmupCount: 1_000, warmCount, folder });
    const of = (contender: Contender | undefined) => (contender === undefined ? [] : (samples.get(contender) ?? []));
    const floor = of(contenders[0]);
    return contenders.map((contender) => row(contender, of(contender), floor));
  } finally {
    scene.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function row({ name, kilobytes }: Contender, samples: readonly Sample[], floor: readonly Sample[]): StartUpRow {
  return {
    name,
    kilobytes,
    importMs: median(samples.map(({ importMs }) => importMs)),
    firstMs: median(samples.map(({ firstMs }) => firstMs)),
    coldRatio: ratio(samples, floor, coldMs),
    warmCpuUs: median(samples.map(({ cpuUs }) => cpuUs)),
    warmCpuRatio: ratio(samples, floor, ({ cpuUs }) => cpuUs),
    undici: samples.some((sample) => sample.undici),
  };
}

function print(rows: readonly StartUpRow[]): void {
  console.log(`${"".padEnd(48)}    KB  import  first   cold ×   CPU µs   warm ×  undici`);
  for (const { name, kilobytes, importMs, firstMs, coldRatio, warmCpuUs, warmCpuRatio, undici } of rows) {
    const cells = [String(kilobytes).padStart(5), importMs.toFixed(1).padStart(7), firstMs.toFixed(1).padStart(6), coldRatio.toFixed(2).padStart(8), warmCpuUs.toFixed(0).padStart(8), warmCpuRatio.toFixed(2).padStart(8)];
    console.log(`${name.padEnd(48)} ${cells.join(" ")}  ${undici ? "yes" : "no"}`);
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { rounds: { type: "string", default: "15" }, warm: { type: "string", default: "1000" }, json: { type: "boolean", default: false } } });
  const rows = await measureStartUp({ rounds: Number(values.rounds), warmCount: Number(values.warm) });
  if (values.json) console.log(JSON.stringify(rows));
  else print(rows);
}
