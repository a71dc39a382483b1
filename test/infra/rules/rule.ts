import type { Graph } from "../render/graph.ts";

/** A guarantee about a deployment. `faults` lists its violations; an empty list means that it holds. */
export type Rule = {
  readonly name: string;
  /** Also under `sst dev`, where SST deploys stubs in place of the functions. */
  readonly holdsInDev: boolean;
  readonly faults: (graph: Graph) => string[];
};

export const isPermanent = ({ stage }: Graph): boolean => stage === "production" || stage === "staging";

/** The days that logs stay: long enough to read last month's, and not for ever. */
export const logDays = (graph: Graph): number => (isPermanent(graph) ? 90 : 14);
