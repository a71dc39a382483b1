import type { Page } from "playwright-core";
import type { Month } from "./console-month.ts";

/** A request of a screen: its method, its address below the base path with an id's name in braces, and its body. */
export type Ask = readonly [method: "GET" | "POST", at: string, body?: Readonly<Record<string, unknown>>];

export type Screen = {
  readonly name: string;
  readonly person: string;
  /** The fragment of the address. */
  readonly at: (month: Month) => string;
  /** Steps after the address is opened. */
  readonly open?: (page: Page) => Promise<void>;
  /** It is there when this text is. */
  readonly text: string | RegExp;
  /** Everything that the screen asks of the service: the screens test compares it with the browser's requests, and the scale test measures each. */
  readonly asks: readonly Ask[];
  /** Taken into the README: on a desk in light, in the dark, or on a telephone. */
  readonly picture?: "light" | "dark" | "phone";
};

const read: Ask = ["GET", "/licenses/{licenseId}"];
const seats: Ask = ["GET", "/licenses/{licenseId}/activations?limit=100&state=live"];
const explained: Ask = ["POST", "/licenses/validate?dryRun=true", { licenseId: "{licenseId}" }];
const facts: readonly Ask[] = [["GET", "/licenses/{licenseId}/usage"], ["GET", "/licenses/{licenseId}/certificate"], ["GET", "/licenses/{licenseId}/events?sort=-sequence&limit=50"]];
const caused = (type: string): Ask => ["GET", `/licenses/{licenseId}/events?type=${type}&sort=-sequence&limit=1`];
const ofLicense: readonly Ask[] = [read, seats, explained, ...facts];
const ofWebhook: readonly Ask[] = [["GET", "/webhooks/{webhookId}"], ["GET", "/webhooks/{webhookId}/deliveries?limit=50"]];
const ofAccess: readonly Ask[] = [["GET", "/policy-definitions?limit=100"], ["GET", "/credentials?limit=100"]];

const press = (name: string | RegExp) => (page: Page) => page.getByRole("button", { name }).first().click();

/** Every screen of the console, with the dialogs and the places where nothing is. */
export const screens: readonly Screen[] = [
  { name: "overview", person: "Administrator", asks: [["GET", "/statistics"]], at: () => "#/overview", text: "Changes of the last 30 days", picture: "light" },
  { name: "licenses", person: "Administrator", asks: [["GET", "/licenses?limit=50"]], at: () => "#/licenses", text: "Aurora Films", picture: "light" },
  { name: "licenses-none", person: "Administrator", asks: [["GET", "/licenses?limit=50&search=nobody-at-all"]], at: () => "#/licenses?search=nobody-at-all", text: "No license fits these filters." },
  { name: "license", person: "Administrator", asks: ofLicense, at: ({ licenseId }) => `#/licenses/${licenseId}`, text: /request /, picture: "light" },
  { name: "license-suspended", person: "Administrator", asks: [...ofLicense, caused("suspended")], at: ({ suspendedId }) => `#/licenses/${suspendedId}`, text: "It was suspended" },
  { name: "license-revoked", person: "Auditor", asks: [read, seats, ...facts.filter(([, at]) => !at.endsWith("/certificate")), caused("revoked")], at: ({ revokedId }) => `#/licenses/${revokedId}`, text: "It was revoked" },
  {
    name: "refused", person: "Support", asks: [...ofLicense, ["POST", "/licenses/validate?dryRun=true", { licenseId: "{licenseId}", fingerprint: "another-machine-1" }]], at: ({ fullId }) => `#/licenses/${fullId}`, text: "ACTIVATION_LIMIT_REACHED",
    open: async (page) => {
      await page.getByLabel("Try a machine (takes no seat)").fill("another-machine-1");
      await page.getByLabel("Try a machine (takes no seat)").press("Enter");
    },
  },
  {
    name: "suspend", person: "Administrator", asks: ofLicense, at: ({ licenseId }) => `#/licenses/${licenseId}`, text: "Reinstating takes this back.", picture: "dark",
    open: async (page) => {
      await press("Suspend")(page);
      await page.getByLabel("Reason (needed)").fill("The invoice of March is open");
      await page.getByText("The same as a command").click();
    },
  },
  { name: "change", person: "Operator", asks: ofLicense, at: ({ licenseId }) => `#/licenses/${licenseId}`, open: press("Change"), text: "What you set here stays on this license" },
  { name: "hand-over", person: "Administrator", asks: ofLicense, at: ({ licenseId }) => `#/licenses/${licenseId}`, open: press("Hand over"), text: "The new holder's id" },
  { name: "file", person: "Administrator", asks: ofLicense, at: ({ licenseId }) => `#/licenses/${licenseId}`, open: press("License file"), text: "alone, without a network" },
  { name: "found", person: "Administrator", asks: [["POST", "/licenses/find", { text: "example" }]], at: () => "#/found?text=example", text: "Found by" },
  { name: "found-nothing", person: "Administrator", asks: [], at: () => "#/found", text: "Type what a customer sent" },
  { name: "activity", person: "Administrator", asks: [["GET", "/license-events?limit=50"]], at: () => "#/activity", text: /request / },
  { name: "policies", person: "Administrator", asks: [["GET", "/policies?limit=50"]], at: () => "#/policies", text: "Studio Team" },
  { name: "policy", person: "Administrator", asks: [["GET", "/policies/{policyId}"], ["POST", "/policies/{policyId}/apply?dryRun=true"]], at: ({ policyId }) => `#/policies/${policyId}`, open: press("Preview"), text: "licenses would change", picture: "light" },
  { name: "webhooks", person: "Administrator", asks: [["GET", "/webhooks?limit=50"]], at: () => "#/webhooks", text: "Orders and invoices" },
  { name: "webhook", person: "Administrator", asks: ofWebhook, at: ({ failingId }) => `#/webhooks/${failingId}`, text: "license.revoked", picture: "light" },
  { name: "webhook-delete", person: "Administrator", asks: ofWebhook, at: ({ failingId }) => `#/webhooks/${failingId}`, open: press("Delete"), text: "It hears of nothing more" },
  { name: "keys", person: "Administrator", asks: [["GET", "/keys"]], at: () => "#/keys", text: "Rotation", picture: "dark" },
  { name: "access", person: "Administrator", asks: ofAccess, at: () => "#/access", text: "Build farm" },
  { name: "access-rule", person: "Administrator", asks: ofAccess, at: () => "#/access", open: press("Add a rule"), text: "on every instance within a minute" },
  { name: "nowhere", person: "Administrator", asks: [], at: () => "#/nowhere", text: "There is no such screen." },
  { name: "no-license", person: "Administrator", asks: [["GET", "/licenses/123456789012345678"]], at: () => "#/licenses/123456789012345678", text: /request [\w-]+/ },
  { name: "help", person: "Administrator", asks: [["GET", "/statistics"]], at: () => "#/overview", open: (page) => page.keyboard.press("?"), text: "next and previous row" },
  { name: "forbidden", person: "Support", asks: [["GET", "/keys"]], at: () => "#/keys", text: "key:read" },
  { name: "my-licenses", person: "holder", asks: [["GET", "/licenses?limit=50"]], at: () => "", text: "My licenses" },
  { name: "my-license", person: "holder", asks: [["GET", "/licenses?limit=50"], read, seats, ...facts, caused("suspended")], at: () => "", open: (page) => page.locator("a.open").first().click(), text: /request /, picture: "phone" },
];
