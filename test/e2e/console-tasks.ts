import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import type { Browser, Page } from "playwright-core";
import { writeRequest } from "@licensing/core/consumer/license-request.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import type { Service } from "../support/service.ts";
import { base } from "../support/service.ts";
import type { Hands, Opened } from "./console-desk.ts";
import { downloaded, filter, keyboard, mouse, openConsole, said, touch } from "./console-desk.ts";

/** The means of a task. `open` shows a screen to a person; `call` calls as an administrator, to prepare the task and to check its result. */
export type Work = {
  readonly call: Service["call"];
  readonly open: (person: string, at?: string) => Promise<{ readonly page: Page; readonly hands: Hands }>;
};

type Seated = { readonly licenseId: string; readonly policyId: string; readonly key: string; readonly at: string; readonly holder: string };

/** A license with one machine, called The desk. */
export async function seated(call: Service["call"], terms: Readonly<Record<string, unknown>> = {}): Promise<Seated> {
  const holder = `holder-${randomBytes(6).toString("hex")}`;
  const code = await createPolicy({ call }, { activationLimit: 3, ...terms });
  const license = await issueLicense({ call }, code, { holder: { type: "user", id: holder } });
  const claimed = await call("POST", `${base}/activations`, { body: { licenseId: license.licenseId, fingerprint: `desk-of-${holder}`, name: "The desk" } });
  expect(claimed.status).toBe(201);
  return { ...license, holder };
}

const dialog = (page: Page, button: string) => page.getByRole("dialog").getByRole("button", { name: button, exact: true });
const read = async (call: Service["call"], at: string) => (await call("GET", at)).body as { readonly status: string; readonly seatsUsed: number; readonly expiresAt: string; readonly holder: { readonly id: string }; readonly activationLimit: number };

async function findAndFree({ call, open }: Work): Promise<void> {
  const { key, at } = await seated(call);
  const { page, hands } = await open("Support");
  await hands.find(` ${key.toLowerCase()} `);
  await hands.press(page.getByRole("row", { name: /The desk/ }).getByRole("button", { name: "Free" }));
  await hands.press(dialog(page, "Free"));
  await said(page, /The seat of The desk is free/);
  expect(await read(call, at)).toMatchObject({ seatsUsed: 0 });
  expect(page.url()).not.toContain(key.slice(4, 12));
}

async function extend({ call, open }: Work): Promise<void> {
  const { at, licenseId } = await seated(call, { duration: "P1M", renewalBasis: "from-expiry" });
  const before = await read(call, at);
  const { page, hands } = await open("Operator", `#/licenses/${licenseId}`);
  await hands.press(page.getByRole("button", { name: "Extend" }));
  await page.getByText(/It expires on .* A period is 1 month, counted from its expiry/).waitFor();
  await hands.type(page.getByLabel("Periods"), "3");
  await hands.press(dialog(page, "Extend"));
  await said(page, /Extend: done/);
  const days = (Date.parse((await read(call, at)).expiresAt) - Date.parse(before.expiresAt)) / 86_400_000;
  expect(days).toBeGreaterThan(88);
  expect(days).toBeLessThan(93);
}

async function suspend({ call, open }: Work): Promise<void> {
  const { key, licenseId } = await seated(call);
  const asConsumer = async () => (await call("POST", `${base}/licenses/validate`, { authorization: `License ${key}`, body: { key } })).body as { readonly valid: boolean; readonly code: string };
  expect(await asConsumer()).toMatchObject({ valid: true });
  const { page, hands } = await open("Support", `#/licenses/${licenseId}`);
  await hands.press(page.getByRole("button", { name: "Suspend" }));
  await hands.type(page.getByLabel("Reason (needed)"), "chargeback");
  await hands.press(dialog(page, "Suspend"));
  await said(page, /Suspend: done/);
  await page.getByText(/It was suspended .* by user local-support: “chargeback”/).waitFor();
  expect(await asConsumer()).toMatchObject({ valid: false, code: "SUSPENDED" });
}

async function handOver({ call, open }: Work): Promise<void> {
  const { licenseId, at } = await seated(call);
  const { page, hands } = await open("Operator", `#/licenses/${licenseId}`);
  await hands.press(page.getByRole("button", { name: "Hand over" }));
  await hands.type(page.getByLabel("The new holder's id"), "grace@example.com");
  await hands.press(dialog(page, "Hand over"));
  await page.getByText("It is shown this once.").waitFor();
  await hands.press(dialog(page, "I have copied it"));
  expect(await read(call, at)).toMatchObject({ holder: { id: "grace@example.com" }, seatsUsed: 0 });
}

