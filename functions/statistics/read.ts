import type { Contract } from "@licensing/core/endpoint/contract.ts";
import { endpoint } from "@licensing/core/endpoint/endpoint.ts";
import { representStatistics, statisticsRepresentation } from "@licensing/core/statistics/representation.ts";
import { readSummary } from "@licensing/core/statistics/summary.store.ts";

export const contract = {
  summary: "Read the statistics",
  description: "The last summary of licenses, seats and events, which is written every five minutes. All are zero before the first.",
  permission: "statistics:read",
  replies: { 200: { description: "The last summary.", body: statisticsRepresentation } },
} as const satisfies Contract;

export const handler = endpoint(contract, async (_call, runtime) => {
  return { status: 200, body: representStatistics(await readSummary(runtime)) };
});
