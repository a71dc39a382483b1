import { readdirSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { BrowserContext, Page, Route } from "playwright-core";
import built from "../../functions/console/built.json" with { type: "json" };
import { filesOfScript } from "../../infra/console.ts";
import type { Watched } from "./browser.ts";
import { startBrowser, watch } from "./browser.ts";
import { isFocused, openConsole, phone } from "./console-desk.ts";
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

const statusOf = async (at: string) => (await both().service.call("GET", at)).body as { status: string; seatsUsed: number };
const done = (words: RegExp) => page.getByRole("status").filter({ hasText: words }).waitFor();

describe.skipIf(absent)("the console", () => {
  beforeEach(() => void (watched?.complaints.splice(0)));

  test("is three requests beside data and login, asks the provider and nobody else, and keeps nothing that opens the service", async () => {
    const { service } = both();
    await openAs("Operator");
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    const own = () => watched.requests.filter((request) => request.startsWith(`GET ${service.origin}`)).map((request) => new URL(request.slice(4)).pathname);
    const parts = () => new Set(own().filter((path) => path.startsWith(`${base}/console`) && !path.endsWith("/config")).map((path) => path.replace(/\.[0-9a-f]{16}\./, ".")));
    // The browser asks for the icon when it has time.
    await expect.poll(parts).toEqual(new Set([`${base}/console`, `${base}/console/console.css`, `${base}/console/console.js`, `${base}/console/icon.svg`]));
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

  test("bases a change on what its dialog shows: of two people who extend at once, the second sees what the first has done", async () => {
    const { service: { call } } = both();
    const { licenseId, at } = await seated({ duration: "P1M" });
    const expiryOf = async () => String((await call("GET", at)).body.expiresAt);
    await openAs("Operator", { at: `#/licenses/${licenseId}` });
    await page.getByRole("button", { name: "Extend" }).click();
    await call("POST", `${at}/renew`, { body: { periods: 12 } });
    const ofTheFirst = await expiryOf();
    const extend = page.getByRole("dialog").getByRole("button", { name: "Extend", exact: true });
    await extend.click();
    await page.getByRole("alert").getByText(/Somebody else has changed this license meanwhile, and your change was not made/).waitFor();
    expect(await expiryOf()).toBe(ofTheFirst);
    await page.getByRole("dialog").getByText(String(new Date(ofTheFirst).getFullYear())).first().waitFor();
    // A machine that comes or goes changes nothing that the dialog shows.
    await call("POST", `${base}/activations`, { body: { licenseId, fingerprint: "one-more-machine" } });
    await extend.click();
    await done(/Extend: done/);
    expect(Date.parse(await expiryOf())).toBeGreaterThan(Date.parse(ofTheFirst));
    expect(watched.complaints.filter((text) => !text.includes("status of 412"))).toEqual([]);
  });

  test("changes a license's limit and end, and nothing that nobody touched", async () => {
    const { service: { call } } = both();
    const { licenseId, at } = await seated({ duration: "P1M" }, { name: "Aurora" });
    await openAs("Operator", { at: `#/licenses/${licenseId}` });
    await page.getByRole("button", { name: "Change", exact: true }).click();
    const change = page.getByRole("dialog").getByRole("button", { name: "Change", exact: true });
    expect(await change.isDisabled()).toBe(true);
    await page.getByLabel("Machines (empty: any number)").fill("7");
    await page.getByLabel("Expires (empty: never)").fill("2031-05-06T07:08");
    await change.click();
    await done(/Change: done/);
    const zoned = String(await page.evaluate(`new Date("2031-05-06T07:08").toISOString()`));
    expect((await call("GET", at)).body).toMatchObject({ name: "Aurora", activationLimit: 7, expiresAt: zoned, overrides: { activationLimit: 7 } });
    const { body: { data: [event] } } = await call("GET", `${at}/events?sort=-sequence&limit=1`);
    expect(event.changes).toHaveProperty("expiresAt");
    expect(event.changes).not.toHaveProperty("name");
  });

  test("leads to every license of a holder, also where the search shows only the best", async () => {
    const { service } = both();
    const policy = await createPolicy(service);
    const id = `holder-of-many-${process.pid}`;
    for (let n = 0; n < 21; n += 1) await issueLicense(service, policy, { holder: { type: "user", id }, name: `Seat number ${n}` });
    await openAs("Support");
    await page.getByRole("searchbox").fill("holder-of-many");
    await page.getByRole("searchbox").press("Enter");
    await page.getByText("These are the best 20; there may be more.").waitFor();
    await page.getByRole("link", { name: "List all that contain this text" }).click();
    await page.getByRole("link", { name: "Seat number 0", exact: true }).click();
    await page.getByRole("link", { name: "all its licenses" }).click();
    await page.getByRole("link", { name: "Seat number 0", exact: true }).waitFor();
    expect(await page.locator("a.open").count()).toBe(21);
  });

  test("shows each of more than a hundred machines, page by page or by its fingerprint", async () => {
    const { service: { call } } = both();
    const { licenseId } = await seated({ activationLimit: null });
    for (let n = 0; n < 100; n += 1) await call("POST", `${base}/activations`, { body: { licenseId, fingerprint: `machine-of-a-fleet-${n}` } });
    await openAs("Support", { at: `#/licenses/${licenseId}` });
    await page.getByRole("row", { name: /machine-of-a-fleet-99/ }).waitFor();
    expect(await page.getByRole("row", { name: /The desk/ }).count()).toBe(0);
    await page.getByRole("link", { name: "Next hundred machines" }).click();
    await page.getByRole("row", { name: /The desk/ }).waitFor();
    await page.getByRole("link", { name: "Show all machines" }).click();
    await page.getByLabel("Only the machine with this fingerprint").fill("machine-of-the-desk");
    await page.getByLabel("Only the machine with this fingerprint").press("Enter");
    await page.getByRole("row", { name: /The desk/ }).getByRole("button", { name: "Free" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Free", exact: true }).click();
    await page.getByText("No machine with the fingerprint “machine-of-the-desk” has a seat here.").waitFor();
  });

  test("says of an empty later page that its rows are gone, not that there never were any, and leads to the first", async () => {
    const { licenseId } = await seated();
    await openAs("Administrator");
    const pages = [["policies", "policies", "cursor"], ["access", "policy-definitions", "rules"], ["access", "credentials", "credentials"], [`licenses/${licenseId}`, `licenses/${licenseId}/activations`, "machines"]] as const;
    for (const [screen, list, name] of pages) {
      await page.route(`**${base}/${list}?*cursor=gone*`, (route) => route.fulfill({ json: { data: [], pagination: { nextCursor: null, hasMore: false } } }));
      await page.evaluate(`location.hash = "#/${screen}?${name}=gone"`);
      await page.getByText("Nothing is on this page any more.").waitFor();
      await page.getByRole("link", { name: "To the first page" }).click();
      await page.getByText("Nothing is on this page any more.").waitFor({ state: "detached" });
      expect(new URL(page.url()).hash).toBe(`#/${screen}`);
    }
  });

  test("names the license of each change, and exports the changes of one license alone", async () => {
    const [one, other] = [await seated(), await seated()];
    await openAs("Auditor", { at: "#/activity" });
    await page.getByRole("link", { name: other.licenseId }).first().waitFor();
    await page.evaluate(`location.hash = "#/activity?license=${one.licenseId}"`);
    await page.getByText(`Of the license ${one.licenseId} alone.`).waitFor();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "CSV of this page" }).click()]);
    let text = "";
    for await (const chunk of await file.createReadStream()) text += String(chunk);
    expect(text).toContain(one.licenseId);
    expect(text).not.toContain(other.licenseId);
  });

  test("keeps what somebody typed while the login can't be renewed, and after a login that ended asks to look what was done", async () => {
    const { licenseId, at } = await seated();
    await openAs("Support", { at: `#/licenses/${licenseId}` });
    await page.getByRole("button", { name: "Suspend" }).click();
    await page.getByLabel("Reason (needed)").fill("chargeback");
    const suspend = page.getByRole("dialog").getByRole("button", { name: "Suspend", exact: true });
    await page.route(`**${at}/suspend`, (route) => route.fulfill({ status: 401, contentType: "application/problem+json", body: JSON.stringify({ code: "unauthenticated", status: 401 }) }));
    await page.route("**/oauth/token", (route) => route.abort("internetdisconnected"));
    await suspend.click();
    await page.getByText("The login can't be renewed now, because the identity provider doesn't answer. Try again.").waitFor();
    expect(await page.getByLabel("Reason (needed)").inputValue()).toBe("chargeback");
    await page.unroute("**/oauth/token");
    for (const answer of [{ status: 503, body: "" }, { status: 429, body: JSON.stringify({ error: "too_many_requests" }) }]) {
      await page.route("**/oauth/token", (route) => route.fulfill({ ...answer, contentType: "application/json", headers: { "access-control-allow-origin": "*" } }), { times: 1 });
      const busy = page.waitForResponse("**/oauth/token");
      await suspend.click();
      await busy;
      await page.getByRole("button", { name: "Working…" }).waitFor({ state: "detached" });
      await page.getByText("The login can't be renewed now, because the identity provider doesn't answer. Try again.").waitFor();
      expect(await page.getByLabel("Reason (needed)").inputValue()).toBe("chargeback");
    }
    await page.route("**/oauth/token", (route) => route.fulfill({ status: 400, json: { error: "invalid_grant" }, headers: { "access-control-allow-origin": "*" } }), { times: 1 });
    await suspend.click();
    await done(/Your login had ended, and you are logged in again\./);
    await page.getByRole("button", { name: "Suspend" }).waitFor();
    expect(await statusOf(at)).toMatchObject({ status: "ACTIVATED" });
  });

  test("renews the login once for all calls that a token's end refuses at once", async () => {
    const [{ licenseId }, { licenseId: next }] = [await seated(), await seated({}, { name: "Borealis" })];
    await openAs("Support", { at: `#/licenses/${licenseId}` });
    await page.getByText(/request /).first().waitFor();
    const refused = { status: 401, contentType: "application/problem+json", body: JSON.stringify({ code: "unauthenticated", status: 401 }) };
    let count = 0;
    // The next call still sends the token that the screen was read with.
    let old: string | null = null;
    await page.route(`**${base}/**`, async (route) => {
      const sent = await route.request().headerValue("authorization");
      old ??= sent;
      if (sent !== old) return route.continue();
      count += 1;
      return route.fulfill(refused);
    });
    const renewals = () => watched.requests.filter((request) => request.endsWith("/oauth/token")).length;
    const before = renewals();
    await page.evaluate(`location.hash = "#/licenses/${next}"`);
    await page.getByRole("heading", { name: "Borealis" }).waitFor();
    await page.getByText(/request /).first().waitFor();
    expect([count > 0, renewals() - before]).toEqual([true, 1]);
  });

  test("says that the provider doesn't answer when somebody logs in, and logs in when it does", async () => {
    await openAs("Support");
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByText("You are logged out.").waitFor();
    const discovery = "**/.well-known/openid-configuration";
    await page.route(discovery, (route) => route.abort("internetdisconnected"));
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("alert").getByText("The identity provider doesn't answer. Try again.").waitFor();
    await page.unroute(discovery);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("heading", { name: "Who do you want to be?" }).waitFor();
  });

  test("shows a new key until somebody says that it is copied, also after Escape and when the license can't be read again", async () => {
    const { licenseId, at } = await seated();
    await openAs("Operator", { at: `#/licenses/${licenseId}` });
    await page.getByRole("button", { name: "New key" }).click();
    await page.route(`**${at}`, (route) => route.fulfill({ status: 403, contentType: "application/problem+json", body: JSON.stringify({ code: "permission-denied", title: "No", status: 403, detail: "Not for a moment." }) }));
    await page.getByRole("dialog").getByRole("button", { name: "New key" }).click();
    await page.getByText("It is shown this once.").waitFor();
    await page.getByText("Not for a moment.").waitFor();
    const key = await page.locator("dialog .key").textContent();
    for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press("Escape");
    await page.getByText("It is shown this once.").click();
    for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press("Escape");
    expect(await page.locator("dialog[open] .key").textContent()).toBe(key);
    await page.getByRole("button", { name: "I have copied it" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByRole("row", { name: /The desk/ }).waitFor();
    await page.unroute(`**${at}`);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("Not for a moment.").waitFor({ state: "detached" });
  });

  test("keeps a dialog and its typed text when the answer of one that was closed comes, and says both its success and its failure", async () => {
    const { licenseId, at } = await seated({}, { name: "Aurora" });
    await openAs("Operator", { at: `#/licenses/${licenseId}` });
    const dialog = page.getByRole("dialog");
    const closedBefore = async (verb: "suspend" | "reinstate", answer: (route: Route) => Promise<void>) => {
      const name = `${verb[0]?.toUpperCase()}${verb.slice(1)}`;
      const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      await page.route(`**${at}/${verb}`, async (route) => {
        asked.resolve();
        await answered.promise;
        await answer(route);
      });
      await page.getByRole("button", { name }).click();
      await dialog.getByLabel(/^Reason/).fill("chargeback");
      await dialog.getByRole("button", { name, exact: true }).click();
      await asked.promise;
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Hand over" }).click();
      await dialog.getByLabel("The new holder's id").fill("grace@example.com");
      answered.resolve();
    };
    const isKept = async () => expect(await dialog.getByLabel("The new holder's id").inputValue()).toBe("grace@example.com");
    await closedBefore("suspend", (route) => route.continue());
    await page.getByText(/Suspend: done for Aurora/).waitFor();
    await page.getByText(/It was suspended/).waitFor();
    await isKept();
    await page.keyboard.press("Escape");
    await closedBefore("reinstate", (route) => route.fulfill({ status: 409, contentType: "application/problem+json", body: JSON.stringify({ code: "license-not-suspended", title: "No", status: 409, detail: "Others change it." }) }));
    await page.getByText("Reinstate: Aurora: Others change it.").waitFor();
    await isKept();
  });

  test("closes a dialog by Escape, changes nothing, and returns the focus", async () => {
    const { licenseId, at } = await seated();
    await openAs("Operator", { at: `#/licenses/${licenseId}` });
    await page.getByRole("button", { name: "Extend" }).click();
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await expect.poll(() => isFocused(page.getByRole("button", { name: "Extend" }))).toBe(true);
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
