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
    "# Consumer: the cost of a decision",
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
    "`crypto.verify alone` takes the same certificates in turn, as prepared bytes with the same key object; verifying one certificate again and again is cheaper, because the processor learns its branches, so the comparison is with the certificates in turn. The first verification splits the text, makes every check of the profile, derives that license's key (none is kept), decrypts, reads the claims and decides. `by hand` opens the same envelope without any check and with a key that was derived beforehand; the difference to ours is the cost of the checks and the key. `jose, the same certificates` does that work on the same bytes; `jose jwtVerify` does less, without a cipher.",
    "",
    "Each peer verifies its own format, with its key parsed once where its interface allows that. None of them keeps a verified result, so each of its decisions costs a verification. Verifying RSA is cheaper than verifying Ed25519, so only the warm check is compared with cryptolens, not the first verification.",
    "",
  ].join("\n");
}

/** Three significant digits. */
export function quantity(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 4 });
}
