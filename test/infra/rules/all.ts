import type { Graph } from "../render/graph.ts";
import { accessRules } from "./access.ts";
import { alarmRules } from "./alarms.ts";
import { apiRules } from "./api.ts";
import { dataRules } from "./data.ts";
import { dumpRules } from "./dumps.ts";
import { exposureRules } from "./exposure.ts";
import { functionRules } from "./functions.ts";
import { pipelineRules } from "./pipeline.ts";
import { once } from "./query.ts";
import type { Rule } from "./rule.ts";
import { scheduleRules } from "./schedules.ts";
import { settingRules } from "./settings.ts";
import { valueRules } from "./values.ts";

/** Every guarantee about a deployment. */
export const rules: readonly Rule[] = [...apiRules, ...functionRules, ...accessRules, ...scheduleRules, ...dataRules, ...dumpRules, ...exposureRules, ...alarmRules, ...settingRules, ...pipelineRules, ...valueRules];

/** The rules that apply to a graph. */
export function applicable(graph: Pick<Graph, "dev">): readonly Rule[] {
  return rules.filter(({ holdsInDev }) => holdsInDev || !graph.dev);
}

/** The names of the rules that a graph breaks. */
export const broken: (graph: Graph) => readonly string[] = once((graph) => applicable(graph).filter((rule) => rule.faults(graph).length > 0).map(({ name }) => name));
