import { existsSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { claimsOf } from "@licensing/core/certificate/issue.ts";
import { sealCertificate } from "@licensing/core/certificate/seal.ts";
import { audience, issuer, license, licenseId, secret, signingKey } from "../support/certificate-fixture.ts";
import { fromPlatforms } from "../support/platforms.ts";
import { median } from "./measure.ts";
import { quantity } from "./report.ts";

/** Wall microseconds for one operation, one for each round. A Worker can't read its CPU time. */
type Rounds = Readonly<Record<string, readonly number[]>>;

export const warmTimesMax = 3;
const strangersMax = 64;

function certify(id: string): string {
  const claims = claimsOf({ ...license, id, fingerprintRequired: false }, { issuer, audience, jti: "bench-0001", nowMs: Date.now(), ttlSeconds: 86_400 });
  return sealCertificate(claims, { signingKey, secret });
}

/** Runs every contender in every round, one after the other, inside a Worker. */
function workerOf(folder: string, rounds: number): string {
  const ids = Array.from({ length: strangersMax }, (_, index) => String(BigInt(licenseId) + BigInt(index)));
  return `
import { licenseGate } from "${join(folder, "gate-workers.js")}";
const texts = ${JSON.stringify(Object.fromEntries(ids.map((id) => [id, certify(id)])))};
const ids = Object.keys(texts);
const source = { format: "certificate", read: async (id) => texts[id] };
const options = { source, trust: { publicKeys: ${JSON.stringify(signingKey.publicPem)} }, applicationSecret: "${"11".repeat(32)}", audience: "${audience}", issuer: "${issuer}", refreshSeconds: 3_600, staleSeconds: 3_600 };
let last;
async function usOf(times, once) {
  const startedMs = performance.now();
  for (let time = 0; time < times; time += 1) last = once();
  await last;
  return ((performance.now() - startedMs) * 1_000) / times;
}
const asked = { fingerprint: "machine-0001", features: ["sso"] };
export default {
  async fetch() {
    const gate = licenseGate(options);
    const strange = licenseGate({ ...options, licensesMax: 1 });
    await gate.check("${licenseId}");
    await gate.check("${licenseId}", asked);
    const found = { "Date.now()": [], "warm check": [], "warm check, with a seat and a feature": [], "gate.check of a license never seen, source in memory": [] };
    for (let round = 0; round < ${rounds}; round += 1) {
      found["Date.now()"].push(await usOf(200_000, () => Date.now()));
      found["warm check"].push(await usOf(200_000, () => gate.check("${licenseId}")));
      found["warm check, with a seat and a feature"].push(await usOf(200_000, () => gate.check("${licenseId}", asked)));
      const startedMs = performance.now();
      for (const id of ids) last = await strange.check(id);
      if (last.state !== "active") throw new Error(last.code);
      found["gate.check of a license never seen, source in memory"].push(((performance.now() - startedMs) * 1_000) / ids.length);
    }
    return Response.json(found);
  },
};`;
}

type Miniflare = { readonly Miniflare: new (options: object) => { readonly dispatchFetch: (url: string) => Promise<Response>; readonly dispose: () => Promise<void> } };

/** Undefined if test/platforms isn't installed. */
export async function measureWorkerd({ folder, rounds }: { readonly folder: string; readonly rounds: number }): Promise<Rounds | undefined> {
  const platforms = join(import.meta.dirname, "../platforms");
  if (!existsSync(join(platforms, "node_modules/miniflare"))) return undefined;
  const nodePaths = [join(import.meta.dirname, "../../node_modules")];
  const made = await build({ stdin: { contents: workerOf(folder, rounds), resolveDir: platforms }, bundle: true, write: false, format: "esm", external: ["cloudflare:*"], conditions: ["workerd", "worker", "browser"], nodePaths });
  const { Miniflare } = await fromPlatforms<Miniflare>("miniflare");
  const worker = new Miniflare({ modules: true, script: made.outputFiles[0]?.text ?? "", compatibilityDate: "2025-09-01" });
  try {
    return (await (await worker.dispatchFetch("http://bench.test/")).json()) as Rounds;
  } finally {
    await worker.dispose();
  }
}

/** Each contender's cost in bare Date.now() calls: the median over the rounds. */
export function timesOfClock(rounds: Rounds, name: string): number {
  const clock = rounds["Date.now()"] ?? [];
  return median((rounds[name] ?? []).map((us, round) => us / (clock[round] ?? Number.NaN)));
}

export function workerdMarkdown(rounds: Rounds): string {
  const rows = Object.entries(rounds).map(([name, us]) => `| ${name} | ${quantity(median(us))} | ${quantity(timesOfClock(rounds, name))} |`);
  return [
    "# Consumer on workerd",
    "",
    `\`npm run bench\`, inside one Worker, by miniflare's workerd: ${rounds["Date.now()"]?.length ?? 0} rounds, medians, and medians of the ratios within a round. A Worker can't read its CPU time, so these are times on the wall. The first verification is by \`@noble/ed25519\` and WebCrypto. A warm check costs at most ${warmTimesMax} × \`Date.now()\`.`,
    "",
    "| | wall µs | × `Date.now()` |",
    "|---|---:|---:|",
    ...rows,
    "",
  ].join("\n");
}
