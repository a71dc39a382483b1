import type { Graph } from "../render/graph.ts";

/** A guarantee about a deployment. `faults` names what breaks it; nothing means that it holds. */
export type Rule = {
  readonly name: string;
  /** Also under `sst dev`, where SST deploys stubs in place of the functions. */
  readonly holdsInDev: boolean;
  readonly faults: (graph: Graph) => string[];
};

export const isPermanent = ({ stage }: Graph): boolean => stage === "production" || stage === "staging";

/** How long logs stay: long enough to look into last month, and never for ever. */
export const logDays = (graph: Graph): number => (isPermanent(graph) ? 90 : 14);
