/**
 * One sample: a fresh process loads a bundle, answers its first event, then more of the same. Prints milliseconds from
 * before the import, and microseconds of CPU for each of the later ones.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [bundle, eventFile, warmupCount, warmCount] = process.argv.slice(2);
const asked = JSON.parse(readFileSync(eventFile, "utf8"));
const eventOf = (index) => structuredClone(asked[index % asked.length]);
const context = { getRemainingTimeInMillis: () => 15_000 };
process.stdout.write = () => true;

const startedMs = performance.now();
const { handler } = await import(pathToFileURL(bundle).href);
const importedMs = performance.now();
const first = await handler(eventOf(0), context);
const answeredMs = performance.now();
check(first);
for (let index = 0; index < Number(warmupCount); index += 1) check(await handler(eventOf(index), context));
const events = Array.from({ length: Number(warmCount) }, (_, index) => eventOf(index));
const before = process.cpuUsage();
const answers = [];
for (const next of events) answers.push(await handler(next, context));
const { user, system } = process.cpuUsage(before);
answers.forEach(check);
const undici = process.moduleLoadList.some((name) => name.includes("deps/undici"));
process.stderr.write(JSON.stringify({
  importMs: importedMs - startedMs,
  firstMs: answeredMs - importedMs,
  cpuUs: (user + system) / Math.max(1, events.length),
  rssMebibytes: process.memoryUsage.rss() / 1048576,
  undici,
}));
process.exit(0);

function check({ statusCode, body }) {
  if (statusCode !== 200 || JSON.parse(body).valid !== true) throw new Error(`answered ${statusCode}: ${body}`);
}
