import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { routes } from "../../infra/routes.ts";
import type { Watched } from "./browser.ts";
import { startBrowser, watch } from "./browser.ts";
import { createPolicy } from "../support/fixtures.ts";
import type { Service } from "../support/service.ts";
import { base, startService } from "../support/service.ts";
import { chromium, isSkippedWithout } from "../support/wanted.ts";

/** The API's page in a browser, against the service. Skipped if no browser is on the PATH. */
const absent = isSkippedWithout(chromium);

const described = routes.filter(({ method }) => method !== "ANY");
const service = absent ? undefined : await startService();
const browser = absent ? undefined : await startBrowser();
afterAll(() => browser?.close());

let page: Page;
let watched: Watched;

async function open(running: { readonly service: Service; readonly browser: Browser }, address = `${base}/docs`): Promise<void> {
  await page?.context().close();
  const context = await running.browser.newContext({ viewport: { width: 1280, height: 900 } });
  page = await context.newPage();
  watched = await watch(page);
  await page.goto(`${running.service.origin}${address}`);
}

function both(): { readonly service: Service; readonly browser: Browser } {
  if (service === undefined || browser === undefined) throw new Error("no browser");
  return { service, browser };
}

const ready = () => page.waitForSelector("section:last-of-type h2");
const answerOf = async (operation: string) => {
  const output = page.locator(`#${operation} form > pre`);
  await output.filter({ hasText: /^[0-9]{3}\n/ }).waitFor();
  return (await output.textContent()) ?? "";
};
async function unfold(operation: string): Promise<void> {
  await page.locator(`#${operation} > summary`).click();
  await page.locator(`#${operation} button`).waitFor();
}

