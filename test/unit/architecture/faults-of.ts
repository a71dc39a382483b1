import { dialectFaults, exportFaults, nameFaults, sizeFaults } from "./files.ts";
import { floorFaults } from "./floors.ts";
import type { Fault, Graph, Rule } from "./graph.ts";
import { coreFaults, cycleFaults, domainFaults, functionFaults, packageFaults, waitingFaults } from "./imports.ts";
import { onceFaults } from "./once.ts";
import { suffixFaults } from "./suffixes.ts";
import { deliveryFaults, environmentFaults, publisherFaults, writerFaults } from "./writers.ts";

const rules: readonly Rule[] = [
  floorFaults,
  cycleFaults,
  suffixFaults,
  packageFaults,
  waitingFaults,
  writerFaults,
  deliveryFaults,
  publisherFaults,
  functionFaults,
  coreFaults,
  domainFaults,
  environmentFaults,
  nameFaults,
  sizeFaults,
  dialectFaults,
  onceFaults,
  exportFaults,
];

/** Every place in the repository that breaks a rule of the architecture. */
export function faultsOf(graph: Graph): readonly Fault[] {
  return rules.flatMap((rule) => rule(graph));
}
