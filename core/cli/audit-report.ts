import type { ChainBreak } from "../event/chain.ts";

/** The result of an audit, by the API or with the database alone. */
type Report = { readonly licenses: number; readonly events: number; readonly breaks: readonly (ChainBreak & { readonly licenseId: string })[] };

/** The report for programs. */
export function auditDocument<Given extends Report>({ breaks, ...counts }: Given) {
  return { state: breaks.length === 0 ? "intact" : "broken", ...counts, breaks };
}

/** The report for people, a line each: the breaks, then the verdict. */
export function auditLines({ licenses, events, breaks }: Report): readonly string[] {
  const checked = `${licenses} licenses, ${events} events`;
  return [
    ...breaks.map(({ licenseId, sequence, kind, detail }) => `license ${licenseId}, event ${sequence}: ${kind} (${detail})`),
    breaks.length === 0 ? `Every chain holds: ${checked}.` : `${breaks.length} broken: ${checked} checked.`,
  ];
}
