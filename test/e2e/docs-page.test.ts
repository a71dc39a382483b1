import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import scripts from "../../functions/reference/docs.json" with { type: "json" };
import { writeReferenceAssets } from "../../infra/reference/assets.ts";
import type { Watched } from "./browser.ts";
import { startBrowser, watch } from "./browser.ts";
import { desk, phone } from "./console-desk.ts";
import type { Service } from "../support/service.ts";
import { base, startService } from "../support/service.ts";
import { chromium, isSkippedWithout } from "../support/wanted.ts";

/** The API's page in a browser, against the service. Skipped if no browser is on the PATH. */
const absent = isSkippedWithout(chromium);

const service = absent ? undefined : await startService();
const browser = absent ? undefined : await startBrowser();
beforeAll(writeReferenceAssets);
afterAll(() => browser?.close());

let page: Page;
let watched: Watched;

function both(): { readonly service: Service; readonly browser: Browser } {
  if (service === undefined || browser === undefined) throw new Error("no browser");
  return { service, browser };
}

async function open(address = `${base}/docs`): Promise<void> {
  await page?.context().close();
  const context = await both().browser.newContext({ viewport: desk });
  page = await context.newPage();
  watched = await watch(page);
  await page.goto(`${both().service.origin}${address}`);
}

const guides = ["Get a token", "First license", "Validate", "Consume", "Webhooks", "Files", "Errors"];
/** Faults inside the vendored renderer, which decision 23 names. */
const ofRenderer = ["color-contrast", "scrollable-region-focusable"];
const complaints = () => watched.complaints.filter((text) => !text.startsWith("info: @scalar/"));

describe.skipIf(absent)("the API page", () => {
  // Loading the page takes seconds, so the tests share it. Those that leave something on it are the last.
  beforeAll(async () => {
    await open();
    await page.getByRole("heading", { name: "Get a token" }).waitFor();
  });

  test("shows the guides first, requests nothing from elsewhere, and logs no fault", async () => {
    const headings = async () => (await page.locator("h1, h2").allTextContents()).map((text) => text.trim()).filter((text) => guides.includes(text));
    await expect.poll(headings).toEqual(guides);
    const { origin } = both().service;
    const own = [`${base}/docs`, ...scripts.scripts.map((name) => `${base}/docs/${name}`), `${base}/openapi.json`];
    expect(watched.requests.toSorted()).toEqual(own.map((address) => `GET ${origin}${address}`).toSorted());
    expect(complaints()).toEqual([]);
  });

  test("has no serious fault of accessibility but the renderer's named ones", async () => {
    await page.evaluate(readFileSync(path.join(import.meta.dirname, "../../node_modules/axe-core/axe.min.js"), "utf8"));
    const found: readonly { readonly id: string; readonly impact: string }[] = await page.evaluate("axe.run().then(({ violations }) => violations.map(({ id, impact }) => ({ id, impact })))");
    expect(found.filter(({ id, impact }) => ["serious", "critical"].includes(impact) && !ofRenderer.includes(id))).toEqual([]);
  });

  test("sends a request, and shows its answer", async () => {
    await page.getByRole("link", { name: /^health/ }).or(page.getByRole("button", { name: /^health/ })).first().click();
    await page.getByRole("button", { name: /test request/i }).first().click();
    await page.getByRole("button", { name: /^send/i }).first().click();
    await page.getByText('"pass"').first().waitFor();
    expect(watched.requests).toContain(`GET ${both().service.origin}/healthz`);
    expect(complaints()).toEqual([]);
  });

  test("is stopped by its content security policy from a forbidden request", async () => {
    await page.evaluate('fetch("http://127.0.0.2:9/").catch(() => undefined)');
    await expect.poll(() => watched.complaints.filter((text) => text.startsWith("violation"))).toEqual(["violation: connect-src http://127.0.0.2:9/"]);
  });

  test("fits a telephone without scrolling sideways", async () => {
    await open();
    await page.getByRole("heading", { name: "Get a token" }).waitFor();
    await page.setViewportSize(phone);
    await expect.poll(() => page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
  });

  test.each(["br", "gzip"])("comes with scripts of at most 1.5 MB, compressed by %s, which a browser keeps for good", async (coding) => {
    const answers = await Promise.all(
      scripts.scripts.map((name) => fetch(`${both().service.origin}${base}/docs/${name}`, { headers: { "accept-encoding": coding } })),
    );
    // fetch shows the decoded bytes; these are the served ones.
    const folder = path.join(import.meta.dirname, "../../functions/reference/assets");
    const bytes = scripts.scripts.reduce((sum, name) => sum + statSync(path.join(folder, `${name}.${coding === "br" ? "br" : "gz"}`)).size, 0);
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThan(1_500_000);
    for (const { status, url, headers } of answers) {
      expect([status, headers.get("content-encoding"), headers.get("cache-control")]).toEqual([200, coding, "public, max-age=31536000, immutable"]);
      expect((await fetch(url, { headers: { "accept-encoding": coding, "if-none-match": headers.get("etag") ?? "" } })).status).toBe(304);
    }
  });
});

test.skipIf(absent)("a problem's page works without script or style, and links to the API page", async () => {
  await open(`${base}/problems/activation-limit-reached`);
  expect(await page.locator("h1").textContent()).toBe("Every seat is taken");
  expect(await page.locator("pre").textContent()).toContain('"status": 409');
  expect(watched.complaints).toEqual([]);
  await page.click("a");
  await page.getByRole("heading", { name: "Get a token" }).waitFor();
  expect(new URL(page.url()).pathname).toBe(`${base}/docs`);
});