async function applyLimit({ call, open }: Work): Promise<void> {
  const { policyId, at } = await seated(call);
  const { page, hands } = await open("Administrator", `#/policies/${policyId}`);
  await hands.press(page.getByRole("button", { name: "Change the limit" }));
  await hands.type(page.getByLabel("Machines (empty: any number)"), "7");
  await hands.press(dialog(page, "Change"));
  await said(page, /The policy is changed/);
  await hands.press(page.getByRole("button", { name: "Preview" }));
  await page.getByText(/activationLimit: 3 → 7/).waitFor();
  expect(await read(call, at)).toMatchObject({ activationLimit: 3 });
  await hands.press(page.getByRole("button", { name: "Change 1 license" }));
  await said(page, /Changed 1 license to the policy's terms/);
  expect(await read(call, at)).toMatchObject({ activationLimit: 7 });
}

async function whyRefused({ call, open }: Work): Promise<void> {
  const { licenseId, at } = await seated(call, { activationLimit: 1 });
  const { page, hands } = await open("Support", `#/licenses/${licenseId}`);
  await filter({ hands, page, field: page.getByLabel("Try a machine (takes no seat)") }, "another-machine-1");
  await page.locator(".checks .bad").getByText("ACTIVATION_LIMIT_REACHED").waitFor();
  expect(await read(call, at)).toMatchObject({ seatsUsed: 1 });
}

async function fileForMachine({ call, open }: Work): Promise<void> {
  const { licenseId } = await seated(call);
  const { page, hands } = await open("Operator", `#/licenses/${licenseId}`);
  await hands.press(page.getByText("A license file for a machine without a network"));
  const request = writeRequest({ fingerprint: "air-gapped-machine-1", nonce: "bm9uY2U" });
  await hands.type(page.getByLabel("The machine's request, or its fingerprint"), `> ${request.replaceAll("\n", "\n> ")}`);
  await hands.press(page.getByRole("button", { name: "Make a file" }));
  await page.getByRole("dialog").getByText("air-gapped-machine-1").first().waitFor();
  expect(await downloaded(page, () => hands.press(dialog(page, "Download")))).toContain("-----BEGIN LICENSE-----");
  await page.getByRole("row", { name: /air-gapped-machine-1/ }).waitFor();
}

async function redeliver({ call, open }: Work): Promise<void> {
  const { body: webhook } = await call("POST", `${base}/webhooks`, { body: { url: "http://127.0.0.1:9/licenses", types: ["license.suspended"] } });
  const { body: sent } = await call("POST", `${base}/webhooks/${webhook.id}/test`, {});
  const { page, hands } = await open("Administrator", `#/webhooks/${webhook.id}`);
  await hands.press(page.getByRole("row", { name: /webhook\.test/ }).getByRole("button", { name: "Send again" }));
  await hands.press(dialog(page, "Send"));
  await said(page, /with the same id/);
  const { body: listed } = await call("GET", `${base}/webhooks/${webhook.id}/deliveries`);
  expect(listed.data.map(({ id }: { readonly id: string }) => id)).toContain(sent.delivery.id);
}

async function readRotation({ call, open }: Work): Promise<void> {
  expect((await call("POST", `${base}/keys/check`, { body: {} })).status).toBe(200);
  const { body } = await call("GET", `${base}/keys`);
  const { page, hands } = await open("Auditor");
  await hands.press(page.getByRole("link", { name: "Keys", exact: true }));
  await page.getByRole("img", { name: new RegExp(`${body.data[0].kid}: .*active since`) }).waitFor();
  await page.getByRole("heading", { name: "The last check" }).waitFor();
}

async function holderFrees({ call, open }: Work): Promise<void> {
  const { at, holder } = await seated(call);
  const { page, hands } = await open(holder);
  await hands.press(page.getByRole("link", { name: holder }));
  await hands.press(page.getByRole("row", { name: /The desk/ }).getByRole("button", { name: "Free" }));
  await hands.press(dialog(page, "Free"));
  await said(page, /The seat of The desk is free/);
  expect(await read(call, at)).toMatchObject({ seatsUsed: 0 });
}

async function exportDay({ call, open }: Work): Promise<void> {
  const { licenseId } = await seated(call);
  const { body } = await call("GET", `${base}/licenses/${licenseId}/events`);
  const day = String(body.data[0].createdAt).slice(0, 10);
  const next = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
  const { page, hands } = await open("Auditor", `#/activity?after=${day}T00:00:00.000Z&before=${next}T00:00:00.000Z`);
  await page.locator(".timeline li").first().waitFor();
  expect(await downloaded(page, () => hands.press(page.getByRole("button", { name: "CSV of this page" })))).toContain(licenseId);
}

async function mayNot({ call, open }: Work): Promise<void> {
  const { licenseId, at } = await seated(call);
  const { page, hands } = await open("Auditor", `#/licenses/${licenseId}`);
  const button = page.getByRole("button", { name: /Suspend/ });
  await button.waitFor();
  expect([await button.isDisabled(), await button.textContent()]).toEqual([true, "Suspend needs license:suspend"]);
  await hands.press(page.getByRole("link", { name: "Access", exact: true }));
  await page.getByRole("row", { name: /role:licensing-admin/ }).first().waitFor();
  expect(await page.getByRole("button", { name: /Add a rule/ }).textContent()).toBe("Add a rule needs access:write");
  expect(await read(call, at)).toMatchObject({ status: "ACTIVATED" });
}

/** The tasks of people, by their names. */
export const tasks: Readonly<Record<string, (work: Work) => Promise<void>>> = {
  "find a customer by a pasted key and free a seat": findAndFree,
  "extend by three months": extend,
  "suspend with a reason, and see the consumer refuse": suspend,
  "hand a license over": handOver,
  "apply a policy's new limit after its preview": applyLimit,
  "find why a machine is refused": whyRefused,
  "download a file for a machine without a network": fileForMachine,
  "send a delivery again": redeliver,
  "read a key's rotation": readRotation,
  "free a machine as its holder": holderFrees,
  "export a day as an auditor": exportDay,
  "see what a role may not do": mayNot,
};

export const ways = { "by mouse": mouse, "by keyboard alone": keyboard, "on a telephone": touch } as const;
type Place = { readonly origin: string; readonly call: Service["call"]; readonly browser: Browser; readonly opened: (now: Opened) => void };

/** The means for tasks on a running service, in one of the ways. `opened` is called with each opened page. */
export function workOf({ origin, call, browser, opened }: Place, way: keyof typeof ways): Work {
  return {
    call,
    open: async (person, at = "") => {
      const now = await openConsole(browser, person, { origin, at, isPhone: way === "on a telephone" });
      opened(now);
      return { page: now.page, hands: ways[way](now.page) };
    },
  };
}
