import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { BrowserContext, Locator, Page } from "playwright-core";
import type { Watched } from "./browser.ts";
import { startBrowser, watch } from "./browser.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import { chromium, isSkippedWithout } from "../support/wanted.ts";

/** The console in a browser, against the service and its own identity provider. Skipped if no browser is on the PATH. */
const absent = isSkippedWithout(chromium);

const running = absent ? undefined : { service: await startService(), browser: await startBrowser() };
afterAll(() => running?.browser.close());

function both(): NonNullable<typeof running> {
  if (running === undefined) throw new Error("no browser");
  return running;
}

let context: BrowserContext | undefined;
let page: Page;
let watched: Watched;
const desk = { width: 1280, height: 900 };
const phone = { width: 360, height: 740 };

/** Opens the console as somebody, by the provider's buttons or as a holder of any name. */
async function openAs(person: string, { viewport = desk, at = "" } = {}): Promise<void> {
  const { service, browser } = both();
  await context?.close();
  context = await browser.newContext({ viewport, acceptDownloads: true });
  page = await context.newPage();
  watched = await watch(page);
  await page.goto(`${service.origin}${base}/console${at}`);
  await logIn(person);
}

async function logIn(person: string): Promise<void> {
  const button = page.getByRole("button", { name: new RegExp(`^${person}`) });
  await page.getByRole("heading", { name: "Who do you want to be?" }).waitFor();
  if (await button.count() > 0) await button.click();
  else {
    await page.getByLabel("Any name").fill(person);
    await page.getByRole("button", { name: "Be this person" }).click();
  }
  await page.getByRole("button", { name: "Log out" }).waitFor();
}

async function seated(terms: Readonly<Record<string, unknown>> = {}, rest: Readonly<Record<string, unknown>> = {}) {
  const { service } = both();
  const license = await issueLicense(service, await createPolicy(service, { activationLimit: 3, ...terms }), rest);
  const claimed = await service.call("POST", `${base}/activations`, { body: { licenseId: license.licenseId, fingerprint: "machine-of-the-desk", name: "The desk" } });
  if (claimed.status !== 201) throw new Error(claimed.text);
  return license;
}

const isFocused = (place: Locator) => place.evaluate((element: { matches: (selector: string) => boolean }) => element.matches(":focus"));
const statusOf = async (at: string) => (await both().service.call("GET", at)).body as { status: string; seatsUsed: number; expiresAt: string; name: string | null };
const done = (words: RegExp) => page.getByRole("status").filter({ hasText: words }).waitFor();
const open = (licenseId: string) => page.goto(`${both().service.origin}${base}/console#/licenses/${licenseId}`);

