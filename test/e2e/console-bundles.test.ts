import { afterAll, afterEach, describe, expect, test } from "vitest";
import { invokeBundled } from "../../infra/local/lambda/bundled.ts";
import { createCall } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { chromium, isSkippedWithout } from "../support/wanted.ts";
import { startBrowser } from "./browser.ts";
import { buildBundles } from "./bundles.ts";
import type { Opened } from "./console-desk.ts";
import { tasks, workOf } from "./console-tasks.ts";
import { serveEmbedded } from "./serving.ts";

/** Tasks in the console, which bundled functions serve and answer. Skipped if no browser is on the PATH. */
const absent = isSkippedWithout(chromium);
const browser = absent ? undefined : await startBrowser();
const bundles = absent ? "" : await buildBundles();
const serving = absent ? undefined : await serveEmbedded({ invoke: (machine) => invokeBundled({ ...machine, bundles, print: () => undefined }) });
let opened: Opened | undefined;
afterEach(() => opened?.context.close());
afterAll(() => browser?.close());

describe.skipIf(absent)("from bundles, somebody can", () => {
  test.each(Object.keys(tasks).slice(0, 4))("%s", { timeout: patient(120_000) }, async (name) => {
    if (serving === undefined || browser === undefined) throw new Error("no browser");
    const { baseUrl: origin, tokens } = serving;
    const call = createCall(origin, () => Promise.resolve(tokens.admin));
    await tasks[name]?.(workOf({ origin, call, browser, opened: (now) => (opened = now) }, "by mouse"));
    expect(opened?.watched.complaints).toEqual([]);
  });
});
