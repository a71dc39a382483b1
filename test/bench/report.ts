import { ratio, type Measured } from "./measure.ts";
import type { Ruling } from "./gates.ts";

export type Report = {
  readonly measured: ReadonlyMap<string, Measured>;
  readonly rulings: readonly Ruling[];
  readonly rounds: number;
  readonly counted: string;
};

/** The results as Markdown. Times are this machine's; ratios hold elsewhere. */
export function markdown({ measured, rulings, rounds, counted }: Report): string {
  const rows = [...measured.values()].map(({ name, us }) => {
    const toClock = ratio(measured, { name, to: "Date.now()", by: "cpu" });
    const toSignature = ratio(measured, { name, to: "crypto.verify alone", by: "cpu" });
    return `| ${name} | ${quantity(us.cpu)} | ${quantity(us.wall)} | ${quantity(toClock)} | ${quantity(toSignature)} |`;
  });
  const promises = rulings.map(({ gate, found, holds }) => {
    const bound = "most" in gate ? `≤ ${gate.most.toLocaleString("en")}` : `≥ ${gate.least.toLocaleString("en")}`;
    return `| ${gate.says} | ${gate.by} | ${bound} | ${quantity(found)} | ${holds ? "yes" : gate.aim === true ? "not yet" : "**no**"} |`;
  });
  return [
    "# Consumer: what a decision costs",
    "",
    `\`npm run bench\` on Node ${process.versions.node}, OpenSSL ${process.versions.openssl}, ${process.platform} ${process.arch}: every contender in every one of ${rounds} rounds, shuffled; medians, and medians of the ratios within a round. CPU time is the process's, all threads. A ratio under 1.15 is a tie.`,
    "",
    "![Microseconds of CPU for one decision](consumer.svg)",
    "",
    "| | CPU µs | wall µs | CPU × `Date.now()` | CPU × `crypto.verify` |",
    "|---|---:|---:|---:|---:|",
    ...rows,
    "",
    "| promise | of | bound | found | holds |",
    "|---|---|---:|---:|---|",
    ...promises,
    "",
    counted,
    "",
    "`crypto.verify alone` takes the same certificates in turn, as prepared bytes with the same key object; one certificate again and again is cheaper, for the processor learns its branches, and would flatter nobody but the floor. The first verification includes splitting, every check of the profile, that license's key (derived each time, none is kept), the cipher, the claims and the decision. `by hand` is what the same envelope costs without a single check and with its key derived beforehand: the distance from there to ours is what the checks and the key cost. `jose, the same certificates` does that work on the same bytes; `jose jwtVerify` does less, without a cipher.",
    "",
    "A peer's row is its own verification of its own format, with its key parsed once where its interface allows that; none of them keeps a verified result, so that is what each of its decisions costs. RSA verifies cheaper than Ed25519: what is claimed against cryptolens is the warm check, not the first verification.",
    "",
  ].join("\n");
}

/** Three significant digits. */
export function quantity(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 4 });
}
