import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { bundleContenders, contenderNames } from "./start-up/contenders.ts";
import type { Contender } from "./start-up/contenders.ts";
import { median } from "./measure.ts";
import { measure, ratio } from "./start-up/measure.ts";
import type { Sample } from "./start-up/measure.ts";
import { createScene } from "./start-up/scene.ts";

/**
 * The cost of a cold start of `validate` until its first answer, and of a warm call, as ratios to a hello world with one query over
 * global fetch, in the same run. The stores answer at once, so this is the function's own time.
 *
 *   node test/bench/start-up.ts [--rounds 15]
 */
export type StartUpRow = {
  readonly name: string;
  readonly kilobytes: number;
  readonly importMs: number;
  readonly firstMs: number;
  /** The ratio of import and first answer to the floor's. */
  readonly coldRatio: number;
  readonly warmCpuUs: number;
  readonly warmCpuRatio: number;
  readonly undici: boolean;
};

const coldMs = ({ importMs, firstMs }: Sample) => importMs + firstMs;

/** With fewer calls before, the compiler would be measured. */
const warmupCount = 5_000;
const warmCount = 2_000;

export async function measureStartUp({ rounds }: { readonly rounds: number }): Promise<readonly StartUpRow[]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "licensing-start-up-"));
  const scene = await createScene();
  try {
    const contenders = await bundleContenders(folder);
    const samples = await measure(contenders, scene, { rounds, warmupCount, warmCount, folder });
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

/** The aims of the function, as ratios to the floor. The bundles' test bounds bytes exactly; these ratios jitter, so they are only shown. */
const aims = [
  { says: "import and first answer of validate, by license key, take at most 1.20 × the time of the hello world's", of: "coldRatio", most: 1.2 },
  { says: "a warm call of validate takes at most 1.10 × the CPU of the hello world's", of: "warmCpuRatio", most: 1.1 },
] as const;

/** The results as Markdown. Times are this machine's; ratios hold elsewhere. */
export function startUpMarkdown(rows: readonly StartUpRow[], rounds: number): string {
  const table = rows.map(({ name, kilobytes, importMs, firstMs, coldRatio, warmCpuUs, warmCpuRatio, undici }) =>
    `| ${name} | ${kilobytes} | ${importMs.toFixed(1)} | ${firstMs.toFixed(1)} | ${coldRatio.toFixed(2)} | ${warmCpuUs.toFixed(0)} | ${warmCpuRatio.toFixed(2)} | ${undici ? "yes" : "no"} |`,
  );
  const validate = rows.find(({ name }) => name === contenderNames.validate);
  const held = aims.map(({ says, of, most }) => {
    const found = validate?.[of] ?? Number.NaN;
    return `| ${says} | ≤ ${most} | ${found.toFixed(2)} | ${found <= most ? "yes" : "not yet"} |`;
  });
  return [
    "# Start-up: the cost of a cold start and of a warm call",
    "",
    `\`npm run bench\` on Node ${process.versions.node}, ${process.platform} ${process.arch}: a fresh process for every sample, every contender in every one of ${rounds} rounds; medians, and medians of the ratios within a round. The database, Redis and the key set answer at once from memory, in another process, so this is the function's own time. Cold: milliseconds of the import and of the first answer. Warm: CPU of the process, compiler and collector included, for one of ${warmCount.toLocaleString("en")} calls about forty licenses, after ${warmupCount.toLocaleString("en")} others, each license having been asked about within the minute.`,
    "",
    "| | KB read at start | import ms | first answer ms | cold × | warm CPU µs | warm × | undici loaded |",
    "|---|---:|---:|---:|---:|---:|---:|---|",
    ...table,
    "",
    "| aim | bound | found | holds |",
    "|---|---:|---:|---|",
    ...held,
    "",
    "The floor is a function that sends the database one query over global `fetch`. The third row shows the cost of drizzle and the driver by themselves, the fourth their cost with the statement and the answer of a validation; a validation through them can't cost less. The last row is the same handler with `fetch` in place of our transport, so the difference shows the transport's gain.",
    "",
  ].join("\n");
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { rounds: { type: "string", default: "15" } } });
  const rounds = Number(values.rounds);
  process.stdout.write(startUpMarkdown(await measureStartUp({ rounds }), rounds));
}