describe.skipIf(absent)("the API page", () => {
  beforeEach(async () => {
    await open(both());
    await ready();
  });

  test("lists every route of the table, each with its method, address and summary", async () => {
    const listed = await page.locator(".operation > summary").allTextContents();
    expect(listed).toHaveLength(described.length);
    for (const { method, path } of described) expect(listed.filter((text) => text.startsWith(`${method}${path}`)).length).toBeGreaterThan(0);
    expect(await page.locator("#about").textContent()).toContain("licenses");
  });

  test("requests itself and the contract and nothing from elsewhere, and logs no fault", async () => {
    for (const summary of await page.locator(".operation > summary").all()) await summary.click();
    const forms = page.locator(".operation[open] form");
    // A form is rendered once its part has opened, a moment after the click.
    await forms.nth(described.length - 1).waitFor();
    expect(await forms.count()).toBe(described.length);
    const { origin } = both().service;
    expect(watched).toEqual({ requests: [`GET ${origin}${base}/docs`, `GET ${origin}${base}/openapi.json`], complaints: [] });
    // The page's own requests wouldn't include an icon.
    expect(both().service.printed.filter((line) => line.includes('"$default"'))).toEqual([]);
  });

  test("makes a real call with the given token, and shows its answer", async () => {
    const policy = await createPolicy(both().service);
    await page.fill("#authorization", `Bearer ${await both().service.token("admin")}`);
    await unfold("licensesIssue");
    await page.fill("#licensesIssue textarea", JSON.stringify({ policy, holder: { type: "user", id: "a-reader" } }));
    await page.click("#licensesIssue button");
    const answer = await answerOf("licensesIssue");
    expect(answer).toMatch(/^201\n[^]*location: [^]*"key": "LIC-/);
    const [, id = ""] = /"id": "([0-9]+)"/.exec(answer) ?? [];
    await unfold("licensesRead");
    await page.fill("#licensesRead input[name=licenseId]", id);
    await page.fill("#licensesRead input[name=X-Request-ID]", "from-the-page");
    await page.click("#licensesRead button");
    expect(await answerOf("licensesRead")).toMatch(/^200\n[^]*x-request-id: from-the-page[^]*"a-reader"/);
    expect((await both().service.call("GET", `${base}/licenses/${id}`)).body.holder).toEqual({ type: "user", id: "a-reader" });
    expect(watched.complaints).toEqual([]);
  });

  test("shows a problem unchanged, sends a query, and sends no credential to a public route", async () => {
    await unfold("licensesList");
    await page.fill("#licensesList input[name=limit]", "0");
    const sent = page.waitForRequest(/limit=0/);
    await page.click("#licensesList button");
    expect((await sent).headers()["authorization"]).toBeUndefined();
    expect(await answerOf("licensesList")).toMatch(/^401\n[^]*www-authenticate: [^]*"code": "unauthenticated"/);
    await page.fill("#authorization", "Bearer canary");
    await unfold("healthReady");
    const probe = page.waitForRequest(/readyz/);
    await page.click("#healthReady button");
    expect((await probe).headers()["authorization"]).toBeUndefined();
  });

  test("sends nothing while a part of the address is missing", async () => {
    await unfold("licensesRead");
    const before = watched.requests.length;
    await page.click("#licensesRead button");
    expect(await page.locator("#licensesRead input:invalid").count()).toBe(1);
    expect(watched.requests).toHaveLength(before);
  });

  test("shows an answer as text, never as markup", async () => {
    const policy = await createPolicy(both().service);
    const name = "<img src=x onerror=document.title='taken'><script>document.title='taken'</script>";
    await page.fill("#authorization", `Bearer ${await both().service.token("admin")}`);
    await unfold("licensesIssue");
    await page.fill("#licensesIssue textarea", JSON.stringify({ policy, holder: { type: "user", id: "a-reader" }, name }));
    await page.click("#licensesIssue button");
    expect(await answerOf("licensesIssue")).toContain("<img src=x");
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.title()).toBe("Licensing: the contract");
    expect(watched.complaints).toEqual([]);
  });

  test("filters by path, summary and permission, and leaves no empty section", async () => {
    await page.fill("#filter", "license:revoke");
    expect(await page.locator(".operation:visible").count()).toBe(1);
    expect(await page.locator("section:visible h2").allTextContents()).toEqual(["licenses"]);
    await page.fill("#filter", "");
    expect(await page.locator(".operation:visible").count()).toBe(described.length);
  });

  test("fits a telephone without scrolling sideways", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    for (const operation of ["licensesIssue", "accessCreatePolicyDefinition", "eventsListOfLicense"]) await unfold(operation);
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
  });

  test("is stopped by its content security policy from a forbidden request", async () => {
    const elsewhere = "http://127.0.0.2:9/";
    await page.evaluate(`fetch(${JSON.stringify(elsewhere)}).catch(() => undefined)`);
    await page.evaluate(`document.body.append(Object.assign(document.createElement("script"), { textContent: "document.title = 'taken'" }))`);
    await page.evaluate(`document.body.append(Object.assign(document.createElement("img"), { src: "/v1/x.png" }))`);
    await expect.poll(() => watched.complaints.filter((text) => text.startsWith("violation"))).toHaveLength(3);
    expect(watched.complaints).toEqual(expect.arrayContaining([`violation: connect-src ${elsewhere}`, "violation: script-src-elem inline"]));
    expect(await page.title()).toBe("Licensing: the contract");
  });
});

describe.skipIf(absent)("pages beside it", () => {
  test("an address with an operation's anchor opens that operation", async () => {
    await open(both(), `${base}/docs#licensesRenew`);
    await page.locator("#licensesRenew button").waitFor();
    expect(await page.locator(".operation[open]").count()).toBe(1);
  });

  test("a problem's page works without script or style, and links to the API page", async () => {
    await open(both(), `${base}/problems/activation-limit-reached`);
    expect(await page.locator("h1").textContent()).toBe("Every seat is taken");
    expect(watched.complaints).toEqual([]);
    await page.click("a");
    await ready();
    expect(new URL(page.url()).pathname).toBe(`${base}/docs`);
  });
});
