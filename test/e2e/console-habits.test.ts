import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { run as licensing } from "@licensing/core/cli/run.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import type { IssuedLicense } from "../support/fixtures.ts";
import { base } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { watch } from "./browser.ts";
import { logIn, said, startDesk } from "./console-desk.ts";
import { seated } from "./console-tasks.ts";

/** How the console fits people's habits: paper, keys, motion, time zones, reloads, the command line. Skipped if no browser is on the PATH. */
const { isAbsent, both, keep, openAs } = await startDesk();

const dialogOf = (page: Page) => page.getByRole("dialog");

/** Opens the preview of a policy whose limit rose to 9 after three licenses had been issued, and waits for the button that applies it. */
async function previewed() {
  const { service: { call } } = both();
  const policy = await createPolicy({ call }, { activationLimit: 3 });
  const licenses: IssuedLicense[] = [];
  for (let n = 0; n < 3; n += 1) licenses.push(await issueLicense({ call }, policy));
  await call("PATCH", `${base}/policies/${policy}`, { body: { activationLimit: 9 } });
  const { body: { id } } = await call("GET", `${base}/policies/${policy}`);
  const page = await openAs("Administrator", `#/policies/${id}`);
  await page.getByRole("button", { name: "Preview" }).click();
  const apply = page.getByRole("button", { name: "Change 3 licenses" });
  await apply.waitFor();
  return { id: String(id), licenses, page, apply };
}

