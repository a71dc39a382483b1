import { mkdir, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { seededRandom } from "../support/random.ts";
import { builtConsumer } from "./built-consumer.ts";
import { consumerSuite, type Suite } from "./consumer.ts";
import { rule, type Ruling } from "./gates.ts";
import { measure, type Measured } from "./measure.ts";
import { plot } from "./plot.ts";
import { markdown } from "./report.ts";
import { measureService, serviceMarkdown } from "./service.ts";
import { measureStartUp, startUpMarkdown } from "./start-up.ts";
import { measureWorkerd, timesOfClock, warmTimesMax, workerdMarkdown } from "./workerd.ts";

/**
 * `npm run bench -- [--rounds 21] [--slice 40]`: measures, writes `results/consumer.md`, `results/consumer.svg`,
 * `results/start-up.md` and `results/service.md`, with test/platforms installed also `results/workerd.md`, and exits with 1 if a
 * promise is broken twice in a row.
 */
const { values } = parseArgs({ options: { rounds: { type: "string", default: "21" }, slice: { type: "string", default: "40" } } });
const rounds = Math.max(15, Number(values.rounds));
const attemptsMax = 2;
const results = new URL("results/", import.meta.url);

type Outcome = { readonly measured: ReadonlyMap<string, Measured>; readonly rulings: readonly Ruling[] };

const built = builtConsumer();
const suite = await consumerSuite(built);
const before = suite.counts();
const { measured, rulings } = await attempts(suite);
const after = suite.counts();
suite.close();

const network = { reads: after.reads - before.reads, verifications: after.verifications - before.verifications };
const counted = `Counted over all warm checks of the run: ${network.reads} readings of a source, ${network.verifications} verifications.`;
await mkdir(results, { recursive: true });
await writeFile(new URL("consumer.md", results), markdown({ measured, rulings, rounds, counted }));
await writeFile(new URL("consumer.svg", results), plot(measured));

for (const { gate, found, holds } of rulings) console.log(`${holds ? "ok  " : gate.aim === true ? "aim " : "FAIL"} ${gate.says}: ${found.toPrecision(3)}`);
console.log(counted);
const startUpRounds = 15;
const startUp = startUpMarkdown(await measureStartUp({ rounds: startUpRounds }), startUpRounds);
await writeFile(new URL("start-up.md", results), startUp);
process.stdout.write(`\n${startUp}`);

const serviceRounds = 9;
const service = serviceMarkdown(await measureService({ rounds: serviceRounds }));
await writeFile(new URL("service.md", results), service);
process.stdout.write(`\n${service}`);

const workerd = await measureWorkerd({ folder: built, rounds });
if (workerd === undefined) console.log("skipped: workerd, for `npm ci --prefix test/platforms` hasn't installed it");
else await writeFile(new URL("workerd.md", results), workerdMarkdown(workerd));
const slowOnWorkerd = workerd === undefined ? [] : ["warm check", "warm check, with a seat and a feature"].filter((name) => timesOfClock(workerd, name) > warmTimesMax);
for (const name of slowOnWorkerd) console.log(`FAIL on workerd: ${name}`);

const broken = slowOnWorkerd.length > 0 || rulings.some(isBroken) || network.reads > 0 || network.verifications > 0;
process.exitCode = broken ? 1 : 0;

function isBroken({ gate, holds }: Ruling): boolean {
  return !holds && gate.aim !== true;
}

async function attempts({ contenders }: Suite): Promise<Outcome> {
  const random = seededRandom(20_261_123).next;
  for (let attempt = 1; ; attempt += 1) {
    const found = await measure(contenders, { rounds, sliceMs: Number(values.slice), random });
    const ruled = rule(found);
    if (attempt === attemptsMax || !ruled.some(isBroken)) return { measured: found, rulings: ruled };
  }
}
