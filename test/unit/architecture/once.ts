import type { Fault, Graph } from "./graph.ts";
import type { Source } from "./source.ts";

type Once = {
  readonly what: string;
  /** The one file that may contain it. */
  readonly home: string;
  /** Files of a package, which doesn't ship the home's room. */
  readonly copies?: readonly string[];
  readonly isSpelledBy: (source: Source) => boolean;
};

const statuses = ["ACTIVATED", "SUSPENDED", "EXPIRED", "REVOKED"];

const spelledOnce: readonly Once[] = [
  {
    what: "the statuses of a license",
    home: "core/license/status.ts",
    isSpelledBy: ({ wordLists }) => wordLists.some((words) => words.length >= 3 && words.every((word) => statuses.includes(word))),
  },
  {
    what: "the base path",
    home: "core/http/address.ts",
    copies: ["core/consumer/license-service.ts"],
    isSpelledBy: ({ texts }) => texts.some((text) => text.startsWith("/v1/api/licensing")),
  },
  {
    what: "whether a job has time left",
    home: "core/platform/time-budget.ts",
    isSpelledBy: ({ declares }) => declares.includes("hasTime"),
  },
];

/** Some expressions are written in only one file, from which every other file imports them. */
export function onceFaults({ sources }: Graph): readonly Fault[] {
  const judged = [...sources.values()].filter(({ file }) => /^(core|functions|infra)\//.test(file));
  return spelledOnce.flatMap(({ what, home, copies = [], isSpelledBy }) =>
    judged.filter((source) => source.file !== home && !copies.includes(source.file) && isSpelledBy(source)).map(({ file }) => ({ rule: "once", file, fault: `spells ${what}, which ${home} does` })),
  );
}
