import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import built from "../../functions/console/built.json" with { type: "json" };
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { base, startService } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { chromium, isSkippedWithout } from "../support/wanted.ts";
import { startBrowser, watch } from "./browser.ts";
import { logIn, openConsole } from "./console-desk.ts";
import type { Opened } from "./console-desk.ts";

/** Pages of another origin against the console, and where its tokens go. Skipped if no browser is on the PATH. */
const absent = isSkippedWithout(chromium);
const browser = absent ? undefined : await startBrowser();
const service = absent ? undefined : await startService();
const attacker = absent || service === undefined ? undefined : await startAttacker(service.origin);
afterAll(async () => {
  await browser?.close();
  await attacker?.close();
});

let opened: Opened | undefined;
afterEach(() => opened?.context.close());

/** Another origin, of another host name, with a page that frames the console and a copy of the console. Keeps the addresses that it was asked for. */
async function startAttacker(victim: string) {
  const asked: string[] = [];
  const parts: Readonly<Record<string, readonly [string, string]>> = {
    "/frame": ["text/html", `<!doctype html><title>Free gifts</title><iframe src="${victim}${base}/console" width="800" height="600"></iframe>`],
    "/copy/console": ["text/html", built.html],
    ...Object.fromEntries(built.assets.map(({ name, contentType, text }) => [`/copy/console/${name}`, [contentType, text] as const])),
  };
  const server = createServer((request, response) => {
    void (async () => {
      const address = request.url ?? "";
      asked.push(address);
      const [path = ""] = address.split("?");
      // The copy asks its own origin for the settings, which its owner can fetch.
      const part = path === `${base}/console/config` ? (["application/json", await (await fetch(`${victim}${path}`)).text()] as const) : (parts[path] ?? ["text/html", "<!doctype html><title>Another page</title>"]);
      response.writeHead(200, { "content-type": part[0] }).end(part[1]);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { asked, origin: `http://localhost:${(server.address() as AddressInfo).port}`, close: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}

function all() {
  if (service === undefined || browser === undefined || attacker === undefined) throw new Error("no browser");
  return { service, browser, attacker };
}

async function asAdministrator(): Promise<Opened> {
  const { service: { origin }, browser: started } = all();
  return (opened = await openConsole(started, "Administrator", { origin }));
}

/** Every token that the provider has given to the page. */
function tokensOf(page: Page): { readonly seen: () => Promise<readonly string[]> } {
  const answers: Promise<string>[] = [];
  page.on("response", (response) => {
    if (response.url().endsWith("/oauth/token")) answers.push(response.text().catch(() => ""));
  });
  const texts = (answer: string) => Object.entries(JSON.parse(answer || "{}") as Record<string, unknown>).flatMap(([name, value]) => (name.endsWith("_token") && typeof value === "string" ? [value] : []));
  return { seen: async () => (await Promise.all(answers)).flatMap(texts) };
}

describe.skipIf(absent)("a page of another origin", () => {
  test("that frames the console gets an empty frame, though its visitor is logged in", async () => {
    const { attacker: { origin } } = all();
    const { context } = await asAdministrator();
    const page = await context.newPage();
    const watched = await watch(page);
    await page.goto(`${origin}/frame`);
    await expect.poll(() => watched.complaints.join()).toContain("frame-ancestors");
    const [, frame] = page.frames();
    expect(frame?.url()).not.toContain(base);
    expect(await frame?.evaluate("document.body.innerText")).not.toMatch(/Licensing|Log out/);
  });

  test("that calls the service reads no answer and changes nothing", async () => {
    const { service: victim, attacker: { origin } } = all();
    const license = await issueLicense(victim, await createPolicy(victim));
    const { context } = await asAdministrator();
    const page = await context.newPage();
    await page.goto(`${origin}/frame`);
    const attempt = (at: string, options: object) =>
      page.evaluate<string>(`fetch(${JSON.stringify(`${victim.origin}${at}`)}, ${JSON.stringify({ credentials: "include", ...options })}).then(async (answer) => answer.type + await answer.text(), (error) => error.name)`);
    for (const at of [`${base}/licenses`, `${base}/me`, `${base}/console`, `${base}/console/config`]) expect(await attempt(at, {})).toBe("TypeError");
    const suspend = { method: "POST", body: JSON.stringify({ reason: "stolen" }) };
    expect(await attempt(`${license.at}/suspend`, { ...suspend, headers: { "content-type": "application/json", authorization: "Bearer stolen" } })).toBe("TypeError");
    expect(await attempt(`${license.at}/suspend`, { ...suspend, mode: "no-cors" })).toBe("opaque");
    expect((await victim.call("GET", license.at)).body.status).toBe("ACTIVATED");
  });

  test("that opens the console has no hold of its window", async () => {
    const { service: victim, attacker: { origin } } = all();
    const { context } = await asAdministrator();
    const page = await context.newPage();
    await page.goto(`${origin}/frame`);
    const [popup] = await Promise.all([context.waitForEvent("page"), page.evaluate(`void (window.taken = open(${JSON.stringify(`${victim.origin}${base}/console`)}))`)]);
    await popup.getByRole("button", { name: "Log out" }).waitFor();
    expect(await popup.evaluate("opener === null")).toBe(true);
    expect(await page.evaluate("taken.closed")).toBe(true);
  });

  test("that is a copy of the console gets no token: the provider doesn't send people there", async () => {
    const { attacker: { origin, asked } } = all();
    const { context } = await asAdministrator();
    const page = await context.newPage();
    asked.splice(0);
    await page.goto(`${origin}/copy/console`);
    await page.getByText(/redirect_uri/).first().waitFor();
    expect(asked).toContain(`${base}/console/config`);
    expect(asked.filter((address) => address.includes("code="))).toEqual([]);
  });
});

describe.skipIf(absent)("a token", () => {
  test("is in no storage, no address, no markup and no log, after a login, a silent renewal and a reload", { timeout: patient(60_000) }, async () => {
    const { service: victim, browser: started } = all();
    const context = await started.newContext();
    const page = await context.newPage();
    const watched = await watch(page);
    opened = { context, page, watched };
    const tokens = tokensOf(page);
    await page.goto(`${victim.origin}${base}/console#/licenses`);
    await logIn(page, "Administrator");
    // One refused call makes the page renew its token, and go on.
    let refusals = 0;
    await page.route(`**${base}/policies?*`, (route) => {
      refusals += 1;
      return refusals === 1 ? route.fulfill({ status: 401, contentType: "application/problem+json", body: JSON.stringify({ code: "unauthenticated", status: 401 }) }) : route.continue();
    });
    await page.getByRole("link", { name: "Policies" }).click();
    await page.getByText("free-trial").first().waitFor();
    expect(refusals).toBe(2);
    await page.reload();
    await page.getByRole("heading", { name: "Policies" }).waitFor();
    const seen = await tokens.seen();
    // An access, a refresh and an identity token by each of two logins and one renewal.
    expect(seen.length).toBeGreaterThanOrEqual(8);
    const kept = await page.evaluate<string>(`(async () => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href, history.state, name, document.documentElement.outerHTML,
      await indexedDB.databases(), await caches.keys(), performance.getEntries().map((entry) => entry.name)]))()`);
    const places = { kept, cookies: JSON.stringify(await context.cookies()), requests: watched.requests.join("\n"), complaints: watched.complaints.join("\n"), logs: victim.printed.join("\n") };
    for (const [place, text] of Object.entries(places)) {
      expect(seen.filter((token) => text.includes(token) || text.includes(token.slice(-24))), place).toEqual([]);
    }
    expect(await page.evaluate("sessionStorage.length + localStorage.length")).toBe(0);
    expect(watched.complaints.filter((text) => !text.includes("status of 401"))).toEqual([]);
  });

  test("is gone after a logout: no tab comes back, none logs in unasked, and the provider refuses its renewal", { timeout: patient(60_000) }, async () => {
    const { service: victim, browser: started } = all();
    const context = await started.newContext();
    const page = await context.newPage();
    opened = { context, page, watched: await watch(page) };
    const tokens = tokensOf(page);
    await page.goto(`${victim.origin}${base}/console`);
    await logIn(page, "Administrator");
    const second = await context.newPage();
    await second.goto(`${victim.origin}${base}/console#/policies`);
    // The provider's session brings the second tab in.
    await second.getByRole("button", { name: "Log out" }).waitFor();
    await page.getByRole("button", { name: "Log out" }).click();
    for (const tab of [page, second]) {
      await tab.getByText("You are logged out.").waitFor();
      await tab.reload();
      await tab.getByText("You are logged out.").waitFor();
    }
    await page.goBack();
    expect(await page.getByRole("button", { name: "Log out" }).count()).toBe(0);
    const third = await context.newPage();
    await third.goto(`${victim.origin}${base}/console`);
    await third.getByRole("heading", { name: "Who do you want to be?" }).waitFor();
    const renewals = (await tokens.seen()).filter((token) => !token.startsWith("eyJ"));
    expect(renewals.length).toBeGreaterThan(0);
    for (const token of renewals) {
      const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token: token, client_id: victim.issuer.clientId });
      expect((await fetch(`${new URL(victim.issuer.jwksUrl).origin}/oauth/token`, { method: "POST", body })).status).toBe(400);
    }
  });

  test("that is shown as a page kept by the browser is asked for anew", async () => {
    const { page } = await asAdministrator();
    const reloaded = page.waitForEvent("domcontentloaded");
    await page.evaluate(`dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))`);
    await reloaded;
    await page.getByRole("button", { name: "Log out" }).waitFor();
  });
});
