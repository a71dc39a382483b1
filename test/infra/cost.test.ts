import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { costDocument } from "../../infra/cost/document.ts";
import { counts, fixedPlan, refreshing, runsAMonth, total } from "../../infra/cost/estimate.ts";
import type { Price } from "../../infra/cost/prices.ts";
import { prices } from "../../infra/cost/prices.ts";
import { permanentStages } from "../../infra/stages.ts";
import { renderGraph } from "./render/render.ts";
import { at, deployedFunctions, ofType } from "./rules/query.ts";

test("COST.md equals its script's output", () => {
  expect(readFileSync(new URL("../../infra/COST.md", import.meta.url), "utf8")).toBe(costDocument());
});

test("every price has its subject, its source and the date it was read", () => {
  for (const { dollars, per, source, readAt } of Object.values<Price>(prices)) {
    expect(dollars).toBeGreaterThan(0);
    expect(per).not.toBe("");
    expect(source).toMatch(/^[a-z.]+\.(com|tech)\//);
    expect(readAt).toMatch(/^20\d\d-\d\d(-\d\d)?$/);
  }
});

test("exactly the deployed resources are counted", async () => {
  const graph = await renderGraph({ stage: "production" });
  const alarms = ofType(graph, "aws:cloudwatch/metricAlarm:MetricAlarm");
  // AWS bills an alarm by metric math for each of its metrics.
  const metrics = alarms.map((alarm) => (at(alarm, "metricQueries") as readonly { metric?: unknown }[] | undefined)?.filter(({ metric }) => metric !== undefined).length ?? 1);
  expect(metrics.reduce((sum, each) => sum + each, 0)).toBe(counts.functions + counts.routes + (counts.schedules - 1) + counts.namedAlarmMetrics);
  expect(deployedFunctions(graph).length).toBe(counts.functions);
  expect(ofType(graph, "aws:scheduler/schedule:Schedule").length).toBe(counts.schedules);
});

test("the cost of refreshing certificates is linear in licenses and in the number of refreshes", () => {
  expect(refreshing(100_000, 1)).toEqual({ commands: 36_000_000, dollars: 72 });
  expect(refreshing(10_000_000, 1).dollars).toBe(7200);
  expect(refreshing(100_000, 30).dollars).toBe(2.4);
  expect(fixedPlan(10_000_000)).toEqual({ gigabytes: 50, dollars: 400 });
  expect(fixedPlan(100_000_000)).toBeUndefined();
});

test("production's Redis budget covers 100,000 licenses' refreshes and ten million limited calls", () => {
  const { certificate, redis } = permanentStages.production;
  const dollars = refreshing(100_000, certificate.ttlSeconds / 86_400).dollars + 10 * 3 * prices.commands.dollars;
  expect(redis.budgetDollars).toBeGreaterThan(2 * dollars);
});

test("a sum equals its lines, and schedules run at the table's rates", () => {
  expect(total([{ what: "a", dollars: 1 }, { what: "b", dollars: 2.5 }])).toBe(3.5);
  expect(runsAMonth()).toBeGreaterThanOrEqual(730 * 61);
});
