import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { base, startService } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { chromium, isSkippedWithout } from "../support/wanted.ts";
import { startBrowser } from "./browser.ts";
import { desk, openConsole, phone } from "./console-desk.ts";
import type { Opened } from "./console-desk.ts";
import { fillMonth } from "./console-month.ts";
import { screens } from "./console-screens.ts";
import type { Screen } from "./console-screens.ts";

/** Every screen of the console over a month of a vendor's work, in light, in dark and on a telephone. Skipped if no browser is on the PATH. */
const absent = isSkippedWithout(chromium);
const browser = absent ? undefined : await startBrowser();
const service = absent ? undefined : await startService();
const month = service === undefined ? undefined : await fillMonth(service);
afterAll(() => browser?.close());

const axe = readFileSync(path.join(import.meta.dirname, "../../node_modules/axe-core/axe.min.js"), "utf8");
const pictures = path.join(import.meta.dirname, "../../functions/console/pictures");
/** Pictures of the README are made where they are absent, and again by `LICENSING_PICTURES=1`. */
const isDrawn = (name: string) => process.env["LICENSING_PICTURES"] === "1" || !existsSync(path.join(pictures, `${name}.png`));

const people = new Map<string, Opened>();
async function pageOf(person: string): Promise<Opened> {
  if (service === undefined || browser === undefined || month === undefined) throw new Error("no browser");
  const opened = people.get(person) ?? (await openConsole(browser, person === "holder" ? month.holder : person, { origin: service.origin }));
  if (!people.has(person)) await opened.page.evaluate(axe);
  people.set(person, opened);
  return opened;
}

/** The requests in words, with the names of ids in their place, in order of the alphabet. */
const worded = (asks: readonly (readonly [method: string, at: string])[]) => [...new Set(asks.map(([method, at]) => `${method} ${at.split("?")[0]}?${new URLSearchParams(at.split("?")[1]).toString().split("&").toSorted().join("&")}`))].toSorted();

/** The page's requests to the service: method and address, with the names of ids in their place. */
function askedOf(requests: readonly string[]): readonly (readonly [string, string])[] {
  return requests.flatMap((request) => {
    const [method = "", address = ""] = request.split(" ");
    const at = address.split(`${base}/`)[1];
    if (at === undefined || address.startsWith("blob:") || at.startsWith("console") || at === "me") return [];
    return [[method, `/${at.replace(/^(licenses|policies|webhooks)\/(\d+)(?=[/?]|$)/, (_all, noun: string) => `${noun}/{${{ licenses: "licenseId", policies: "policyId", webhooks: "webhookId" }[noun]}}`)}`] as const];
  });
}

/** Opens the screen anew in a page that is logged in. */
async function show(page: Page, { at, open, text }: Screen): Promise<void> {
  if (month === undefined) throw new Error("no month");
  if ((await page.getByRole("dialog").count()) > 0) await page.keyboard.press("Escape");
  await page.evaluate(`location.hash = "#/nowhere"`);
  await page.getByText("There is no such screen.").waitFor();
  await page.evaluate(`location.hash = ${JSON.stringify(at(month))}`);
  await open?.(page);
  await page.getByText(text).first().waitFor();
  await expect.poll(() => page.getByText("Loading…").count()).toBe(0);
}

type Violation = { readonly id: string; readonly impact: string; readonly nodes: readonly { readonly html: string }[] };
/** Serious faults by all rules, or by the only ones that depend on the colours. */
const faultsOf = async (page: Page, options = "{}") =>
  (await page.evaluate<readonly Violation[]>(`axe.run(document, ${options}).then(({ violations }) => violations)`))
    .filter(({ impact }) => ["serious", "critical"].includes(impact)).map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);

async function draw(page: Page, { name, picture }: Screen, now: Screen["picture"]): Promise<void> {
  if (process.env["SHOTS"] !== undefined) await page.screenshot({ path: `${process.env["SHOTS"]}/${name}-${now}.png`, fullPage: true });
  if (picture !== now || !isDrawn(name)) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: path.join(pictures, `${name}.png`), animations: "disabled" });
}

describe.skipIf(absent)("the screen", () => {
  test.each(screens.map((screen) => [screen.name, screen] as const))("%s has no serious fault of accessibility in light and in dark, fits a telephone, breaks no rule of its policy, and asks only what it names", { timeout: patient(60_000) }, async (_name, screen) => {
    const { page, watched } = await pageOf(screen.person);
    watched.complaints.splice(0);
    watched.requests.splice(0);
    await page.setViewportSize(desk);
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await show(page, screen);
    await expect.poll(() => worded(askedOf(watched.requests))).toEqual(worded(screen.asks.map(([method, at]) => [method, at.replace("123456789012345678", "{licenseId}")])));
    expect(await faultsOf(page)).toEqual([]);
    await draw(page, screen, "light");
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await faultsOf(page, `{ runOnly: ["color-contrast", "link-in-text-block"] }`)).toEqual([]);
    await draw(page, screen, "dark");
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize(phone);
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
    await draw(page, screen, "phone");
    // The browser reports an answer of 404 or 403 by itself.
    expect(watched.complaints.filter((text) => !text.includes("the server responded with a status of 40"))).toEqual([]);
  });
});