describe.skipIf(isAbsent)("the console", () => {
  test("prints a license with its facts, dark on light, and without what is pressed", async () => {
    const { licenseId, holder } = await seated(both().service.call);
    const page = await openAs("Operator", `#/licenses/${licenseId}`);
    await page.getByText(/request /).first().waitFor();
    const controls = page.locator(":is(button, input, textarea, select, nav, header):visible");
    expect(await controls.count()).toBeGreaterThan(5);
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    expect(await controls.count()).toBe(0);
    for (const text of [holder, licenseId, "The desk", "Terms", "What happened"]) await page.getByText(text).first().waitFor();
    expect(await page.evaluate("getComputedStyle(document.documentElement).colorScheme")).toBe("light");
    expect((await page.pdf()).subarray(0, 5).toString()).toBe("%PDF-");
  });

  test("lists its keys by ?, which go to screens and move between rows, but not where somebody types", async () => {
    const { call } = both().service;
    const policy = await createPolicy(both().service);
    for (const name of ["Row one", "Row two"]) await issueLicense({ call }, policy, { name });
    const page = await openAs("Operator");
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    // The page listens to keys a moment after it has drawn the heading.
    await expect.poll(async () => (await dialogOf(page).count()) || page.keyboard.press("?")).toBe(1);
    for (const text of ["find", "next and previous row", "Licenses", "this help"]) await dialogOf(page).getByText(text).waitFor();
    await page.keyboard.press("Escape");
    await dialogOf(page).waitFor({ state: "detached" });
    await page.keyboard.press("g");
    await page.keyboard.press("l");
    await page.getByRole("link", { name: "Row two" }).waitFor();
    const focused = expect.poll(() => page.evaluate<string>("document.activeElement.textContent"));
    await page.keyboard.press("j");
    await focused.toBe("Row two");
    await page.keyboard.press("j");
    await focused.toBe("Row one");
    await page.keyboard.press("k");
    await focused.toBe("Row two");
    await page.keyboard.press("/");
    await page.keyboard.type("g?j/");
    expect(await page.getByRole("searchbox").inputValue()).toBe("g?j/");
    expect(await dialogOf(page).count()).toBe(0);
    expect(new URL(page.url()).hash).toBe("#/licenses");
  });

  test("moves nothing for people who asked for no motion", async () => {
    const { licenseId } = await seated(both().service.call);
    const page = await openAs("Operator", `#/licenses/${licenseId}`);
    const motion = async (reducedMotion: "reduce" | "no-preference") => {
      await page.emulateMedia({ reducedMotion });
      await page.getByRole("button", { name: "Extend" }).click();
      await dialogOf(page).waitFor();
      const name = await page.evaluate<string>("getComputedStyle(document.querySelector('dialog')).animationName");
      await page.keyboard.press("Escape");
      await dialogOf(page).waitFor({ state: "detached" });
      return name;
    };
    expect(await motion("no-preference")).toBe("rise");
    expect(await motion("reduce")).toBe("none");
  });

  test("says times relative to now, and on hover the instant in the reader's zone", async () => {
    const { service: { call, origin }, browser: started } = both();
    const { licenseId, at } = await seated(call);
    const { expiresAt } = (await call("GET", at)).body as { readonly expiresAt: string };
    const context = await started.newContext({ timezoneId: "Asia/Tokyo", locale: "en-GB" });
    const page = await context.newPage();
    keep({ context, page, watched: await watch(page) });
    await page.goto(`${origin}${base}/console#/licenses/${licenseId}`);
    await logIn(page, "Operator");
    const time = page.locator(`time[datetime="${expiresAt}"]`).first();
    await time.waitFor();
    expect(await time.textContent()).toMatch(/^in 12 months$/);
    const parts = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Tokyo", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).formatToParts(new Date(expiresAt));
    const title = String(await time.getAttribute("title"));
    for (const { type, value } of parts) if (type !== "literal") expect(title).toContain(value);
    expect(title).toMatch(/GMT\+9|JST/);
  });

  test("goes on with an application that a reload stopped, and changes each license once", { timeout: patient(60_000) }, async () => {
    const { service: { call } } = both();
    const { id, licenses, page, apply } = await previewed();
    // Each call does one license, as with a million of them; the second call never comes back.
    let calls = 0;
    await page.route(`**${base}/policies/${id}/apply?*`, async (route) => {
      calls += 1;
      if (calls !== 2) await route.continue({ url: `${route.request().url()}&limit=1` });
    });
    await apply.click();
    await expect.poll(() => new URL(page.url()).hash).toMatch(/after=.+changed=1/);
    await page.reload();
    await page.getByText("An application stopped on its way, after 1 change.").waitFor();
    const limits = async () => Promise.all(licenses.map(async ({ at }) => (await call("GET", at)).body.activationLimit as number));
    expect((await limits()).filter((limit) => limit === 9)).toHaveLength(1);
    await page.getByRole("button", { name: "Go on" }).click();
    await said(page, /Changed 3 licenses to the policy's terms/);
    expect(await limits()).toEqual([9, 9, 9]);
    for (const { at } of licenses) expect((await call("GET", `${at}/events?type=updated`)).body.data).toHaveLength(1);
    expect(new URL(page.url()).hash).toBe(`#/policies/${id}`);
  });

  test("stops an application when somebody opens another screen, leaves them there, and goes on with it when they come back", { timeout: patient(60_000) }, async () => {
    const { id, page, apply } = await previewed();
    const entries = await page.evaluate<number>("history.length");
    // Each call does one license; the second call's answer comes when its person works elsewhere.
    const [asked, answered, arrived] = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let calls = 0;
    await page.route(`**${base}/policies/${id}/apply?*`, async (route) => {
      calls += 1;
      const isSecond = calls === 2;
      const answer = await route.fetch({ url: `${route.request().url()}&limit=1` });
      if (isSecond) asked.resolve();
      if (isSecond) await answered.promise;
      await route.fulfill({ response: answer });
      if (isSecond) arrived.resolve();
    });
    await apply.click();
    await asked.promise;
    expect(await page.evaluate<number>("history.length")).toBe(entries);
    await page.evaluate(`location.hash = "#/access"`);
    await page.getByRole("button", { name: "Make a credential" }).click();
    await dialogOf(page).getByLabel("Name", { exact: true }).fill("Build");
    answered.resolve();
    await arrived.promise;
    // One more answer comes, so the page has worked on those before.
    await page.evaluate(`fetch("${base}/console/config").then((answer) => answer.text())`);
    expect([new URL(page.url()).hash, await dialogOf(page).getByLabel("Name", { exact: true }).inputValue(), calls]).toEqual(["#/access", "Build", 2]);
    await page.keyboard.press("Escape");
    await page.goBack();
    await page.getByRole("button", { name: "Go on" }).click();
    await said(page, /Changed 2 licenses to the policy's terms/);
    expect(calls).toBe(4);
  });

  test("lists the licenses that an application can't change, without those that a later call changed after all", async () => {
    const { service: { call } } = both();
    const { policyId } = await seated(call);
    const page = await openAs("Administrator", `#/policies/${policyId}`);
    const broken = { licenseId: "11", code: "malformed-request", again: false };
    const part = (report: object) => ({ policyId, total: 3, matched: 3, changed: 0, unchanged: 0, failed: 0, failures: [], certificates: { published: 0, pending: 0, skipped: 0 }, sample: [], done: true, nextCursor: null, ratePerSecond: 1, etaSeconds: null, ...report });
    const answers = [
      part({ dryRun: true, unchanged: 2, failed: 1, failures: [broken] }),
      part({ dryRun: true, changed: 2, failed: 1, failures: [broken], sample: [{ licenseId: "12", changes: { activationLimit: [3, 9] } }] }),
      part({ dryRun: false, changed: 1, failed: 2, failures: [broken, { licenseId: "12", code: "license-contended", again: true }], done: false, nextCursor: "next" }),
      part({ dryRun: false, changed: 1, failed: 1, failures: [broken] }),
    ];
    await page.route(`**${base}/policies/${policyId}/apply?*`, (route) => route.fulfill({ json: answers.shift() }));
    const failures = page.getByRole("region", { name: "Failures" });
    const isListed = async (words: string) => {
      await failures.getByText(words).waitFor();
      expect(await failures.getByRole("row").allTextContents()).toEqual(["LicenseProblem", "11malformed-request"]);
    };
    await page.getByRole("button", { name: "Preview" }).click();
    await isListed("1 license can't be changed.");
    expect(await page.getByText("Every license has these terms already.").count()).toBe(0);
    await page.getByRole("button", { name: "Preview" }).click();
    await page.getByRole("button", { name: "Change 2 licenses" }).waitFor();
    await isListed("1 license can't be changed.");
    await page.getByRole("button", { name: "Change 2 licenses" }).click();
    await said(page, /Changed 2 licenses to the policy's terms\./);
    await isListed("1 license could not be changed.");
  });

  test("warns of a role that no rule grants anything, before a rule or a credential with it is made", async () => {
    const page = await openAs("Administrator", "#/access");
    const warning = page.getByText("No rule grants role:billing anything yet.");
    await page.getByRole("button", { name: "Make a credential" }).click();
    const roles = dialogOf(page).getByLabel("Roles, by commas");
    await roles.fill("licensing-service, billing");
    await warning.waitFor();
    await roles.fill("licensing-service");
    await warning.waitFor({ state: "detached" });
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Add a rule" }).click();
    await dialogOf(page).getByLabel("What: role:…, a permission or *").fill("role:billing");
    await warning.waitFor();
  });
});

/** A dialog, by the screen that has it, the button that opens it, and the texts of its fields by label. */
type Dialog = readonly [at: "license" | "policy" | "webhook" | "keys" | "access", button: string, fields?: Readonly<Record<string, string>>];

/** In an order in which each can be done after those before it. */
const dialogs: readonly Dialog[] = [
  ["license", "Suspend", { "Reason (needed)": "it's \"late\"; $HOME `id` 🧨" }],
  ["license", "Reinstate", { Reason: "paid" }],
  ["license", "Extend", { Periods: "2", Reason: "order 7" }],
  ["license", "Change", { Name: "The \"desk\"", "Machines (empty: any number)": "4", "Expires (empty: never)": "2031-05-06T07:08", Reason: "order 8" }],
  ["license", "New key"],
  ["license", "Rename", { Name: "The 'desk' of $USER" }],
  ["license", "License file"],
  ["license", "Free"],
  ["license", "Free all seats", { Reason: "moved" }],
  ["license", "Hand over", { "The new holder's id": "grace o'hara@example.com" }],
  ["license", "Revoke", { Reason: "--refund" }],
  ["policy", "Change the limit", { "Machines (empty: any number)": "12" }],
  ["policy", "Preview"],
  ["webhook", "Send a test"],
  ["webhook", "Send again"],
  ["webhook", "Disable"],
  ["webhook", "Enable"],
  ["webhook", "New secret"],
  ["webhook", "Delete"],
  ["keys", "Check now"],
  ["access", "Add a rule", { "Who: user:…, service:… or role:…": "user:o'brien" }],
  ["access", "Make a credential", { Name: "Build & \"ship\"" }],
];

const run = promisify(execFile);
/** The words that a shell makes of a line. */
const wordsOf = async (line: string) => (await run("sh", ["-c", `printf '%s\\0' ${line}`])).stdout.split("\0").slice(0, -1);

describe.skipIf(isAbsent)("a dialog's commands", () => {
  test("do what its button would, by the command line and by the same call", { timeout: patient(120_000) }, async () => {
    const { service: { call, origin, token } } = both();
    const page = await openAs("Administrator");
    const { at, licenseId, policyId } = await seated(call);
    await call("POST", `${base}/activations`, { body: { licenseId, fingerprint: "second-machine" } });
    const other = await issueLicense({ call }, policyId);
    const { body: webhook } = await call("POST", `${base}/webhooks`, { body: { url: "http://127.0.0.1:9/commands" } });
    const places = { license: `licenses/${licenseId}`, policy: `policies/${policyId}`, webhook: `webhooks/${webhook.id}`, keys: "keys", access: "access" };
    const environment = { LICENSING_URL: origin, LICENSING_TOKEN: await token("admin") };
    for (const [place, button, fields = {}] of dialogs) {
      await page.evaluate(`location.hash = "#/nowhere"`);
      await page.getByText("There is no such screen.").waitFor();
      await page.evaluate(`location.hash = "#/${places[place]}"`);
      await page.getByRole("button", { name: button, exact: true }).first().click();
      for (const [label, text] of Object.entries(fields)) await dialogOf(page).getByLabel(label, { exact: true }).fill(text);
      // An application is done from its preview, not from a dialog.
      await page.getByText("The same as a command").click();
      const [curl = "", line = ""] = await page.locator("pre").allTextContents();
      await page.keyboard.press("Escape");
      expect(curl).toContain(`curl -X`);
      const [program, ...words] = await wordsOf(line);
      expect(program).toBe("licensing");
      const told: string[] = [];
      const world = { environment, isTerminal: false, readInput: async () => "", now: () => new Date(), signal: new AbortController().signal, out: () => undefined, err: (text: string) => void told.push(text) };
      expect(await licensing(words, world), `${line}\n${told.join("")}`).toBe(0);
      const sent = await wordsOf(curl);
      const known = { method: sent[2] ?? "", url: new URL(sent[3] ?? ""), body: sent.includes("-d") ? (JSON.parse(sent.at(-1) ?? "") as unknown) : undefined };
      // The same call again: it is understood, and finds the change made.
      const again = await call(known.method, known.url.pathname, known.body === undefined ? {} : { body: known.body });
      expect([200, 201, 202, 204, 404, 409], `${curl}\n${again.text}`).toContain(again.status);
    }
    const { body: license } = await call("GET", at);
    expect(license).toMatchObject({ status: "REVOKED", holder: { type: "user", id: "grace o'hara@example.com" }, seatsUsed: 0 });
    const { body: { data: events } } = await call("GET", `${at}/events?limit=100`);
    const reasons = events.flatMap(({ reason }: { readonly reason?: string }) => reason ?? []);
    expect(reasons).toEqual(expect.arrayContaining(["it's \"late\"; $HOME `id` 🧨", "paid", "order 7", "moved", "--refund"]));
    expect((await call("GET", other.at)).body.activationLimit).toBe(12);
    expect((await call("GET", `${base}/policy-definitions?limit=100`)).text).toContain("user:o'brien");
  });
});