describe.skipIf(absent)("the console", () => {
  beforeEach(() => void (watched?.complaints.splice(0)));

  test("is three requests beside data and login, asks the provider and nobody else, and keeps nothing that opens the service", async () => {
    const { service } = both();
    await openAs("Operator");
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    const own = watched.requests.filter((request) => request.startsWith(`GET ${service.origin}`)).map((request) => new URL(request.slice(4)).pathname);
    const parts = new Set(own.filter((path) => path.startsWith(`${base}/console`) && !path.endsWith("/config")).map((path) => path.replace(/\.[0-9a-f]{16}\./, ".")));
    expect(parts).toEqual(new Set([`${base}/console`, `${base}/console/console.css`, `${base}/console/console.js`, `${base}/console/icon.svg`]));
    const origins = new Set(watched.requests.map((request) => new URL(request.slice(request.indexOf(" ") + 1)).origin));
    expect(origins).toEqual(new Set([service.origin, new URL(service.issuer.issuer).origin]));
    expect(watched.complaints).toEqual([]);
    const kept = await page.evaluate(`JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])`);
    expect(kept).not.toMatch(/eyJ|code=|token/);
    expect(await page.evaluate("sessionStorage.length + localStorage.length")).toBe(0);
  });

  test("comes back after a reload at the same screen, and not after a logout", async () => {
    const { licenseId } = await seated();
    await openAs("Operator", { at: `#/licenses/${licenseId}` });
    await page.getByText(licenseId).first().waitFor();
    await page.reload();
    await page.getByText(licenseId).first().waitFor();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByText("You are logged out.").waitFor();
    await page.reload();
    await page.getByText("You are logged out.").waitFor();
  });

  test("finds a customer by a pasted key and frees a seat, by mouse", async () => {
    const { key, at } = await seated();
    await openAs("Support");
    await page.getByRole("searchbox").fill(` ${key.toLowerCase()} `);
    await page.getByRole("searchbox").press("Enter");
    await page.getByRole("row", { name: /The desk/ }).getByRole("button", { name: "Free" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Free" }).click();
    await done(/The seat of The desk is free/);
    expect(await statusOf(at)).toMatchObject({ seatsUsed: 0 });
    expect(page.url()).not.toContain(key.slice(4, 12));
  });

  test("finds a customer and suspends the license with a reason, by keyboard alone", async () => {
    const { key, at } = await seated();
    await openAs("Support");
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type(key);
    await page.keyboard.press("Enter");
    const suspend = page.getByRole("button", { name: "Suspend" });
    await suspend.waitFor();
    for (let tabs = 0; tabs < 60 && !(await isFocused(suspend)); tabs += 1) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    const reason = page.getByLabel("Reason (needed)");
    for (let tabs = 0; tabs < 10 && !(await isFocused(reason)); tabs += 1) await page.keyboard.press("Tab");
    await page.keyboard.type("chargeback");
    await page.keyboard.press("Enter");
    await done(/Suspend: done/);
    expect(await statusOf(at)).toMatchObject({ status: "SUSPENDED" });
    await page.getByText(/It was suspended .*“chargeback”/).waitFor();
  });

  test("extends a license after saying when it ends", async () => {
    const { at, licenseId } = await seated({ duration: "P1M" });
    const before = await statusOf(at);
    await openAs("Operator", { at: `#/licenses/${licenseId}` });
    await page.getByRole("button", { name: "Extend" }).click();
    await page.getByText(/It expires on/).waitFor();
    await page.getByLabel("Periods").fill("3");
    await page.getByRole("dialog").getByRole("button", { name: "Extend" }).click();
    await done(/Extend: done/);
    expect(Date.parse((await statusOf(at)).expiresAt)).toBeGreaterThan(Date.parse(before.expiresAt) + 85 * 86_400_000);
  });

  test("says which check refuses a machine", async () => {
    const { licenseId } = await seated({ activationLimit: 1 });
    await openAs("Operator", { at: `#/licenses/${licenseId}` });
    await page.getByLabel("Try a machine (takes no seat)").fill("another-machine-1");
    await page.getByLabel("Try a machine (takes no seat)").press("Enter");
    await page.locator(".checks .bad").first().waitFor();
  });

  test("revokes only after the last five of the key", async () => {
    const { licenseId, key, at } = await seated();
    await openAs("Operator", { at: `#/licenses/${licenseId}` });
    await page.getByRole("button", { name: "Revoke" }).click();
    const revoke = page.getByRole("dialog").getByRole("button", { name: "Revoke" });
    expect(await revoke.isDisabled()).toBe(true);
    await page.getByLabel(/Type the last five/).fill(key.slice(-5));
    await revoke.click();
    await done(/Revoke: done/);
    expect(await statusOf(at)).toMatchObject({ status: "REVOKED" });
  });

  test("closes a dialog by Escape, changes nothing, and returns the focus", async () => {
    const { licenseId, at } = await seated();
    await openAs("Operator", { at: `#/licenses/${licenseId}` });
    await page.getByRole("button", { name: "Extend" }).click();
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await isFocused(page.getByRole("button", { name: "Extend" }))).toBe(true);
    expect(await statusOf(at)).toMatchObject({ status: "ACTIVATED" });
  });

  test("shows a role what it may not do, and which permission is missing", async () => {
    const { licenseId } = await seated();
    await openAs("Auditor", { at: `#/licenses/${licenseId}` });
    const suspend = page.getByRole("button", { name: /Suspend/ });
    await suspend.waitFor();
    expect(await suspend.isDisabled()).toBe(true);
    expect(await suspend.textContent()).toContain("needs license:suspend");
  });

  test("keeps a list's filters in the address, and an auditor exports what they show", async () => {
    const { licenseId } = await seated({}, { holder: { type: "user", id: "exported-holder" } });
    await openAs("Auditor", { at: "#/licenses?search=exported-holder" });
    await page.getByRole("link", { name: "exported-holder" }).waitFor();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "CSV of this page" }).click()]);
    const stream = await file.createReadStream();
    let text = "";
    for await (const chunk of stream) text += String(chunk);
    expect(text).toContain(licenseId);
  });

  test("lets a holder see its licenses, rename and free a machine, and take a file for it, on a phone", async () => {
    const holder = `holder-${process.pid}`;
    const { at } = await seated({}, { holder: { type: "user", id: holder } });
    await seated({}, { holder: { type: "user", id: "somebody-else" } });
    await openAs(holder, { viewport: phone });
    await page.getByRole("heading", { name: "Licenses" }).waitFor();
    expect(await page.getByText("somebody-else").count()).toBe(0);
    expect(await page.getByRole("searchbox").count()).toBe(0);
    await page.getByRole("link", { name: holder }).click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "License file" }).click().then(() => page.getByRole("dialog").getByRole("button", { name: "Download" }).click())]).catch(async (fault: unknown) => {
      throw new Error(await page.locator("body").innerText(), { cause: fault });
    });
    expect(file.suggestedFilename()).toMatch(/^license-\d+\.txt$/);
    await page.getByRole("button", { name: "Free", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Free" }).click();
    await done(/is free/);
    expect(await statusOf(at)).toMatchObject({ seatsUsed: 0 });
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  });

  test.each([
    `<img src=x onerror=alert(1)>`, `"><script>alert(1)</script>`, "javascript:alert(1)", "{{7*7}}", "a\u202Eb\u2066c", "🧨🧨🧨", "=HYPERLINK(1)", "x".repeat(255), "' or 1=1 --", "&lt;b&gt;",
  ])("shows a hostile name as text: %s", async (name) => {
    const { service } = both();
    const { licenseId, at } = await seated();
    const patched = await service.call("PATCH", at, { body: { name, metadata: { note: name } } });
    await openAs("Operator", { at: `#/licenses/${licenseId}` });
    await page.getByRole("heading", { level: 1 }).waitFor();
    const shown = await page.getByRole("heading", { level: 1 }).textContent();
    if (patched.status === 200) expect(shown).toContain((await statusOf(at)).name);
    expect(await page.locator("main img, main script").count()).toBe(0);
    expect(watched.complaints).toEqual([]);
  });

  test("opens a link to a screen that isn't there, and a license that isn't, with a sentence", async () => {
    await openAs("Operator", { at: "#/nowhere" });
    await page.getByText("There is no such screen.").waitFor();
    await open("123456789012345678");
    await page.getByRole("alert").waitFor();
  });

  test("can't be framed, and answers its parts immutable and by their digest", async () => {
    const { service } = both();
    const opened = await fetch(`${service.origin}${base}/console`);
    expect(opened.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(opened.headers.get("content-security-policy")).toContain("require-trusted-types-for 'script'");
    const [, script = ""] = /src="([^"]+)"/.exec(await opened.text()) ?? [];
    const part = await fetch(`${service.origin}${base}/${script}`);
    expect(part.headers.get("cache-control")).toContain("immutable");
    expect((await fetch(`${service.origin}${base}/console/console.0000000000000000.js`)).status).toBe(404);
  });
});
