import { afterAll, afterEach, describe, expect, test } from "vitest";
import { startService } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { chromium, isSkippedWithout } from "../support/wanted.ts";
import { startBrowser } from "./browser.ts";
import type { Opened } from "./console-desk.ts";
import { tasks, ways, workOf } from "./console-tasks.ts";

/** People's tasks in the console, in a browser, in every way of working with a page. Skipped if no browser is on the PATH. */
const absent = isSkippedWithout(chromium);
const browser = absent ? undefined : await startBrowser();
afterAll(() => browser?.close());

type Way = keyof typeof ways;
let opened: Opened | undefined;
afterEach(() => opened?.context.close());
const service = absent ? undefined : await startService();

const names = Object.keys(tasks);

describe.skipIf(absent)("somebody can", () => {
  test.each(names.flatMap((name) => (Object.keys(ways) as Way[]).map((way) => [name, way] as const)))("%s %s", { timeout: patient(60_000) }, async (name, way) => {
    if (service === undefined || browser === undefined) throw new Error("no browser");
    const place = { origin: service.origin, call: service.call, browser, opened: (now: Opened) => (opened = now) };
    await tasks[name]?.(workOf(place, way));
    expect(opened?.watched.complaints).toEqual([]);
    if (way === "on a telephone") expect(await opened?.page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
  });
});
