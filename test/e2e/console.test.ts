import { readdirSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { BrowserContext, Locator, Page } from "playwright-core";
import built from "../../functions/console/built.json" with { type: "json" };
import { filesOfScript } from "../../infra/console.ts";
import type { Watched } from "./browser.ts";
import { startBrowser, watch } from "./browser.ts";
import { openConsole, phone } from "./console-desk.ts";
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

/** Opens the console as somebody, by the provider's buttons or as a holder of any name. */
async function openAs(person: string, { isPhone = false, at = "" } = {}): Promise<void> {
  const { service: { origin }, browser } = both();
  await context?.close();
  ({ context, page, watched } = await openConsole(browser, person, { origin, at, isPhone }));
}

async function seated(terms: Readonly<Record<string, unknown>> = {}, rest: Readonly<Record<string, unknown>> = {}) {
  const { service } = both();
  const license = await issueLicense(service, await createPolicy(service, { activationLimit: 3, ...terms }), rest);
  const claimed = await service.call("POST", `${base}/activations`, { body: { licenseId: license.licenseId, fingerprint: "machine-of-the-desk", name: "The desk" } });
  if (claimed.status !== 201) throw new Error(claimed.text);
  return license;
}

const isFocused = (place: Locator) => place.evaluate((element: { matches: (selector: string) => boolean }) => element.matches(":focus"));
const statusOf = async (at: string) => (await both().service.call("GET", at)).body as { status: string; seatsUsed: number };
const done = (words: RegExp) => page.getByRole("status").filter({ hasText: words }).waitFor();

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

  test("shows before anybody tries that a full license refuses a machine without a seat, and accepts one after a seat is freed", async () => {
    const { licenseId } = await seated({ activationLimit: 1 });
    await openAs("Support", { at: `#/licenses/${licenseId}` });
    await page.getByText("The license: Yes: The license is valid.").waitFor();
    await page.getByText("A machine without a seat: No: Every seat is taken.").waitFor();
    await page.getByRole("button", { name: "Free", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Free", exact: true }).click();
    await page.getByText("A machine without a seat: Yes: The license is valid.").waitFor();
  });

  test("names a change's license in its message, and takes the message away when another screen opens", async () => {
    const [changed, other] = [await seated({}, { name: "Aurora" }), await seated({}, { name: "Borealis" })];
    await openAs("Support", { at: `#/licenses/${changed.licenseId}` });
    await page.getByRole("button", { name: "Suspend" }).click();
    await page.getByLabel("Reason (needed)").fill("chargeback");
    await page.getByRole("dialog").getByRole("button", { name: "Suspend", exact: true }).click();
    await done(/Suspend: done for Aurora\./);
    await page.evaluate(`location.hash = "#/licenses/${other.licenseId}"`);
    await page.getByRole("heading", { name: "Borealis" }).waitFor();
    await page.getByText(/Suspend: done/).waitFor({ state: "detached" });
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
    const { at, licenseId } = await seated({ releases: { limit: 2, period: "P30D" } }, { holder: { type: "user", id: holder } });
    await seated({}, { holder: { type: "user", id: "somebody-else" } });
    await openAs(holder, { isPhone: true });
    await page.getByRole("heading", { name: "Licenses" }).waitFor();
    expect(await page.getByText("somebody-else").count()).toBe(0);
    expect(await page.getByRole("searchbox").count()).toBe(0);
    await page.getByRole("link", { name: holder }).click();
    await page.getByText("You can free 2 more of the 2 seats that your license allows in 30 days.").waitFor();
    expect(await page.getByRole("button", { name: /Suspend|Revoke/ }).count()).toBe(0);
    await page.getByRole("button", { name: "Rename" }).click();
    await page.getByLabel("Name", { exact: true }).fill("My laptop");
    await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click();
    await page.getByRole("row", { name: /My laptop/ }).waitFor();
    // The page reads the license again after the download. A dialog that was opened meanwhile stays open.
    const read = Promise.withResolvers<void>();
    await page.route(new RegExp(`/licenses/${licenseId}$`), async (route) => {
      await read.promise;
      await route.continue();
    });
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "License file" }).click().then(() => page.getByRole("dialog").getByRole("button", { name: "Download" }).click())]);
    expect(file.suggestedFilename()).toMatch(/^license-\d+\.txt$/);
    await page.getByRole("button", { name: "Free", exact: true }).click();
    await page.getByRole("dialog").waitFor();
    read.resolve();
    await page.getByText("file-issued").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Free" }).click();
    await done(/is free/);
    expect(await statusOf(at)).toMatchObject({ seatsUsed: 0 });
    await both().service.call("POST", `${base}/activations`, { body: { licenseId, fingerprint: "another-of-mine" } });
    await page.reload();
    await page.getByText(/You can free 1 more of the 2 seats .* One more comes back/).waitFor();
    await page.getByText(/deactivated by user/).waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  });

  test("can't be framed, and answers its parts immutable and by their digest", async () => {
    const { service } = both();
    const opened = await fetch(`${service.origin}${base}/console`);
    expect(opened.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(opened.headers.get("content-security-policy")).toContain("require-trusted-types-for 'script'");
    const [, script = ""] = /src="([^"]+)"/.exec(await opened.text()) ?? [];
    const part = await fetch(`${service.origin}${base}/${script}`);
    expect(part.headers.get("cache-control")).toContain("immutable");
    expect(opened.headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect((await fetch(`${service.origin}${base}/console/console.0000000000000000.js`)).status).toBe(404);
  });

  test("says what to set where no login is configured", async () => {
    const { service, browser } = both();
    await context?.close();
    context = await browser.newContext({ viewport: phone });
    page = await context.newPage();
    watched = await watch(page);
    await page.route("**/console/config", async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...((await answer.json()) as object), clientId: null } });
    });
    await page.goto(`${service.origin}${base}/console`);
    await page.getByText("APP_ENV_IDENTITY_CLIENT_ID").waitFor();
    expect(watched.complaints).toEqual([]);
  });
});

