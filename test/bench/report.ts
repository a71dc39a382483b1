import { ratio, type Measured } from "./measure.ts";
import type { Ruling } from "./gates.ts";

export type Report = {
  readonly measured: ReadonlyMap<string, Measured>;
  readonly rulings: readonly Ruling[];
  readonly rounds: number;
  readonly counted: string;
};

/** The results as Markdown. Times are this machine's; ratios travel. */
export function markdown({ measured, rulings, rounds, counted }: Report): string {
  const rows = [...measured.values()].map(({ name, cpuUs }) => {
    const toClock = ratio(measured, name, "Date.now()");
    const toSignature = ratio(measured, name, "crypto.verify alone");
    return `| ${name} | ${quantity(cpuUs)} | ${quantity(toClock)} | ${quantity(toSignature)} |`;
  });
  const promises = rulings.map(({ gate, found, holds }) => {
    const bound = "most" in gate ? `≤ ${gate.most.toLocaleString("en")}` : `≥ ${gate.least.toLocaleString("en")}`;
    return `| ${gate.says} | ${bound} | ${quantity(found)} | ${holds ? "yes" : "**no**"} |`;
  });
  return [
    "# Consumer: what a decision costs",
    "",
    `\`npm run bench\` on Node ${process.versions.node}, OpenSSL ${process.versions.openssl}, ${process.platform} ${process.arch}: CPU time of the process, all its threads; every contender in every one of ${rounds} rounds, shuffled; medians, and medians of the ratios within a round. A ratio under 1.15 is a tie.`,
    "",
    "![Microseconds of CPU for one decision](consumer.svg)",
    "",
    "| | CPU µs | × `Date.now()` | × `crypto.verify` |",
    "|---|---:|---:|---:|",
    ...rows,
    "",
    "| promise | bound | found | holds |",
    "|---|---:|---:|---|",
    ...promises,
    "",
    counted,
    "",
    "A peer's row is its own verification of its own format, with its key parsed once where its interface allows that; none of them keeps a verified result, so that is what each of its decisions costs. RSA verifies cheaper than Ed25519: what is claimed against cryptolens is the warm check, not the first verification.",
    "",
  ].join("\n");
}

/** Three significant digits. */
export function quantity(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 4 });
}
