import { expect, test } from "vitest";
import { invokeBundled } from "../../infra/local/lambda/bundled.ts";
import type { Invoker } from "../../infra/local/lambda/invoker.ts";
import { schedules } from "../../infra/routes.ts";
import { buildBundles } from "./bundles.ts";
import { testCommandLineWalk } from "./cli-walk.ts";
import { describeMainJob } from "./main-job.ts";
import { serveEmbedded } from "./serving.ts";
import { testVendorWalk } from "./vendor-walk.ts";

const bundles = await buildBundles();
const printed: string[] = [];
const print = (line: string) => void printed.push(line);
let invoker: Invoker | undefined;

const serving = await serveEmbedded({ invoke: async (machine) => (invoker = await invokeBundled({ ...machine, bundles, print })) });
describeMainJob("from bundles in processes of their own, on the embedded pair", serving);
testVendorWalk("from bundles", serving);
testCommandLineWalk("from bundles", serving);

test.each(schedules.map((schedule) => [schedule.name, schedule] as const))("the schedule %s runs from its bundle", async (name, schedule) => {
  await invoker?.runSchedule(schedule);
  expect(printed.filter((line) => line.includes("ScheduleCompleted") && line.includes(`"${name}"`))).toHaveLength(1);
});