describe("the console's files", () => {
  const named = (ending: string) => built.assets.find(({ name }) => name.endsWith(ending))?.text ?? "";

  test("are a script of at most 60 KB, compressed, of the page's sources, the client and three packages", async () => {
    expect(gzipSync(named(".js")).length).toBeLessThanOrEqual(60 * 1024);
    const files = await filesOfScript();
    const packages = files.flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []);
    expect(new Set(packages)).toEqual(new Set(["preact", "oauth4webapi", "openapi-fetch"]));
    const own = files.filter((file) => !file.startsWith("node_modules/"));
    expect(own.filter((file) => !file.startsWith("functions/console/source/") && !file.startsWith("core/client/"))).toEqual([]);
    const sources = readdirSync(new URL("../../functions/console/source/", import.meta.url)).filter((file) => /\.tsx?$/.test(file));
    expect(own.filter((file) => file.startsWith("functions/console/source/")).map((file) => path.basename(file)).toSorted()).toEqual(sources.toSorted());
  });

  test("hold no inline script or style, no way to make code or markup of a text, no secret, and no address of another origin", () => {
    expect(built.html).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|style=|javascript:/);
    const script = named(".js");
    expect(script).not.toMatch(/\beval\(|new Function|document\.write|insertAdjacentHTML|\.outerHTML|localStorage|PRIVATE KEY|whsec_|sourceMappingURL/);
    const addresses = [...`${script}${named(".css")}${built.html}`.matchAll(/\bhttps?:\/\/[^\s"'`)]+/g)].map(([address]) => address);
    // Names of namespaces, and examples in fields.
    expect(addresses.filter((address) => !/^https?:\/\/(www\.w3|[a-z.]+\.example)\./.test(address))).toEqual([]);
  });
});
